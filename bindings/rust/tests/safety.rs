// SPDX-License-Identifier: BSD-3-Clause
//! What the safe layer promises beyond C: one handle a PE, no touch of delegated memory, panics that arrive, programs that are
//! dropped, nobody alone while somebody is inside.
use rmmsim::{
    exit, flags, psci, rmi, rsi, sys, zeroed, Command, Config, Error, Event, EventKind, Fault, Guard, Pe, Shape, Vcpu,
    World,
};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

const DRAM: u64 = 0x8000_0000;

fn world(recs: u32, pages: u32) -> World {
    World::new(Config::new().pes(2), Shape { recs, all_runnable: true, pages, shared: 1 }).unwrap()
}

fn enter(world: &World, pe: &mut Pe, rec: usize) -> Result<sys::rmmsim_rec_exit, Error> {
    pe.call(rmi::RecEnter { rec: world.recs[rec], run_ptr: world.runs[rec] })?;
    Ok(world.read_page::<sys::rmmsim_rec_run>(world.runs[rec])?.exit)
}

#[test]
fn a_pe_has_one_handle() {
    let sim = Config::new().pes(2).build().unwrap();
    let first = sim.pe(0).unwrap();
    assert_eq!(sim.pe(0).err().and_then(|error| error.code()), Some(sys::RMMSIM_ERROR_STATE));
    assert_eq!(sim.pe(1).unwrap().number(), 1);
    assert!(sim.pe(2).is_err());
    assert!(sim.irq_raise(2).is_err());
    drop(first);
    let mut again = sim.pe(0).unwrap();
    drop(sim); // the handle keeps the instance
    again.call(rmi::GranuleDelegate { addr: DRAM }).unwrap();
}

#[test]
fn bad_configurations_are_errors() {
    let error = Config::new().dram(DRAM + 1, 4096).build().err().unwrap();
    assert_eq!(error.code(), Some(sys::RMMSIM_ERROR_CONFIG));
    let several = Config::new().pes(2).audit_period(1).build().err().unwrap();
    assert!(several.to_string().contains("there is one PE"), "{several}");
    assert!(World::new(Config::new(), Shape { recs: 65, ..Shape::default() }).is_err());
}

#[test]
fn a_vcpu_answers_to_its_own_program_only() {
    let world = world(1, 1);
    let escaped: Arc<Mutex<Option<Vcpu>>> = Arc::default();
    let place = escaped.clone();
    world
        .bind(world.rd, 0, move |vcpu| {
            assert_eq!(vcpu.rec() & 0xfff, 0);
            *place.lock().unwrap() = Some(vcpu);
            let place = place.clone();
            async move {
                assert_eq!(place.lock().unwrap().as_ref().unwrap().x(31), 0);
                let other =
                    thread::spawn(move || place.lock().unwrap_or_else(PoisonError::into_inner).as_ref().unwrap().pc());
                assert!(other.join().is_err(), "not even while it runs");
                Ok(())
            }
        })
        .unwrap();
    enter(&world, &mut world.pe(0).unwrap(), 0).unwrap();
    let vcpu = escaped.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| vcpu.x(0))).is_err());
}

#[test]
fn what_a_program_holds_goes_when_it_ends() {
    let live = Arc::new(AtomicU32::new(1));
    let world = world(1, 1);
    let held = Mutex::new(Some(Counted(live.clone())));
    world
        .bind(world.rd, 0, move |mut vcpu| {
            let held = held.lock().unwrap().take();
            async move {
                vcpu.nop().await?;
                assert!(held.is_none(), "on purpose");
                Ok(())
            }
        })
        .unwrap();
    let mut pe = world.pe(0).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| enter(&world, &mut pe, 0))).is_err());
    assert_eq!(live.load(Ordering::SeqCst), 0);
}

fn fails(why: String) -> Result<(), Error> {
    panic!("{why}")
}

