# SPDX-License-Identifier: BSD-3-Clause
"""Events: what happened inside, as objects. str() of one is its line of text."""
import ctypes
from typing import NamedTuple, Optional, Tuple

from . import _types, spec
from ._library import text


class Command(NamedTuple):
    """A command was carried out or refused. `rec` is the caller, None: the host; `refused` is "rmi_realm_create.rd_align"."""

    pe: int
    command: Optional[spec.Command]
    rec: Optional[int]
    inputs: Tuple[int, ...]
    outputs: Tuple[int, ...]
    refused: Optional[str]
    line: str

    def __str__(self):
        return self.line


class Exit(NamedTuple):
    """A REC exited to the host."""

    pe: int
    rec: int
    reason: str
    esr: int
    hpfar: int
    line: str

    def __str__(self):
        return self.line


class Edge(NamedTuple):
    """An object changed its state. `address` is its PA, or the IPA of an RTT entry, which has `rd` and `level` as well."""

    pe: int
    object: str
    address: int
    rd: Optional[int]
    level: Optional[int]
    start: str
    to: str
    line: str

    def __str__(self):
        return self.line


class Fault(NamedTuple):
    """An injected fault acted."""

    pe: int
    id: int
    kind: str
    command: Optional[spec.Command]
    rec: int
    value: int
    line: str

    def __str__(self):
        return self.line


def _command(number):
    return spec.commands[number] if number < len(spec.commands) else None


def _line(event):
    line = ctypes.create_string_buffer(1024)
    _types.event_format(event, line, len(line))
    return line.value.decode()


def _registers(pointer):
    return tuple(pointer[: _types.NUM_REGISTERS])


def event(pointer):
    """An object for a C event, which is valid during the call of the sink only."""
    raw = pointer.contents
    line = _line(pointer)
    kind = _types.EVENTS[raw.kind]
    if kind == "COMMAND":
        of = raw.of.command
        refused = text(_types.condition_name(of.refused)) if of.refused else None
        inputs, outputs = _registers(getattr(of, "in")), _registers(of.out)
        return Command(raw.pe, _command(of.id), of.rec if of.from_realm else None, inputs, outputs, refused, line)
    if kind == "EXIT":
        of = raw.of.exit
        return Exit(raw.pe, of.rec, spec.exits[of.reason].name, of.esr, of.hpfar, line)
    if kind == "EDGE":
        of = raw.of.edge
        states = [text(_types.state_name(of.object, state)) for state in (getattr(of, "from"), of.to)]
        name = spec.objects[of.object].name
        place = (of.rd, of.level) if name == "RTTE" else (None, None)
        return Edge(raw.pe, name, of.address, *place, *states, line)
    of = raw.of.fault
    return Fault(raw.pe, of.id, _types.FAULTS[of.kind], _command(of.command), of.rec, of.value, line)
