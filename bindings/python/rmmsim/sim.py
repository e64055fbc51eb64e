# SPDX-License-Identifier: BSD-3-Clause
"""Instances: a whole machine - memory, PEs, one RMM - and what a host does with it.

    with rmmsim.Sim() as sim:
        sim.rmi_granule_delegate(addr=0x80000000)

Threads are as in <rmmsim/rmmsim.h>: a PE belongs to one thread at a time, different PEs may call at once.
"""
import ctypes
import json
import os
from typing import NamedTuple

from . import _types, guest, pages, results, spec, trace
from ._library import Stream, text

DRAM_BASE = 0x80000000
DRAM_SIZE = 64 << 20
_REC_ENTER = spec.command("rmi_rec_enter").fid
_REC_DESTROY = spec.command("rmi_rec_destroy").fid


class Region(NamedTuple):
    """A range of physical addresses; the library owns the memory behind it."""

    base: int
    size: int
    kind: str = "DRAM"


class Granule(NamedTuple):
    state: str
    gpt: str
    taker: str  # the command that brought it into this state


class Statistics(NamedTuple):
    """Counts since creation, by name; those that are zero are left out. None stands for identifiers that nobody serves."""

    commands: dict
    refused: dict
    statuses: dict  # of each command, a dictionary by status
    conditions: dict  # "rmi_realm_create.rd_align"
    exits: dict
    locks: int
    pages_read: int
    pages_written: int
    pages_changed: int


def _granule(raw):
    taker = spec.commands[raw.taker].id if raw.taker < len(spec.commands) else None
    states = [text(_types.state_name(spec.object_(name).number, state)) for name, state in (("GRANULE", raw.state), ("GPT", raw.gpt))]
    return Granule(states[0], states[1], taker)


def _counts(array, name):
    return {name(i): count for i, count in enumerate(array) if count}


def _chosen(what, name, names):
    if name not in names:
        raise ValueError(f"no {what} {name!r}: one of {', '.join(names)}")
    return names.index(name)


class _Callbacks:
    """What C calls, in a form that lives as long as an instance."""

    def __init__(self, on_event, on_trespass, adversary, lost):
        self.misuse = _types.MisuseFn(lambda _, sentence: results.trouble(results.Misuse(text(sentence))))
        self.trace = _types.TraceFn()
        self.trespass = _types.TrespassFn()
        self.adversary = _types.AdversaryFn()
        self.lost = _types.LostFn()
        if on_event is not None:
            self.trace = _types.TraceFn(results.shielded(lambda _, event: on_event(trace.event(event))))
        if on_trespass is not None:
            self.trespass = _types.TrespassFn(
                results.shielded(lambda _, raw: on_trespass(raw.contents.pa, text(raw.contents.sentence)))
            )
        if adversary is not None:
            self.adversary = _types.AdversaryFn(
                results.shielded(
                    lambda _, pe, pa, page, access: adversary(
                        pe, pa, (ctypes.c_uint8 * guest.PAGE).from_address(page), _types.ACCESSES[access]
                    )
                )
            )
        if lost is not None:
            self.lost = _types.LostFn(results.shielded(lambda _, pa, raw: lost(pa, _granule(raw.contents))))


class _Handle:
    """The C instance. It goes when nobody holds it any more: neither a Sim nor a view of its memory."""

    def __init__(self, pointer, callbacks):
        self.pointer = pointer
        self.callbacks = callbacks
        self.destroy = _types.destroy

    def __del__(self):
        self.destroy(self.pointer)


class Pe:
    """One PE: the host's calls, by name and with their inputs by name. A refused call raises Refusal."""

    def __init__(self, sim, number):
        self.sim = sim
        self.number = number

    def smc(self, x0, *inputs):
        """An SMC by its registers; returns x0..x17, whatever the status."""
        regs = _types.Regs()
        for n, value in enumerate((x0, *inputs)):
            regs.x[n] = value & results.MASK
        self._perform(regs)
        return list(regs.x)

    def call(self, name, **inputs):
        """A command by name: call("rmi_version", req=0x10000), or rmi_version(req=0x10000). Returns a Result."""
        regs = results.registers(spec.command(name), inputs)
        fid = regs.x[0]
        self._perform(regs)
        return results.result_of(regs, fid, self._why())

    def why(self):
        """Why the last SMC on this PE was refused, as a Refusal that was not raised, or None."""
        why = self._why()
        if not why:
            return None
        command = spec._commands.get(text(why.contents.command))
        return results.Refusal(why.contents, results.Result(command, [why.contents.x0] + [0] * 17))

    def __getattr__(self, name):
        if name.startswith("rmi_") and name in spec._commands:
            return lambda **inputs: self.call(name, **inputs)
        raise AttributeError(f"a PE has no call {name}")

    def _why(self):
        return _types.why(self.sim._pointer, self.number)

    def _perform(self, regs):
        sim = self.sim
        fid, first = regs.x[0] & 0xFFFFFFFF & ~spec.SVE_HINT, regs.x[1]
        delivered = results.careful(
            guest.entering, sim._guests, first, _types.smc, sim._pointer, self.number, ctypes.byref(regs)
        )
        if fid == _REC_DESTROY and regs.x[0] == 0:
            sim._guests.end(first)
        results.check(delivered)


