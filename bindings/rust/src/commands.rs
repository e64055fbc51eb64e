// SPDX-License-Identifier: BSD-3-Clause
//! Every command as a structure with its inputs by name. Made by commands.py from the rows of the specification.

/// Commands of the host.
pub mod rmi {
    use crate::call::{Command, Registers};

    /// RMI_VERSION. Negotiate the interface revision.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Version {
        /// x1: a number or bits (InterfaceVersion)
        pub req: u64,
    }

    /// What RMI_VERSION returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct VersionOutput {
        /// x1: a number or bits (InterfaceVersion)
        pub lower: u64,
        /// x2: a number or bits (InterfaceVersion)
        pub higher: u64,
    }

    impl Command for Version {
        type Output = VersionOutput;
        const NAME: &'static str = "RMI_VERSION";
        const FID: u32 = 0xc4000150;
        const NUMBER: usize = 0;
        fn store(&self, x: &mut Registers) {
            x[1] = self.req;
        }
        fn load(x: &Registers) -> VersionOutput {
            VersionOutput {
                lower: x[1],
                higher: x[2],
            }
        }
    }

    /// RMI_GRANULE_DELEGATE. Give a Granule to the Realm world.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct GranuleDelegate {
        /// x1: address of a Granule in state UNDELEGATED
        pub addr: u64,
    }

    impl Command for GranuleDelegate {
        type Output = ();
        const NAME: &'static str = "RMI_GRANULE_DELEGATE";
        const FID: u32 = 0xc4000151;
        const NUMBER: usize = 1;
        fn store(&self, x: &mut Registers) {
            x[1] = self.addr;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_GRANULE_UNDELEGATE. Take a Granule back from the Realm world.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct GranuleUndelegate {
        /// x1: address of a Granule in state DELEGATED
        pub addr: u64,
    }

    impl Command for GranuleUndelegate {
        type Output = ();
        const NAME: &'static str = "RMI_GRANULE_UNDELEGATE";
        const FID: u32 = 0xc4000152;
        const NUMBER: usize = 2;
        fn store(&self, x: &mut Registers) {
            x[1] = self.addr;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_DATA_CREATE. Create a Data Granule with contents from the host.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct DataCreate {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address of a Granule in state DELEGATED
        pub data: u64,
        /// x3: address in the Realm's IPA space
        pub ipa: u64,
        /// x4: address of a page that the host shares
        pub src: u64,
        /// x5: a number or bits (RmiDataFlags)
        pub flags: u64,
    }

    impl Command for DataCreate {
        type Output = ();
        const NAME: &'static str = "RMI_DATA_CREATE";
        const FID: u32 = 0xc4000153;
        const NUMBER: usize = 3;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.data;
            x[3] = self.ipa;
            x[4] = self.src;
            x[5] = self.flags;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_DATA_CREATE_UNKNOWN. Create a Data Granule with unknown contents.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct DataCreateUnknown {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address of a Granule in state DELEGATED
        pub data: u64,
        /// x3: address in the Realm's IPA space
        pub ipa: u64,
    }

    impl Command for DataCreateUnknown {
        type Output = ();
        const NAME: &'static str = "RMI_DATA_CREATE_UNKNOWN";
        const FID: u32 = 0xc4000154;
        const NUMBER: usize = 4;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.data;
            x[3] = self.ipa;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_DATA_DESTROY. Destroy a Data Granule.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct DataDestroy {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address in the Realm's IPA space
        pub ipa: u64,
    }

    /// What RMI_DATA_DESTROY returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct DataDestroyOutput {
        /// x1: physical address
        pub data: u64,
        /// x2: address in the Realm's IPA space
        pub top: u64,
    }

    impl Command for DataDestroy {
        type Output = DataDestroyOutput;
        const NAME: &'static str = "RMI_DATA_DESTROY";
        const FID: u32 = 0xc4000155;
        const NUMBER: usize = 5;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.ipa;
        }
        fn load(x: &Registers) -> DataDestroyOutput {
            DataDestroyOutput {
                data: x[1],
                top: x[2],
            }
        }
    }

    /// RMI_REALM_ACTIVATE. Make a Realm eligible to run.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RealmActivate {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
    }

    impl Command for RealmActivate {
        type Output = ();
        const NAME: &'static str = "RMI_REALM_ACTIVATE";
        const FID: u32 = 0xc4000157;
        const NUMBER: usize = 6;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_REALM_CREATE. Create a Realm.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RealmCreate {
        /// x1: address of a Granule in state DELEGATED
        pub rd: u64,
        /// x2: address of a page that the host shares (RmiRealmParams)
        pub params_ptr: u64,
    }

    impl Command for RealmCreate {
        type Output = ();
        const NAME: &'static str = "RMI_REALM_CREATE";
        const FID: u32 = 0xc4000158;
        const NUMBER: usize = 7;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.params_ptr;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_REALM_DESTROY. Destroy a Realm.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RealmDestroy {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
    }

    impl Command for RealmDestroy {
        type Output = ();
        const NAME: &'static str = "RMI_REALM_DESTROY";
        const FID: u32 = 0xc4000159;
        const NUMBER: usize = 8;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_REC_CREATE. Create a REC.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RecCreate {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address of a Granule in state DELEGATED
        pub rec: u64,
        /// x3: address of a page that the host shares (RmiRecParams)
        pub params_ptr: u64,
    }

    impl Command for RecCreate {
        type Output = ();
        const NAME: &'static str = "RMI_REC_CREATE";
        const FID: u32 = 0xc400015a;
        const NUMBER: usize = 9;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.rec;
            x[3] = self.params_ptr;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_REC_DESTROY. Destroy a REC.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RecDestroy {
        /// x1: address of a Granule in state REC, whose Realm is needed too
        pub rec: u64,
    }

    impl Command for RecDestroy {
        type Output = ();
        const NAME: &'static str = "RMI_REC_DESTROY";
        const FID: u32 = 0xc400015b;
        const NUMBER: usize = 10;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rec;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_REC_ENTER. Enter a REC.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RecEnter {
        /// x1: address of a Granule in state REC
        pub rec: u64,
        /// x2: address of a page that the host shares (RmiRecRun)
        pub run_ptr: u64,
    }

    impl Command for RecEnter {
        type Output = ();
        const NAME: &'static str = "RMI_REC_ENTER";
        const FID: u32 = 0xc400015c;
        const NUMBER: usize = 11;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rec;
            x[2] = self.run_ptr;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_RTT_CREATE. Create an RTT.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttCreate {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address of a Granule in state DELEGATED
        pub rtt: u64,
        /// x3: address in the Realm's IPA space
        pub ipa: u64,
        /// x4: level of an RTT or of an entry, a signed number
        pub level: u64,
    }

    impl Command for RttCreate {
        type Output = ();
        const NAME: &'static str = "RMI_RTT_CREATE";
        const FID: u32 = 0xc400015d;
        const NUMBER: usize = 12;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.rtt;
            x[3] = self.ipa;
            x[4] = self.level;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_RTT_DESTROY. Destroy an RTT.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttDestroy {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address in the Realm's IPA space
        pub ipa: u64,
        /// x3: level of an RTT or of an entry, a signed number
        pub level: u64,
    }

    /// What RMI_RTT_DESTROY returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttDestroyOutput {
        /// x1: physical address
        pub rtt: u64,
        /// x2: address in the Realm's IPA space
        pub top: u64,
    }

    impl Command for RttDestroy {
        type Output = RttDestroyOutput;
        const NAME: &'static str = "RMI_RTT_DESTROY";
        const FID: u32 = 0xc400015e;
        const NUMBER: usize = 13;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.ipa;
            x[3] = self.level;
        }
        fn load(x: &Registers) -> RttDestroyOutput {
            RttDestroyOutput {
                rtt: x[1],
                top: x[2],
            }
        }
    }

    /// RMI_RTT_MAP_UNPROTECTED. Map host memory at an Unprotected IPA.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttMapUnprotected {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address in the Realm's IPA space
        pub ipa: u64,
        /// x3: level of an RTT or of an entry, a signed number
        pub level: u64,
        /// x4: a number or bits (UnprotectedDescriptor)
        pub desc: u64,
    }

    impl Command for RttMapUnprotected {
        type Output = ();
        const NAME: &'static str = "RMI_RTT_MAP_UNPROTECTED";
        const FID: u32 = 0xc400015f;
        const NUMBER: usize = 14;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.ipa;
            x[3] = self.level;
            x[4] = self.desc;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_RTT_READ_ENTRY. Read an RTT entry.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttReadEntry {
        /// x1: address of a Granule in state RD, which stands for a Realm that is only read
        pub rd: u64,
        /// x2: address in the Realm's IPA space
        pub ipa: u64,
        /// x3: level of an RTT or of an entry, a signed number
        pub level: u64,
    }

    /// What RMI_RTT_READ_ENTRY returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttReadEntryOutput {
        /// x1: a number or bits (RttLevel)
        pub walk_level: u64,
        /// x2: a number or bits (RmiRttEntryState)
        pub state: u64,
        /// x3: a number or bits (UnprotectedDescriptor)
        pub desc: u64,
        /// x4: a number or bits (RmiRipas)
        pub ripas: u64,
    }

    impl Command for RttReadEntry {
        type Output = RttReadEntryOutput;
        const NAME: &'static str = "RMI_RTT_READ_ENTRY";
        const FID: u32 = 0xc4000161;
        const NUMBER: usize = 15;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.ipa;
            x[3] = self.level;
        }
        fn load(x: &Registers) -> RttReadEntryOutput {
            RttReadEntryOutput {
                walk_level: x[1],
                state: x[2],
                desc: x[3],
                ripas: x[4],
            }
        }
    }

    /// RMI_RTT_UNMAP_UNPROTECTED. Unmap host memory at an Unprotected IPA.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttUnmapUnprotected {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address in the Realm's IPA space
        pub ipa: u64,
        /// x3: level of an RTT or of an entry, a signed number
        pub level: u64,
    }

    /// What RMI_RTT_UNMAP_UNPROTECTED returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttUnmapUnprotectedOutput {
        /// x1: address in the Realm's IPA space
        pub top: u64,
    }

    impl Command for RttUnmapUnprotected {
        type Output = RttUnmapUnprotectedOutput;
        const NAME: &'static str = "RMI_RTT_UNMAP_UNPROTECTED";
        const FID: u32 = 0xc4000162;
        const NUMBER: usize = 16;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.ipa;
            x[3] = self.level;
        }
        fn load(x: &Registers) -> RttUnmapUnprotectedOutput {
            RttUnmapUnprotectedOutput {
                top: x[1],
            }
        }
    }

    /// RMI_PSCI_COMPLETE. Complete a PSCI request of a REC.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PsciComplete {
        /// x1: address of a Granule in state REC
        pub calling_rec: u64,
        /// x2: address of a Granule in state REC
        pub target_rec: u64,
        /// x3: a number or bits (PsciReturnCode)
        pub status: u64,
    }

    impl Command for PsciComplete {
        type Output = ();
        const NAME: &'static str = "RMI_PSCI_COMPLETE";
        const FID: u32 = 0xc4000164;
        const NUMBER: usize = 17;
        fn store(&self, x: &mut Registers) {
            x[1] = self.calling_rec;
            x[2] = self.target_rec;
            x[3] = self.status;
        }
        fn load(_: &Registers) {}
    }

    /// RMI_FEATURES. Read a feature register.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Features {
        /// x1: a number or bits
        pub index: u64,
    }

    /// What RMI_FEATURES returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct FeaturesOutput {
        /// x1: a number or bits (RmiFeatureRegister0)
        pub value: u64,
    }

    impl Command for Features {
        type Output = FeaturesOutput;
        const NAME: &'static str = "RMI_FEATURES";
        const FID: u32 = 0xc4000165;
        const NUMBER: usize = 18;
        fn store(&self, x: &mut Registers) {
            x[1] = self.index;
        }
        fn load(x: &Registers) -> FeaturesOutput {
            FeaturesOutput {
                value: x[1],
            }
        }
    }

    /// RMI_RTT_FOLD. Replace an RTT by one entry of its parent.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttFold {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address in the Realm's IPA space
        pub ipa: u64,
        /// x3: level of an RTT or of an entry, a signed number
        pub level: u64,
    }

    /// What RMI_RTT_FOLD returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttFoldOutput {
        /// x1: physical address
        pub rtt: u64,
    }

    impl Command for RttFold {
        type Output = RttFoldOutput;
        const NAME: &'static str = "RMI_RTT_FOLD";
        const FID: u32 = 0xc4000166;
        const NUMBER: usize = 19;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.ipa;
            x[3] = self.level;
        }
        fn load(x: &Registers) -> RttFoldOutput {
            RttFoldOutput {
                rtt: x[1],
            }
        }
    }

    /// RMI_REC_AUX_COUNT. Number of auxiliary Granules of a REC.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RecAuxCount {
        /// x1: address of a Granule in state RD, which stands for a Realm that is only read
        pub rd: u64,
    }

    /// What RMI_REC_AUX_COUNT returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RecAuxCountOutput {
        /// x1: a number or bits
        pub aux_count: u64,
    }

    impl Command for RecAuxCount {
        type Output = RecAuxCountOutput;
        const NAME: &'static str = "RMI_REC_AUX_COUNT";
        const FID: u32 = 0xc4000167;
        const NUMBER: usize = 20;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
        }
        fn load(x: &Registers) -> RecAuxCountOutput {
            RecAuxCountOutput {
                aux_count: x[1],
            }
        }
    }

    /// RMI_RTT_INIT_RIPAS. Set the RIPAS of a range to RAM in a new Realm.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttInitRipas {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address in the Realm's IPA space
        pub base: u64,
        /// x3: address in the Realm's IPA space
        pub top: u64,
    }

    /// What RMI_RTT_INIT_RIPAS returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttInitRipasOutput {
        /// x1: address in the Realm's IPA space
        pub out_top: u64,
    }

    impl Command for RttInitRipas {
        type Output = RttInitRipasOutput;
        const NAME: &'static str = "RMI_RTT_INIT_RIPAS";
        const FID: u32 = 0xc4000168;
        const NUMBER: usize = 21;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.base;
            x[3] = self.top;
        }
        fn load(x: &Registers) -> RttInitRipasOutput {
            RttInitRipasOutput {
                out_top: x[1],
            }
        }
    }

    /// RMI_RTT_SET_RIPAS. Apply a RIPAS change that a REC asked for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttSetRipas {
        /// x1: address of a Granule in state RD, which stands for a Realm
        pub rd: u64,
        /// x2: address of a Granule in state REC
        pub rec: u64,
        /// x3: address in the Realm's IPA space
        pub base: u64,
        /// x4: address in the Realm's IPA space
        pub top: u64,
    }

    /// What RMI_RTT_SET_RIPAS returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RttSetRipasOutput {
        /// x1: address in the Realm's IPA space
        pub out_top: u64,
    }

    impl Command for RttSetRipas {
        type Output = RttSetRipasOutput;
        const NAME: &'static str = "RMI_RTT_SET_RIPAS";
        const FID: u32 = 0xc4000169;
        const NUMBER: usize = 22;
        fn store(&self, x: &mut Registers) {
            x[1] = self.rd;
            x[2] = self.rec;
            x[3] = self.base;
            x[4] = self.top;
        }
        fn load(x: &Registers) -> RttSetRipasOutput {
            RttSetRipasOutput {
                out_top: x[1],
            }
        }
    }
}

