// SPDX-License-Identifier: BSD-3-Clause
//! A PE: where the host makes its calls.
use crate::call::{answer, registers, Answer, Command, Registers};
use crate::error::{check, refusal, Error};
use crate::program::Entered;
use crate::rmi;
use crate::simulator::Inner;
use crate::sys;
use crate::trouble::careful;
use std::sync::Arc;

const SVE_HINT: u64 = 1 << 16;

/// One PE, from [`Simulator::pe`](crate::Simulator::pe). There is one handle for each, and its calls need it for themselves
/// (`&mut`): so a PE belongs to one thread at a time, and can move to another.
pub struct Pe {
    inner: Arc<Inner>,
    number: u32,
}

impl Pe {
    pub(crate) fn new(inner: Arc<Inner>, number: u32) -> Pe {
        Pe { inner, number }
    }

    /// Its number in the instance.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Makes a call of the host.
    ///
    /// ```
    /// # let sim = rmmsim::Config::new().build()?;
    /// # let mut pe = sim.pe(0)?;
    /// use rmmsim::rmi;
    /// let version = pe.call(rmi::Version { req: 0x10000 })?;
    /// assert_eq!(version.higher, 0x10000);
    /// # Ok::<(), rmmsim::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if a condition of the specification made it fail; [`Error::Program`] if the program of a vCPU ended
    /// with an error in it; [`Error::Failed`] as `rmmsim_smc()` documents.
    ///
    /// # Panics
    /// If the program of a vCPU, or the listener to the trace, has panicked in it: with the same payload.
    pub fn call<C: Command>(&mut self, command: C) -> Result<Answer<C::Output>, Error> {
        let mut regs = registers(&command);
        match self.perform(&mut regs)? {
            Some(refused) => Err(refused),
            None => Ok(answer::<C>(regs.x)),
        }
    }

    /// Makes a call by registers: x0..x17 in and out, whatever the status. Returns why it was refused, if it was.
    ///
    /// # Errors
    /// As [`call`](Pe::call), but for refusals.
    pub fn smc(&mut self, x: &mut Registers) -> Result<Option<Error>, Error> {
        let mut regs = sys::rmmsim_regs { x: *x };
        let refused = self.perform(&mut regs)?;
        *x = regs.x;
        Ok(refused)
    }

    fn perform(&mut self, regs: &mut sys::rmmsim_regs) -> Result<Option<Error>, Error> {
        let fid = regs.x[0] & u64::from(u32::MAX) & !SVE_HINT;
        let first = regs.x[1];
        let refused = {
            let inside = self.inner.gate.enter();
            let entered = Entered::new(&self.inner.programs, first);
            // SAFETY: the instance lives, the PE is this handle's alone, and the registers are there.
            let delivered = careful(|| unsafe { sys::rmmsim_smc(inside.pointer(), self.number, regs) });
            drop(entered);
            check(delivered?)?;
            // SAFETY: as above; the refusal is copied before the next call on the PE, or a restore.
            unsafe { refusal(sys::rmmsim_why(inside.pointer(), self.number)) }
        };
        if fid == u64::from(rmi::RecDestroy::FID) && regs.x[0] == 0 {
            self.inner.programs.end(first);
        }
        Ok(refused)
    }
}

impl Drop for Pe {
    fn drop(&mut self) {
        self.inner.give_back(self.number);
    }
}
