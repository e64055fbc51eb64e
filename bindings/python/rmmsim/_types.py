# SPDX-License-Identifier: BSD-3-Clause
"""The structures of the C headers and the functions that take them. A test compares each with its header."""
import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    Union,
    c_bool,
    c_char,
    c_char_p,
    c_int,
    c_size_t,
    c_uint,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)

from . import spec
from ._library import declare

NUM_REGISTERS = 18


class Regs(Structure):
    _fields_ = [("x", c_uint64 * NUM_REGISTERS)]


class Region(Structure):
    _fields_ = [
        ("base", c_uint64),
        ("size", c_uint64),
        ("kind", c_uint),
        ("memory", c_void_p),
        ("phys_to_virt", c_void_p),
    ]


class Features(Structure):
    _fields_ = [
        ("s2sz", c_uint8),
        ("ipa_width_min", c_uint8),
        ("pa_bits", c_uint8),
        ("lpa2", c_bool),
        ("sve_vectors", c_uint8),
        ("num_bps", c_uint8),
        ("num_wps", c_uint8),
        ("no_pmu", c_bool),
        ("pmu_num_ctrs", c_uint8),
        ("no_sha_256", c_bool),
        ("no_sha_512", c_bool),
        ("gicv3_num_lrs", c_uint8),
        ("max_recs_order", c_uint8),
        ("rec_aux_count", c_uint8),
        ("vmid_bits", c_uint8),
        ("gic_priority_bits", c_uint8),
        ("gic_intid_bits", c_uint8),
        ("gic_extended_range", c_bool),
    ]


class Granule(Structure):
    _fields_ = [("state", c_uint), ("gpt", c_uint), ("taker", c_uint)]


class Trespass(Structure):
    _fields_ = [
        ("pa", c_uint64),
        ("state", c_uint),
        ("taker", c_uint),
        ("giver", c_uint),
        ("sentence", c_char_p),
    ]


class EventCommand(Structure):
    _fields_ = [
        ("id", c_uint),
        ("from_realm", c_bool),
        ("rec", c_uint64),
        ("in", POINTER(c_uint64)),
        ("out", POINTER(c_uint64)),
        ("refused", c_uint),
    ]


class EventExit(Structure):
    _fields_ = [("rec", c_uint64), ("reason", c_uint), ("esr", c_uint64), ("hpfar", c_uint64)]


class EventEdge(Structure):
    _fields_ = [
        ("id", c_uint),
        ("object", c_uint),
        ("address", c_uint64),
        ("rd", c_uint64),
        ("level", c_int),
        ("from", c_uint),
        ("to", c_uint),
    ]


class EventFault(Structure):
    _fields_ = [
        ("id", c_uint),
        ("kind", c_uint),
        ("command", c_uint),
        ("rec", c_uint64),
        ("value", c_uint64),
    ]


class EventOf(Union):
    _fields_ = [("command", EventCommand), ("exit", EventExit), ("edge", EventEdge), ("fault", EventFault)]


class Event(Structure):
    _fields_ = [("kind", c_uint), ("pe", c_uint), ("of", EventOf)]


TraceFn = CFUNCTYPE(None, c_void_p, POINTER(Event))
MisuseFn = CFUNCTYPE(None, c_void_p, c_char_p)
TrespassFn = CFUNCTYPE(None, c_void_p, POINTER(Trespass))
AdversaryFn = CFUNCTYPE(None, c_void_p, c_uint, c_uint64, c_void_p, c_int)
LostFn = CFUNCTYPE(None, c_void_p, c_uint64, POINTER(Granule))


class Config(Structure):
    _fields_ = [
        ("context", c_void_p),
        ("regions", POINTER(Region)),
        ("num_regions", c_size_t),
        ("num_pes", c_uint),
        ("profile", c_uint),
        ("quirks", c_uint64),
        ("features", Features),
        ("seed", c_uint64),
        ("token_components", c_uint),
        ("trace", TraceFn),
        ("misuse", MisuseFn),
        ("guard", c_uint),
        ("trespass", TrespassFn),
        ("adversary", AdversaryFn),
        ("lost", LostFn),
        ("audit_period", c_uint),
        ("max_guests", c_uint32),
        ("guest_stack_size", c_size_t),
        ("guest_quantum", c_uint32),
    ]


class Error(Structure):
    _fields_ = [("code", c_int), ("text", c_char * 256)]


class Refusal(Structure):
    _fields_ = [
        ("command", c_char_p),
        ("condition", c_char_p),
        ("argument", c_char_p),
        ("argument_register", c_uint),
        ("argument_value", c_uint64),
        ("found_as", c_uint),
        ("found", c_uint64),
        ("expected", c_char_p),
        ("x0", c_uint64),
        ("id", c_uint),
        ("fault", c_uint),
        ("sentence", c_char_p),
    ]


NUM_STATUSES = 11
NUM_CONDITIONS = 2 + sum(len(command.conditions) for command in spec.commands)  # none, and injected


