// SPDX-License-Identifier: BSD-3-Clause
//! The host's memory, which the RMM and guests on other threads write to: copied in and out, never borrowed.
//!
//! Rust's side goes through whole words that are atomic, so two of its threads that meet in a page have no data race; and a
//! page that is delegated is refused before it is touched.
use crate::error::{check, failed, Error};
use crate::gate::Shared;
use crate::sys;
use std::mem::{size_of, MaybeUninit};
use std::os::raw::c_void;
use std::sync::atomic::{AtomicU64, Ordering};

/// The size of a Granule, in bytes.
pub const GRANULE_SIZE: u64 = 4096;
const WORD: usize = 8;

/// A structure that host and RMM exchange: any bytes are one, and it has no padding.
///
/// # Safety
/// Both must be true, and the size a multiple of 8.
pub unsafe trait Page: Copy {
    /// All zero.
    fn zeroed() -> Self {
        // SAFETY: any bytes are a value of such a type.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

// SAFETY: integers and arrays of them at offsets that the header asserts, with every gap a field of its own.
unsafe impl Page for sys::rmmsim_realm_params {}
unsafe impl Page for sys::rmmsim_rec_params {}
unsafe impl Page for sys::rmmsim_rec_run {}
unsafe impl Page for sys::rmmsim_realm_config {}
unsafe impl Page for sys::rmmsim_host_call {}

/// The bytes of such a structure.
pub(crate) fn bytes_of<T: Page>(page: &T) -> &[u8] {
    // SAFETY: without padding, every byte is initialised.
    unsafe { std::slice::from_raw_parts((page as *const T).cast(), size_of::<T>()) }
}

pub(crate) fn from_bytes<T: Page>(bytes: &[u8]) -> T {
    let mut page = T::zeroed();
    assert_eq!(bytes.len(), size_of::<T>());
    // SAFETY: the sizes agree, and any bytes are a value.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), (&mut page as *mut T).cast(), bytes.len()) };
    page
}

/// The words that hold [pa, pa + size), if the host may touch them, and the place of pa in the first.
fn words<'a>(sim: &'a Shared<'_>, pa: u64, size: usize) -> Result<(&'a [AtomicU64], usize), Error> {
    let skip = pa as usize % WORD;
    let start = pa - skip as u64;
    let size = size.checked_add(skip).and_then(|size| size.checked_add(WORD - 1));
    let size = size.ok_or_else(|| failed(sys::RMMSIM_ERROR_ADDRESS, "no region is as large as that"))? / WORD * WORD;
    // SAFETY: the instance lives; the function takes any numbers.
    let pointer: *mut c_void = unsafe { sys::rmmsim_host_pointer(sim.pointer(), start, size as _) };
    if pointer.is_null() {
        return Err(failed(sys::RMMSIM_ERROR_ADDRESS, &format!("{pa:#x} and what follows is not in one region")));
    }
    let mut page = start & !(GRANULE_SIZE - 1);
    while page < start + size as u64 {
        is_the_hosts(sim, page)?;
        page += GRANULE_SIZE;
    }
    // SAFETY: the pointer holds for `size` bytes while the instance lives. Regions are made of aligned pages, so words are aligned
    // and lie inside. All of Rust's accesses to them are these.
    Ok((unsafe { std::slice::from_raw_parts(pointer.cast::<AtomicU64>(), size / WORD) }, skip))
}

/// On hardware a host that touches a delegated page takes a Granule Protection Fault; here it gets an error.
fn is_the_hosts(sim: &Shared<'_>, page: u64) -> Result<(), Error> {
    let mut granule = sys::rmmsim_granule { state: 0, gpt: 0, taker: 0 };
    // SAFETY: the instance lives, and the structure is there to be filled.
    let known = check(unsafe { sys::rmmsim_granule(sim.pointer(), &mut granule, page) }).is_ok();
    let shared = granule.gpt == sys::RMMSIM_GPT_GPT_NS || granule.gpt == sys::RMMSIM_GPT_GPT_AAP;
    if known && (granule.state != sys::RMMSIM_GRANULE_UNDELEGATED || !shared) {
        return Err(failed(
            sys::RMMSIM_ERROR_TRESPASS,
            &format!("Granule Protection Fault: the Granule at {page:#x} does not belong to the host"),
        ));
    }
    Ok(())
}

pub(crate) fn read(sim: &Shared<'_>, pa: u64, to: &mut [u8]) -> Result<(), Error> {
    if to.is_empty() {
        return Ok(());
    }
    let (words, skip) = words(sim, pa, to.len())?;
    let mut rest = to;
    let mut at = skip;
    for word in words {
        let (part, next) = rest.split_at_mut(rest.len().min(WORD - at));
        part.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes()[at..at + part.len()]);
        rest = next;
        at = 0;
    }
    Ok(())
}

pub(crate) fn write(sim: &Shared<'_>, pa: u64, from: &[u8]) -> Result<(), Error> {
    if from.is_empty() {
        return Ok(());
    }
    let (words, skip) = words(sim, pa, from.len())?;
    let mut rest = from;
    let mut at = skip;
    for word in words {
        let part = rest.len().min(WORD - at);
        if part == WORD {
            word.store(u64::from_ne_bytes(rest[..WORD].try_into().expect("eight bytes")), Ordering::Relaxed);
        } else {
            replace(word, at, &rest[..part]);
        }
        rest = &rest[part..];
        at = 0;
    }
    Ok(())
}

/// Some bytes of a word; the others may be changing.
fn replace(word: &AtomicU64, at: usize, part: &[u8]) {
    let with = |old: u64| {
        let mut bytes = old.to_ne_bytes();
        bytes[at..at + part.len()].copy_from_slice(part);
        Some(u64::from_ne_bytes(bytes))
    };
    word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, with).expect("the closure returns Some");
}
