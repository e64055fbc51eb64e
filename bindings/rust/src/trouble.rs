// SPDX-License-Identifier: BSD-3-Clause
//! Panics and errors on the far side of C. None may unwind through it: a callback leaves them here, and the call that led to the
//! callback goes on with them.
use crate::error::Error;
use std::any::Any;
use std::cell::RefCell;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

pub(crate) enum Trouble {
    Panic(Box<dyn Any + Send>),
    Program(Error),
}

thread_local! {
    static TROUBLE: RefCell<Option<Trouble>> = const { RefCell::new(None) };
}

/// The first counts; a later one is forgotten, without running what its destructor might do.
pub(crate) fn leave(trouble: Trouble) {
    TROUBLE.with(|cell| {
        let mut cell = cell.borrow_mut();
        if cell.is_none() {
            *cell = Some(trouble);
        } else {
            std::mem::forget(trouble);
        }
    });
}

/// Run code of the user's inside a callback. None: it has panicked.
pub(crate) fn shielded<T>(code: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(code)).map_err(|payload| leave(Trouble::Panic(payload))).ok()
}

/// Make a call that may call back, and go on with what that has left behind.
pub(crate) fn careful<T>(call: impl FnOnce() -> T) -> Result<T, Error> {
    let outer = TROUBLE.with(|cell| cell.borrow_mut().take());
    let result = call();
    let inside = TROUBLE.with(|cell| std::mem::replace(&mut *cell.borrow_mut(), outer));
    match inside {
        None => Ok(result),
        Some(Trouble::Program(error)) => Err(Error::Program(Box::new(error))),
        Some(Trouble::Panic(payload)) => resume_unwind(payload),
    }
}
