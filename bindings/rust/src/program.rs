// SPDX-License-Identifier: BSD-3-Clause
//! What drives the programs of vCPUs: the step function that C calls, and which program is on which REC.
//!
//! C calls a step function each time a vCPU may go on, and does not say which vCPU it is or whether it has just started. Both are
//! known here: the REC is the one that this thread has entered last, and only at its start is its PC the bound address.
use crate::call::{registers, Command};
use crate::error::{refusal, Error};
use crate::guest::{exception, part_of_copy, Done, Request, Slot, Vcpu};
use crate::psci;
use crate::sys;
use crate::trouble::{leave, shielded, Trouble};
use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::os::raw::{c_int, c_void};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

pub(crate) type Running = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// What is bound to an entry IPA. C keeps a pointer to it, so it stays where it is as long as the instance lives.
pub(crate) struct Binding {
    pub(crate) ipa: u64,
    pub(crate) start: Box<dyn Fn(Vcpu) -> Running + Send + Sync>,
}

/// A program on the REC that it drives.
struct Program {
    running: Option<Running>, // None: it is over
    slot: Arc<Slot>,
    trap: Request, // what it waits for: C has a pointer to the buffer of a copy
    saved: u64,    // the register that an instruction goes through
    waker: Waker,
}

/// The register that instructions go through; its value is put back.
const SCRATCH: u32 = 9;

fn off() -> Request {
    Request::Smc(registers(&psci::CpuOff).x)
}

fn is_an_end(trap: &Request) -> bool {
    let ends = [psci::CpuOff::FID, psci::SystemOff::FID, psci::SystemReset::FID];
    matches!(trap, Request::Smc(x) if ends.iter().any(|&fid| x[0] == u64::from(fid)))
}

impl Program {
    fn start(binding: &Binding, rec: u64) -> Program {
        let slot = Slot::new();
        let running = shielded(|| (binding.start)(Vcpu::new(rec, slot.clone())));
        Program { running, slot, trap: off(), saved: 0, waker: nobody_waits() }
    }

    /// Nothing is left of it but to turn its vCPU off.
    fn over() -> Program {
        Program { running: None, slot: Slot::new(), trap: off(), saved: 0, waker: nobody_waits() }
    }

    /// Let it go on until its next trap.
    ///
    /// # Safety
    /// `vcpu` runs on this thread.
    unsafe fn poll(&mut self, vcpu: *mut sys::rmmsim_vcpu, response: Option<Result<Done, Error>>) {
        self.trap = off();
        let mut running = match self.running.take() {
            Some(running) => running,
            None => return,
        };
        self.slot.run(vcpu, response);
        let polled = shielded(|| running.as_mut().poll(&mut Context::from_waker(&self.waker)));
        let request = self.slot.stop();
        match polled {
            Some(Poll::Pending) => {
                // One that waits for something else than its vCPU idles meanwhile.
                self.trap = request.unwrap_or(Request::Plain { kind: sys::RMMSIM_TRAP_WFI, ipa: 0, value: 0 });
                self.running = Some(running);
                return;
            }
            Some(Poll::Ready(Err(error))) => leave(Trouble::Program(error)),
            Some(Poll::Ready(Ok(()))) | None => {}
        }
        shielded(|| drop(running));
    }

    /// Fill the C structure.
    ///
    /// # Safety
    /// `vcpu` runs on this thread, and the program stays until the trap is done or dropped with its REC.
    unsafe fn begin(&mut self, vcpu: *mut sys::rmmsim_vcpu, trap: &mut sys::rmmsim_trap) {
        match &mut self.trap {
            Request::Plain { kind, ipa, value } => {
                trap.kind = *kind;
                trap.ipa = *ipa;
                trap.value = *value;
            }
            Request::Smc(x) => {
                trap.kind = sys::RMMSIM_TRAP_SMC;
                for (n, value) in x.iter().enumerate() {
                    sys::rmmsim_guest_set_x(vcpu, n as u32, *value);
                }
            }
            Request::Scratch { kind, sysreg, ipa, size, value } => {
                self.saved = sys::rmmsim_guest_x(vcpu, SCRATCH);
                sys::rmmsim_guest_set_x(vcpu, SCRATCH, value.unwrap_or(0));
                trap.kind = *kind;
                trap.sysreg = *sysreg;
                trap.ipa = *ipa;
                trap.rt = SCRATCH as u8;
                trap.size = *size;
                trap.isv = true;
                trap.sf = *size == 8;
            }
            Request::Copy { buffer, .. } if buffer.is_empty() => trap.kind = sys::RMMSIM_TRAP_NOP,
            Request::Copy { kind, ipa, buffer, done } => {
                trap.kind = *kind;
                trap.ipa = ipa.wrapping_add(*done as u64);
                trap.bytes = part_of_copy(*ipa, buffer.len(), *done) as u32;
                trap.buffer = buffer.as_mut_ptr().add(*done).cast();
            }
        }
    }

