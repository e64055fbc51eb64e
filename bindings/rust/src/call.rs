// SPDX-License-Identifier: BSD-3-Clause
//! From commands to registers and back.
use crate::sys;
use std::ops::Deref;

/// x0..x17 of an SMC.
pub type Registers = [u64; 18];

/// A command: a structure with its inputs by name. All of them are in [`rmi`](crate::rmi), [`rsi`](crate::rsi) and
/// [`psci`](crate::psci).
pub trait Command {
    /// Its outputs by name.
    type Output;
    /// "RMI_REALM_CREATE"
    const NAME: &'static str;
    /// The function identifier, which goes into x0.
    const FID: u32;
    /// Its place among the rows, as in `enum rmmsim_command`.
    const NUMBER: usize;

    /// Puts the inputs into x1, x2, ...
    fn store(&self, x: &mut Registers);
    /// Finds the outputs in x1, x2, ...
    fn load(x: &Registers) -> Self::Output;
}

/// What a call returned: its outputs, by name through `Deref`, and all registers.
#[derive(Clone, Copy, Debug)]
pub struct Answer<Output> {
    /// x0..x17: a status in x0.
    pub x: Registers,
    output: Output,
}

impl<Output> Deref for Answer<Output> {
    type Target = Output;

    fn deref(&self) -> &Output {
        &self.output
    }
}

pub(crate) fn registers<C: Command>(command: &C) -> sys::rmmsim_regs {
    let mut regs = sys::rmmsim_regs { x: [0; 18] };
    regs.x[0] = u64::from(C::FID);
    command.store(&mut regs.x);
    regs
}

pub(crate) fn answer<C: Command>(x: Registers) -> Answer<C::Output> {
    Answer { x, output: C::load(&x) }
}
