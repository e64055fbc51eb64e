# SPDX-License-Identifier: BSD-3-Clause
"""What comes back: results of calls, refusals, and errors of the library.

Three channels, as in C: a status of the RMM is data (Result) or, where a condition of the specification refused the call,
a Refusal; errors of the library are an Error; a misuse of it is a Misuse.
"""
import threading

from . import _types, spec
from ._library import text

MASK = (1 << 64) - 1
NOT_SUPPORTED = MASK


class Error(Exception):
    """The library could not do it. `code` is the name of the error: "STATE" for RMMSIM_ERROR_STATE."""

    def __init__(self, code, sentence):
        super().__init__(sentence)
        self.code = code


class Misuse(Error):
    """The program is wrong: a PE used by two threads at once, one that does not exist."""

    def __init__(self, sentence):
        super().__init__("MISUSE", sentence)


_names_of_errors = {number: name for name, number in _types.ERRORS.items()}


def check(code):
    """Raise what a negative return of the library says."""
    if code < 0:
        raise Error(_names_of_errors.get(code, str(code)), text(_types.error_text(code)))
    return code


def raise_error(error):
    """Raise what a struct rmmsim_error says."""
    raise Error(_names_of_errors.get(error.code, str(error.code)), error.text.decode())


class Result:
    """The registers that a command returned. Its outputs are attributes, by name; x0 and all others are in `x`."""

    def __init__(self, command, x):
        self.command = command
        self.x = x

    @property
    def x0(self):
        return self.x[0]

    @property
    def status(self):
        """The name of the status in x0, or None if x0 is none ("SUCCESS", "ERROR_RTT", "DENIED")."""
        interface = self.command.interface if self.command is not None else None
        value = self.x[0] & 0xFF if interface == "RMI" else self.x[0] - (self.x[0] >> 63 << 64)
        for one in spec.statuses.get(interface, ()):
            if one.value == value and self.x[0] != NOT_SUPPORTED:
                return one.name
        return "NOT_SUPPORTED" if self.x[0] == NOT_SUPPORTED else None

    @property
    def index(self):
        """Of an RMI status: ERROR_RTT's level."""
        byte = self.x[0] >> 8 & 0xFF
        return byte - 0x100 if byte & 0x80 else byte

    def __getattr__(self, name):
        for output in self.command.outputs if self.command is not None else ():
            if output.name == name:
                return self.x[output.register]
        raise AttributeError(f"{self.command.id if self.command else 'an unknown command'} has no output {name}")

    def __repr__(self):
        outputs = [f"{one.name}={self.x[one.register]:#x}" for one in (self.command.outputs if self.command else ())]
        return f"<{self.command.id if self.command else 'unknown'} {', '.join([f'x0={self.x[0]:#x}', *outputs])}>"


class Refusal(Exception):
    """A condition of the specification made a command fail. str() of it is the sentence with everything in it."""

    def __init__(self, raw, result):
        super().__init__(text(raw.sentence))
        self.command = text(raw.command)
        self.condition = text(raw.condition)
        self.argument = text(raw.argument)
        self.register = raw.argument_register
        self.value = raw.argument_value
        self.found_as = raw.found_as
        self.found = raw.found
        self.expected = text(raw.expected)
        self.id = raw.id
        self.fault = raw.fault
        self.result = result

    @property
    def status(self):
        return self.result.status

    @property
    def index(self):
        return self.result.index


# ---- callbacks ----------------------------------------------------------------------------------------------------------

_local = threading.local()


def trouble(error):
    """What a callback calls with an exception, as none can pass through C: the call that led to the callback raises it."""
    if getattr(_local, "trouble", None) is None:
        _local.trouble = error


def careful(function, *arguments):
    """A call that may call back: raises what a callback has left behind."""
    outer = getattr(_local, "trouble", None)
    _local.trouble = None
    try:
        result = function(*arguments)
    finally:
        inside, _local.trouble = _local.trouble, outer
    if inside is not None:
        raise inside
    return result


def shielded(function):
    """A Python function for C to call."""

    def call(*arguments):
        try:
            function(*arguments)
        except BaseException as error:  # whatever it is, it must not reach C
            trouble(error)

    return call


# ---- calls --------------------------------------------------------------------------------------------------------------


def registers(command, inputs):
    """x0..x17 of a command with its inputs by name; what is not named is 0."""
    regs = _types.Regs()
    regs.x[0] = command.fid
    for argument in command.inputs:
        regs.x[argument.register] = inputs.pop(argument.name, 0) & MASK
    if inputs:
        known = ", ".join(argument.name for argument in command.inputs)
        raise TypeError(f"{command.id} has no input {', '.join(inputs)}: it has {known or 'none'}")
    return regs


def result_of(regs, fid, why):
    """A Result, or a raised Refusal. `why` is the library's pointer to one, or NULL."""
    command = spec._commands_by_fid.get(fid & 0xFFFFFFFF & ~spec.SVE_HINT)
    result = Result(command, list(regs.x))
    if why:
        raise Refusal(why.contents, result)
    return result


