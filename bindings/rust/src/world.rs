// SPDX-License-Identifier: BSD-3-Clause
//! Worlds for tests, ready made: an instance with an active Realm in it.
use crate::config::Config;
use crate::error::{filled, no_error, Error};
use crate::simulator::Simulator;
use crate::sys;
use crate::trouble::careful;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr;
use std::sync::{Mutex, PoisonError};

/// How large a world is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// RECs, 1 to 64; MPIDRs are counted from 0.
    pub recs: u32,
    /// All of them runnable, or only the first.
    pub all_runnable: bool,
    /// Pages of the Realm's memory, from IPA 0 on, measured, all zero.
    pub pages: u32,
    /// Pages of the host's, mapped from the first Unprotected IPA on.
    pub shared: u32,
}

impl Default for Shape {
    fn default() -> Shape {
        Shape { recs: 1, all_runnable: false, pages: 1, shared: 0 }
    }
}

/// An instance with an active Realm, whose RECs start at IPA 0: bind a program there. It can do what a [`Simulator`] can.
pub struct World {
    sim: Simulator,
    raw: Mutex<sys::rmmsim_world>,
    /// The Realm.
    pub rd: u64,
    /// The first Unprotected IPA.
    pub unprotected: u64,
    /// PA of the first shared page; the others follow it.
    pub shared: u64,
    /// The RECs.
    pub recs: Vec<u64>,
    /// A run page for each, all zero.
    pub runs: Vec<u64>,
}

impl Deref for World {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.sim
    }
}

impl World {
    /// Makes a world.
    ///
    /// # Errors
    /// As `rmmsim_world_create()`.
    pub fn new(config: Config, shape: Shape) -> Result<World, Error> {
        // SAFETY: numbers and pointers, for which zero is a value.
        let mut raw: sys::rmmsim_world = unsafe { MaybeUninit::zeroed().assume_init() };
        let sim = config.make(|config| {
            let shape = sys::rmmsim_world_shape {
                config,
                num_recs: shape.recs,
                all_runnable: shape.all_runnable,
                num_pages: shape.pages,
                num_shared: shape.shared,
                record: ptr::null(),
                guest: None,
                step: None,
                arg: ptr::null_mut(),
            };
            let mut error = no_error();
            // SAFETY: all three are there; of the shape nothing is kept but what the configuration says.
            match unsafe { sys::rmmsim_world_create(&mut raw, &shape, &mut error) } {
                0 => Ok(raw.sim),
                _ => Err(filled(&error)),
            }
        })?;
        let recs = raw.num_recs as usize;
        Ok(World {
            sim,
            rd: raw.rd,
            unprotected: raw.unprotected,
            shared: raw.shared,
            recs: raw.recs[..recs].to_vec(),
            runs: raw.runs[..recs].to_vec(),
            raw: Mutex::new(raw),
        })
    }

    /// A page of DRAM that was not used before; 0 if there is none left.
    pub fn page(&self) -> u64 {
        // SAFETY: the world lives, and the lock makes this one thread at a time.
        unsafe { sys::rmmsim_world_page(&mut *self.raw.lock().unwrap_or_else(PoisonError::into_inner)) }
    }

    /// Takes the Realm down as a host does, and gives every Granule back. Returns how many did not come back.
    ///
    /// # Errors
    /// RMMSIM_ERROR_STATE: somebody is inside a call.
    pub fn tear_down(&self) -> Result<u32, Error> {
        let mut raw = self.raw.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = self.inner.gate.enter_alone()?;
        // SAFETY: nobody is inside a call, so that PE 0 is free for these.
        let lost = careful(|| unsafe { sys::rmmsim_world_tear_down(&mut *raw) })?;
        drop(inside);
        self.inner.programs.end_all();
        Ok(lost)
    }
}

// SAFETY: the pointer in the C structure is the instance's, which Simulator may share, too.
unsafe impl Send for World {}
unsafe impl Sync for World {}
