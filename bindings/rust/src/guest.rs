// SPDX-License-Identifier: BSD-3-Clause
//! Programs for vCPUs, as async functions: each `await` of a [`Vcpu`]'s function is a trap.
//!
//! Rust keeps the state of such a program in a value, not on a stack. So the compiler checks that it may go on, on another thread,
//! with each entry (`Send`), and a program whose REC is destroyed is dropped with everything that it holds.
use crate::call::{answer, registers, Answer, Command, Registers};
use crate::error::{Error, Exception};
use crate::memory::{bytes_of, from_bytes, Page, GRANULE_SIZE};
use crate::sys;
use std::future::Future;
use std::mem::size_of;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

/// A vCPU, as its program has it. `&mut`, because a vCPU does one thing at a time.
pub struct Vcpu {
    rec: u64,
    slot: Arc<Slot>,
}

/// What passes between a program and the one who drives it.
pub(crate) struct Slot(Mutex<State>);

struct State {
    /// The C vCPU and the thread that it runs on, while the program is polled.
    running: Option<(*mut sys::rmmsim_vcpu, ThreadId)>,
    request: Option<Request>,
    response: Option<Result<Done, Error>>,
}

// SAFETY: the pointer is used on its own thread only (`raw()`).
unsafe impl Send for State {}

/// What a vCPU does next.
pub(crate) enum Request {
    Plain {
        kind: sys::rmmsim_trap_kind,
        ipa: u64,
        value: u64,
    },
    Smc(Registers),
    /// An instruction with one general register. None: its value is the result.
    Scratch {
        kind: sys::rmmsim_trap_kind,
        sysreg: u32,
        ipa: u64,
        size: u8,
        value: Option<u64>,
    },
    /// In parts, each within a page.
    Copy {
        kind: sys::rmmsim_trap_kind,
        ipa: u64,
        buffer: Vec<u8>,
        done: usize,
    },
}

pub(crate) enum Done {
    Nothing,
    Registers(Registers),
    Value(u64),
    Bytes(Vec<u8>),
}

impl Slot {
    pub(crate) fn new() -> Arc<Slot> {
        Arc::new(Slot(Mutex::new(State { running: None, request: None, response: None })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, until `stop()`, this thread polls the program.
    pub(crate) fn run(&self, raw: *mut sys::rmmsim_vcpu, response: Option<Result<Done, Error>>) {
        let mut state = self.lock();
        state.running = Some((raw, thread::current().id()));
        state.request = None;
        state.response = response;
    }

    pub(crate) fn stop(&self) -> Option<Request> {
        let mut state = self.lock();
        state.running = None;
        state.request.take()
    }

    /// Only this program's thread, and only while it is polled, gets the pointer.
    fn raw(&self) -> *mut sys::rmmsim_vcpu {
        match self.lock().running {
            Some((raw, on)) if on == thread::current().id() => raw,
            _ => panic!("a vCPU can be looked at by its own program only, while that runs"),
        }
    }
}

/// One trap: asks, and is ready when the trap is done.
struct Trap<'a> {
    slot: &'a Slot,
    request: Option<Request>,
}

impl Future for Trap<'_> {
    type Output = Result<Done, Error>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let slot = self.slot;
        let mut state = slot.lock();
        if let Some(request) = self.request.take() {
            state.request = Some(request);
            state.response = None;
            return Poll::Pending;
        }
        match state.response.take() {
            Some(response) => Poll::Ready(response),
            None => Poll::Pending,
        }
    }
}

impl Vcpu {
    pub(crate) fn new(rec: u64, slot: Arc<Slot>) -> Vcpu {
        Vcpu { rec, slot }
    }

    /// PA of its REC: for the test's own bookkeeping, a Realm does not know it.
    pub fn rec(&self) -> u64 {
        self.rec
    }

    /// A general register; x31 reads as zero. At the start x0 is the context_id of CPU_ON, or `gprs[0]` of the REC's parameters.
    ///
    /// # Panics
    /// These five panic outside of the vCPU's own program.
    pub fn x(&self, n: u32) -> u64 {
        // SAFETY: raw() gives a vCPU that waits for this very thread.
        unsafe { sys::rmmsim_guest_x(self.slot.raw(), n) }
    }

    /// Sets a general register.
    pub fn set_x(&mut self, n: u32, value: u64) {
        // SAFETY: as above.
        unsafe { sys::rmmsim_guest_set_x(self.slot.raw(), n, value) }
    }

    /// The program counter.
    pub fn pc(&self) -> u64 {
        // SAFETY: as above.
        unsafe { sys::rmmsim_guest_pc(self.slot.raw()) }
    }

    /// Would a virtual IRQ be signalled now?
    pub fn irq_pending(&self) -> bool {
        // SAFETY: as above.
        unsafe { sys::rmmsim_guest_irq_pending(self.slot.raw()) }
    }

    /// Would a virtual FIQ be signalled now?
    pub fn fiq_pending(&self) -> bool {
        // SAFETY: as above.
        unsafe { sys::rmmsim_guest_fiq_pending(self.slot.raw()) }
    }

