#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write the seeds of the targets rmi_sequence and rmi_concurrent: short lives of Realms, one deed a record.

    fuzz/seeds/rmi.py        beside itself, into rmi_sequence/ and rmi_concurrent/

A deed is a command and what differs from the most natural call there is (fuzz/rmi_record.h): `a` are the selectors of its inputs.
Commands are numbered as their rows stand in spec/rmi.def.
"""
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE.parent.parent / "include/rmmsim/spec/rmi.def"
NAMES = re.findall(r"^COMMAND\(\w+, rmi_(\w+),", ROWS.read_text(), re.MULTILINE)
UNKNOWN, GPT, INTERRUPT, TIME = range(len(NAMES), len(NAMES) + 4)

# Places (fuzz/rmi_pick.c) and sizes of ranges.
PC, ZERO, AT_2000, AT_3000, LAST_OF_TABLE, MIB_2, _, GIB_1 = range(8)
HALF, HALF_1000, HALF_2_MIB = 10, 11, 12
SIZE_2_MIB = 3
# Selectors.
ALIAS, NEAR_MISS, ODD, OTHER = 0xF0, 0xD0, 0xE0, 0xB0
# Worlds: bit 0 as deployed, bit 1 with LPA2; starts.
ACTIVE, EMPTY, DELEGATED, NEW, PSCI, RIPAS, OFF, CONCATENATED, WIDE, FULL = range(10)
BLOCK = 255
# What guests do (fuzz/rmi_guest.c).
IDLE, CPU_ON, SET_STATE, HOST_CALL, STORE, LOAD, ACT, CPU_OFF, AFFINITY, SYSTEM_OFF, EXTEND, COPY = range(12)


def deed(command, a=(), pe=0, focus=0, field=0, value=0, option=0, detail=0):
    number = NAMES.index(command) if isinstance(command, str) else command
    selectors = list(a) + [0] * (5 - len(a))
    return bytes([pe, number, focus, *selectors, field, value, option, detail])


def delegate(count):
    return [deed("granule_delegate")] * count


def tables(place, count=3):
    return [deed("rtt_create", (0, 0, place))] * count


def enter(option=IDLE, detail=0, **rest):
    return deed("rec_enter", option=option, detail=detail, **rest)


BUILD = [deed("realm_create"), *tables(PC), *tables(HALF), deed("rtt_init_ripas", (0, ZERO, SIZE_2_MIB)),
         deed("data_create", (0, 0, PC, 0, 1)), deed("data_create_unknown", (0, 0, AT_2000)),
         deed("rtt_map_unprotected", (0, HALF)), deed("rec_create"), deed("rec_create", detail=1)]
LEAVE = [deed("rec_destroy"), deed("rec_destroy"), deed("data_destroy", (0, PC)), deed("data_destroy", (0, AT_2000)),
         deed("rtt_unmap_unprotected", (0, HALF)), *[deed("rtt_destroy", (0, PC))] * 3,
         *[deed("rtt_destroy", (0, HALF))] * 3, deed("realm_destroy"), *[deed("granule_undelegate")] * 18]

# Name, world, start, what is looked at, deeds.
SEQUENCES = [
    ("life", 0, EMPTY, 0x03, [*delegate(18), *BUILD, deed("realm_activate"), enter(), enter(CPU_ON, 1),
                              deed("psci_complete"), enter(SET_STATE, 4), deed("rtt_set_ripas"), enter(STORE, 4), *LEAVE]),
    ("life_deployed", 1, EMPTY, 0x01, [*delegate(18), *BUILD, deed("realm_activate"), enter(HOST_CALL), enter(), *LEAVE]),
    ("life_wide", 2, DELEGATED, 0x02, [deed("realm_create", option=6), *tables(PC, 4), *tables(HALF, 4),
                                       deed("data_create", (0, 15, PC, 0, 1)), deed("rtt_map_unprotected", (0, HALF)),
                                       deed("rtt_read_entry", (0, PC))]),
    ("power", 0, PSCI, 0x05, [deed("psci_complete", (0, 0, 163)), enter(CPU_ON, 1), deed("psci_complete"),
                              enter(CPU_OFF, focus=0x10), enter(AFFINITY, 1), deed("psci_complete"), enter(CPU_ON, 1),
                              deed("psci_complete", (0, 128))]),
    ("ripas", 0, RIPAS, 0x02, [deed("rtt_set_ripas"), enter(SET_STATE, 0x13), deed("rtt_set_ripas"),
                               enter(SET_STATE, 0x30), deed("data_destroy", (0, PC)), deed("rtt_set_ripas")]),
    ("fold", 0, NEW, 0x02, [deed("rtt_create", (0, 0, MIB_2)), deed("rtt_init_ripas", (0, MIB_2, 0)),
                            deed("rtt_fold", (0, MIB_2)), deed("rtt_init_ripas", (0, MIB_2, SIZE_2_MIB)),
                            deed("rtt_fold", (0, MIB_2)), deed("rtt_create", (0, 0, MIB_2)), deed("rtt_destroy", (0, MIB_2))]),
    ("blocks", 0, BLOCK, 0x05, [deed("rtt_fold", (0, MIB_2)), deed("rtt_fold", (0, HALF_2_MIB)),
                                deed("data_destroy", (0, MIB_2)), deed("rtt_create", (0, 0, MIB_2)),
                                deed("data_destroy", (0, MIB_2)), deed("rtt_fold", (0, MIB_2)),
                                deed("rtt_unmap_unprotected", (0, HALF_2_MIB))]),
    ("meanwhile", 0, ACTIVE, 0x03, [enter(ACT), deed("rec_destroy"), enter(ACT), enter(STORE, 5), enter(ACT),
                                    deed("granule_delegate", (0xA0,)), enter()]),
    ("share", 0, ACTIVE, 0x02, [enter(LOAD, 5), enter(), deed("rtt_map_unprotected", (0, HALF_1000)), enter(STORE, 5),
                                deed("granule_delegate", (0xAC,)), enter(STORE, 4),
                                deed("rtt_unmap_unprotected", (0, HALF_1000)), deed("rtt_unmap_unprotected", (0, HALF))]),
    ("spoilt", 1, DELEGATED, 0x01, [*[deed("realm_create", field=128 + n, value=0x21) for n in range(13)],
                                    deed("realm_create"), *[deed("rec_create", field=128 + n, value=ALIAS)
                                                            for n in range(2, 12)]]),
    ("wrong", 0, ACTIVE, 0x01, [deed("rtt_create", (NEAR_MISS, 0, PC)), deed("data_create", (0, ODD, PC)),
                                deed("realm_destroy"), deed("rec_create"), deed("granule_undelegate", (OTHER,)),
                                deed("data_create", (0, 0, PC, ALIAS)), deed("rtt_destroy", (0, PC, 170)),
                                deed(UNKNOWN), deed("version", (130,)), deed("features"), deed("rec_aux_count")]),
    ("platform", 0, ACTIVE, 0x01, [deed(GPT), deed("granule_delegate"), deed(INTERRUPT), enter(LOAD), deed(TIME, value=9),
                                   deed(INTERRUPT, value=1), enter(), deed("granule_undelegate"), enter(SYSTEM_OFF), enter()]),
    ("full", 0, FULL, 0x05, [deed("rec_create"), deed("rec_destroy"), deed("rec_create"), deed("realm_activate"),
                             enter(EXTEND, 0x85), deed("rec_destroy", focus=0x20)]),
]


def on(pe, *deeds):
    return [bytes([pe]) + one[1:] for one in deeds]


# Name, world, start, what is looked at, script of the guests, deeds, schedule.
CONCURRENT = [
    ("two_lives", 0, DELEGATED, 1, (), [*on(0, deed("realm_create"), deed("rtt_create"), deed("realm_destroy")),
                                        *on(1, deed("realm_create", focus=1), deed("rec_create", focus=1))], (3, 0, 5, 0)),
    ("same_granule", 0, DELEGATED, 3, (), [*on(0, deed("granule_undelegate")), *on(1, deed("realm_create", field=137)),
                                           *on(2, deed("granule_delegate"))], (2, 0, 2, 1)),
    ("same_table", 0, NEW, 3, (), [*on(0, deed("rtt_create", (0, 0, MIB_2)), deed("rtt_fold", (0, MIB_2))),
                                   *on(1, deed("rtt_create", (0, 1, MIB_2)), deed("data_create", (0, 0, MIB_2)))], (6, 0, 4, 0)),
    ("same_page", 0, ACTIVE, 3, (), [*on(0, deed("data_destroy", (0, PC))), *on(1, deed("data_destroy", (0, PC))),
                                     *on(2, deed("rtt_destroy", (0, PC)))], (5, 1, 2, 0)),
    ("enter_twice", 0, ACTIVE, 1, (IDLE, 0, LOAD, 0), [*on(0, enter(), enter()), *on(1, enter(), deed("rec_destroy"))], (9, 0)),
    ("power", 0, PSCI, 1, (CPU_ON, 1), [*on(0, deed("psci_complete")), *on(1, deed("psci_complete"), enter(focus=0x10)),
                                        *on(2, deed("rec_destroy", focus=0x10))], (4, 0, 4, 0)),
    ("ripas", 0, RIPAS, 2, (SET_STATE, 4), [*on(0, deed("rtt_set_ripas")), *on(1, enter()),
                                            *on(2, deed("rtt_create", (0, 0, MIB_2)))], (3, 0, 3, 1)),
    ("same_vmid", 0, DELEGATED, 3, (), [*on(0, deed("realm_create", detail=0x21)),
                                        *on(1, deed("realm_create", (4,), detail=0x21))], (3, 0, 3, 0)),
    ("other_way", 0, PSCI, 3, (), [*on(0, deed("psci_complete")), *on(1, deed("psci_complete", detail=0x80)),
                                   *on(2, deed("granule_delegate"))], (3, 1, 2, 0)),
    ("activate", 0, NEW, 3, (), [*on(0, deed("realm_activate")), *on(1, deed("rec_create")),
                                 *on(2, deed("rtt_init_ripas", (0, MIB_2, SIZE_2_MIB)))], (3, 1, 3, 0)),
    ("taken_away", 0, ACTIVE, 1, (STORE, 1, LOAD, 1), [*on(0, enter(), enter()), *on(1, deed("data_destroy", (0, AT_2000)),
                                                       deed("granule_undelegate")), *on(2, deed("granule_delegate", (0xA0,)))], (12, 0, 3, 0)),
    ("off", 1, ACTIVE, 2, (SYSTEM_OFF, 0), [*on(0, enter()), *on(1, deed("rec_destroy", focus=0x10)), *on(2, deed("realm_destroy"))], (8, 0, 2, 0)),
]


def write(folder, name, program, schedule=b""):
    path = HERE / folder
    path.mkdir(exist_ok=True)
    (path / name).write_bytes(len(program).to_bytes(2, "little") + program + schedule)


for name, world, start, looks, deeds in SEQUENCES:
    write("rmi_sequence", name, bytes([world, start, looks]) + b"".join(deeds))
for name, world, start, looks, script, deeds, schedule in CONCURRENT:
    header = bytes([world, start, looks, 2, *script, *[0] * (8 - len(script))])
    write("rmi_concurrent", name, header + b"".join(deeds), bytes(schedule))
