# SPDX-License-Identifier: BSD-3-Clause
"""Programs for vCPUs, as generators: each `yield` is a trap, and what it comes back with is the trap's result.

    def program(vcpu):
        yield write(0x2000, b"hello")
        first = yield load(0x2000, 1)
        answer = yield rsi_host_call(addr=0x3000)

The calls of RSI and PSCI are functions of this module, by name and with their inputs by name. A call that a condition of the
specification refuses raises Refusal at the yield; an access, MRS or MSR that takes an exception to EL1 raises
GuestException. Returning is PSCI_CPU_OFF. A generator that is not over when its REC is destroyed is closed.

A vCPU may go on, on another thread, with each entry, and the generator with it.
"""
import ctypes
import inspect
import threading
from typing import NamedTuple

from . import _types, results, spec

PAGE = 4096
_SCRATCH = 9  # the register that accesses go through; its value is put back


class GuestException(Exception):
    """The vCPU took an exception to EL1: the registers that its handler would read."""

    def __init__(self, raw):
        super().__init__(f"an exception to EL1: ESR_EL1 {raw.esr:#x}, FAR_EL1 {raw.far:#x}, ELR_EL1 {raw.elr:#x}")
        self.esr = raw.esr
        self.far = raw.far
        self.elr = raw.elr
        self.spsr = raw.spsr
        self.vector = raw.vector


class Vcpu:
    """What a program is given: its vCPU. Its registers can be reached while the program runs, not from outside."""

    def __init__(self, rec):
        self.rec = rec
        self._raw = None

    def _there(self):
        if self._raw is None:
            raise results.Error("STATE", "a vCPU can be looked at by its own program only, while that runs")
        return self._raw

    def x(self, n):
        return _types.guest_x(self._there(), n)

    def set_x(self, n, value):
        _types.guest_set_x(self._there(), n, value & results.MASK)

    @property
    def pc(self):
        return _types.guest_pc(self._there())

    @property
    def irq_pending(self):
        return _types.guest_irq_pending(self._there())

    @property
    def fiq_pending(self):
        return _types.guest_fiq_pending(self._there())


# ---- traps --------------------------------------------------------------------------------------------------------------

_KINDS = {name: number for number, name in enumerate(_types.TRAPS)}


class Trap:
    """What a vCPU does next. begin() fills the C structure, end() makes the result; again() asks for the next part."""

    def __init__(self, kind, **fields):
        self.kind = _KINDS[kind]
        self.fields = fields

    def begin(self, raw, trap):
        trap.kind = self.kind
        for name, value in self.fields.items():
            setattr(trap, name, value)

    def end(self, raw, exception):
        if exception:
            raise GuestException(_types.guest_exception(raw))

    def again(self):
        return False


class _Smc(Trap):
    ENDS = {spec.command(name).fid for name in ("psci_cpu_off", "psci_system_off", "psci_system_reset")}

    def __init__(self, regs):
        super().__init__("SMC")
        self.regs = regs

    def begin(self, raw, trap):
        super().begin(raw, trap)
        for n in range(_types.NUM_REGISTERS):
            _types.guest_set_x(raw, n, self.regs.x[n])

    def end(self, raw, exception):
        out = _types.Regs(tuple(_types.guest_x(raw, n) for n in range(_types.NUM_REGISTERS)))
        return results.result_of(out, self.regs.x[0], _types.guest_why(raw))


class _Scratch(Trap):
    """An instruction with one general register, which is the guest's own again afterwards."""

    def __init__(self, kind, value=None, **fields):
        super().__init__(kind, rt=_SCRATCH, **fields)
        self.value = value

    def begin(self, raw, trap):
        super().begin(raw, trap)
        self.saved = _types.guest_x(raw, _SCRATCH)
        _types.guest_set_x(raw, _SCRATCH, self.value or 0)

    def end(self, raw, exception):
        found = _types.guest_x(raw, _SCRATCH)
        _types.guest_set_x(raw, _SCRATCH, self.saved)
        super().end(raw, exception)
        return found if self.value is None else None


class _Copy(Trap):
    """Any size and alignment: one trap for each page that is touched."""

    def __init__(self, kind, ipa, size, contents=None):
        super().__init__(kind)
        self.buffer = (ctypes.c_uint8 * max(size, 1))(*(contents or ()))
        self.ipa, self.size, self.done, self.contents = ipa, size, 0, contents
        self.part = 0

    def begin(self, raw, trap):
        super().begin(raw, trap)
        if self.size == 0:
            trap.kind = _KINDS["NOP"]
            return
        trap.ipa = self.ipa + self.done
        self.part = min(self.size - self.done, PAGE - trap.ipa % PAGE)
        trap.buffer = ctypes.addressof(self.buffer) + self.done
        trap.bytes = self.part

    def end(self, raw, exception):
        super().end(raw, exception)
        self.done += self.part
        return bytes(self.buffer)[: self.size] if self.contents is None else None

    def again(self):
        return self.done < self.size


def smc(x0, *inputs):
    """An SMC by its registers. The result is a Result."""
    regs = _types.Regs()
    for n, value in enumerate((x0, *inputs)):
        regs.x[n] = value & results.MASK
    return _Smc(regs)


