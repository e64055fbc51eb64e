// SPDX-License-Identifier: BSD-3-Clause
//! A host of two threads boots a Realm of two vCPUs, runs it, and takes it down, each step by its own command.
use rmmsim::{
    exit, flags, granule_state, psci, psci_status, rmi, rmi_status, rsi, sys, zeroed, Command, Config, Error,
};
use rmmsim::{Pe, Simulator, Vcpu, GRANULE_SIZE};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

const DRAM: u64 = 0x8000_0000;
const ENTRY: u64 = 0x1000;
const CALL: u64 = 0x1200; // a host call structure in the same page
const PROGRAM: &[u8] = b"measured contents";

/// Pages are taken one after the other, and taken down from a list.
struct Host {
    sim: Simulator,
    next: AtomicU64,
}

impl Host {
    fn page(&self) -> u64 {
        self.next.fetch_add(GRANULE_SIZE, Ordering::Relaxed)
    }

    fn delegated(&self, pe: &mut Pe) -> u64 {
        let addr = self.page();
        pe.call(rmi::GranuleDelegate { addr }).unwrap();
        addr
    }

    fn realm_create(&self, pe: &mut Pe) -> u64 {
        let (rd, params_ptr) = (self.delegated(pe), self.page());
        let mut params: sys::rmmsim_realm_params = zeroed();
        params.s2sz = 40;
        params.num_bps = 5;
        params.num_wps = 3;
        params.vmid = 1;
        params.rtt_base = self.delegated(pe);
        params.rtt_num_start = 1;
        params.rpv = [b'R'; 64];
        self.sim.write_page(params_ptr, &params).unwrap();

        let refusal = pe.call(rmi::RealmCreate { rd: rd + 1, params_ptr }).unwrap_err();
        let refusal = refusal.refusal().expect("a condition refuses it").clone();
        assert_eq!((refusal.condition.as_str(), refusal.argument.as_str()), ("rd_align", "rd"));
        assert_eq!((refusal.register, refusal.value, refusal.found), (1, rd + 1, rd + 1));
        assert_eq!(refusal.status(), rmi_status::ERROR_INPUT);
        assert_eq!(refusal.expected, "an address aligned to 4 KiB");

        pe.call(rmi::RealmCreate { rd, params_ptr }).unwrap();
        assert_eq!(self.sim.granule(rd).unwrap().state, granule_state::RD);
        assert_eq!(self.sim.granule(rd).unwrap().taker, rmi::RealmCreate::NUMBER);
        rd
    }

    /// Tables down to level 3, and a measured page at ENTRY.
    fn memory_create(&self, pe: &mut Pe, rd: u64) {
        let src = self.page();
        let data = self.delegated(pe);
        let contents = rmi::DataCreate { rd, data, ipa: ENTRY, src, flags: flags::DATA_MEASURE };
        self.sim.write(src, PROGRAM).unwrap();

        let walk = pe.call(contents).unwrap_err();
        let walk = walk.refusal().expect("there is no table yet");
        assert_eq!((walk.condition.as_str(), walk.status(), walk.index()), ("rtt_walk", rmi_status::ERROR_RTT, 0));

        for level in 1..=3 {
            let rtt = self.delegated(pe);
            pe.call(rmi::RttCreate { rd, rtt, ipa: 0, level }).unwrap();
        }
        let elsewhere = pe.call(rmi::DataCreate { ipa: 1 << 21, ..contents }).unwrap_err();
        assert_eq!(elsewhere.refusal().unwrap().index(), 2);
        let done = pe.call(rmi::RttInitRipas { rd, base: ENTRY, top: ENTRY + GRANULE_SIZE }).unwrap();
        assert_eq!(done.out_top, ENTRY + GRANULE_SIZE);
        let before = self.sim.measurement(rd, 0).unwrap();
        pe.call(contents).unwrap();
        assert_ne!(self.sim.measurement(rd, 0).unwrap(), before);
    }

