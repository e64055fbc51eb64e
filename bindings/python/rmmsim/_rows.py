# SPDX-License-Identifier: BSD-3-Clause
"""The structures of <rmmsim/spec.h>, which rmmsim.spec reads. A test compares each with its header."""
import ctypes
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_uint32, c_uint64


def _row(name, *fields):
    return type(name, (ctypes.Structure,), {"_fields_": fields})


Value = _row("Value", ("name", c_char_p), ("meaning", c_char_p), ("value", c_int64))
Bits = _row(
    "Bits", ("name", c_char_p), ("type", c_char_p), ("meaning", c_char_p), ("low", c_uint32), ("width", c_uint32)
)
Type = _row(
    "Type",
    ("name", c_char_p),
    ("meaning", c_char_p),
    ("values", POINTER(Value)),
    ("bits", POINTER(Bits)),
    ("num_values", c_uint32),
    ("num_bits", c_uint32),
)
Argument = _row(
    "Argument",
    ("name", c_char_p),
    ("kind", c_char_p),
    ("kind_meaning", c_char_p),
    ("type", c_char_p),
    ("argument_register", c_uint32),
    ("reserved", c_uint32),
)
Condition = _row(
    "Condition",
    ("name", c_char_p),
    ("status", c_char_p),
    ("argument", c_char_p),
    ("expected", c_char_p),
    ("quirk", c_char_p),
    ("quirk_bit", c_uint64),
    ("status_value", c_int32),
    ("argument_register", c_uint32),
    ("found_as", c_uint32),
    ("id", c_uint32),
    ("index", c_int32),
    ("reserved", c_uint32),
)
Precedence = _row("Precedence", ("first", c_char_p), ("second", c_char_p))
Command = _row(
    "Command",
    ("id", c_char_p),
    ("name", c_char_p),
    ("summary", c_char_p),
    ("locks", c_char_p),
    ("result_type", c_char_p),
    ("inputs", POINTER(Argument)),
    ("outputs", POINTER(Argument)),
    ("conditions", POINTER(Condition)),
    ("precedences", POINTER(Precedence)),
    ("num_inputs", c_uint32),
    ("num_outputs", c_uint32),
    ("num_conditions", c_uint32),
    ("num_precedences", c_uint32),
    ("fid", c_uint32),
    ("interface_number", c_uint32),
    ("flags", c_uint32),
    ("number", c_uint32),
)
Profile = _row(
    "Profile",
    ("name", c_char_p),
    ("meaning", c_char_p),
    ("quirks", c_uint64),
    ("number", c_uint32),
    ("reserved", c_uint32),
)
Quirk = _row(
    "Quirk",
    ("name", c_char_p),
    ("meaning", c_char_p),
    ("value", c_uint64),
    ("bit", c_uint32),
    ("profiles", c_uint32),
)
Variation = _row(
    "Variation",
    ("quirk", POINTER(Quirk)),
    ("command", c_char_p),
    ("condition", c_char_p),
    ("brings", c_uint32),
    ("reserved", c_uint32),
)
Edge = _row(
    "Edge",
    ("from", POINTER(Value)),
    ("to", POINTER(Value)),
    ("command", c_char_p),
    ("id", c_uint32),
    ("reserved", c_uint32),
)
Object = _row(
    "Object",
    ("name", c_char_p),
    ("meaning", c_char_p),
    ("states", POINTER(Value)),
    ("edges", POINTER(Edge)),
    ("num_states", c_uint32),
    ("num_edges", c_uint32),
    ("number", c_uint32),
    ("reserved", c_uint32),
)
Field = _row(
    "Field",
    ("name", c_char_p),
    ("type", c_char_p),
    ("meaning", c_char_p),
    ("offset", c_uint32),
    ("size", c_uint32),
    ("count", c_uint32),
    ("is_signed", c_uint32),
)
Structure = _row(
    "Structure",
    ("name", c_char_p),
    ("c_name", c_char_p),
    ("meaning", c_char_p),
    ("fields", POINTER(Field)),
    ("num_fields", c_uint32),
    ("size", c_uint32),
)
Sysreg = _row("Sysreg", ("name", c_char_p), ("encoding", c_uint32), ("reserved", c_uint32))

#: The rows by the name of their C structure: what a test compares with the header.
C_ROWS = {
    "rmmsim_spec_" + row.__name__.lower(): row
    for row in (
        Value,
        Bits,
        Type,
        Argument,
        Condition,
        Precedence,
        Command,
        Profile,
        Quirk,
        Variation,
        Edge,
        Object,
        Field,
        Structure,
        Sysreg,
    )
}