/// A panic in the inner entry is the inner one's, and leaves the outer one's trouble alone.
#[test]
fn trouble_belongs_to_its_own_entry() {
    let world = Arc::new(world(2, 1));
    let weak = Arc::downgrade(&world);
    let other = Mutex::new(Some(world.pe(1).unwrap()));
    world
        .bind(world.rd, 0, move |_| {
            let (world, pe) = (weak.upgrade().unwrap(), other.lock().unwrap().take());
            async move {
                let inside = pe.map(|mut pe| catch_unwind(AssertUnwindSafe(|| enter(&world, &mut pe, 1))).unwrap_err());
                fails(inside.map_or("inner".into(), |inner| {
                    format!("outer, after {}", inner.downcast_ref::<String>().unwrap())
                }))
            }
        })
        .unwrap();
    let mut pe = world.pe(0).unwrap();
    let payload = catch_unwind(AssertUnwindSafe(|| enter(&world, &mut pe, 0))).unwrap_err();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "outer, after inner");
}

/// What a listener has left behind is not lost when the program that runs next makes a call of its own.
#[test]
fn trouble_outlasts_a_call_inside() {
    let config = Config::new().pes(2).trace(|event| {
        if let EventKind::Edge { name, .. } = &event.kind {
            assert_ne!(name, "REC REC_READY -> REC_RUNNING");
        }
    });
    let world = World::new(config, Shape::default()).unwrap();
    let other = Mutex::new(world.pe(1).unwrap());
    world
        .bind(world.rd, 0, move |_| {
            other.lock().unwrap().call(rmi::GranuleDelegate { addr: DRAM + (32 << 20) }).unwrap();
            async { Ok(()) }
        })
        .unwrap();
    let mut pe = world.pe(0).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| enter(&world, &mut pe, 0))).is_err());
    assert_ne!(world.granule(DRAM + (32 << 20)).unwrap().state, 0);
}

#[test]
fn memory_is_copied_at_any_place() {
    let sim = Config::new().guard(Guard::Protect).build().unwrap();
    let mut bytes = [0; 21];
    for skip in 0..9 {
        let pattern: Vec<u8> = (1..=21).map(|i| i * (skip + 1)).collect();
        let pa = DRAM + 4090 + u64::from(skip);
        sim.write(DRAM + 4080, &[0xff; 64]).unwrap();
        sim.write(pa, &pattern).unwrap();
        sim.read(pa, &mut bytes).unwrap();
        assert_eq!(&bytes[..], &pattern[..]);
        let mut around = [0; 2];
        sim.read(pa - 1, &mut around[..1]).unwrap();
        sim.read(pa + 21, &mut around[1..]).unwrap();
        assert_eq!(around, [0xff, 0xff]);
    }
    sim.read(DRAM + (64 << 20), &mut []).unwrap();
    for pa in [DRAM - 8, DRAM + (64 << 20) - 8, u64::MAX - 3] {
        assert_eq!(sim.read(pa, &mut bytes).unwrap_err().code(), Some(sys::RMMSIM_ERROR_ADDRESS));
    }
}

#[test]
fn delegated_memory_is_refused() {
    let sim = Config::new().guard(Guard::Protect).build().unwrap();
    let mut pe = sim.pe(0).unwrap();
    let mut byte = [0];
    pe.call(rmi::GranuleDelegate { addr: DRAM + 4096 }).unwrap();
    for error in [sim.read(DRAM + 8191, &mut byte), sim.write(DRAM + 4095, &[1, 2]), sim.write(DRAM + 4096, &[1])] {
        assert_eq!(error.unwrap_err().code(), Some(sys::RMMSIM_ERROR_TRESPASS));
    }
    sim.read(DRAM + 4095, &mut byte).unwrap();
    sim.read(DRAM + 8192, &mut byte).unwrap();
    pe.call(rmi::GranuleUndelegate { addr: DRAM + 4096 }).unwrap();
    sim.write(DRAM + 4095, &[1, 2]).unwrap();
}