    fn rec_create(&self, pe: &mut Pe, rd: u64, mpidr: u64) -> u64 {
        let params_ptr = self.page();
        let mut params: sys::rmmsim_rec_params = zeroed();
        params.flags = if mpidr == 0 { flags::REC_RUNNABLE } else { 0 };
        params.mpidr = mpidr;
        params.pc = ENTRY;
        params.num_aux = pe.call(rmi::RecAuxCount { rd }).unwrap().aux_count;
        for aux in params.aux.iter_mut().take(params.num_aux as usize) {
            *aux = self.delegated(pe);
        }
        self.sim.write_page(params_ptr, &params).unwrap();
        let rec = self.delegated(pe);
        pe.call(rmi::RecCreate { rd, rec, params_ptr }).unwrap();
        rec
    }

    fn enter(&self, pe: &mut Pe, rec: u64, run_ptr: u64, answer: Option<u64>) -> sys::rmmsim_rec_exit {
        let mut run: sys::rmmsim_rec_run = zeroed();
        run.enter.gprs[0] = answer.unwrap_or(0);
        self.sim.write_page(run_ptr, &run).unwrap();
        pe.call(rmi::RecEnter { rec, run_ptr }).unwrap();
        self.sim.read_page::<sys::rmmsim_rec_run>(run_ptr).unwrap().exit
    }

    fn tear_down(&self, pe: &mut Pe, rd: u64, recs: &[u64]) {
        let live = pe.call(rmi::RealmDestroy { rd }).unwrap_err();
        assert_eq!(live.refusal().unwrap().condition, "realm_live");
        for &rec in recs {
            pe.call(rmi::RecDestroy { rec }).unwrap();
        }
        // The rest of the table is empty: `top` is its end.
        assert_eq!(pe.call(rmi::DataDestroy { rd, ipa: ENTRY }).unwrap().top, 1 << 21);
        for level in (1..=3).rev() {
            pe.call(rmi::RttDestroy { rd, ipa: 0, level }).unwrap();
        }
        pe.call(rmi::RealmDestroy { rd }).unwrap();
        let mut from = 0;
        while let Some(addr) = self.sim.next_delegated(from) {
            assert_eq!(self.sim.granule(addr).unwrap().state, granule_state::DELEGATED);
            pe.call(rmi::GranuleUndelegate { addr }).unwrap();
            from = addr;
        }
    }
}

// ---- the Realm ----------------------------------------------------------------------------------------------------------

/// vCPU 0 asks the host a question, turns vCPU 1 on, waits until that is off, and turns the system off.
async fn program(mut vcpu: Vcpu) -> Result<(), Error> {
    let mpidr = vcpu.mrs(sys::RMMSIM_SYSREG_MPIDR_EL1).await?;
    if mpidr & 0xff == 1 {
        assert_eq!(vcpu.x(0), 0xc0de, "the context that CPU_ON hands over");
        vcpu.store(ENTRY + 0x100, 8, 0x1234).await?;
        return Ok(());
    }
    let mut contents = [0; PROGRAM.len()];
    vcpu.read(ENTRY, &mut contents).await?;
    assert_eq!(contents, PROGRAM);

    let mut question: sys::rmmsim_host_call = zeroed();
    question.imm = 42;
    question.gprs[0] = 6;
    vcpu.write_page(CALL, &question).await?;
    vcpu.call(rsi::HostCall { addr: CALL }).await?;
    assert_eq!(vcpu.read_page::<sys::rmmsim_host_call>(CALL).await?.gprs[0], 36);

    let on = psci::CpuOn { target_cpu: 1, entry_point_address: ENTRY, context_id: 0xc0de };
    assert_eq!(vcpu.call(on).await?.x[0] as i64, psci_status::SUCCESS);
    let info = psci::AffinityInfo { target_affinity: 1, lowest_affinity_level: 0 };
    while vcpu.call(info).await?.x[0] != u64::from(sys::RMMSIM_PSCI_AFFINITY_OFF) {
        vcpu.wfi().await?;
    }
    assert_eq!(vcpu.load(ENTRY + 0x100, 8).await?, 0x1234);
    vcpu.call(psci::SystemOff).await?;
    unreachable!("the system is off");
}

// ---- the host's threads -------------------------------------------------------------------------------------------------

