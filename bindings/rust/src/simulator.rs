// SPDX-License-Identifier: BSD-3-Clause
//! Instances: a whole machine - memory, PEs, one RMM.
use crate::config::Fault;
use crate::error::{check, failed, filled, no_error, Error};
use crate::gate::Gate;
use crate::guest::Vcpu;
use crate::memory::{self, bytes_of, from_bytes, Page};
use crate::pe::Pe;
use crate::program::{step, Binding, Programs};
use crate::sys;
use crate::trace::Callbacks;
use std::ffi::CString;
use std::future::Future;
use std::mem::size_of;
use std::os::raw::c_void;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) struct Inner {
    pub(crate) gate: Gate,
    pub(crate) programs: Programs,
    bindings: Mutex<Vec<Arc<Binding>>>, // C has their addresses
    free: Mutex<Vec<bool>>,             // the PEs that nobody has
    _callbacks: Option<Arc<Callbacks>>,
}

impl Inner {
    pub(crate) fn new(gate: Gate, num_pes: u32, callbacks: Option<Arc<Callbacks>>) -> Inner {
        Inner {
            gate,
            programs: Programs::default(),
            bindings: Mutex::new(Vec::new()),
            free: Mutex::new(vec![true; num_pes as usize]),
            _callbacks: callbacks,
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<bool>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn give_back(&self, pe: u32) {
        self.free()[pe as usize] = true;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: nobody has a handle any more; bindings and callbacks are dropped after this.
        unsafe { self.gate.destroy() }
    }
}

/// An instance. Clones are handles of the same one; it is destroyed with the last of them, PEs included.
///
/// All functions may be called from any thread at any time. Those that need the instance for themselves alone - snapshots,
/// audits, injection - fail with RMMSIM_ERROR_STATE while somebody is inside a call, as a program of a vCPU is.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) inner: Arc<Inner>,
}

impl Simulator {
    /// Takes a PE. It comes back when the handle is dropped.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: it does not exist, or somebody has it.
    pub fn pe(&self, number: u32) -> Result<Pe, Error> {
        let mut free = self.inner.free();
        match free.get_mut(number as usize) {
            Some(is_free) if *is_free => *is_free = false,
            Some(_) => {
                return Err(failed(sys::RMMSIM_ERROR_STATE, "that PE is taken: a PE belongs to one thread at a time"))
            }
            None => {
                return Err(failed(
                    sys::RMMSIM_ERROR_STATE,
                    "that PE does not exist: ask for more in the configuration",
                ))
            }
        }
        Ok(Pe::new(self.inner.clone(), number))
    }

    // ---- the host's memory

    /// Copies from the host's memory.
    ///
    /// # Errors
    /// RMMSIM_ERROR_ADDRESS: not all in one region. RMMSIM_ERROR_TRESPASS: a page of it is delegated; hardware answers with a
    /// Granule Protection Fault.
    pub fn read(&self, pa: u64, to: &mut [u8]) -> Result<(), Error> {
        memory::read(&self.inner.gate.enter(), pa, to)
    }

    /// Copies to the host's memory.
    ///
    /// # Errors
    /// As [`read`](Simulator::read).
    pub fn write(&self, pa: u64, from: &[u8]) -> Result<(), Error> {
        memory::write(&self.inner.gate.enter(), pa, from)
    }

    /// Reads a structure, by field: a run page after an entry, say.
    ///
    /// # Errors
    /// As [`read`](Simulator::read).
    pub fn read_page<T: Page>(&self, pa: u64) -> Result<T, Error> {
        let mut bytes = vec![0; size_of::<T>()];
        self.read(pa, &mut bytes)?;
        Ok(from_bytes(&bytes))
    }

    /// Writes one.
    ///
    /// # Errors
    /// As [`read`](Simulator::read).
    pub fn write_page<T: Page>(&self, pa: u64, page: &T) -> Result<(), Error> {
        self.write(pa, bytes_of(page))
    }