class Sim:
    """An instance.

    regions           Regions, at least one of DRAM; without them 64 MiB of DRAM from 0x80000000 on
    pes               how many PEs
    profile           "RMM_1_0" or "RMM_1_0_REFERENCE"
    quirks            names of quirks added to the profile
    features          a dictionary over struct rmmsim_features ({"s2sz": 40})
    guard             "TOOLS", "NONE", "CANARY" or "PROTECT"
    trace             called with each event; must not call the instance
    trespass          with guard="CANARY": called with the address and a sentence when a write has been found
    adversary         called with PE, PA, the page's bytes and the moment ("READ_BEGIN", ...); must not call the instance
    lost              called with address and Granule for each that has not come back when the instance is destroyed
    seed, token_components, audit_period, guest_quantum   as in struct rmmsim_config

    An exception in one of these functions, or in a guest, is raised by the call that led to it.
    """

    def __init__(self, regions=(), **options):
        config, callbacks = _config(regions, **options)
        error = _types.Error()
        pointer = results.careful(_types.create, ctypes.byref(config), ctypes.byref(error))
        if not pointer:
            results.raise_error(error)
        self._own(pointer, callbacks)

    def _own(self, pointer, callbacks, bindings=()):
        self._handle = _Handle(pointer, callbacks)
        self._guests = guest.Guests(bindings)

    @property
    def _pointer(self):
        if self._handle is None:
            raise results.Error("STATE", "the instance is closed")
        return self._handle.pointer

    def close(self):
        """Destroy the instance; its memory stays until the last view of it is gone."""
        if self._handle is not None:
            self._guests.end_all()
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- the host's calls

    def pe(self, number):
        return Pe(self, number)

    def __getattr__(self, name):
        if name.startswith("rmi_") and name in spec._commands:
            return getattr(Pe(self, 0), name)
        raise AttributeError(f"an instance has no attribute {name}")

    # ---- the host's memory

    def memory(self, pa, size=guest.PAGE):
        """A memoryview of the host's memory: writable, and shared with everybody who looks at it."""
        address = _types.host_pointer(self._pointer, pa, size)
        if not address:
            raise results.Error("ADDRESS", f"{size} bytes from {pa:#x} on are not in one region")
        array = (ctypes.c_uint8 * size).from_address(address)
        array.owner = self._handle
        return memoryview(array).cast("B")

    def page(self, pa, name):
        """A structure over the host's memory, by field: page(pa, "RmiRealmParams").rtt_base = ..."""
        structure = pages.page(name)
        return structure.from_buffer(self.memory(pa, ctypes.sizeof(structure)))

    def gpt_set(self, pa, size, gpt):
        """Change GPT entries as the platform would; `gpt` is "GPT_NS", "GPT_SECURE", ..."""
        values = {one.name: one.value for one in spec.object_("GPT").states}
        results.check(_types.gpt_set(self._pointer, pa, size, values[gpt]))

    # ---- guests

    def bind(self, rd, ipa, program, *args):
        """Bind a program to an entry IPA of a Realm: a generator function of a Vcpu and `args` (rmmsim.guest)."""
        number = self._guests.bind(guest.Binding(rd, ipa, program, args))
        results.check(results.careful(_types.bind_step, self._pointer, rd, ipa, guest.step, number))

    # ---- the outside world

    def irq_raise(self, pe):
        results.check(results.careful(_types.irq_raise, self._pointer, pe))

    def fiq_raise(self, pe):
        results.check(results.careful(_types.fiq_raise, self._pointer, pe))

    def serror_raise(self, pe, esr):
        results.check(results.careful(_types.serror_raise, self._pointer, pe, esr))

    @property
    def time(self):
        return _types.time(self._pointer)

    def time_advance(self, ticks):
        _types.time_advance(self._pointer, ticks)

    # ---- looking inside

    def granule(self, pa):
        raw = _types.Granule()
        results.check(_types.granule(self._pointer, ctypes.byref(raw), pa))
        return _granule(raw)

    def delegated(self):
        """The addresses of all Granules that are not UNDELEGATED, rising."""
        pa = ctypes.c_uint64()
        found = []
        start = 0
        while _types.next_delegated(self._pointer, ctypes.byref(pa), start):
            found.append(pa.value)
            start = pa.value + guest.PAGE
        return found

    def measurement(self, rd, index):
        """64 bytes: 0 is the RIM, 1 to 4 the REMs."""
        value = (ctypes.c_uint8 * 64)()
        results.check(_types.measurement(self._pointer, value, rd, index))
        return bytes(value)

    def statistics(self):
        raw = _types.Statistics()
        _types.statistics(self._pointer, ctypes.byref(raw))
        commands = [one.id for one in spec.commands] + [None]
        statuses = {}
        for i, name in enumerate(commands):
            if raw.commands[i]:
                statuses[name] = _counts(raw.statuses[i], lambda status, i=i: text(_types.status_name(i, status)))
        return Statistics(
            _counts(raw.commands, commands.__getitem__),
            _counts(raw.refused, commands.__getitem__),
            statuses,
            _counts(raw.conditions, lambda id: text(_types.condition_name(id))),
            _counts(raw.exits, lambda reason: spec.exits[reason].name),
            raw.locks,
            raw.pages_read,
            raw.pages_written,
            raw.pages_changed,
        )

    def dump(self, subject="MACHINE", format="TEXT", address=0):
        """What is inside, for a reader: a string (<rmmsim/inspect.h>, docs/looking-inside.md).

        Subjects: "MACHINE", "GRANULES", "STATISTICS", and with an address "REALM", "REC" and "RTT". Formats: "TEXT", "JSON"
        and "GRAPHVIZ".
        """
        subject, format = _chosen("subject", subject, _types.DUMP_SUBJECTS), _chosen("format", format, _types.DUMP_FORMATS)
        with Stream() as stream:
            results.check(_types.dump(self._pointer, stream.file, subject, format, address))
        return stream.text

    def look(self, subject="MACHINE", address=0):
        """The same as data: dictionaries and lists, as the dump in JSON has them."""
        return json.loads(self.dump(subject, "JSON", address))

    def audit(self):
        """Check the invariants; returns how many objects were visited. One that does not hold raises Misuse or Error."""
        report = _types.Report()
        if results.careful(_types.audit, self._pointer, ctypes.byref(report)) != 0:
            raise results.Error("AUDIT", f"{report.invariant.decode()}: {report.text.decode()}")
        return report.checked

    # ---- recording

    def record(self, path):
        """Record into a new file, a trace that the program rmmsim replays and draws; None ends it (<rmmsim/record.h>)."""
        results.check(results.careful(_types.record, self._pointer, None if path is None else os.fsencode(path)))

    # ---- snapshots

    def _no_program(self):
        if self._guests.alive:
            raise results.Error("STATE", "a program of a vCPU is under way, and a generator cannot be copied")

    def snapshot(self):
        """Take the snapshot that restore() goes back to. Not while a program of a vCPU is under way."""
        self._no_program()
        error = _types.Error()
        if results.careful(_types.snapshot, self._pointer, ctypes.byref(error)) != 0:
            results.raise_error(error)

    def restore(self):
        """Go back. Programs that were started since are closed."""
        results.check(results.careful(_types.restore, self._pointer))
        self._guests.end_all()

    def snapshot_keep(self, pa, size=guest.PAGE):
        results.check(_types.snapshot_keep(self._pointer, pa, size))

    def state_hash(self):
        return _types.state_hash(self._pointer)

    def compare(self, other):
        """In what two instances differ: a list of lines."""
        lines = ctypes.create_string_buffer(1 << 16)
        results.check(_types.compare(self._pointer, other._pointer, lines, len(lines)))
        return lines.value.decode().splitlines()

    def fork(self):
        """A second instance in the state of this one; it calls the same functions. Not while a program is under way."""
        self._no_program()
        error = _types.Error()
        pointer = results.careful(_types.fork, self._pointer, ctypes.byref(error))
        if not pointer:
            results.raise_error(error)
        copy = Sim.__new__(Sim)
        copy._own(pointer, self._handle.callbacks, self._guests.bindings)
        return copy

    # ---- trouble on demand

    def inject(self, kind, command=None, pe=None, **fields):
        """Inject a fault (<rmmsim/inject.h>): inject("STATUS", "rmi_rtt_create", nth=2, x0=0x204). Returns its id."""
        raw = _types.Fault(kind=_types.FAULTS.index(kind), one_pe=pe is not None, pe=pe or 0, **fields)
        raw.fid = spec.command(command).fid if command is not None else 0
        return self._injected(_types.inject, ctypes.byref(raw))

    def inject_remove(self, id):
        self._injected(_types.inject_remove, id)

    def inject_clear(self):
        self._injected(_types.inject_clear)

    def inject_count(self, id):
        """How often a fault could have acted, and how often it has: (seen, hits)."""
        raw = _types.FaultCount()
        self._injected(_types.inject_count, ctypes.byref(raw), id)
        return raw.seen, raw.hits

    def _injected(self, function, *arguments):
        error = _types.Error()
        result = results.careful(function, self._pointer, *arguments, ctypes.byref(error))
        if result < 0:
            results.raise_error(error)
        return result