class Statistics(Structure):
    _fields_ = [
        ("commands", c_uint64 * (len(spec.commands) + 1)),
        ("refused", c_uint64 * (len(spec.commands) + 1)),
        ("statuses", c_uint64 * NUM_STATUSES * (len(spec.commands) + 1)),
        ("conditions", c_uint64 * NUM_CONDITIONS),
        ("exits", c_uint64 * len(spec.exits)),
        ("locks", c_uint64),
        ("pages_read", c_uint64),
        ("pages_written", c_uint64),
        ("pages_changed", c_uint64),
    ]


class Report(Structure):
    _fields_ = [("checked", c_uint64), ("invariant", c_char * 16), ("text", c_char * 240)]


class Exception_(Structure):
    _fields_ = [
        ("esr", c_uint64),
        ("far", c_uint64),
        ("elr", c_uint64),
        ("spsr", c_uint64),
        ("vector", c_uint64),
    ]


class Trap(Structure):
    _fields_ = [
        ("kind", c_uint),
        ("rt", c_uint8),
        ("size", c_uint8),
        ("sign_extend", c_bool),
        ("sf", c_bool),
        ("isv", c_bool),
        ("sysreg", c_uint32),
        ("ipa", c_uint64),
        ("value", c_uint64),
        ("buffer", c_void_p),
        ("bytes", c_uint32),
    ]


StepFn = CFUNCTYPE(None, c_void_p, c_void_p, c_int, POINTER(Trap))


class WorldShape(Structure):
    _fields_ = [
        ("config", POINTER(Config)),
        ("num_recs", c_uint),
        ("all_runnable", c_bool),
        ("num_pages", c_uint),
        ("num_shared", c_uint),
        ("record", c_char_p),
        ("guest", c_void_p),
        ("step", c_void_p),
        ("arg", c_void_p),
    ]


WORLD_RECS_MAX = 64


class World(Structure):
    _fields_ = [
        ("sim", c_void_p),
        ("rd", c_uint64),
        ("rtt_base", c_uint64),
        ("unprotected", c_uint64),
        ("shared", c_uint64),
        ("num_recs", c_uint),
        ("recs", c_uint64 * WORLD_RECS_MAX),
        ("runs", c_uint64 * WORLD_RECS_MAX),
        ("next_pa", c_uint64),
        ("end_pa", c_uint64),
    ]


class Fault(Structure):
    _fields_ = [
        ("kind", c_uint),
        ("fid", c_uint32),
        ("one_pe", c_bool),
        ("pe", c_uint),
        ("nth", c_uint64),
        ("every", c_uint64),
        ("chance", c_uint32),
        ("seed", c_uint64),
        ("hits_max", c_uint64),
        ("x0", c_uint64),
        ("index_of_walk", c_bool),
        ("exit_reason", c_uint),
        ("esr", c_uint64),
        ("traps", c_uint32),
    ]


class FaultCount(Structure):
    _fields_ = [("seen", c_uint64), ("hits", c_uint64), ("total", c_uint64)]


#: By the name of the C structure: what a test compares with the headers.
C_STRUCTURES = {
    "rmmsim_regs": Regs,
    "rmmsim_region": Region,
    "rmmsim_features": Features,
    "rmmsim_granule": Granule,
    "rmmsim_trespass": Trespass,
    "rmmsim_event": Event,
    "rmmsim_config": Config,
    "rmmsim_error": Error,
    "rmmsim_refusal": Refusal,
    "rmmsim_statistics": Statistics,
    "rmmsim_report": Report,
    "rmmsim_exception": Exception_,
    "rmmsim_trap": Trap,
    "rmmsim_world_shape": WorldShape,
    "rmmsim_world": World,
    "rmmsim_fault": Fault,
    "rmmsim_fault_count": FaultCount,
}

# Enumerators that no rows list, by their names in C behind the prefix; the same test compares them, too.
REGION_KINDS = {"DRAM": 0, "DEVICE": 1}
GUARDS = {"TOOLS": 0, "NONE": 1, "CANARY": 2, "PROTECT": 3}
ACCESSES = ("READ_BEGIN", "READ_END", "WRITE_BEGIN", "WRITE_END")
EVENTS = ("COMMAND", "EXIT", "EDGE", "FAULT")
FAULTS = ("STATUS", "EXIT", "PAGE_READ", "PAGE_WRITE", "ENTROPY", "TOKEN_INCOMPLETE", "BUSY")
ERRORS = {
    "CONFIG": -1,
    "MEMORY": -2,
    "MISUSE": -3,
    "ADDRESS": -4,
    "STATE": -5,
    "NO_GUEST": -6,
    "NO_STACK": -7,
    "AUDIT": -8,
    "CRYPTO": -9,
    "TRESPASS": -10,
    "FILE": -11,
}
DUMP_SUBJECTS = ("MACHINE", "GRANULES", "REALM", "REC", "RTT", "STATISTICS")
DUMP_FORMATS = ("TEXT", "JSON", "GRAPHVIZ")
TRAPS = (
    "NOP",
    "SMC",
    "HVC",
    "WFI",
    "WFE",
    "WFIT",
    "WFET",
    "MRS",
    "MSR",
    "LOAD",
    "STORE",
    "COPY_IN",
    "COPY_OUT",
    "FETCH",
)
GUEST_EXCEPTION = -100

