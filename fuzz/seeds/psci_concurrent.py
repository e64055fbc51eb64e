#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the seeds of fuzz_psci_concurrent: psci_concurrent.py [DIRECTORY].

A seed is a program - four bytes of header, then records of five bytes as fuzz/psci_deeds.h has them - and a schedule, each
preemption a gap and a choice. The numbers of functions, deeds and policies are places in the tables of fuzz/psci_deeds.c.
"""
import pathlib
import sys

FUNCTIONS = {'CPU_ON': 0, 'CPU_OFF': 2, 'AFFINITY_INFO': 3, 'NOP': 6, 'WFI': 7, 'CPU_SUSPEND': 10, 'VERSION': 12,
             'FEATURES': 13, 'HOST_CALL': 15, 'CPU_ON_32': 17, 'AFFINITY_INFO_32': 18, 'CPU_SUSPEND_32': 19,
             'MIGRATE': 20, 'CPU_OFF_64': 21, 'SYSTEM_OFF': 22, 'SYSTEM_RESET': 23}
DEEDS = {'run': 0, 'complete': 1, 'enter': 3, 'destroy': 13, 'raise': 15}
POLICIES = {'accept': 0, 'deny': 2, 'late': 4, 'silent': 5, 'deny then accept': 7, 'accept twice': 9}
STATUSES = {'SUCCESS': 0, 'DENIED': 2, 'ALREADY_ON': 5, 'DENIED_32': 6, 'OFF': 7}

SPECIFICATION, REFERENCE, ONE_QUIRK, SEVERAL_QUIRKS = range(4)
BUSY_MEANS_ON = 4  # its place in psci_quirks[]
THREE, TWO, FOUR, EIGHT = range(4)  # RECs: shapes[] of the target
ODD = 0xc0  # a target or an entry point with something wrong


def header(quirks, shape, pes, combination=0, audit=0):
    return bytes([quirks, combination, shape | (pes - 2) << 4, audit])


def line(rec, function, target=0, variant=0, junk=0):
    return bytes([FUNCTIONS[function] << 1, rec, target, variant, junk])


def deed(pe, what, rec=0, variant=0, number=0):
    return bytes([DEEDS[what] << 1 | 1, pe, rec, variant, number])


def run(pe, rec, policy='accept', rounds=1):
    return deed(pe, 'run', rec, POLICIES[policy], rounds - 1)


def complete(pe, rec, target=None, status='SUCCESS'):
    """The target None is the one that the caller has named."""
    return deed(pe, 'complete', rec, 0 if target is None else 0xa8 + target, STATUSES[status])


FOREIGN = 0xe0 - 0xa8

SEEDS = {
    'cpu_on': (header(SPECIFICATION, TWO, 2), [
        line(0, 'CPU_ON', 1, 1), line(0, 'AFFINITY_INFO', 1), line(1, 'VERSION'), line(1, 'CPU_OFF'),
        run(0, 0, rounds=3), run(1, 1, rounds=3), run(1, 1)], ''),
    'cpu_off_meets_cpu_on': (header(SPECIFICATION, THREE, 2), [
        line(0, 'CPU_ON', 1, 2), line(1, 'CPU_OFF'), deed(0, 'enter', 0), complete(0, 0), run(0, 0),
        deed(1, 'enter', 1)], 'leaving'),
    'cpu_off_hands_over': (header(SPECIFICATION, THREE, 2), [
        line(0, 'CPU_ON', 1, 2), line(1, 'CPU_OFF'), deed(0, 'enter', 0), complete(0, 0), run(0, 0),
        deed(1, 'enter', 1)], 'handing over'),
    'cpu_off_meets_cpu_on_reference': (header(REFERENCE, THREE, 2), [
        line(0, 'CPU_ON', 1, 2), line(0, 'AFFINITY_INFO', 1), line(1, 'CPU_OFF'),
        run(0, 0, 'deny then accept', 4), deed(1, 'enter', 1)], 'leaving, reference'),
    'busy_means_on': (header(ONE_QUIRK, THREE, 3, BUSY_MEANS_ON), [
        line(0, 'AFFINITY_INFO', 1), line(0, 'CPU_ON', 1), line(1, 'CPU_OFF'), run(0, 0, rounds=4),
        deed(1, 'enter', 1), deed(2, 'enter', 1)], 'leaving, reference'),
    'caller_runs': (header(SPECIFICATION, THREE, 2), [
        line(0, 'CPU_ON', 2, 1), line(0, 'AFFINITY_INFO', 2), deed(0, 'enter', 0), complete(1, 0, 2), run(0, 0),
        complete(1, 0, 2), run(0, 2)], 'caller runs'),
    'two_callers': (header(SPECIFICATION, FOUR, 3), [
        line(2, 'CPU_OFF'), deed(0, 'enter', 2), line(0, 'CPU_ON', 2, 1), line(1, 'CPU_ON', 2, 2),
        run(0, 0, rounds=4), run(1, 1, rounds=4), run(2, 2)], 'apart'),
    'one_denied': (header(SPECIFICATION, FOUR, 3), [
        line(2, 'CPU_OFF'), deed(0, 'enter', 2), line(0, 'CPU_ON', 2, 1), line(1, 'CPU_ON', 2, 2),
        run(0, 0, 'accept', 4), run(1, 1, 'deny then accept', 4), run(2, 2)], 'apart'),
    'each_other': (header(SPECIFICATION, THREE, 2), [
        line(0, 'CPU_ON', 1), line(1, 'CPU_ON', 0), deed(0, 'enter', 0), deed(1, 'enter', 1), complete(0, 0),
        complete(1, 1), run(0, 0), run(1, 1)], 'each other'),
    'system_off': (header(SPECIFICATION, FOUR, 4), [
        line(0, 'SYSTEM_OFF'), line(1, 'VERSION'), line(1, 'CPU_ON', 2), line(2, 'SYSTEM_RESET'), run(0, 0), run(1, 1),
        run(2, 2), run(3, 3), run(3, 0)], 'apart'),
    'destroyed_while_pending': (header(SPECIFICATION, FOUR, 3), [
        line(0, 'CPU_ON', 1), line(2, 'CPU_ON', 3), deed(0, 'enter', 0), complete(0, 0), deed(1, 'destroy', 0),
        deed(1, 'enter', 2), complete(1, 2), deed(2, 'destroy', 3), run(0, 0)], 'apart'),
    'destroyed_recs_count': (header(ONE_QUIRK, FOUR, 2, 7), [
        line(0, 'CPU_ON', 1), line(0, 'AFFINITY_INFO', 1), deed(1, 'destroy', 1), run(0, 0, 'accept', 4)], ''),
    'misuse_of_complete': (header(SPECIFICATION, FOUR, 2), [
        line(0, 'CPU_ON', 1), deed(0, 'enter', 0), complete(0, 0, 2), complete(0, 0, 0), complete(0, 0, FOREIGN + 1),
        deed(0, 'complete', 0xf8), deed(1, 'enter', 1), complete(0, 0, None, 'DENIED_32'), complete(0, 0, None, 'OFF'),
        complete(0, 0, None, 'ALREADY_ON'), complete(0, 0), complete(0, 0), run(0, 0)], ''),
    'bad_calls': (header(SEVERAL_QUIRKS, THREE, 2, 1), [
        line(0, 'CPU_ON', ODD, ODD), line(0, 'CPU_ON', ODD | 0x18, 0), line(0, 'CPU_ON', 1, ODD | 4),
        line(0, 'CPU_ON_32', 1), line(0, 'AFFINITY_INFO', 1, ODD | 1), line(0, 'FEATURES', 12),
        line(0, 'CPU_OFF_64'), line(1, 'MIGRATE'), line(1, 'CPU_ON', 0, 0, 0xe0), line(1, 'AFFINITY_INFO', 2, 0, 0xc0),
        run(0, 0, rounds=4), run(0, 0, rounds=4), run(1, 1, rounds=4)], ''),
    'interrupts': (header(SPECIFICATION, THREE, 3), [
        line(0, 'HOST_CALL'), line(0, 'CPU_SUSPEND'), line(0, 'CPU_ON', 2), line(1, 'WFI'), line(1, 'NOP'),
        run(0, 0, rounds=4), run(1, 1, rounds=4), deed(2, 'raise', 0), deed(2, 'raise', 1), deed(2, 'raise', 0),
        run(2, 2)], 'apart'),
    'same_rec_twice': (header(REFERENCE, THREE, 3), [
        line(1, 'CPU_SUSPEND'), line(1, 'CPU_OFF'), line(0, 'CPU_ON', 1, 3), run(1, 1, rounds=4), run(2, 1, rounds=4),
        run(0, 0, 'accept', 4)], 'apart'),
    'eight_recs': (header(SEVERAL_QUIRKS, EIGHT, 4, 3, 8), [
        line(0, 'CPU_ON', 2), line(1, 'CPU_ON', 5, 1), line(3, 'CPU_ON', 7, 2), line(4, 'CPU_OFF'), line(6, 'CPU_ON', 4, 3),
        run(0, 0, rounds=3), run(1, 1, rounds=3), run(2, 3, 'late', 3), run(3, 4), run(3, 6, rounds=3), run(0, 2), run(1, 5),
        run(2, 7), run(3, 4)], 'apart'),
}

# Where the hosts are left: a gap and a choice each. The first ones lead into the windows that their names say.
SCHEDULES = {
    '': '',
    'leaving': '01020e02',
    'leaving, reference': '22020d00',
    'handing over': '0b000c001f01',
    'each other': '1400',
    'caller runs': '0d01',
    'apart': '0300 0500 0201 0700 0401 0300 0600',
}


def main():
    directory = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / 'psci_concurrent')
    directory.mkdir(parents=True, exist_ok=True)
    for name, (head, records, schedule) in SEEDS.items():
        program = head + b''.join(records)
        (directory / name).write_bytes(len(program).to_bytes(2, 'little') + program + bytes.fromhex(SCHEDULES[schedule]))


main()
