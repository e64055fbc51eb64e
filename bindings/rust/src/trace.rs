// SPDX-License-Identifier: BSD-3-Clause
//! Events: what happened inside, as values.
use crate::call::Registers;
use crate::error::text;
use crate::gate::listening;
use crate::sys;
use crate::trouble::shielded;
use std::fmt;
use std::os::raw::{c_char, c_void};

/// One thing that happened; `Display` gives its line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The PE that caused it.
    pub pe: u32,
    /// What it is.
    pub kind: EventKind,
    line: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A command was carried out or refused.
    Command {
        /// "RMI_VERSION", or "?" for an identifier that nobody serves.
        name: String,
        /// PA of the calling REC; `None` when the host called.
        rec: Option<u64>,
        /// x0..x17 as passed.
        input: Box<Registers>,
        /// x0..x17 as returned.
        output: Box<Registers>,
        /// The condition that refused it: "rmi_realm_create.rd_align".
        refused: Option<String>,
    },
    /// A REC exited to the host.
    Exit {
        /// PA of the REC.
        rec: u64,
        /// One of [`exit`](crate::exit).
        reason: u64,
        /// As the exit shows it.
        esr: u64,
        /// As the exit shows it.
        hpfar: u64,
    },
    /// An object changed its state.
    Edge {
        /// "GRANULE DELEGATED -> RD"
        name: String,
        /// PA of the object; IPA of an RTT entry.
        address: u64,
        /// Of an RTT entry: the RD of its Realm, and its level.
        entry: Option<(u64, i32)>,
    },
    /// An injected fault acted.
    Fault {
        /// Its id.
        id: u32,
        /// x0, the exit reason, or the PA of the page, as its kind says.
        value: u64,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

pub(crate) type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// What C is given for `context`: it lives as long as the instance.
pub(crate) struct Callbacks {
    pub(crate) listener: Listener,
}

/// # Safety
/// The library calls it: `context` is a `Callbacks`, `event` valid during the call.
pub(crate) unsafe extern "C" fn trace(context: *mut c_void, event: *const sys::rmmsim_event) {
    let callbacks = &*(context as *const Callbacks);
    listening(context as *const (), || {
        shielded(|| (callbacks.listener)(&read(&*event)));
    });
}

unsafe fn registers(raw: *const u64) -> Registers {
    *(raw as *const Registers)
}

/// The union's member is the one that the kind says.
unsafe fn read(event: &sys::rmmsim_event) -> Event {
    let kind = match event.kind {
        sys::RMMSIM_EVENT_COMMAND => {
            let of = &event.of.command;
            let refused = of.refused != sys::RMMSIM_CONDITION_NONE;
            EventKind::Command {
                name: text(sys::rmmsim_command_name(of.id)),
                rec: of.from_realm.then_some(of.rec),
                input: Box::new(registers(of.in_)),
                output: Box::new(registers(of.out)),
                refused: refused.then(|| text(sys::rmmsim_condition_name(of.refused))),
            }
        }
        sys::RMMSIM_EVENT_EXIT => {
            let of = &event.of.exit;
            EventKind::Exit { rec: of.rec, reason: u64::from(of.reason), esr: of.esr, hpfar: of.hpfar }
        }
        sys::RMMSIM_EVENT_EDGE => {
            let of = &event.of.edge;
            let entry = (of.object == sys::RMMSIM_OBJECT_RTTE).then_some((of.rd, of.level));
            EventKind::Edge { name: text(sys::rmmsim_edge_name(of.id)), address: of.address, entry }
        }
        _ => EventKind::Fault { id: event.of.fault.id, value: event.of.fault.value },
    };
    Event { pe: event.pe, kind, line: line(event) }
}

unsafe fn line(event: &sys::rmmsim_event) -> String {
    let mut line: [c_char; 1024] = [0; 1024];
    sys::rmmsim_event_format(event, line.as_mut_ptr(), line.len() as _);
    text(line.as_ptr())
}