/// PE 0 runs vCPU 0, and answers for it.
fn first_vcpu(host: &Host, pe: &mut Pe, recs: &[u64], on: &AtomicBool) {
    let run = host.page();
    let mut answer = None;
    loop {
        let exit = host.enter(pe, recs[0], run, answer.take());
        match (exit.exit_reason, exit.gprs[0] as u32) {
            (exit::HOST_CALL, number) => {
                assert_eq!(exit.imm, 42);
                answer = Some(u64::from(number * number));
            }
            (exit::IRQ, _) => thread::yield_now(),
            (exit::PSCI, psci::SystemOff::FID) => return,
            (exit::PSCI, fid) => {
                let (calling_rec, target_rec) = (recs[0], recs[exit.gprs[1] as usize]);
                pe.call(rmi::PsciComplete { calling_rec, target_rec, status: 0 }).unwrap();
                on.fetch_or(fid == psci::CpuOn::FID, Ordering::SeqCst);
            }
            other => panic!("no reason for an exit {other:?}"),
        }
    }
}

/// PE 1 runs vCPU 1 once it is on.
fn second_vcpu(host: &Host, pe: &mut Pe, recs: &[u64], on: &AtomicBool) {
    while !on.load(Ordering::SeqCst) {
        thread::yield_now();
    }
    let exit = host.enter(pe, recs[1], host.page(), None);
    assert_eq!((exit.exit_reason, exit.gprs[0]), (exit::PSCI, u64::from(psci::CpuOff::FID)));
}

#[test]
fn boots_a_realm() {
    let sim = Config::new().dram(DRAM, 1 << 20).pes(2).build().unwrap();
    let mut pes = [sim.pe(0).unwrap(), sim.pe(1).unwrap()];
    let host = Host { sim: sim.clone(), next: AtomicU64::new(DRAM) };
    let rd = host.realm_create(&mut pes[0]);
    host.memory_create(&mut pes[0], rd);
    let recs = [host.rec_create(&mut pes[0], rd, 0), host.rec_create(&mut pes[0], rd, 1)];
    sim.bind(rd, ENTRY, program).unwrap();
    pes[0].call(rmi::RealmActivate { rd }).unwrap();

    let on = AtomicBool::new(false);
    let [first, second] = &mut pes;
    thread::scope(|scope| {
        scope.spawn(|| first_vcpu(&host, first, &recs, &on));
        scope.spawn(|| second_vcpu(&host, second, &recs, &on));
    });

    assert!(sim.audit().unwrap() > 0);
    let (realm, rec) = (sim.realm(rd).unwrap(), sim.rec(recs[1]).unwrap());
    assert_eq!((sim.next_realm(0), realm.num_recs, realm.state), (Some(rd), 2, sys::RMMSIM_REALM_REALM_SYSTEM_OFF));
    assert_eq!((rec.rd, rec.mpidr, rec.power), (rd, 1, sys::RMMSIM_POWER_NOT_RUNNABLE));
    let walk = sim.rtt_walk(rd, ENTRY, 3).unwrap();
    assert_eq!((walk.len(), walk[3].state, walk[3].index), (4, sys::RMMSIM_RTTE_ASSIGNED_RAM, 1));
    let json = sim.dump(sys::RMMSIM_DUMP_REC, sys::RMMSIM_DUMP_JSON, recs[0]).unwrap();
    assert!(json.starts_with('{') && json.trim_end().ends_with('}'), "{json}");
    assert!(sim.dump(sys::RMMSIM_DUMP_REC, sys::RMMSIM_DUMP_JSON, rd).is_err());
    host.tear_down(&mut pes[0], rd, &recs);
    assert_eq!(sim.next_delegated(0), None);
    let counts = sim.statistics();
    assert_eq!(counts.calls::<rmi::GranuleDelegate>(), counts.calls::<rmi::GranuleUndelegate>());
    assert_eq!((counts.calls::<psci::CpuOn>(), counts.exits(exit::HOST_CALL)), (1, 1));
    assert_eq!(counts.refused::<rmi::RealmDestroy>(), 1);
    assert_eq!(counts.answered::<rmi::RealmDestroy>(rmi_status::ERROR_REALM), 1);
}