    /// Changes GPT entries as the platform would; `gpt` is one of [`gpt_state`](crate::gpt_state).
    ///
    /// # Errors
    /// As `rmmsim_gpt_set()`.
    pub fn gpt_set(&self, pa: u64, size: usize, gpt: u32) -> Result<(), Error> {
        let inside = self.inner.gate.enter();
        // SAFETY: the instance lives; the function takes any numbers.
        check(unsafe { sys::rmmsim_gpt_set(inside.pointer(), pa, size as _, gpt) }).map(|_| ())
    }

    // ---- guests

    /// Binds a program to an entry IPA of the Realm at `rd`: an async function of the [`Vcpu`] that starts there. It ends by
    /// PSCI_CPU_OFF; one that ends with an error or a panic makes the entry fail, or panic, that let it run.
    ///
    /// The instance keeps the closure until it is destroyed, as a snapshot may bring its binding back.
    ///
    /// # Errors
    /// As `rmmsim_guest_bind_step()`.
    pub fn bind<P, F>(&self, rd: u64, ipa: u64, program: P) -> Result<(), Error>
    where
        P: Fn(Vcpu) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let start = Box::new(move |vcpu| Box::pin(program(vcpu)) as _);
        let binding = Arc::new(Binding { ipa, start });
        let arg = Arc::as_ptr(&binding) as *mut c_void;
        self.inner.bindings.lock().unwrap_or_else(PoisonError::into_inner).push(binding);
        let inside = self.inner.gate.enter();
        // SAFETY: the binding stays where it is as long as the instance lives, and `step` knows what it is.
        check(unsafe { sys::rmmsim_guest_bind_step(inside.pointer(), rd, ipa, Some(step), arg) }).map(|_| ())
    }

    // ---- the outside world

    fn existing(&self, pe: u32) -> Result<u32, Error> {
        if (pe as usize) < self.inner.free().len() {
            return Ok(pe);
        }
        Err(failed(sys::RMMSIM_ERROR_STATE, "that PE does not exist"))
    }

    /// Raises a physical interrupt at a PE: the REC that runs there, or the next one to run there, exits.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: the PE does not exist.
    pub fn irq_raise(&self, pe: u32) -> Result<(), Error> {
        // SAFETY: the PE exists, and any thread may raise it.
        check(unsafe { sys::rmmsim_irq_raise(self.inner.gate.enter().pointer(), self.existing(pe)?) }).map(|_| ())
    }

    /// The same with an FIQ.
    ///
    /// # Errors
    /// As [`irq_raise`](Simulator::irq_raise).
    pub fn fiq_raise(&self, pe: u32) -> Result<(), Error> {
        // SAFETY: as above.
        check(unsafe { sys::rmmsim_fiq_raise(self.inner.gate.enter().pointer(), self.existing(pe)?) }).map(|_| ())
    }

    /// The same with an SError.
    ///
    /// # Errors
    /// As [`irq_raise`](Simulator::irq_raise).
    pub fn serror_raise(&self, pe: u32, esr: u64) -> Result<(), Error> {
        // SAFETY: as above.
        check(unsafe { sys::rmmsim_serror_raise(self.inner.gate.enter().pointer(), self.existing(pe)?, esr) })
            .map(|_| ())
    }

    /// The counter that all timers compare with.
    pub fn time(&self) -> u64 {
        // SAFETY: the instance lives.
        unsafe { sys::rmmsim_time(self.inner.gate.enter().pointer()) }
    }

    /// Moves it.
    pub fn time_advance(&self, ticks: u64) {
        // SAFETY: the instance lives.
        unsafe { sys::rmmsim_time_advance(self.inner.gate.enter().pointer(), ticks) }
    }

    // ---- recording

