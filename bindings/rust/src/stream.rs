// SPDX-License-Identifier: BSD-3-Clause
//! A stream of C's that writes to memory, for functions that take a FILE.
use crate::sys::FILE;
use std::os::raw::{c_char, c_int, c_void};
use std::{ptr, slice};

extern "C" {
    fn open_memstream(start: *mut *mut c_char, size: *mut usize) -> *mut FILE;
    fn fclose(file: *mut FILE) -> c_int;
    fn free(start: *mut c_void);
}

/// What `write` writes, or None where the system has no memory.
pub(crate) fn written(write: impl FnOnce(*mut FILE)) -> Option<String> {
    let (mut start, mut size) = (ptr::null_mut(), 0);
    // SAFETY: both places outlive the stream, which is closed before they are looked at; then the memory is ours to free.
    unsafe {
        let file = open_memstream(&mut start, &mut size);
        if file.is_null() {
            return None;
        }
        write(file);
        let closed = fclose(file);
        let bytes = if start.is_null() { &[] } else { slice::from_raw_parts(start.cast::<u8>(), size) };
        let text = String::from_utf8_lossy(bytes).into_owned();
        free(start.cast());
        (closed == 0).then_some(text)
    }
}