    fn trap(&mut self, request: Request) -> Trap<'_> {
        Trap { slot: &self.slot, request: Some(request) }
    }

    // ---- calls

    /// A call of the RSI or of PSCI. CPU_OFF and SYSTEM_OFF do not come back.
    pub async fn call<C: Command>(&mut self, command: C) -> Result<Answer<C::Output>, Error> {
        let x = registers(&command).x;
        drop(command);
        Ok(answer::<C>(self.smc(x).await?))
    }

    /// The same by registers.
    pub async fn smc(&mut self, x: Registers) -> Result<Registers, Error> {
        match self.trap(Request::Smc(x)).await? {
            Done::Registers(x) => Ok(x),
            _ => unreachable!("an SMC is answered in registers"),
        }
    }

    // ---- memory

    /// One load instruction of 1, 2, 4 or 8 bytes.
    pub async fn load(&mut self, ipa: u64, size: u8) -> Result<u64, Error> {
        self.scratch(sys::RMMSIM_TRAP_LOAD, 0, ipa, size, None).await
    }

    /// One store instruction.
    pub async fn store(&mut self, ipa: u64, size: u8, value: u64) -> Result<(), Error> {
        self.scratch(sys::RMMSIM_TRAP_STORE, 0, ipa, size, Some(value)).await.map(|_| ())
    }

    /// Reads any number of bytes, as multi-register loads do.
    pub async fn read(&mut self, ipa: u64, to: &mut [u8]) -> Result<(), Error> {
        let buffer = vec![0; to.len()];
        let request = Request::Copy { kind: sys::RMMSIM_TRAP_COPY_IN, ipa, buffer, done: 0 };
        if let Done::Bytes(bytes) = self.trap(request).await? {
            to.copy_from_slice(&bytes);
        }
        Ok(())
    }

    /// Writes any number of bytes.
    pub async fn write(&mut self, ipa: u64, from: &[u8]) -> Result<(), Error> {
        let buffer = from.to_vec();
        self.trap(Request::Copy { kind: sys::RMMSIM_TRAP_COPY_OUT, ipa, buffer, done: 0 }).await.map(|_| ())
    }

    /// Reads a structure.
    pub async fn read_page<T: Page>(&mut self, ipa: u64) -> Result<T, Error> {
        let mut bytes = vec![0; size_of::<T>()];
        self.read(ipa, &mut bytes).await?;
        Ok(from_bytes(&bytes))
    }

    /// Writes a structure.
    pub async fn write_page<T: Page>(&mut self, ipa: u64, page: &T) -> Result<(), Error> {
        let bytes = bytes_of(page).to_vec();
        self.write(ipa, &bytes).await
    }

    /// Fetches an instruction, as a branch there would.
    pub async fn fetch(&mut self, ipa: u64) -> Result<(), Error> {
        self.plain(sys::RMMSIM_TRAP_FETCH, ipa, 0).await
    }

    // ---- system registers and the rest

    /// Reads a system register, RMMSIM_SYSREG_* of [`sys`].
    pub async fn mrs(&mut self, sysreg: u32) -> Result<u64, Error> {
        self.scratch(sys::RMMSIM_TRAP_MRS, sysreg, 0, 8, None).await
    }

    /// Writes one.
    pub async fn msr(&mut self, sysreg: u32, value: u64) -> Result<(), Error> {
        self.scratch(sys::RMMSIM_TRAP_MSR, sysreg, 0, 8, Some(value)).await.map(|_| ())
    }

    /// HVC: Undefined in a Realm.
    pub async fn hvc(&mut self) -> Result<(), Error> {
        self.plain(sys::RMMSIM_TRAP_HVC, 0, 0).await
    }

    /// Waits for an interrupt.
    pub async fn wfi(&mut self) -> Result<(), Error> {
        self.plain(sys::RMMSIM_TRAP_WFI, 0, 0).await
    }

    /// Waits for an event.
    pub async fn wfe(&mut self) -> Result<(), Error> {
        self.plain(sys::RMMSIM_TRAP_WFE, 0, 0).await
    }

    /// Waits for an interrupt until the counter reaches `timeout`.
    pub async fn wfit(&mut self, timeout: u64) -> Result<(), Error> {
        self.plain(sys::RMMSIM_TRAP_WFIT, 0, timeout).await
    }

    /// Waits for an event until the counter reaches `timeout`.
    pub async fn wfet(&mut self, timeout: u64) -> Result<(), Error> {
        self.plain(sys::RMMSIM_TRAP_WFET, 0, timeout).await
    }

    /// The place where a program that only computes can be interrupted.
    pub async fn nop(&mut self) -> Result<(), Error> {
        self.plain(sys::RMMSIM_TRAP_NOP, 0, 0).await
    }

    async fn plain(&mut self, kind: sys::rmmsim_trap_kind, ipa: u64, value: u64) -> Result<(), Error> {
        self.trap(Request::Plain { kind, ipa, value }).await.map(|_| ())
    }

    async fn scratch(
        &mut self,
        kind: sys::rmmsim_trap_kind,
        sysreg: u32,
        ipa: u64,
        size: u8,
        value: Option<u64>,
    ) -> Result<u64, Error> {
        match self.trap(Request::Scratch { kind, sysreg, ipa, size, value }).await? {
            Done::Value(value) => Ok(value),
            _ => Ok(0),
        }
    }
}

/// # Safety
/// `vcpu` runs on this thread.
pub(crate) unsafe fn exception(vcpu: *mut sys::rmmsim_vcpu) -> Error {
    let raw = sys::rmmsim_guest_exception(vcpu);
    Error::Exception(Exception { esr: raw.esr, far: raw.far, elr: raw.elr, spsr: raw.spsr, vector: raw.vector })
}

/// The part of a copy that one trap moves: up to the end of a page.
pub(crate) fn part_of_copy(ipa: u64, size: usize, done: usize) -> usize {
    let to_the_end = GRANULE_SIZE - (ipa.wrapping_add(done as u64)) % GRANULE_SIZE;
    (size - done).min(to_the_end as usize)
}
