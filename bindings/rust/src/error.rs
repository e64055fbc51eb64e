// SPDX-License-Identifier: BSD-3-Clause
//! What can go wrong, and why the RMM refused.
use crate::sys;
use std::ffi::CStr;
use std::fmt;
use std::os::raw::{c_char, c_int};

/// Why a call did not do what it is for.
#[derive(Clone, Debug)]
pub enum Error {
    /// A condition of the specification made the command fail.
    Refused(Box<Refusal>),
    /// The vCPU took an exception to EL1.
    Exception(Exception),
    /// The library could not do it.
    Failed(Failure),
    /// The program of a vCPU ended with an error, in this entry.
    Program(Box<Error>),
}

/// An error of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// RMMSIM_ERROR_* of [`sys`].
    pub code: i32,
    /// A sentence for a reader.
    pub text: String,
}

/// Why a command was refused, as `struct rmmsim_refusal` says it, in strings that are the reader's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// "RMI_REALM_CREATE"
    pub command: String,
    /// "rd_state", the name in the specification
    pub condition: String,
    /// "rd", or "none"
    pub argument: String,
    /// The register that holds it: 1 for x1; 0 for none.
    pub register: u32,
    /// What the caller passed.
    pub value: u64,
    /// How to read `found`: RMMSIM_FOUND_* of [`sys`].
    pub found_as: u32,
    /// What the RMM found.
    pub found: u64,
    /// "a Granule in state DELEGATED"
    pub expected: String,
    /// The result that the caller sees.
    pub x0: u64,
    /// The injected fault that made the command fail; 0: it failed by itself.
    pub fault: u32,
    /// All of it, for a reader.
    pub sentence: String,
}

impl Refusal {
    /// The status of an RMI command: one of [`rmi_status`](crate::rmi_status).
    pub fn status(&self) -> u64 {
        self.x0 & 0xff
    }

    /// The index of an RMI status: of ERROR_RTT, the level that the walk reached.
    pub fn index(&self) -> i8 {
        (self.x0 >> 8) as u8 as i8
    }
}

/// The syndrome of an exception that a Realm took to EL1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// ESR_EL1
    pub esr: u64,
    /// FAR_EL1
    pub far: u64,
    /// ELR_EL1: the instruction that took it
    pub elr: u64,
    /// SPSR_EL1
    pub spsr: u64,
    /// The address that PC was set to.
    pub vector: u64,
}

impl Error {
    /// The refusal, where it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The code of the library's error, where it is one.
    pub fn code(&self) -> Option<i32> {
        match self {
            Error::Failed(failure) => Some(failure.code),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => f.write_str(&refusal.sentence),
            Error::Exception(taken) => write!(
                f,
                "an exception to EL1: ESR_EL1 {:#x}, FAR_EL1 {:#x}, ELR_EL1 {:#x}",
                taken.esr, taken.far, taken.elr
            ),
            Error::Failed(failure) => f.write_str(&failure.text),
            Error::Program(error) => write!(f, "the program of the vCPU: {error}"),
        }
    }
}

impl std::error::Error for Error {}

// ---- from C -----------------------------------------------------------------------------------------------------------

/// # Safety
/// `raw` is a C string, or NULL.
pub(crate) unsafe fn text(raw: *const c_char) -> String {
    if raw.is_null() {
        return String::new();
    }
    CStr::from_ptr(raw).to_string_lossy().into_owned()
}

/// # Safety
/// `raw` is what rmmsim_why() or rmmsim_guest_why() has just returned.
pub(crate) unsafe fn refusal(raw: *const sys::rmmsim_refusal) -> Option<Error> {
    let raw = raw.as_ref()?;
    Some(Error::Refused(Box::new(Refusal {
        command: text(raw.command),
        condition: text(raw.condition),
        argument: text(raw.argument),
        register: raw.argument_register,
        value: raw.argument_value,
        found_as: raw.found_as,
        found: raw.found,
        expected: text(raw.expected),
        x0: raw.x0,
        fault: raw.fault,
        sentence: text(raw.sentence),
    })))
}

pub(crate) fn failed(code: c_int, sentence: &str) -> Error {
    Error::Failed(Failure { code, text: sentence.to_string() })
}

/// An error by its code, or what was asked for.
pub(crate) fn check(code: c_int) -> Result<c_int, Error> {
    if code >= 0 {
        return Ok(code);
    }
    // SAFETY: any number has a sentence, which lives as long as the library.
    Err(failed(code, &unsafe { text(sys::rmmsim_error_text(code)) }))
}

/// For functions that fill a struct rmmsim_error.
pub(crate) fn no_error() -> sys::rmmsim_error {
    sys::rmmsim_error { code: 0, text: [0; 256] }
}

pub(crate) fn filled(error: &sys::rmmsim_error) -> Error {
    // SAFETY: the library terminates the text.
    failed(error.code, &unsafe { text(error.text.as_ptr()) })
}