    /// Records into a new file: a trace that the program `rmmsim` replays and draws. A trace that is to be replayed begins before
    /// the first call. `None` ends the recording, and so does dropping the instance.
    ///
    /// # Errors
    /// As `rmmsim_record()`; RMMSIM_ERROR_STATE: somebody is inside a call; RMMSIM_ERROR_CONFIG: a NUL in the path.
    pub fn record(&self, path: Option<&Path>) -> Result<(), Error> {
        let path = path
            .map(|path| CString::new(path.as_os_str().as_bytes()))
            .transpose()
            .map_err(|_| failed(sys::RMMSIM_ERROR_CONFIG, "a path has no NUL in it"))?;
        let pointer = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
        let inside = self.inner.gate.enter_alone()?;
        // SAFETY: nobody is inside a call; the path is there until the return.
        check(unsafe { sys::rmmsim_record(inside.pointer(), pointer) }).map(|_| ())
    }

    // ---- snapshots

    /// Takes the snapshot that [`restore`](Simulator::restore) goes back to.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: somebody is inside a call, or a program of a vCPU is under way, which cannot be copied.
    pub fn snapshot(&self) -> Result<(), Error> {
        let inside = self.inner.gate.enter_alone()?;
        if self.inner.programs.is_any_alive() {
            return Err(failed(
                sys::RMMSIM_ERROR_STATE,
                "a program of a vCPU is under way, and cannot be copied: take the snapshot before it starts",
            ));
        }
        let mut error = no_error();
        // SAFETY: nobody is inside a call.
        match unsafe { sys::rmmsim_snapshot(inside.pointer(), &mut error) } {
            0 => Ok(()),
            _ => Err(filled(&error)),
        }
    }

    /// Goes back to the snapshot. Programs that were started since are dropped.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: there is no snapshot, or somebody is inside a call.
    pub fn restore(&self) -> Result<(), Error> {
        let inside = self.inner.gate.enter_alone()?;
        // SAFETY: nobody is inside a call.
        check(unsafe { sys::rmmsim_restore(inside.pointer()) })?;
        drop(inside);
        self.inner.programs.end_all();
        Ok(())
    }

    /// Brings these pages of the host back, too, as they are now.
    ///
    /// # Errors
    /// As `rmmsim_snapshot_keep()`.
    pub fn snapshot_keep(&self, pa: u64, size: usize) -> Result<(), Error> {
        let inside = self.inner.gate.enter();
        // SAFETY: the instance lives; the function takes any numbers.
        check(unsafe { sys::rmmsim_snapshot_keep(inside.pointer(), pa, size as _) }).map(|_| ())
    }

    /// A number over the state of the instance, for telling states apart.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: somebody is inside a call.
    pub fn state_hash(&self) -> Result<u64, Error> {
        let inside = self.inner.gate.enter_alone()?;
        // SAFETY: nobody is inside a call.
        Ok(unsafe { sys::rmmsim_state_hash(inside.pointer()) })
    }

    // ---- trouble on demand

    /// Injects a fault; returns its id.
    ///
    /// # Errors
    /// As `rmmsim_inject()`; RMMSIM_ERROR_STATE also where somebody is inside a call.
    pub fn inject(&self, fault: &Fault) -> Result<i32, Error> {
        self.injecting(|sim, error| {
            // SAFETY: nobody is inside a call, and the fault is copied.
            unsafe { sys::rmmsim_inject(sim, fault, error) }
        })
    }

    /// Removes all faults.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: somebody is inside a call.
    pub fn inject_clear(&self) -> Result<(), Error> {
        self.injecting(|sim, error| {
            // SAFETY: nobody is inside a call.
            unsafe { sys::rmmsim_inject_clear(sim, error) }
        })
        .map(|_| ())
    }

    fn injecting(&self, act: impl FnOnce(*mut sys::rmmsim, &mut sys::rmmsim_error) -> i32) -> Result<i32, Error> {
        let inside = self.inner.gate.enter_alone()?;
        let mut error = no_error();
        match act(inside.pointer(), &mut error) {
            id if id >= 0 => Ok(id),
            _ => Err(filled(&error)),
        }
    }
}