/// Statuses of RMI.
pub mod rmi_status {
    /// The command was carried out
    pub const SUCCESS: u64 = 0;
    /// An input is not what the command wants
    pub const ERROR_INPUT: u64 = 1;
    /// The Realm is in the wrong state
    pub const ERROR_REALM: u64 = 2;
    /// The REC is in the wrong state
    pub const ERROR_REC: u64 = 3;
    /// The RTT walk stopped early, or at the wrong entry
    pub const ERROR_RTT: u64 = 4;
}

/// Commands of the Realm.
pub mod rsi {
    use crate::call::{Command, Registers};

    /// RSI_VERSION. Negotiate the interface revision.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Version {
        /// x1: a number or bits (InterfaceVersion)
        pub req: u64,
    }

    /// What RSI_VERSION returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct VersionOutput {
        /// x1: a number or bits (InterfaceVersion)
        pub lower: u64,
        /// x2: a number or bits (InterfaceVersion)
        pub higher: u64,
    }

    impl Command for Version {
        type Output = VersionOutput;
        const NAME: &'static str = "RSI_VERSION";
        const FID: u32 = 0xc4000190;
        const NUMBER: usize = 23;
        fn store(&self, x: &mut Registers) {
            x[1] = self.req;
        }
        fn load(x: &Registers) -> VersionOutput {
            VersionOutput {
                lower: x[1],
                higher: x[2],
            }
        }
    }

    /// RSI_FEATURES. Read a feature register.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Features {
        /// x1: a number or bits
        pub index: u64,
    }

    /// What RSI_FEATURES returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct FeaturesOutput {
        /// x1: a number or bits
        pub value: u64,
    }

    impl Command for Features {
        type Output = FeaturesOutput;
        const NAME: &'static str = "RSI_FEATURES";
        const FID: u32 = 0xc4000191;
        const NUMBER: usize = 24;
        fn store(&self, x: &mut Registers) {
            x[1] = self.index;
        }
        fn load(x: &Registers) -> FeaturesOutput {
            FeaturesOutput {
                value: x[1],
            }
        }
    }

    /// RSI_MEASUREMENT_READ. Read a measurement of the Realm.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct MeasurementRead {
        /// x1: a number or bits (RsiMeasurementIndex)
        pub index: u64,
    }

    /// What RSI_MEASUREMENT_READ returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct MeasurementReadOutput {
        /// x1: a number or bits
        pub value_0: u64,
        /// x2: a number or bits
        pub value_1: u64,
        /// x3: a number or bits
        pub value_2: u64,
        /// x4: a number or bits
        pub value_3: u64,
        /// x5: a number or bits
        pub value_4: u64,
        /// x6: a number or bits
        pub value_5: u64,
        /// x7: a number or bits
        pub value_6: u64,
        /// x8: a number or bits
        pub value_7: u64,
    }

    impl Command for MeasurementRead {
        type Output = MeasurementReadOutput;
        const NAME: &'static str = "RSI_MEASUREMENT_READ";
        const FID: u32 = 0xc4000192;
        const NUMBER: usize = 25;
        fn store(&self, x: &mut Registers) {
            x[1] = self.index;
        }
        fn load(x: &Registers) -> MeasurementReadOutput {
            MeasurementReadOutput {
                value_0: x[1],
                value_1: x[2],
                value_2: x[3],
                value_3: x[4],
                value_4: x[5],
                value_5: x[6],
                value_6: x[7],
                value_7: x[8],
            }
        }
    }

    /// RSI_MEASUREMENT_EXTEND. Extend a Realm Extensible Measurement.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct MeasurementExtend {
        /// x1: a number or bits (RsiMeasurementIndex)
        pub index: u64,
        /// x2: a number or bits
        pub size: u64,
        /// x3: a number or bits
        pub value_0: u64,
        /// x4: a number or bits
        pub value_1: u64,
        /// x5: a number or bits
        pub value_2: u64,
        /// x6: a number or bits
        pub value_3: u64,
        /// x7: a number or bits
        pub value_4: u64,
        /// x8: a number or bits
        pub value_5: u64,
        /// x9: a number or bits
        pub value_6: u64,
        /// x10: a number or bits
        pub value_7: u64,
    }

    impl Command for MeasurementExtend {
        type Output = ();
        const NAME: &'static str = "RSI_MEASUREMENT_EXTEND";
        const FID: u32 = 0xc4000193;
        const NUMBER: usize = 26;
        fn store(&self, x: &mut Registers) {
            x[1] = self.index;
            x[2] = self.size;
            x[3] = self.value_0;
            x[4] = self.value_1;
            x[5] = self.value_2;
            x[6] = self.value_3;
            x[7] = self.value_4;
            x[8] = self.value_5;
            x[9] = self.value_6;
            x[10] = self.value_7;
        }
        fn load(_: &Registers) {}
    }

    /// RSI_ATTESTATION_TOKEN_INIT. Begin to generate an attestation token.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AttestationTokenInit {
        /// x1: a number or bits
        pub challenge_0: u64,
        /// x2: a number or bits
        pub challenge_1: u64,
        /// x3: a number or bits
        pub challenge_2: u64,
        /// x4: a number or bits
        pub challenge_3: u64,
        /// x5: a number or bits
        pub challenge_4: u64,
        /// x6: a number or bits
        pub challenge_5: u64,
        /// x7: a number or bits
        pub challenge_6: u64,
        /// x8: a number or bits
        pub challenge_7: u64,
    }

    /// What RSI_ATTESTATION_TOKEN_INIT returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AttestationTokenInitOutput {
        /// x1: a number or bits
        pub size: u64,
    }

    impl Command for AttestationTokenInit {
        type Output = AttestationTokenInitOutput;
        const NAME: &'static str = "RSI_ATTESTATION_TOKEN_INIT";
        const FID: u32 = 0xc4000194;
        const NUMBER: usize = 27;
        fn store(&self, x: &mut Registers) {
            x[1] = self.challenge_0;
            x[2] = self.challenge_1;
            x[3] = self.challenge_2;
            x[4] = self.challenge_3;
            x[5] = self.challenge_4;
            x[6] = self.challenge_5;
            x[7] = self.challenge_6;
            x[8] = self.challenge_7;
        }
        fn load(x: &Registers) -> AttestationTokenInitOutput {
            AttestationTokenInitOutput {
                size: x[1],
            }
        }
    }

    /// RSI_ATTESTATION_TOKEN_CONTINUE. Go on generating and read an attestation token.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AttestationTokenContinue {
        /// x1: address in the Realm's IPA space
        pub addr: u64,
        /// x2: a number or bits
        pub offset: u64,
        /// x3: a number or bits
        pub size: u64,
    }

    /// What RSI_ATTESTATION_TOKEN_CONTINUE returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AttestationTokenContinueOutput {
        /// x1: a number or bits
        pub len: u64,
    }

    impl Command for AttestationTokenContinue {
        type Output = AttestationTokenContinueOutput;
        const NAME: &'static str = "RSI_ATTESTATION_TOKEN_CONTINUE";
        const FID: u32 = 0xc4000195;
        const NUMBER: usize = 28;
        fn store(&self, x: &mut Registers) {
            x[1] = self.addr;
            x[2] = self.offset;
            x[3] = self.size;
        }
        fn load(x: &Registers) -> AttestationTokenContinueOutput {
            AttestationTokenContinueOutput {
                len: x[1],
            }
        }
    }

    /// RSI_REALM_CONFIG. Read the configuration of the Realm.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RealmConfig {
        /// x1: address in the Realm's IPA space (RsiRealmConfig)
        pub addr: u64,
    }

    impl Command for RealmConfig {
        type Output = ();
        const NAME: &'static str = "RSI_REALM_CONFIG";
        const FID: u32 = 0xc4000196;
        const NUMBER: usize = 29;
        fn store(&self, x: &mut Registers) {
            x[1] = self.addr;
        }
        fn load(_: &Registers) {}
    }

    /// RSI_IPA_STATE_SET. Ask the host to change the RIPAS of a range.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct IpaStateSet {
        /// x1: address in the Realm's IPA space
        pub base: u64,
        /// x2: address in the Realm's IPA space
        pub top: u64,
        /// x3: a number or bits (RmiRipas)
        pub ripas: u64,
        /// x4: a number or bits (RsiRipasChangeFlags)
        pub flags: u64,
    }

    /// What RSI_IPA_STATE_SET returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct IpaStateSetOutput {
        /// x1: address in the Realm's IPA space
        pub new_base: u64,
        /// x2: a number or bits (RmiResponse)
        pub response: u64,
    }

    impl Command for IpaStateSet {
        type Output = IpaStateSetOutput;
        const NAME: &'static str = "RSI_IPA_STATE_SET";
        const FID: u32 = 0xc4000197;
        const NUMBER: usize = 30;
        fn store(&self, x: &mut Registers) {
            x[1] = self.base;
            x[2] = self.top;
            x[3] = self.ripas;
            x[4] = self.flags;
        }
        fn load(x: &Registers) -> IpaStateSetOutput {
            IpaStateSetOutput {
                new_base: x[1],
                response: x[2],
            }
        }
    }

    /// RSI_IPA_STATE_GET. Read the RIPAS of a range.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct IpaStateGet {
        /// x1: address in the Realm's IPA space
        pub base: u64,
        /// x2: address in the Realm's IPA space
        pub top: u64,
    }

    /// What RSI_IPA_STATE_GET returns.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct IpaStateGetOutput {
        /// x1: address in the Realm's IPA space
        pub out_top: u64,
        /// x2: a number or bits (RmiRipas)
        pub ripas: u64,
    }

    impl Command for IpaStateGet {
        type Output = IpaStateGetOutput;
        const NAME: &'static str = "RSI_IPA_STATE_GET";
        const FID: u32 = 0xc4000198;
        const NUMBER: usize = 31;
        fn store(&self, x: &mut Registers) {
            x[1] = self.base;
            x[2] = self.top;
        }
        fn load(x: &Registers) -> IpaStateGetOutput {
            IpaStateGetOutput {
                out_top: x[1],
                ripas: x[2],
            }
        }
    }

    /// RSI_HOST_CALL. Call the host.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct HostCall {
        /// x1: address in the Realm's IPA space (RsiHostCall)
        pub addr: u64,
    }

    impl Command for HostCall {
        type Output = ();
        const NAME: &'static str = "RSI_HOST_CALL";
        const FID: u32 = 0xc4000199;
        const NUMBER: usize = 32;
        fn store(&self, x: &mut Registers) {
            x[1] = self.addr;
        }
        fn load(_: &Registers) {}
    }
}

