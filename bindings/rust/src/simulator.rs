// SPDX-License-Identifier: BSD-3-Clause
//! Instances: a whole machine - memory, PEs, one RMM.
use crate::call::Command;
use crate::error::{check, failed, filled, no_error, Error};
use crate::gate::Gate;
use crate::guest::Vcpu;
use crate::memory::{self, bytes_of, from_bytes, Page};
use crate::pe::Pe;
use crate::program::{step, Binding, Programs};
use crate::sys;
use crate::trace::{trace, Callbacks, Event};
use crate::trouble::careful;
use std::future::Future;
use std::mem::{size_of, MaybeUninit};
use std::os::raw::c_void;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use sys::{rmmsim_fault as Fault, rmmsim_features as Features};

/// Which interface an instance serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// RMM 1.0-rel0, the specification's reading.
    Rmm10,
    /// The same with the behaviours of deployed monitors.
    Rmm10Reference,
}

/// How accesses of the host to delegated memory are found. Those of [`Simulator::read`] and [`Simulator::write`] are refused
/// anyway; this is about pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// By AddressSanitizer or Valgrind, where the program runs under one.
    Tools,
    /// Not at all.
    None,
    /// By a pattern in the page.
    Canary,
    /// By taking the page away.
    Protect,
}

impl Default for Features {
    /// All zero: what `struct rmmsim_features` documents as default.
    fn default() -> Features {
        // SAFETY: numbers and bools, for which zero is a value.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

impl Default for Fault {
    fn default() -> Fault {
        // SAFETY: numbers and bools, for which zero is a value.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

/// What an instance is to be. Without regions it gets one of DRAM, 64 MiB from 0x80000000 on.
pub struct Config {
    raw: sys::rmmsim_config,
    regions: Vec<sys::rmmsim_region>,
    callbacks: Option<Box<Callbacks>>,
}

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

impl Config {
    /// All defaults.
    pub fn new() -> Config {
        // SAFETY: numbers, bools, NULL pointers and absent functions: zero is a value for all of them.
        let mut raw: sys::rmmsim_config = unsafe { MaybeUninit::zeroed().assume_init() };
        raw.num_pes = 1;
        Config {
            raw,
            regions: Vec::new(),
            callbacks: None,
        }
    }

    /// Adds delegable memory.
    pub fn dram(self, base: u64, size: u64) -> Config {
        self.region(sys::RMMSIM_REGION_DRAM, base, size)
    }

    /// Adds memory of a device.
    pub fn device(self, base: u64, size: u64) -> Config {
        self.region(sys::RMMSIM_REGION_DEVICE, base, size)
    }

    fn region(mut self, kind: sys::rmmsim_region_kind, base: u64, size: u64) -> Config {
        self.regions.push(sys::rmmsim_region {
            base,
            size,
            kind,
            memory: ptr::null_mut(),
            phys_to_virt: None,
        });
        self
    }

    /// How many PEs; one without this.
    pub fn pes(mut self, number: u32) -> Config {
        self.raw.num_pes = number;
        self
    }

    /// Which interface.
    pub fn profile(mut self, profile: Profile) -> Config {
        self.raw.profile = match profile {
            Profile::Rmm10 => sys::RMMSIM_PROFILE_RMM_1_0,
            Profile::Rmm10Reference => sys::RMMSIM_PROFILE_RMM_1_0_REFERENCE,
        };
        self
    }

    /// RMMSIM_QUIRK_* of [`sys`](crate::sys), added to the profile.
    pub fn quirks(mut self, quirks: u64) -> Config {
        self.raw.quirks |= quirks;
        self
    }

    /// What the platform offers.
    pub fn features(mut self, features: Features) -> Config {
        self.raw.features = features;
        self
    }

    /// Where all keys come from.
    pub fn seed(mut self, seed: u64) -> Config {
        self.raw.seed = seed;
        self
    }

    /// How accesses to delegated memory are found.
    pub fn guard(mut self, guard: Guard) -> Config {
        self.raw.guard = match guard {
            Guard::Tools => sys::RMMSIM_GUARD_TOOLS,
            Guard::None => sys::RMMSIM_GUARD_NONE,
            Guard::Canary => sys::RMMSIM_GUARD_CANARY,
            Guard::Protect => sys::RMMSIM_GUARD_PROTECT,
        };
        self
    }

    /// Audits after every n-th command; with one PE only.
    pub fn audit_period(mut self, commands: u32) -> Config {
        self.raw.audit_period = commands;
        self
    }

    /// Traps after which an entry ends with an IRQ exit; 0: never.
    pub fn guest_quantum(mut self, traps: u32) -> Config {
        self.raw.guest_quantum = traps;
        self
    }

    /// Tells of every event, on the thread that caused it. The listener must not call the instance: it panics if it does, and
    /// that panic, like any other of its own, goes on in the call that caused the event.
    pub fn trace(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Config {
        self.callbacks = Some(Box::new(Callbacks {
            listener: Box::new(listener),
        }));
        self
    }

    /// Makes the instance.
    ///
    /// # Errors
    /// [`Error::Failed`]: the configuration makes no sense, or the system has no memory.
    pub fn build(self) -> Result<Simulator, Error> {
        self.make(|config| {
            let mut error = no_error();
            // SAFETY: the configuration and what it points to are there; the instance keeps the callbacks only.
            let sim = unsafe { sys::rmmsim_create(config, &mut error) };
            if sim.is_null() {
                return Err(filled(&error));
            }
            Ok(sim)
        })
    }

    /// The C configuration, for a function that makes an instance of it.
    pub(crate) fn make(
        mut self,
        create: impl FnOnce(&sys::rmmsim_config) -> Result<*mut sys::rmmsim, Error>,
    ) -> Result<Simulator, Error> {
        if self.raw.audit_period != 0 && self.raw.num_pes > 1 {
            return Err(failed(
                sys::RMMSIM_ERROR_CONFIG,
                "an audit looks at everything: with audit_period there is one PE",
            ));
        }
        if self.regions.is_empty() {
            self = self.dram(0x8000_0000, 64 << 20);
        }
        self.raw.regions = self.regions.as_ptr();
        self.raw.num_regions = self.regions.len() as _;
        let mut listener: *const Callbacks = ptr::null();
        if let Some(callbacks) = &self.callbacks {
            listener = &**callbacks;
            self.raw.trace = Some(trace);
        }
        self.raw.context = listener as *mut c_void;
        let sim = careful(|| create(&self.raw))??;
        // SAFETY: the instance is new, and its callbacks go where it goes.
        let gate = unsafe { Gate::new(sim, listener.cast()) };
        Ok(Simulator {
            inner: Arc::new(Inner {
                gate,
                programs: Programs::default(),
                bindings: Mutex::new(Vec::new()),
                free: Mutex::new(vec![true; self.raw.num_pes as usize]),
                _callbacks: self.callbacks,
            }),
        })
    }
}

pub(crate) struct Inner {
    pub(crate) gate: Gate,
    pub(crate) programs: Programs,
    #[allow(clippy::vec_box)] // C has their addresses
    bindings: Mutex<Vec<Box<Binding>>>,
    free: Mutex<Vec<bool>>, // the PEs that nobody has
    _callbacks: Option<Box<Callbacks>>,
}

impl Inner {
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

    /// Locks of Granules asked for.
    pub fn locks(&self) -> u64 {
        self.0.locks
    }
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
                return Err(failed(
                    sys::RMMSIM_ERROR_STATE,
                    "that PE is taken: a PE belongs to one thread at a time",
                ))
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
        let binding = Box::new(Binding { ipa, start });
        let arg = &*binding as *const Binding as *mut c_void;
        self.inner
            .bindings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(binding);
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

    // ---- looking inside

    /// The Granule at a PA.
    ///
    /// # Errors
    /// RMMSIM_ERROR_ADDRESS: it is not delegable.
    pub fn granule(&self, pa: u64) -> Result<Granule, Error> {
        let mut raw = sys::rmmsim_granule {
            state: 0,
            gpt: 0,
            taker: 0,
        };
        // SAFETY: the instance lives, and the structure is there to be filled.
        check(unsafe { sys::rmmsim_granule(self.inner.gate.enter().pointer(), &mut raw, pa) })?;
        Ok(Granule {
            state: raw.state,
            gpt: raw.gpt,
            taker: raw.taker as usize,
        })
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