    /// What the trap that is done has come to. None: it goes on with its next part.
    ///
    /// # Safety
    /// `vcpu` runs on this thread.
    unsafe fn end(&mut self, vcpu: *mut sys::rmmsim_vcpu, excepted: bool) -> Option<Result<Done, Error>> {
        let saved = self.saved;
        let done = match &mut self.trap {
            Request::Plain { .. } => Done::Nothing,
            Request::Smc(_) => {
                if let Some(refused) = refusal(sys::rmmsim_guest_why(vcpu)) {
                    return Some(Err(refused));
                }
                let mut x = [0; 18];
                for (n, value) in x.iter_mut().enumerate() {
                    *value = sys::rmmsim_guest_x(vcpu, n as u32);
                }
                Done::Registers(x)
            }
            Request::Scratch { .. } => {
                let value = sys::rmmsim_guest_x(vcpu, SCRATCH);
                sys::rmmsim_guest_set_x(vcpu, SCRATCH, saved);
                Done::Value(value)
            }
            Request::Copy { ipa, buffer, done, .. } => {
                if !excepted && !buffer.is_empty() {
                    *done += part_of_copy(*ipa, buffer.len(), *done);
                    if *done < buffer.len() {
                        return None;
                    }
                }
                Done::Bytes(std::mem::take(buffer))
            }
        };
        Some(if excepted { Err(exception(vcpu)) } else { Ok(done) })
    }

    fn is_alive(&self) -> bool {
        self.running.is_some() && !is_an_end(&self.trap)
    }
}

/// A program is asked again when its trap is done, whether or not it has been woken.
fn nobody_waits() -> Waker {
    struct Nobody;
    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    Waker::from(Arc::new(Nobody))
}

/// The programs of an instance, by their RECs. The lock is not held while one runs.
#[derive(Default)]
pub(crate) struct Programs(Mutex<HashMap<u64, Program>>);

impl Programs {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Program>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drop the program of a REC, and what it holds.
    pub(crate) fn end(&self, rec: u64) {
        let ended = self.lock().remove(&rec);
        drop(ended); // without the lock: what it holds may call
    }

    pub(crate) fn end_all(&self) {
        let ended = std::mem::take(&mut *self.lock());
        drop(ended);
    }

    pub(crate) fn is_any_alive(&self) -> bool {
        self.lock().values().any(Program::is_alive)
    }
}

thread_local! {
    static ENTERED: Cell<(*const Programs, u64)> = const { Cell::new((std::ptr::null(), 0)) };
}

/// While it lives, this thread is inside a call that enters a REC.
pub(crate) struct Entered((*const Programs, u64));

impl Entered {
    pub(crate) fn new(programs: &Programs, rec: u64) -> Entered {
        Entered(ENTERED.with(|cell| cell.replace((programs, rec))))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.with(|cell| cell.set(self.0));
    }
}

/// # Safety
/// The library calls it, inside a call of `Pe`: `binding` is a `Binding`, `next` all zero and to be filled.
pub(crate) unsafe extern "C" fn step(
    vcpu: *mut sys::rmmsim_vcpu,
    binding: *mut c_void,
    result: c_int,
    next: *mut sys::rmmsim_trap,
) {
    let (programs, rec) = ENTERED.with(Cell::get);
    let (programs, binding) = (&*programs, &*(binding as *const Binding));
    let starts = sys::rmmsim_guest_pc(vcpu) == binding.ipa;
    let before = programs.lock().remove(&rec);
    let mut program = if starts {
        shielded(|| drop(before));
        Program::start(binding, rec)
    } else {
        before.unwrap_or_else(Program::over)
    };
    let response = if starts { None } else { program.end(vcpu, result == sys::RMMSIM_GUEST_EXCEPTION) };
    if starts || response.is_some() {
        program.poll(vcpu, response);
    }
    program.begin(vcpu, &mut *next);
    programs.lock().insert(rec, program);
}
