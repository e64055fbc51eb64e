// SPDX-License-Identifier: BSD-3-Clause
//! Who may be inside the library: any number of calls, or one of those that need it for themselves alone.
//!
//! In C it is the caller's duty that no PE is inside a call during a snapshot, a restore or an audit. Here it is checked: every
//! function of an instance passes this gate.
use crate::error::{failed, Error};
use crate::sys;
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

const ALONE: u32 = 1 << 31;

/// The C instance, reached only through the gate.
#[derive(Debug)]
pub(crate) struct Gate {
    sim: *mut sys::rmmsim,
    inside: AtomicU32,
    listener: *const (),
}

// SAFETY: the library is made for several threads. What it asks of its callers is what the gate and `&mut Pe` see to.
unsafe impl Send for Gate {}
unsafe impl Sync for Gate {}

thread_local! {
    /// The listener that an instance is telling of an event on this thread, while it holds locks.
    static LISTENING: Cell<*const ()> = const { Cell::new(std::ptr::null()) };
}

/// Inside, among others.
pub(crate) struct Shared<'a>(&'a Gate);

/// Inside, alone.
pub(crate) struct Alone<'a>(&'a Gate);

impl Gate {
    /// # Safety
    /// `sim` came from the library and is destroyed by nobody else than `destroy()`.
    pub(crate) unsafe fn new(sim: *mut sys::rmmsim, listener: *const ()) -> Gate {
        Gate { sim, inside: AtomicU32::new(0), listener }
    }

    /// # Safety
    /// Nothing of the instance is used afterwards.
    pub(crate) unsafe fn destroy(&mut self) {
        sys::rmmsim_destroy(self.sim);
    }

    pub(crate) fn enter(&self) -> Shared<'_> {
        assert!(
            LISTENING.with(Cell::get) != self.listener || self.listener.is_null(),
            "a listener to the trace must not call the instance: its locks are held"
        );
        while self.inside.fetch_add(1, Ordering::Acquire) & ALONE != 0 {
            self.inside.fetch_sub(1, Ordering::Relaxed);
            std::thread::yield_now();
        }
        Shared(self)
    }

    pub(crate) fn enter_alone(&self) -> Result<Alone<'_>, Error> {
        match self.inside.compare_exchange(0, ALONE, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok(Alone(self)),
            Err(_) => {
                Err(failed(sys::RMMSIM_ERROR_STATE, "somebody is inside a call of the instance: wait for its return"))
            }
        }
    }
}

/// Tell a listener, to which the gate is closed meanwhile. `tell` does not panic.
pub(crate) fn listening(listener: *const (), tell: impl FnOnce()) {
    let outer = LISTENING.with(|cell| cell.replace(listener));
    tell();
    LISTENING.with(|cell| cell.set(outer));
}

impl Shared<'_> {
    pub(crate) fn pointer(&self) -> *mut sys::rmmsim {
        self.0.sim
    }
}

impl Alone<'_> {
    pub(crate) fn pointer(&self) -> *mut sys::rmmsim {
        self.0.sim
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Release);
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_and(!ALONE, Ordering::Release);
    }
}