class World(Sim):
    """An instance with an active Realm in it (<rmmsim/world.h>): `rd`, `recs`, `runs`, `rtt_base`, `unprotected`, `shared`.

    recs              RECs; only the first is runnable, unless all_runnable
    pages             of the Realm's memory, from IPA 0 on, all zero
    shared            pages of the host's, mapped from the first Unprotected IPA on
    program           runs from IPA 0, where each REC starts: a generator function (rmmsim.guest)
    record            a file: what happens from the first call on, see record()
    options           as for Sim
    """

    def __init__(self, recs=1, pages=1, shared=0, program=None, *args, all_runnable=False, regions=(), record=None, **options):
        config, callbacks = _config(regions or (Region(DRAM_BASE, DRAM_SIZE),), **options)
        path = None if record is None else os.fsencode(record)
        shape = _types.WorldShape(ctypes.pointer(config), recs, all_runnable, pages, shared, path)
        error = _types.Error()
        self._world = _types.World()
        create = _types.world_create
        if results.careful(create, ctypes.byref(self._world), ctypes.byref(shape), ctypes.byref(error)) != 0:
            results.raise_error(error)
        self._own(self._world.sim, callbacks)
        for name in ("rd", "rtt_base", "unprotected", "shared"):
            setattr(self, name, getattr(self._world, name))
        self.recs = self._world.recs[:recs]
        self.runs = self._world.runs[:recs]
        if program is not None:
            self.bind(self.rd, 0, program, *args)

    def enter(self, number=0, pe=0):
        """Enter a REC; returns its run page, with the exit in it."""
        self.pe(pe).rmi_rec_enter(rec=self.recs[number], run_ptr=self.runs[number])
        return self.run(number)

    def run(self, number=0):
        """The run page of a REC, by field."""
        return self.page(self.runs[number], "RmiRecRun")

    def new_page(self):
        """The address of a page of DRAM that was not used before; 0 if there is none left."""
        self._pointer
        return _types.world_page(ctypes.byref(self._world))

    def new_delegated(self):
        self._pointer
        return results.careful(_types.world_delegated, ctypes.byref(self._world))

    def tear_down(self):
        """Take the Realm down and give every Granule back; returns how many did not come back."""
        self._pointer
        lost = results.careful(_types.world_tear_down, ctypes.byref(self._world))
        self._guests.end_all()
        return lost


