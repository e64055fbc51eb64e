// SPDX-License-Identifier: BSD-3-Clause
//! What an instance is to be.
use crate::error::{failed, filled, no_error, Error};
use crate::gate::Gate;
use crate::simulator::{Inner, Simulator};
use crate::sys;
use crate::trace::{trace, Callbacks, Event};
use crate::trouble::careful;
use std::mem::MaybeUninit;
use std::os::raw::c_void;
use std::ptr;
use std::sync::Arc;

pub use sys::{rmmsim_fault as Fault, rmmsim_features as Features};

/// Which interface an instance serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// RMM 1.0-rel0, the specification's reading.
    Rmm10,
    /// The same with the behaviours of deployed monitors.
    Rmm10Reference,
}

/// How accesses of the host to delegated memory are found. Those of [`Simulator::read`] and [`Simulator::write`] are refused
/// anyway; this is about pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// By AddressSanitizer or Valgrind, where the program runs under one.
    Tools,
    /// Not at all.
    None,
    /// By a pattern in the page.
    Canary,
    /// By taking the page away.
    Protect,
}

impl Default for Features {
    /// All zero: what `struct rmmsim_features` documents as default.
    fn default() -> Features {
        // SAFETY: numbers and bools, for which zero is a value.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

impl Default for Fault {
    fn default() -> Fault {
        // SAFETY: numbers and bools, for which zero is a value.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

/// What an instance is to be. Without regions it gets one of DRAM, 64 MiB from 0x80000000 on.
pub struct Config {
    raw: sys::rmmsim_config,
    regions: Vec<sys::rmmsim_region>,
    callbacks: Option<Arc<Callbacks>>,
}

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

impl Config {
    /// All defaults.
    pub fn new() -> Config {
        // SAFETY: numbers, bools, NULL pointers and absent functions: zero is a value for all of them.
        let mut raw: sys::rmmsim_config = unsafe { MaybeUninit::zeroed().assume_init() };
        raw.num_pes = 1;
        Config { raw, regions: Vec::new(), callbacks: None }
    }

    /// Adds delegable memory.
    pub fn dram(self, base: u64, size: u64) -> Config {
        self.region(sys::RMMSIM_REGION_DRAM, base, size)
    }

    /// Adds memory of a device.
    pub fn device(self, base: u64, size: u64) -> Config {
        self.region(sys::RMMSIM_REGION_DEVICE, base, size)
    }

    fn region(mut self, kind: sys::rmmsim_region_kind, base: u64, size: u64) -> Config {
        self.regions.push(sys::rmmsim_region { base, size, kind, memory: ptr::null_mut(), phys_to_virt: None });
        self
    }

    /// How many PEs; one without this.
    pub fn pes(mut self, number: u32) -> Config {
        self.raw.num_pes = number;
        self
    }

    /// Which interface.
    pub fn profile(mut self, profile: Profile) -> Config {
        self.raw.profile = match profile {
            Profile::Rmm10 => sys::RMMSIM_PROFILE_RMM_1_0,
            Profile::Rmm10Reference => sys::RMMSIM_PROFILE_RMM_1_0_REFERENCE,
        };
        self
    }

    /// RMMSIM_QUIRK_* of [`sys`], added to the profile.
    pub fn quirks(mut self, quirks: u64) -> Config {
        self.raw.quirks |= quirks;
        self
    }

    /// What the platform offers.
    pub fn features(mut self, features: Features) -> Config {
        self.raw.features = features;
        self
    }

    /// Where all keys come from.
    pub fn seed(mut self, seed: u64) -> Config {
        self.raw.seed = seed;
        self
    }

    /// How accesses to delegated memory are found.
    pub fn guard(mut self, guard: Guard) -> Config {
        self.raw.guard = match guard {
            Guard::Tools => sys::RMMSIM_GUARD_TOOLS,
            Guard::None => sys::RMMSIM_GUARD_NONE,
            Guard::Canary => sys::RMMSIM_GUARD_CANARY,
            Guard::Protect => sys::RMMSIM_GUARD_PROTECT,
        };
        self
    }

    /// Audits after every n-th command; with one PE only.
    pub fn audit_period(mut self, commands: u32) -> Config {
        self.raw.audit_period = commands;
        self
    }

    /// Traps after which an entry ends with an IRQ exit; 0: never.
    pub fn guest_quantum(mut self, traps: u32) -> Config {
        self.raw.guest_quantum = traps;
        self
    }

    /// Tells of every event, on the thread that caused it. The listener must not call the instance: it panics if it does, and
    /// that panic, like any other of its own, goes on in the call that caused the event.
    pub fn trace(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Config {
        self.callbacks = Some(Arc::new(Callbacks { listener: Box::new(listener) }));
        self
    }

    /// Makes the instance.
    ///
    /// # Errors
    /// [`Error::Failed`]: the configuration makes no sense, or the system has no memory.
    pub fn build(self) -> Result<Simulator, Error> {
        self.make(|config| {
            let mut error = no_error();
            // SAFETY: the configuration and what it points to are there; the instance keeps the callbacks only.
            let sim = unsafe { sys::rmmsim_create(config, &mut error) };
            if sim.is_null() {
                return Err(filled(&error));
            }
            Ok(sim)
        })
    }

    /// The C configuration, for a function that makes an instance of it.
    pub(crate) fn make(
        mut self,
        create: impl FnOnce(&sys::rmmsim_config) -> Result<*mut sys::rmmsim, Error>,
    ) -> Result<Simulator, Error> {
        if self.raw.audit_period != 0 && self.raw.num_pes > 1 {
            return Err(failed(
                sys::RMMSIM_ERROR_CONFIG,
                "an audit looks at everything: with audit_period there is one PE",
            ));
        }
        if self.regions.is_empty() {
            self = self.dram(0x8000_0000, 64 << 20);
        }
        self.raw.regions = self.regions.as_ptr();
        self.raw.num_regions = self.regions.len() as _;
        let mut listener: *const Callbacks = ptr::null();
        if let Some(callbacks) = &self.callbacks {
            listener = Arc::as_ptr(callbacks);
            self.raw.trace = Some(trace);
        }
        self.raw.context = listener as *mut c_void;
        let sim = careful(|| create(&self.raw))??;
        // SAFETY: the instance is new, and its callbacks go where it goes.
        let gate = unsafe { Gate::new(sim, listener.cast()) };
        Ok(Simulator { inner: Arc::new(Inner::new(gate, self.raw.num_pes, self.callbacks)) })
    }
}
