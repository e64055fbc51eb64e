# SPDX-License-Identifier: BSD-3-Clause
"""Structures in memory by field, made from the rows: pages.RmiRecRun, pages.RsiHostCall, ...

Each is a ctypes structure, so it can stand over memory (Sim.page()), be made from bytes (from_buffer_copy()) and
turned into them (bytes(page)). A part is a structure again, an array of numbers can be indexed, an array of bytes (rpv)
can be assigned from bytes.
"""
import ctypes

from . import spec

_UNSIGNED = {1: ctypes.c_uint8, 2: ctypes.c_uint16, 4: ctypes.c_uint32, 8: ctypes.c_uint64}
_SIGNED = {1: ctypes.c_int8, 2: ctypes.c_int16, 4: ctypes.c_int32, 8: ctypes.c_int64}
_made = {}


class Page(ctypes.LittleEndianStructure):
    """What all of them can do."""

    def __repr__(self):
        return f"{self.structure.name}({', '.join(f'{one.name}={self._shown(one.name)}' for one in self.structure.fields)})"

    def _shown(self, name):
        value = getattr(self, name)
        return list(value) if isinstance(value, ctypes.Array) else value

    def __setattr__(self, name, value):
        if isinstance(value, (bytes, bytearray, list, tuple)):
            array = getattr(self, name)
            if len(value) > len(array):
                raise ValueError(f"{self.structure.name}.{name} has {len(array)} elements, not {len(value)}")
            array[: len(value)] = list(value)
            return
        if not hasattr(type(self), name):
            raise AttributeError(f"{self.structure.name} has no field {name}")
        super().__setattr__(name, value)


def _element(field):
    if field.type is not None and any(field.type == one.name for one in spec.structures):
        return page(field.type)
    return (_SIGNED if field.signed else _UNSIGNED)[field.size]


def _make(structure):
    fields = []
    end = 0
    for field in structure.fields:
        if field.offset > end:
            fields.append((f"_reserved_{end:03x}", ctypes.c_uint8 * (field.offset - end)))
        element = _element(field)
        fields.append((field.name, element if field.count == 1 else element * field.count))
        end = field.offset + field.size * field.count
    if structure.size > end:
        fields.append((f"_reserved_{end:03x}", ctypes.c_uint8 * (structure.size - end)))
    return type(structure.name, (Page,), {"_pack_": 1, "_fields_": fields, "structure": structure})


def page(name):
    """The class for a structure, by either of its names: "RmiRecRun", "rec_run"."""
    structure = spec.structure(name)
    if structure.name not in _made:
        _made[structure.name] = _make(structure)
    return _made[structure.name]


for _structure in spec.structures:
    globals()[_structure.name] = page(_structure.name)
