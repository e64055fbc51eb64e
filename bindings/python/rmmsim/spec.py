# SPDX-License-Identifier: BSD-3-Clause
"""The rows of <rmmsim/spec/> as plain Python objects: what <rmmsim/spec.h> has, read once when this module is imported.

    >>> from rmmsim import spec
    >>> spec.command("rmi_granule_delegate").conditions[0].name
    'gran_align'
    >>> [edge.to for edge in spec.object_("REALM").edges if edge.start == "REALM_NEW"]
    ['REALM_ACTIVE']

Tables are tuples in the order of the rows, their elements are named tuples, absent strings are None. The functions take
a name as the rows spell it and raise KeyError if there is none.
"""
from ctypes import POINTER, c_char_p, c_uint32
from typing import NamedTuple, Optional, Tuple

from . import _rows
from ._library import declare, text


class Value(NamedTuple):
    """A number that has a name: a status, an exit reason, a state, a value of a type."""

    name: str
    meaning: str
    value: int


class Bits(NamedTuple):
    """Some bits of a 64-bit word: `width` of them from bit `low` on."""

    name: str
    type: Optional[str]
    meaning: str
    low: int
    width: int


class Type(NamedTuple):
    """How a word is to be read: the values it may have, or the bits it is made of."""

    name: str
    meaning: str
    values: Tuple[Value, ...]
    bits: Tuple[Bits, ...]


class Argument(NamedTuple):
    """An input or output of a command. `register` is 1 for x1."""

    name: str
    kind: str
    kind_meaning: str
    type: Optional[str]
    register: int


class Condition(NamedTuple):
    """One way to fail. `register` is 0 where it is about no argument; `quirk` brings it into force, None: always.

    `index`: RMI, bits 15:8 of x0. With ERROR_RTT they hold the level at which the walk ended, and this is 0.
    """

    name: str
    status: str
    argument: str
    expected: str
    quirk: Optional[str]
    quirk_bit: int
    status_value: int
    register: int
    found_as: int
    id: int
    index: int

    def in_force(self, quirks=0):
        """Does it apply where these quirks are on (Profile.quirks, and those that a configuration adds)?"""
        return self.quirk_bit == 0 or quirks & self.quirk_bit != 0


class Precedence(NamedTuple):
    """If both conditions hold, the specification demands the result of `first`."""

    first: str
    second: str


class Command(NamedTuple):
    """A command. Its conditions stand in the order in which they are evaluated.

    `locks`: of RSI and PSCI, what is locked; None for RMI, where the kinds of the inputs say it. `result_type`: how x0 of a
    success is to be read where it is no status.
    """

    id: str
    name: str
    summary: str
    locks: Optional[str]
    result_type: Optional[str]
    inputs: Tuple[Argument, ...]
    outputs: Tuple[Argument, ...]
    conditions: Tuple[Condition, ...]
    precedences: Tuple[Precedence, ...]
    fid: int
    interface: str
    copies: bool
    gathers: bool
    reports: bool
    continues: bool
    no_return: bool
    number: int

    def conditions_of(self, profile):
        """The conditions that a profile has in force, in order; `profile` is a Profile."""
        return tuple(one for one in self.conditions if one.in_force(profile.quirks))


class Profile(NamedTuple):
    """Which interface an instance serves; `quirks` are the bits that it presets."""

    name: str
    meaning: str
    quirks: int
    number: int


class Quirk(NamedTuple):
    """A behaviour of deployed monitors; `profiles` are the names of those that preset it."""

    name: str
    meaning: str
    value: int
    bit: int
    profiles: Tuple[str, ...]


class Later(NamedTuple):
    """A status that a call ends with when the host completes it, and what has happened then."""

    command: str
    status: str
    meaning: str


class Variation(NamedTuple):
    """What a quirk makes different in a command.

    `condition` comes into force (`brings`), or holds in other cases; None: the command differs in another way, as the
    quirk's meaning says.
    """

    quirk: str
    command: str
    condition: Optional[str]
    brings: bool


class Edge(NamedTuple):
    """A legal change of state, and the command that makes it; where several do, one of them."""

    start: str
    to: str
    command: str
    id: int


class Object(NamedTuple):
    """A kind of object that has states."""

    name: str
    meaning: str
    states: Tuple[Value, ...]
    edges: Tuple[Edge, ...]
    number: int


class Field(NamedTuple):
    """A field of a structure: `count` elements of `size` bytes from `offset` on. `type` names a type, or the structure of a part."""

    name: str
    type: Optional[str]
    meaning: str
    offset: int
    size: int
    count: int
    signed: bool


class Structure(NamedTuple):
    """A structure in memory; what no field covers is reserved and zero."""

    name: str
    c_name: str
    meaning: str
    fields: Tuple[Field, ...]
    size: int


class Sysreg(NamedTuple):
    """A system register that a guest can name."""

    name: str
    encoding: int


# ---- the tables of the library ------------------------------------------------------------------------------------------

_interface_name = declare("rmmsim_interface_name", c_char_p, c_uint32)


def _table(name, row, read, *before):
    """All rows of a table, through the function that gives one by its index."""
    function = declare(name, POINTER(row), *([c_uint32] * (len(before) + 1)))
    rows = []
    while True:
        found = function(*before, len(rows))
        if not found:
            return tuple(rows)
        rows.append(read(found.contents))


def _many(pointer, count, read):
    return tuple(read(pointer[i]) for i in range(count))


def _value(row):
    return Value(text(row.name), text(row.meaning), row.value)


