// SPDX-License-Identifier: BSD-3-Clause
use rmmsim::{rmi, rsi, sys, Config, Error, Shape, Vcpu, World};

/// What the Realm's vCPU does: each await is a trap, and comes back with its result.
async fn program(mut vcpu: Vcpu) -> Result<(), Error> {
    vcpu.store(0x100, 2, 42).await?; // imm of a host call structure
    vcpu.call(rsi::HostCall { addr: 0x100 }).await?;
    assert_eq!(vcpu.load(0x108, 8).await?, 43); // its gprs[0]
    Ok(())
}

fn main() -> Result<(), Error> {
    let world = World::new(Config::new(), Shape::default())?;
    let (mut pe, rec, run_ptr) = (world.pe(0)?, world.recs[0], world.runs[0]);
    world.bind(world.rd, 0, program)?;
    pe.call(rmi::RecEnter { rec, run_ptr })?;
    let mut run: sys::rmmsim_rec_run = world.read_page(run_ptr)?;
    assert_eq!(run.exit.imm, 42);
    run.enter.gprs[0] = 43;
    world.write_page(run_ptr, &run)?;
    pe.call(rmi::RecEnter { rec, run_ptr })?;

    println!("{}", pe.call(rmi::GranuleUndelegate { addr: world.rd }).unwrap_err());
    assert_eq!((world.tear_down()?, world.next_delegated(0)), (0, None));
    Ok(())
}
