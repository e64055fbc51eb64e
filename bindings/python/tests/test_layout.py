# SPDX-License-Identifier: BSD-3-Clause
"""ctypes believes what it is told: a C compiler says whether structures and enumerators are those of the headers."""
import ctypes
import os
import pathlib
import shutil
import subprocess
import unittest

from rmmsim import _rows, _types, guest, pages, spec

INCLUDE = pathlib.Path(__file__).resolve().parents[3] / "include"
HEADERS = ("guest.h", "inject.h", "inspect.h", "record.h", "rmmsim.h", "snapshot.h", "spec.h", "world.h")


def equal(one, other):
    return f'_Static_assert({one} == {other}, "{one} is not {other}");'


def structure(name, type_):
    """The size of a structure, and where its fields are and how large."""
    yield equal(f"sizeof(struct {name})", ctypes.sizeof(type_))
    for field in (field[0] for field in type_._fields_):
        if field.startswith("_reserved"):
            continue
        place = getattr(type_, field)
        yield equal(f"offsetof(struct {name}, {field})", place.offset)
        yield equal(f"sizeof(((struct {name} *)0)->{field})", place.size)


def enumerators(prefix, names):
    for name, value in names.items() if isinstance(names, dict) else ((name, i) for i, name in enumerate(names)):
        yield equal(f"(int){prefix}{name}", value)


def assertions():
    for name, type_ in {**_types.C_STRUCTURES, **_rows.C_ROWS}.items():
        yield from structure(name, type_)
    for one in spec.structures:
        yield from structure(f"rmmsim_{one.c_name}", pages.page(one.name))
    for member in ("command", "exit", "edge", "fault"):
        for field, _ in getattr(_types, f"Event{member.capitalize()}")._fields_:
            offset = getattr(getattr(_types, f"Event{member.capitalize()}"), field).offset + _types.Event.of.offset
            yield equal(f"offsetof(struct rmmsim_event, of.{member}.{field})", offset)
    yield from enumerators("RMMSIM_REGION_", _types.REGION_KINDS)
    yield from enumerators("RMMSIM_GUARD_", _types.GUARDS)
    yield from enumerators("RMMSIM_ACCESS_", _types.ACCESSES)
    yield from enumerators("RMMSIM_EVENT_", _types.EVENTS)
    yield from enumerators("RMMSIM_FAULT_", _types.FAULTS)
    yield from enumerators("RMMSIM_ERROR_", _types.ERRORS)
    yield from enumerators("RMMSIM_TRAP_", _types.TRAPS)
    yield from enumerators("RMMSIM_DUMP_", _types.DUMP_SUBJECTS)
    yield from enumerators("RMMSIM_DUMP_", _types.DUMP_FORMATS)
    yield equal("RMMSIM_NUM_FAULT_KINDS", len(_types.FAULTS))
    yield equal("RMMSIM_GUEST_EXCEPTION", _types.GUEST_EXCEPTION)
    yield equal("RMMSIM_WORLD_RECS_MAX", _types.WORLD_RECS_MAX)
    yield equal("RMMSIM_NUM_STATUSES", _types.NUM_STATUSES)
    yield equal("RMMSIM_NUM_CONDITIONS", _types.NUM_CONDITIONS)
    yield equal("RMMSIM_GRANULE_SIZE", guest.PAGE)


class Layout(unittest.TestCase):
    def compile(self, lines):
        compiler = os.environ.get("CC") or shutil.which("cc")
        if compiler is None or not INCLUDE.exists():
            self.skipTest("there is no C compiler here, or no headers")
        includes = [f"#include <rmmsim/{header}>" for header in HEADERS]
        source = "\n".join(["#include <stddef.h>", *includes, *lines, ""])
        command = [compiler, "-std=c11", "-fsyntax-only", f"-I{INCLUDE}", "-xc", "-"]
        return subprocess.run(command, input=source, capture_output=True, text=True)

    def test_as_in_the_headers(self):
        lines = list(assertions())
        self.assertGreater(len(lines), 400)
        done = self.compile(lines)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_difference_shows(self):
        self.assertNotEqual(self.compile(structure("rmmsim_regs", _types.Error)).returncode, 0)


if __name__ == "__main__":
    unittest.main()