def _bits(row):
    return Bits(text(row.name), text(row.type), text(row.meaning), row.low, row.width)


def _type(row):
    return Type(
        text(row.name),
        text(row.meaning),
        _many(row.values, row.num_values, _value),
        _many(row.bits, row.num_bits, _bits),
    )


def _argument(row):
    return Argument(text(row.name), text(row.kind), text(row.kind_meaning), text(row.type), row.argument_register)


def _condition(row):
    return Condition(
        text(row.name),
        text(row.status),
        text(row.argument),
        text(row.expected),
        text(row.quirk),
        row.quirk_bit,
        row.status_value,
        row.argument_register,
        row.found_as,
        row.id,
        row.index,
    )


def _precedence(row):
    return Precedence(text(row.first), text(row.second))


_COPIES, _GATHERS, _REPORTS, _CONTINUES, _NO_RETURN = 1, 2, 4, 8, 16  # RMMSIM_SPEC_*


def _command(row):
    return Command(
        text(row.id),
        text(row.name),
        text(row.summary),
        text(row.locks),
        text(row.result_type),
        _many(row.inputs, row.num_inputs, _argument),
        _many(row.outputs, row.num_outputs, _argument),
        _many(row.conditions, row.num_conditions, _condition),
        _many(row.precedences, row.num_precedences, _precedence),
        row.fid,
        text(_interface_name(row.interface_number)),
        row.flags & _COPIES != 0,
        row.flags & _GATHERS != 0,
        row.flags & _REPORTS != 0,
        row.flags & _CONTINUES != 0,
        row.flags & _NO_RETURN != 0,
        row.number,
    )


def _profile(row):
    return Profile(text(row.name), text(row.meaning), row.quirks, row.number)


def _quirk(row):
    presets = tuple(one.name for one in profiles if row.profiles >> one.number & 1)
    return Quirk(text(row.name), text(row.meaning), row.value, row.bit, presets)


def _variation(row):
    return Variation(text(row.quirk.contents.name), text(row.command), text(row.condition), row.brings != 0)


def _later(row):
    return Later(text(row.command.contents.id), text(row.status), text(row.meaning))


def _edge(row):
    start = getattr(row, "from").contents
    return Edge(text(start.name), text(row.to.contents.name), text(row.command), row.id)


def _object(row):
    return Object(
        text(row.name),
        text(row.meaning),
        _many(row.states, row.num_states, _value),
        _many(row.edges, row.num_edges, _edge),
        row.number,
    )


def _field(row):
    return Field(
        text(row.name),
        text(row.type),
        text(row.meaning),
        row.offset,
        row.size,
        row.count,
        row.is_signed != 0,
    )


def _structure(row):
    return Structure(
        text(row.name), text(row.c_name), text(row.meaning), _many(row.fields, row.num_fields, _field), row.size
    )


def _sysreg(row):
    return Sysreg(text(row.name), row.encoding)


def _interfaces():
    names = []
    while True:
        name = text(_interface_name(len(names)))
        if name == "?":
            return tuple(names)
        names.append(name)


#: "RMI", "RSI", "PSCI"
interfaces = _interfaces()
types = _table("rmmsim_spec_type", _rows.Type, _type)
commands = _table("rmmsim_spec_command", _rows.Command, _command)
profiles = _table("rmmsim_spec_profile", _rows.Profile, _profile)
quirks = _table("rmmsim_spec_quirk", _rows.Quirk, _quirk)
#: What comes of a call when the host completes it
laters = _table("rmmsim_spec_later", _rows.Later, _later)
variations = _table("rmmsim_spec_variation", _rows.Variation, _variation)
#: Statuses by interface: statuses["RMI"][0].name == "SUCCESS"
statuses = {name: _table("rmmsim_spec_status", _rows.Value, _value, i) for i, name in enumerate(interfaces)}
exits = _table("rmmsim_spec_exit", _rows.Value, _value)
objects = _table("rmmsim_spec_object", _rows.Object, _object)
structures = _table("rmmsim_spec_structure", _rows.Structure, _structure)
sysregs = _table("rmmsim_spec_sysreg", _rows.Sysreg, _sysreg)

_commands = {key: one for one in commands for key in (one.id, one.name)}
_commands_by_fid = {one.fid: one for one in commands}
_types = {one.name: one for one in types}
_profiles = {one.name: one for one in profiles}
_quirks = {one.name: one for one in quirks}
_statuses = {interface: {one.name: one for one in table} for interface, table in statuses.items()}
_exits = {one.name: one for one in exits}
_objects = {one.name: one for one in objects}
_structures = {key: one for one in structures for key in (one.name, one.c_name)}
_sysregs = {one.name: one for one in sysregs}

SVE_HINT = 1 << 16


def command(name):
    """By either name: "RMI_VERSION", "rmi_version"."""
    return _commands[name]


def command_by_fid(fid):
    """By function identifier, an SVE hint (bit 16) ignored."""
    return _commands_by_fid[fid & ~SVE_HINT]


def type_(name):
    return _types[name]


def profile(name):
    return _profiles[name]


def quirk(name):
    return _quirks[name]


def variations_of(command):
    """What quirks make different in a Command."""
    return tuple(one for one in variations if one.command == command.id)


def status(interface, name):
    return _statuses[interface][name]


def exit_(name):
    return _exits[name]


def object_(name):
    return _objects[name]


def structure(name):
    """By either name: "RmiRealmParams", "realm_params"."""
    return _structures[name]


def sysreg(name):
    return _sysregs[name]
