// SPDX-License-Identifier: BSD-3-Clause
//! A Realm Management Monitor that links into a test: rmmsim, in safe Rust.
//!
//! ```
//! use rmmsim::{rmi, Config};
//!
//! let sim = Config::new().build()?;
//! let mut pe = sim.pe(0)?;
//! pe.call(rmi::GranuleDelegate { addr: 0x8000_0000 })?;
//!
//! let error = pe.call(rmi::GranuleDelegate { addr: 0x8000_0000 }).unwrap_err();
//! assert_eq!(error.refusal().unwrap().condition, "gran_state");
//! assert!(error.to_string().ends_with("must be a Granule in state UNDELEGATED, found DELEGATED"));
//! # Ok::<(), rmmsim::Error>(())
//! ```
//!
//! The C headers are the manual: what a name means, and every rule that is not about Rust, is said there. [`sys`] is what bindgen
//! makes of them. What the safe layer adds:
//!
//! - [`Simulator`] is the instance, [`Pe`] the right to call on one PE. Who needs the instance for himself alone is told so.
//! - [`Simulator::read`] and [`Simulator::write`] copy: no reference into memory that the RMM writes to. A page that is delegated is
//!   refused, as hardware does.
//! - Programs of vCPUs are async functions ([`guest`]). A C guest is a function on a stack of its own that ends where it stands;
//!   Rust must not leave a stack like that, so there are none here. `sys` has them, for those who know what they do.
//! - Panics do not pass through C: one in a program, or in a listener to the trace, goes on in the call that led to it.
//!
//! ```
//! use rmmsim::{exit, flags, rmi, rsi, sys, Config, Shape, World};
//!
//! let world = World::new(Config::new(), Shape::default())?;
//! world.bind(world.rd, 0, |mut vcpu| async move {
//!     vcpu.write_page(0x100, &sys::rmmsim_host_call { imm: 7, ..rmmsim::zeroed() }).await?;
//!     vcpu.call(rsi::HostCall { addr: 0x100 }).await?;
//!     Ok(())
//! })?;
//! world.pe(0)?.call(rmi::RecEnter { rec: world.recs[0], run_ptr: world.runs[0] })?;
//! let run: sys::rmmsim_rec_run = world.read_page(world.runs[0])?;
//! assert_eq!((run.exit.exit_reason, run.exit.imm), (exit::HOST_CALL, 7));
//! # let _ = flags::ENTER_TRAP_WFI;
//! # Ok::<(), rmmsim::Error>(())
//! ```
#![warn(missing_docs)]

mod call;
#[rustfmt::skip] // as commands.py makes it
mod commands;
mod config;
mod error;
mod gate;
pub mod guest;
mod inspect;
mod memory;
mod pe;
mod program;
mod simulator;
mod stream;
mod trace;
mod trouble;
mod world;

/// What bindgen makes of the headers. Unsafe, and complete but for the explorer, benchmarks and seams.
#[allow(missing_docs, non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code, clippy::all)]
pub mod sys;

/// Bits of flags, RMMSIM_* in C.
pub mod flags {
    pub use crate::sys::{
        rmmsim_DATA_FLAG_MEASURE as DATA_MEASURE, rmmsim_ENTER_EMUL_MMIO as ENTER_EMUL_MMIO,
        rmmsim_ENTER_INJECT_SEA as ENTER_INJECT_SEA, rmmsim_ENTER_RIPAS_REJECT as ENTER_RIPAS_REJECT,
        rmmsim_ENTER_TRAP_WFE as ENTER_TRAP_WFE, rmmsim_ENTER_TRAP_WFI as ENTER_TRAP_WFI,
        rmmsim_REALM_FLAG_LPA2 as REALM_LPA2, rmmsim_REALM_FLAG_PMU as REALM_PMU, rmmsim_REALM_FLAG_SVE as REALM_SVE,
        rmmsim_REC_FLAG_RUNNABLE as REC_RUNNABLE, rmmsim_RIPAS_CHANGE_DESTROYED as RIPAS_CHANGE_DESTROYED,
    };
}

pub use call::{Answer, Command, Registers};
pub use commands::*;
pub use config::{Config, Fault, Features, Guard, Profile};
pub use error::{Error, Exception, Failure, Refusal};
pub use guest::Vcpu;
pub use inspect::{Granule, Statistics};
pub use memory::{Page, GRANULE_SIZE};
pub use pe::Pe;
pub use simulator::Simulator;
pub use trace::{Event, EventKind};
pub use world::{Shape, World};

/// What x0 holds after a call that nobody serves.
pub const NOT_SUPPORTED: u64 = u64::MAX;

/// A structure of host and RMM with all bytes zero, to be filled by field.
pub fn zeroed<T: Page>() -> T {
    T::zeroed()
}