def _config(
    regions,
    pes=1,
    profile="RMM_1_0",
    quirks=(),
    features=None,
    seed=0,
    token_components=0,
    trace=None,
    guard="TOOLS",
    trespass=None,
    adversary=None,
    lost=None,
    audit_period=0,
    guest_quantum=0,
):
    regions = tuple(regions) or (Region(DRAM_BASE, DRAM_SIZE),)
    if trespass is not None and guard != "CANARY":
        raise results.Error("CONFIG", 'trespass needs guard="CANARY": Python does not run in a signal handler')
    callbacks = _Callbacks(trace, trespass, adversary, lost)
    array = (_types.Region * len(regions))()
    for raw, region in zip(array, regions):
        region = Region(*region)
        raw.base, raw.size, raw.kind = region.base, region.size, _types.REGION_KINDS[region.kind]
    config = _types.Config(regions=array, num_regions=len(array), num_pes=pes)
    config.profile = spec.profile(profile).number
    for name in quirks:
        config.quirks |= spec.quirk(name).value
    config.features = _types.Features(**(features or {}))
    config.seed, config.token_components = seed, token_components
    config.guard = _types.GUARDS[guard]
    config.audit_period, config.guest_quantum = audit_period, guest_quantum
    for name in ("misuse", "trace", "trespass", "adversary", "lost"):
        setattr(config, name, getattr(callbacks, name))
    return config, callbacks
