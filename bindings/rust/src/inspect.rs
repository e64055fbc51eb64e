// SPDX-License-Identifier: BSD-3-Clause
//! Looking inside: Granules, Realms, RECs, tables, counts, and dumps of them.
use crate::call::Command;
use crate::error::{check, failed, Error};
use crate::simulator::Simulator;
use crate::stream::written;
use crate::sys;
use std::mem::MaybeUninit;

/// A Granule, as the instance sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granule {
    /// One of [`granule_state`](crate::granule_state).
    pub state: u32,
    /// One of [`gpt_state`](crate::gpt_state).
    pub gpt: u32,
    /// [`Command::NUMBER`] of the command that brought it into this state.
    pub taker: usize,
}

/// Counts since creation; exact when no PE is inside a call.
#[derive(Clone, Copy)]
pub struct Statistics(sys::rmmsim_statistics);

impl Statistics {
    /// How often a command was called.
    pub fn calls<C: Command>(&self) -> u64 {
        self.0.commands[C::NUMBER]
    }

    /// How often it failed.
    pub fn refused<C: Command>(&self) -> u64 {
        self.0.refused[C::NUMBER]
    }

    /// REC exits for a reason of [`exit`](crate::exit).
    pub fn exits(&self, reason: u64) -> u64 {
        self.0.exits.get(reason as usize).copied().unwrap_or(0)
    }

    /// How often it was answered so: a status, or RMMSIM_STATUS_* of [`sys`].
    pub fn answered<C: Command>(&self, status: u64) -> u64 {
        self.0.statuses[C::NUMBER].get(status as usize).copied().unwrap_or(0)
    }

    /// All of it.
    pub fn raw(&self) -> &sys::rmmsim_statistics {
        &self.0
    }

    /// Locks of Granules asked for.
    pub fn locks(&self) -> u64 {
        self.0.locks
    }
}

impl Simulator {
    /// The Granule at a PA.
    ///
    /// # Errors
    /// RMMSIM_ERROR_ADDRESS: it is not delegable.
    pub fn granule(&self, pa: u64) -> Result<Granule, Error> {
        let mut raw = sys::rmmsim_granule { state: 0, gpt: 0, taker: 0 };
        // SAFETY: the instance lives, and the structure is there to be filled.
        check(unsafe { sys::rmmsim_granule(self.inner.gate.enter().pointer(), &mut raw, pa) })?;
        Ok(Granule { state: raw.state, gpt: raw.gpt, taker: raw.taker as usize })
    }

    /// The first Granule at or above `from` that is not UNDELEGATED.
    pub fn next_delegated(&self, from: u64) -> Option<u64> {
        let mut pa = 0;
        // SAFETY: the instance lives, and the number is there to be filled.
        let found = unsafe { sys::rmmsim_next_delegated(self.inner.gate.enter().pointer(), &mut pa, from) };
        found.then_some(pa)
    }

    /// A measurement of the Realm at `rd`: 0 is the RIM, 1 to 4 the REMs.
    ///
    /// # Errors
    /// As `rmmsim_measurement()`.
    pub fn measurement(&self, rd: u64, index: u32) -> Result<[u8; 64], Error> {
        let mut value = [0; 64];
        // SAFETY: the instance lives, and there is room for 64 bytes.
        check(unsafe { sys::rmmsim_measurement(self.inner.gate.enter().pointer(), value.as_mut_ptr(), rd, index) })?;
        Ok(value)
    }

    /// The first RD at or above `from`.
    pub fn next_realm(&self, from: u64) -> Option<u64> {
        let mut rd = 0;
        // SAFETY: the instance lives, and the number is there to be filled.
        let found = unsafe { sys::rmmsim_next_realm(self.inner.gate.enter().pointer(), &mut rd, from) };
        found.then_some(rd)
    }

    /// The Realm at `rd`, as `struct rmmsim_realm` has it.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: there is none.
    pub fn realm(&self, rd: u64) -> Result<sys::rmmsim_realm, Error> {
        // SAFETY: numbers and bools, for which zero is a value.
        let mut realm = unsafe { MaybeUninit::zeroed().assume_init() };
        // SAFETY: the instance lives, and the structure is there to be filled.
        check(unsafe { sys::rmmsim_realm(self.inner.gate.enter().pointer(), &mut realm, rd) })?;
        Ok(realm)
    }

    /// The REC at `rec`, as `struct rmmsim_rec` has it.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: there is none.
    pub fn rec(&self, rec: u64) -> Result<sys::rmmsim_rec, Error> {
        // SAFETY: numbers and bools, for which zero is a value.
        let mut raw = unsafe { MaybeUninit::zeroed().assume_init() };
        // SAFETY: the instance lives, and the structure is there to be filled.
        check(unsafe { sys::rmmsim_rec(self.inner.gate.enter().pointer(), &mut raw, rec) })?;
        Ok(raw)
    }

    /// The entries on the walk to an IPA, from the root table on.
    ///
    /// # Errors
    /// As `rmmsim_rtt_walk()`.
    pub fn rtt_walk(&self, rd: u64, ipa: u64, level: i32) -> Result<Vec<sys::rmmsim_rtt_entry>, Error> {
        // SAFETY: numbers and bools, for which zero is a value.
        let mut steps = unsafe { [MaybeUninit::zeroed().assume_init(); sys::RMMSIM_RTT_STEPS_MAX as usize] };
        let inside = self.inner.gate.enter();
        // SAFETY: the instance lives, and there is room for the longest walk.
        let taken = check(unsafe { sys::rmmsim_rtt_walk(inside.pointer(), steps.as_mut_ptr(), rd, ipa, level) })?;
        Ok(steps[..taken as usize].to_vec())
    }

    /// What is inside, for a reader or a program: RMMSIM_DUMP_* of [`sys`], a subject and a format. `address` is that of
    /// a Realm or REC.
    ///
    /// # Errors
    /// As `rmmsim_dump()`.
    pub fn dump(&self, subject: u32, format: u32, address: u64) -> Result<String, Error> {
        let inside = self.inner.gate.enter();
        let mut code = 0;
        let text = written(|file| {
            // SAFETY: the instance lives, the stream is open, and the function takes any numbers.
            code = unsafe { sys::rmmsim_dump(inside.pointer(), file, subject, format, address) };
        });
        check(code)?;
        text.ok_or_else(|| failed(sys::RMMSIM_ERROR_MEMORY, "the system gave no memory for a stream"))
    }

    /// Counts since creation.
    pub fn statistics(&self) -> Statistics {
        let mut raw = MaybeUninit::zeroed();
        // SAFETY: the instance lives; numbers, for which zero is a value, are there to be filled.
        unsafe {
            sys::rmmsim_statistics(self.inner.gate.enter().pointer(), raw.as_mut_ptr());
            Statistics(raw.assume_init())
        }
    }

    /// Checks the invariants of the whole instance, and stops the program if one does not hold: that is a bug of the library.
    /// Returns how many objects were visited.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: somebody is inside a call.
    pub fn audit(&self) -> Result<u64, Error> {
        let inside = self.inner.gate.enter_alone()?;
        // SAFETY: numbers and characters, to be filled.
        let mut report: sys::rmmsim_report = unsafe { MaybeUninit::zeroed().assume_init() };
        // SAFETY: nobody is inside a call.
        check(unsafe { sys::rmmsim_audit(inside.pointer(), &mut report) })?;
        Ok(report.checked)
    }
}