#[test]
fn panics_and_errors_of_programs_arrive() {
    let world = world(2, 1);
    let mut pe = world.pe(0).unwrap();
    world
        .bind(world.rd, 0, |mut vcpu| async move {
            vcpu.wfi().await?;
            let mpidr = vcpu.mrs(sys::RMMSIM_SYSREG_MPIDR_EL1).await?;
            assert_eq!(mpidr & 0xff, 1, "not the second");
            vcpu.call(rsi::HostCall { addr: 0x101 }).await?;
            unreachable!();
        })
        .unwrap();
    assert_eq!(enter(&world, &mut pe, 0).unwrap().exit_reason, exit::IRQ);
    let payload = catch_unwind(AssertUnwindSafe(|| enter(&world, &mut pe, 0))).unwrap_err();
    assert!(payload.downcast_ref::<String>().unwrap().contains("not the second"));
    // The vCPU has turned itself off, and the PE is as good as ever.
    let off = enter(&world, &mut pe, 0).unwrap_err();
    assert_eq!(off.refusal().unwrap().condition, "rec_runnable");

    assert_eq!(enter(&world, &mut pe, 1).unwrap().exit_reason, exit::IRQ);
    match enter(&world, &mut pe, 1).unwrap_err() {
        Error::Program(error) => assert_eq!(error.refusal().unwrap().condition, "addr_align"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.tear_down().unwrap(), 0);
}

#[test]
fn exceptions_are_errors_of_the_access() {
    let world = world(1, 1);
    world
        .bind(world.rd, 0, |mut vcpu| async move {
            vcpu.set_x(9, 77);
            match vcpu.load(0x100_0000, 8).await {
                Err(Error::Exception(taken)) => assert_eq!((taken.esr >> 26, taken.far), (0x25, 0x100_0000)),
                other => panic!("{other:?}"),
            }
            assert!(matches!(vcpu.hvc().await, Err(Error::Exception(taken)) if taken.esr >> 26 == 0));
            assert_eq!(vcpu.x(9), 77, "accesses leave the registers alone");
            vcpu.write(0xffe, &[1, 2]).await?;
            assert!(vcpu.write(0xffe, &[3, 4, 5]).await.is_err(), "its second part has no memory");
            let mut bytes = [0; 2];
            vcpu.read(0xffe, &mut bytes).await?;
            assert_eq!(bytes, [3, 4]);
            vcpu.read(0, &mut []).await?;
            Ok(())
        })
        .unwrap();
    let exit = enter(&world, &mut world.pe(0).unwrap(), 0).unwrap();
    assert_eq!((exit.exit_reason, exit.gprs[0] as u32), (exit::PSCI, psci::CpuOff::FID));
}

/// Counts how many of it there are.
struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn programs_are_dropped_with_their_recs() {
    let live = Arc::new(AtomicU32::new(0));
    let world = world(2, 2);
    let mut pe = world.pe(0).unwrap();
    let counter = live.clone();
    world
        .bind(world.rd, 0, move |mut vcpu| {
            counter.fetch_add(1, Ordering::SeqCst);
            let held = Counted(counter.clone());
            async move {
                loop {
                    vcpu.wfi().await?;
                    assert_eq!(held.0.load(Ordering::SeqCst), 2);
                }
            }
        })
        .unwrap();
    world.snapshot().unwrap();
    for rec in 0..2 {
        enter(&world, &mut pe, rec).unwrap();
    }
    assert_eq!(live.load(Ordering::SeqCst), 2);
    assert_eq!(world.snapshot().unwrap_err().code(), Some(sys::RMMSIM_ERROR_STATE), "programs cannot be copied");
    pe.call(rmi::RecDestroy { rec: world.recs[1] }).unwrap();
    assert_eq!(live.load(Ordering::SeqCst), 1);
    world.restore().unwrap();
    assert_eq!(live.load(Ordering::SeqCst), 0);
    enter(&world, &mut pe, 1).unwrap();
    assert_eq!(live.load(Ordering::SeqCst), 1, "after a restore a REC starts as for the first time");
    drop(pe);
    drop(world);
    assert_eq!(live.load(Ordering::SeqCst), 0);
}

#[test]
fn a_vcpu_that_is_turned_on_again_starts_anew() {
    let world = World::new(Config::new(), Shape { recs: 2, ..Shape::default() }).unwrap();
    let mut pe = world.pe(0).unwrap();
    let contexts: Arc<Mutex<Vec<u64>>> = Arc::default();
    let seen = contexts.clone();
    world
        .bind(world.rd, 0, move |mut vcpu| {
            let seen = seen.clone();
            async move {
                if vcpu.mrs(sys::RMMSIM_SYSREG_MPIDR_EL1).await? & 0xff == 1 {
                    seen.lock().unwrap().push(vcpu.x(0));
                    return Ok(());
                }
                for context_id in [5, 6] {
                    vcpu.call(psci::CpuOn { target_cpu: 1, entry_point_address: 0, context_id }).await?;
                    vcpu.nop().await?;
                }
                Ok(())
            }
        })
        .unwrap();
    for _ in 0..2 {
        assert_eq!(enter(&world, &mut pe, 0).unwrap().gprs[0], u64::from(psci::CpuOn::FID));
        let (calling_rec, target_rec) = (world.recs[0], world.recs[1]);
        pe.call(rmi::PsciComplete { calling_rec, target_rec, status: 0 }).unwrap();
        assert_eq!(enter(&world, &mut pe, 1).unwrap().gprs[0], u64::from(psci::CpuOff::FID));
    }
    assert_eq!(*contexts.lock().unwrap(), [5, 6]);
}

#[test]
fn a_program_goes_on_on_another_thread() {
    let world = world(1, 2);
    let mut pes = [world.pe(0).unwrap(), world.pe(1).unwrap()];
    world
        .bind(world.rd, 0, |mut vcpu| async move {
            for turn in 0.. {
                vcpu.store(0x1000, 8, turn).await?;
                vcpu.wfi().await?;
                assert_eq!(vcpu.load(0x1000, 8).await?, turn);
            }
            Ok(())
        })
        .unwrap();
    for turn in 0..10 {
        let pe = &mut pes[turn % 2];
        let world = &world;
        thread::scope(|scope| {
            scope.spawn(move || assert_eq!(enter(world, pe, 0).unwrap().exit_reason, exit::IRQ));
        });
    }
}

#[test]
fn the_host_inside_a_program_is_not_alone() {
    let world = Arc::new(world(1, 1));
    let weak = Arc::downgrade(&world);
    let other = Mutex::new(Some(world.pe(1).unwrap()));
    world
        .bind(world.rd, 0, move |_| {
            let (world, mut pe) = (weak.upgrade().unwrap(), other.lock().unwrap().take().unwrap());
            async move {
                // As the host, on another PE: that is allowed. A snapshot is not, and an audit is none either.
                pe.call(rmi::GranuleDelegate { addr: DRAM + (32 << 20) })?;
                for busy in [world.snapshot(), world.restore(), world.audit().map(|_| ()), world.inject_clear()] {
                    assert_eq!(busy.unwrap_err().code(), Some(sys::RMMSIM_ERROR_STATE));
                }
                Ok(())
            }
        })
        .unwrap();
    enter(&world, &mut world.pe(0).unwrap(), 0).unwrap();
    world.audit().unwrap();
}

#[test]
fn a_program_may_enter_another_rec() {
    let world = Arc::new(world(2, 1));
    let weak = Arc::downgrade(&world);
    let other = Mutex::new(Some(world.pe(1).unwrap()));
    world
        .bind(world.rd, 0, move |mut vcpu| {
            let (world, pe) = (weak.upgrade().unwrap(), other.lock().unwrap().take());
            async move {
                if let Some(mut pe) = pe {
                    vcpu.set_x(20, 1);
                    assert_eq!(enter(&world, &mut pe, 1)?.exit_reason, exit::IRQ);
                    assert_eq!(vcpu.x(20), 1);
                    vcpu.nop().await?; // in the same entry: whose turn it is again
                }
                vcpu.wfi().await?;
                assert_eq!(vcpu.mrs(sys::RMMSIM_SYSREG_MPIDR_EL1).await? & 0xff, 1 - vcpu.x(20));
                vcpu.wfi().await
            }
        })
        .unwrap();
    let mut pe = world.pe(0).unwrap();
    for rec in [0, 0, 1] {
        assert_eq!(enter(&world, &mut pe, rec).unwrap().exit_reason, exit::IRQ);
    }
}

#[test]
fn events_are_told_and_listeners_may_not_call() {
    let seen: Arc<Mutex<Vec<Event>>> = Arc::default();
    let events = seen.clone();
    let sim = Config::new().trace(move |event| events.lock().unwrap().push(event.clone())).build().unwrap();
    let mut pe = sim.pe(0).unwrap();
    pe.call(rmi::GranuleDelegate { addr: DRAM }).unwrap();
    pe.call(rmi::GranuleDelegate { addr: DRAM }).unwrap_err();
    let lines: Vec<String> = seen.lock().unwrap().iter().map(Event::to_string).collect();
    assert_eq!(lines[0], "pe0 edge 0x80000000 GRANULE UNDELEGATED -> DELEGATED");
    match &seen.lock().unwrap().last().unwrap().kind {
        EventKind::Command { name, refused, input, .. } => {
            assert_eq!((name.as_str(), input[1]), ("RMI_GRANULE_DELEGATE", DRAM));
            assert_eq!(refused.as_deref(), Some("rmi_granule_delegate.gran_state"));
        }
        other => panic!("{other:?}"),
    }

    let handle: Arc<Mutex<Option<rmmsim::Simulator>>> = Arc::default();
    let inside = handle.clone();
    let sim = Config::new().trace(move |_| inside.lock().unwrap().as_ref().unwrap().time_advance(1)).build().unwrap();
    *handle.lock().unwrap() = Some(sim.clone());
    let call = || sim.pe(0).unwrap().call(rmi::GranuleDelegate { addr: DRAM });
    let payload = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    assert!(payload.downcast_ref::<&str>().unwrap().contains("must not call the instance"));
    *handle.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    assert_eq!(sim.time(), 0);
}

#[test]
fn the_outside_world_reaches_a_rec() {
    let world = world(1, 1);
    let mut pe = world.pe(0).unwrap();
    world
        .bind(world.rd, 0, |mut vcpu| async move {
            loop {
                vcpu.nop().await?;
            }
        })
        .unwrap();
    world.irq_raise(0).unwrap();
    assert_eq!(enter(&world, &mut pe, 0).unwrap().exit_reason, exit::IRQ);
    world.fiq_raise(0).unwrap();
    assert_eq!(enter(&world, &mut pe, 0).unwrap().exit_reason, exit::FIQ);
    world.time_advance(5);
    assert_eq!(world.time(), 5);

    let spent = Fault { kind: sys::RMMSIM_FAULT_EXIT, exit_reason: sys::RMMSIM_EXIT_IRQ, traps: 3, ..Fault::default() };
    assert!(world.inject(&spent).unwrap() > 0);
    assert_eq!(enter(&world, &mut pe, 0).unwrap().exit_reason, exit::IRQ);
    assert!(world.inject(&Fault { kind: 99, ..spent }).is_err());
    world.inject_clear().unwrap();
}

#[test]
fn flags_and_registers_mean_what_they_do_in_c() {
    let world = world(1, 1);
    let mut pe = world.pe(0).unwrap();
    world.bind(world.rd, 0, |mut vcpu| async move { vcpu.wfi().await }).unwrap();
    let mut run: sys::rmmsim_rec_run = zeroed();
    run.enter.flags = flags::ENTER_TRAP_WFI;
    world.write_page(world.runs[0], &run).unwrap();
    let exit = enter(&world, &mut pe, 0).unwrap();
    assert_eq!((exit.exit_reason, exit.esr >> 26), (exit::SYNC, 1));

    let mut x = [0; 18];
    x[0] = 0xdead;
    assert!(pe.smc(&mut x).unwrap().is_none());
    assert_eq!(x[0], rmmsim::NOT_SUPPORTED);
    x[0] = u64::from(rmi::GranuleDelegate::FID);
    x[1] = 1;
    assert_eq!(pe.smc(&mut x).unwrap().unwrap().refusal().unwrap().condition, "gran_align");
}

#[test]
fn what_is_recorded_can_be_read() {
    let path = std::env::temp_dir().join(format!("rmmsim-rust-{}.trace", std::process::id()));
    let sim = Config::new().build().unwrap();
    let mut pe = sim.pe(0).unwrap();
    sim.record(Some(&path)).unwrap();
    pe.call(rmi::GranuleDelegate { addr: 0x8000_0000 }).unwrap();
    sim.record(None).unwrap();
    pe.call(rmi::GranuleUndelegate { addr: 0x8000_0000 }).unwrap();
    let trace = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(trace.starts_with("rmmsim-trace 1\n"));
    assert!(trace.contains("pe0: rmi_granule_delegate addr=0x80000000 => SUCCESS\n"));
    assert!(!trace.contains("undelegate"), "what comes after the end is not in it");
    let nowhere = sim.record(Some(std::path::Path::new("/nonexistent/a.trace")));
    assert_eq!(nowhere.unwrap_err().code(), Some(sys::RMMSIM_ERROR_FILE));
}