error_text = declare("rmmsim_error_text", c_char_p, c_int)
create = declare("rmmsim_create", c_void_p, POINTER(Config), POINTER(Error))
destroy = declare("rmmsim_destroy", None, c_void_p)
smc = declare("rmmsim_smc", c_int, c_void_p, c_uint, POINTER(Regs))
why = declare("rmmsim_why", POINTER(Refusal), c_void_p, c_uint)
host_pointer = declare("rmmsim_host_pointer", c_void_p, c_void_p, c_uint64, c_size_t)
gpt_set = declare("rmmsim_gpt_set", c_int, c_void_p, c_uint64, c_size_t, c_uint)
irq_raise = declare("rmmsim_irq_raise", c_int, c_void_p, c_uint)
fiq_raise = declare("rmmsim_fiq_raise", c_int, c_void_p, c_uint)
serror_raise = declare("rmmsim_serror_raise", c_int, c_void_p, c_uint, c_uint64)
time = declare("rmmsim_time", c_uint64, c_void_p)
time_advance = declare("rmmsim_time_advance", None, c_void_p, c_uint64)
granule = declare("rmmsim_granule", c_int, c_void_p, POINTER(Granule), c_uint64)
next_delegated = declare("rmmsim_next_delegated", c_bool, c_void_p, POINTER(c_uint64), c_uint64)
measurement = declare("rmmsim_measurement", c_int, c_void_p, POINTER(c_uint8), c_uint64, c_uint)
statistics = declare("rmmsim_statistics", None, c_void_p, POINTER(Statistics))
status_name = declare("rmmsim_status_name", c_char_p, c_uint, c_uint)
dump = declare("rmmsim_dump", c_int, c_void_p, c_void_p, c_uint, c_uint, c_uint64)
audit = declare("rmmsim_audit", c_int, c_void_p, POINTER(Report))

event_format = declare("rmmsim_event_format", c_int, POINTER(Event), c_char_p, c_size_t)
condition_name = declare("rmmsim_condition_name", c_char_p, c_uint)
state_name = declare("rmmsim_state_name", c_char_p, c_uint, c_uint)

bind_step = declare("rmmsim_guest_bind_step", c_int, c_void_p, c_uint64, c_uint64, StepFn, c_void_p)
guest_x = declare("rmmsim_guest_x", c_uint64, c_void_p, c_uint)
guest_set_x = declare("rmmsim_guest_set_x", None, c_void_p, c_uint, c_uint64)
guest_pc = declare("rmmsim_guest_pc", c_uint64, c_void_p)
guest_exception = declare("rmmsim_guest_exception", Exception_, c_void_p)
guest_why = declare("rmmsim_guest_why", POINTER(Refusal), c_void_p)
guest_irq_pending = declare("rmmsim_guest_irq_pending", c_bool, c_void_p)
guest_fiq_pending = declare("rmmsim_guest_fiq_pending", c_bool, c_void_p)

snapshot = declare("rmmsim_snapshot", c_int, c_void_p, POINTER(Error))
restore = declare("rmmsim_restore", c_int, c_void_p)
snapshot_keep = declare("rmmsim_snapshot_keep", c_int, c_void_p, c_uint64, c_size_t)
state_hash = declare("rmmsim_state_hash", c_uint64, c_void_p)
compare = declare("rmmsim_compare", c_int, c_void_p, c_void_p, c_char_p, c_size_t)
record = declare("rmmsim_record", c_int, c_void_p, c_char_p)
fork = declare("rmmsim_fork", c_void_p, c_void_p, POINTER(Error))

world_create = declare("rmmsim_world_create", c_int, POINTER(World), POINTER(WorldShape), POINTER(Error))
world_fork = declare("rmmsim_world_fork", c_int, POINTER(World), POINTER(World), POINTER(Error))
world_tear_down = declare("rmmsim_world_tear_down", c_uint, POINTER(World))
world_page = declare("rmmsim_world_page", c_uint64, POINTER(World))
world_delegated = declare("rmmsim_world_delegated", c_uint64, POINTER(World))

inject = declare("rmmsim_inject", c_int, c_void_p, POINTER(Fault), POINTER(Error))
inject_remove = declare("rmmsim_inject_remove", c_int, c_void_p, c_int, POINTER(Error))
inject_clear = declare("rmmsim_inject_clear", c_int, c_void_p, POINTER(Error))
inject_count = declare("rmmsim_inject_count", c_int, c_void_p, POINTER(FaultCount), c_int, POINTER(Error))