/// Statuses of RSI.
pub mod rsi_status {
    /// The command was carried out
    pub const SUCCESS: u64 = 0;
    /// An input is not what the command wants
    pub const ERROR_INPUT: u64 = 1;
    /// The REC or Realm is in the wrong state
    pub const ERROR_STATE: u64 = 2;
    /// More is to come: call again
    pub const INCOMPLETE: u64 = 3;
    /// The operation failed for a reason of its own
    pub const ERROR_UNKNOWN: u64 = 4;
}

/// PSCI functions of the Realm.
pub mod psci {
    use crate::call::{Command, Registers};

    /// PSCI_VERSION. Version of the PSCI implementation.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Version;

    impl Command for Version {
        type Output = ();
        const NAME: &'static str = "PSCI_VERSION";
        const FID: u32 = 0x84000000;
        const NUMBER: usize = 33;
        fn store(&self, x: &mut Registers) {
            let _ = x;
        }
        fn load(_: &Registers) {}
    }

    /// PSCI_CPU_SUSPEND. Suspend the calling VPE.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CpuSuspend {
        /// x1: a number or bits
        pub power_state: u64,
        /// x2: address in the Realm's IPA space
        pub entry_point_address: u64,
        /// x3: a number or bits
        pub context_id: u64,
    }

    impl Command for CpuSuspend {
        type Output = ();
        const NAME: &'static str = "PSCI_CPU_SUSPEND";
        const FID: u32 = 0xc4000001;
        const NUMBER: usize = 34;
        fn store(&self, x: &mut Registers) {
            x[1] = self.power_state;
            x[2] = self.entry_point_address;
            x[3] = self.context_id;
        }
        fn load(_: &Registers) {}
    }

    /// PSCI_CPU_OFF. Power down the calling VPE.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CpuOff;

    impl Command for CpuOff {
        type Output = ();
        const NAME: &'static str = "PSCI_CPU_OFF";
        const FID: u32 = 0x84000002;
        const NUMBER: usize = 35;
        fn store(&self, x: &mut Registers) {
            let _ = x;
        }
        fn load(_: &Registers) {}
    }

    /// PSCI_CPU_ON. Power up a VPE.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CpuOn {
        /// x1: a number or bits (PsciMpidr)
        pub target_cpu: u64,
        /// x2: address in the Realm's IPA space
        pub entry_point_address: u64,
        /// x3: a number or bits
        pub context_id: u64,
    }

    impl Command for CpuOn {
        type Output = ();
        const NAME: &'static str = "PSCI_CPU_ON";
        const FID: u32 = 0xc4000003;
        const NUMBER: usize = 36;
        fn store(&self, x: &mut Registers) {
            x[1] = self.target_cpu;
            x[2] = self.entry_point_address;
            x[3] = self.context_id;
        }
        fn load(_: &Registers) {}
    }

    /// PSCI_AFFINITY_INFO. Power state of a VPE.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AffinityInfo {
        /// x1: a number or bits (PsciMpidr)
        pub target_affinity: u64,
        /// x2: a number or bits
        pub lowest_affinity_level: u64,
    }

    impl Command for AffinityInfo {
        type Output = ();
        const NAME: &'static str = "PSCI_AFFINITY_INFO";
        const FID: u32 = 0xc4000004;
        const NUMBER: usize = 37;
        fn store(&self, x: &mut Registers) {
            x[1] = self.target_affinity;
            x[2] = self.lowest_affinity_level;
        }
        fn load(_: &Registers) {}
    }

    /// PSCI_SYSTEM_OFF. Shut the Realm down.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct SystemOff;

    impl Command for SystemOff {
        type Output = ();
        const NAME: &'static str = "PSCI_SYSTEM_OFF";
        const FID: u32 = 0x84000008;
        const NUMBER: usize = 38;
        fn store(&self, x: &mut Registers) {
            let _ = x;
        }
        fn load(_: &Registers) {}
    }

    /// PSCI_SYSTEM_RESET. Reset the Realm.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct SystemReset;

    impl Command for SystemReset {
        type Output = ();
        const NAME: &'static str = "PSCI_SYSTEM_RESET";
        const FID: u32 = 0x84000009;
        const NUMBER: usize = 39;
        fn store(&self, x: &mut Registers) {
            let _ = x;
        }
        fn load(_: &Registers) {}
    }

    /// PSCI_FEATURES. Is a PSCI function served?
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Features {
        /// x1: a number or bits (FunctionId)
        pub psci_func_id: u64,
    }

    impl Command for Features {
        type Output = ();
        const NAME: &'static str = "PSCI_FEATURES";
        const FID: u32 = 0x8400000a;
        const NUMBER: usize = 40;
        fn store(&self, x: &mut Registers) {
            x[1] = self.psci_func_id;
        }
        fn load(_: &Registers) {}
    }
}