def call(name, **inputs):
    """A command by name: call("rsi_host_call", addr=0x3000), or rsi_host_call(addr=0x3000)."""
    return _Smc(results.registers(spec.command(name), inputs))


def __getattr__(name):
    if name.startswith(("rsi_", "psci_")):
        command = spec._commands.get(name)
        if command is not None:
            return lambda **inputs: call(name, **inputs)
    raise AttributeError(f"module {__name__} has no attribute {name}")


def load(ipa, size=8):
    """One load instruction of 1, 2, 4 or 8 bytes; the result is a number."""
    return _Scratch("LOAD", ipa=ipa, size=size, isv=True, sf=size == 8)


def store(ipa, value, size=8):
    """One store instruction."""
    return _Scratch("STORE", value & results.MASK, ipa=ipa, size=size, isv=True, sf=size == 8)


def read(ipa, size):
    """Bytes of the guest's memory, as multi-register loads get them."""
    return _Copy("COPY_IN", ipa, size)


def write(ipa, contents):
    """Bytes into the guest's memory."""
    contents = bytes(contents)
    return _Copy("COPY_OUT", ipa, len(contents), contents)


def fetch(ipa):
    return Trap("FETCH", ipa=ipa)


def mrs(sysreg):
    """Read a system register, by name or by its encoding."""
    return _Scratch("MRS", sysreg=_encoding(sysreg))


def msr(sysreg, value):
    return _Scratch("MSR", value & results.MASK, sysreg=_encoding(sysreg))


def hvc():
    return Trap("HVC")


def wfi():
    return Trap("WFI")


def wfe():
    return Trap("WFE")


def wfit(timeout):
    return Trap("WFIT", value=timeout)


def wfet(timeout):
    return Trap("WFET", value=timeout)


def nop():
    """The place where a program that only computes can be interrupted."""
    return Trap("NOP")


def _encoding(sysreg):
    return spec.sysreg(sysreg).encoding if isinstance(sysreg, str) else sysreg


# ---- driving generators -------------------------------------------------------------------------------------------------


class Binding(NamedTuple):
    rd: int
    ipa: int
    function: object
    args: tuple


class _Program:
    """A generator on the REC that it drives."""

    def __init__(self, binding, rec):
        self.vcpu = Vcpu(rec)
        self.generator = binding.function(self.vcpu, *binding.args)
        if not inspect.isgenerator(self.generator):
            raise TypeError("a program of a vCPU is a generator function: it yields what the vCPU does")
        self.trap = None
        self.over = False

    @property
    def alive(self):
        """Could it go on? Not behind its end, nor in a call that does not return."""
        return not self.over and not (isinstance(self.trap, _Smc) and self.trap.regs.x[0] in _Smc.ENDS)

    def step(self, raw, result, trap):
        self.vcpu._raw = raw
        try:
            self.trap = self._next(raw, result == _types.GUEST_EXCEPTION)
        except StopIteration:
            self.over = True
        except BaseException as error:  # the entry that let the vCPU run raises it
            self.over = True
            results.trouble(error)
        if self.over:
            self.trap = call("psci_cpu_off")
        self.trap.begin(raw, trap)
        self.vcpu._raw = None

    def _next(self, raw, exception):
        if self.over:
            raise StopIteration
        if self.trap is None:
            return self._yielded(next(self.generator))
        try:
            value = self.trap.end(raw, exception)
        except (GuestException, results.Refusal) as error:
            return self._yielded(self.generator.throw(error))
        return self.trap if self.trap.again() else self._yielded(self.generator.send(value))

    @staticmethod
    def _yielded(trap):
        if not isinstance(trap, Trap):
            raise TypeError(f"a program of a vCPU yields traps, not {trap!r}")
        return trap


class Guests:
    """The programs of an instance: what is bound, and what drives which REC."""

    def __init__(self, bindings=()):
        self.bindings = list(bindings)
        self.programs = {}

    def bind(self, binding):
        """Keep a binding for as long as the instance lives; returns its number, from 1."""
        self.bindings.append(binding)
        return len(self.bindings)

    def program(self, number, rec, pc):
        """The program that goes on, or, where a REC starts, a new one: only then is its PC the bound address."""
        binding = self.bindings[number - 1]
        if pc == binding.ipa:
            self.end(rec)
            self.programs[rec] = _Program(binding, rec)
        return self.programs[rec]

    def end(self, rec):
        program = self.programs.pop(rec, None)
        if program is not None:
            program.generator.close()

    def end_all(self):
        for rec in list(self.programs):
            self.end(rec)

    @property
    def alive(self):
        return any(program.alive for program in list(self.programs.values()))


_local = threading.local()


def entering(guests, rec, function, *arguments):
    """Call a function that enters a REC. A step function is not told which: it is the one that this thread has entered last."""
    outer = getattr(_local, "entered", None)
    _local.entered = (guests, rec)
    try:
        return function(*arguments)
    finally:
        _local.entered = outer


@_types.StepFn
def step(raw, number, result, trap):
    guests, rec = _local.entered
    try:
        program = guests.program(number, rec, _types.guest_pc(raw))
    except BaseException as error:
        results.trouble(error)
        call("psci_cpu_off").begin(raw, trap.contents)
    else:
        program.step(raw, result, trap.contents)