/// Statuses of PSCI.
pub mod psci_status {
    /// The function was carried out
    pub const SUCCESS: i64 = 0;
    /// No such function
    pub const NOT_SUPPORTED: i64 = -1;
    /// An argument names nothing
    pub const INVALID_PARAMETERS: i64 = -2;
    /// The host refuses
    pub const DENIED: i64 = -3;
    /// The target is on
    pub const ALREADY_ON: i64 = -4;
    /// The target is being turned on
    pub const ON_PENDING: i64 = -5;
    /// The function failed for a reason of its own
    pub const INTERNAL_FAILURE: i64 = -6;
    /// No such target
    pub const NOT_PRESENT: i64 = -7;
    /// The target is disabled
    pub const DISABLED: i64 = -8;
    /// The entry point is not a Protected IPA
    pub const INVALID_ADDRESS: i64 = -9;
}

/// Why a REC exits.
pub mod exit {
    /// A synchronous exception: WFI, WFE, an abort, a trapped register
    pub const SYNC: u64 = 0;
    /// A physical IRQ, or a timer whose output changed
    pub const IRQ: u64 = 1;
    /// A physical FIQ
    pub const FIQ: u64 = 2;
    /// A PSCI function that the host takes part in
    pub const PSCI: u64 = 3;
    /// The Realm asks for another RIPAS
    pub const RIPAS_CHANGE: u64 = 4;
    /// The Realm calls the host
    pub const HOST_CALL: u64 = 5;
    /// A physical SError
    pub const SERROR: u64 = 6;
}

/// States: a page of 4 KiB.
pub mod granule_state {
    /// Belongs to the host
    pub const UNDELEGATED: u32 = 0;
    /// Belongs to the Realm world, unused
    pub const DELEGATED: u32 = 1;
    /// Realm Descriptor
    pub const RD: u32 = 2;
    /// Realm Execution Context
    pub const REC: u32 = 3;
    /// Auxiliary Granule of a REC
    pub const REC_AUX: u32 = 4;
    /// Memory of a Realm
    pub const DATA: u32 = 5;
    /// Realm Translation Table
    pub const RTT: u32 = 6;
}

/// States: the entry of a Granule in the Granule Protection Table.
pub mod gpt_state {
    /// Accessible in the Non-secure PAS
    pub const GPT_NS: u32 = 0;
    /// Accessible in the Realm PAS
    pub const GPT_REALM: u32 = 1;
    /// Accessible in the Secure PAS
    pub const GPT_SECURE: u32 = 2;
    /// Accessible in the Root PAS
    pub const GPT_ROOT: u32 = 3;
    /// Accessible in any PAS
    pub const GPT_AAP: u32 = 4;
}
