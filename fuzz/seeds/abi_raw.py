#!/usr/bin/env python3
"""abi_raw.py - writes the seeds of the target `abi_raw` into the folder beside it: whole calls that get somewhere.

Functions are named by their place in the rows of include/rmmsim/spec, addresses by their place in live() of the target."""
import pathlib
import re

here = pathlib.Path(__file__).parent
spec = here.parents[1] / "include" / "rmmsim" / "spec"
ROWS = [name for file in ("rmi", "rsi", "psci") for name in re.findall(r"^COMMAND\((\w+),", (spec / f"{file}.def").read_text(), re.M)]

LIVE = 0x80 << 56
RD, REC, REC_1, RUN, RUN_1, OTHER_RD, OTHER_REC, UNPROTECTED, ROOT, CODE, IPA_0, IPA_2M, DEVICE, IPA_2000 = (LIVE | i for i in range(14))
PAGE = [LIVE | 16 + i for i in range(6)]
SPARE = [LIVE | 22 + i for i in range(6)]


def call(kind, name, x, top=0, high=0):
    values = list(x) + [0] * (6 - len(x))
    return bytes([kind, ROWS.index(name), 0, top]) + high.to_bytes(4, "little") + b"".join(v.to_bytes(8, "little") for v in values)


def host(name, *x, **more):
    return call(0x00, name, x, **more)


def guest(name, *x, **more):
    return call(0x80, name, x, **more)


def fill(page, at, *values):
    words = list(values) + [0] * (6 - len(values))
    return bytes([0xC0, page, at & 255, at >> 8, 1, 0, 0, 0]) + b"".join(v.to_bytes(8, "little") for v in words)


seeds = {
    "discover": [host("RMI_VERSION", 0x10000), host("RMI_FEATURES", 0), host("RMI_FEATURES", 1), host("RMI_REC_AUX_COUNT", RD)],
    "granules": [host("RMI_GRANULE_DELEGATE", PAGE[0]), host("RMI_GRANULE_UNDELEGATE", PAGE[0]), host("RMI_GRANULE_UNDELEGATE", SPARE[0]),
                 host("RMI_GRANULE_UNDELEGATE", RD)],
    "data": [host("RMI_DATA_CREATE_UNKNOWN", RD, SPARE[0], IPA_2000), host("RMI_DATA_DESTROY", RD, IPA_2000), host("RMI_DATA_DESTROY", RD, IPA_0),
             host("RMI_DATA_CREATE", OTHER_RD, SPARE[1], IPA_0, PAGE[1], 1)],
    "tables": [host("RMI_RTT_CREATE", RD, SPARE[0], IPA_2M, 3), host("RMI_RTT_READ_ENTRY", RD, IPA_2M, 3), host("RMI_RTT_FOLD", RD, IPA_2M, 3),
               host("RMI_RTT_CREATE", OTHER_RD, SPARE[0], IPA_0, 1), host("RMI_RTT_DESTROY", OTHER_RD, IPA_0, 1)],
    "unprotected": [host("RMI_RTT_UNMAP_UNPROTECTED", RD, UNPROTECTED, 3), host("RMI_RTT_MAP_UNPROTECTED", RD, UNPROTECTED, 3, 0x800020D8)],
    "ripas": [host("RMI_RTT_INIT_RIPAS", OTHER_RD, IPA_0, 1 << 39), guest("RSI_IPA_STATE_SET", IPA_0, 0x2000, 0, 0),
              host("RMI_RTT_SET_RIPAS", RD, REC, IPA_0, 0x2000), host("RMI_REC_ENTER", REC, RUN), guest("RSI_IPA_STATE_GET", IPA_0, 0x200000)],
    "realm_create": [fill(0, 0, 0, 40), fill(0, 0x18, 1, 1), fill(0, 0x800, 9, SPARE[1], 0, 1),
                     host("RMI_REALM_CREATE", SPARE[0], PAGE[0]), host("RMI_REALM_ACTIVATE", SPARE[0]), host("RMI_REALM_DESTROY", SPARE[0])],
    "rec_create": [fill(1, 0, 1), fill(1, 0x100, 1), fill(1, 0x800, 1, SPARE[2]), host("RMI_REC_CREATE", OTHER_RD, SPARE[0], PAGE[1]),
                   host("RMI_REALM_ACTIVATE", OTHER_RD), host("RMI_REC_ENTER", OTHER_REC, PAGE[2]), host("RMI_REC_DESTROY", OTHER_REC)],
    "entries": [fill(2, 0, 5), fill(2, 0x300, 0x40FE, 0x50F8000000000005), host("RMI_REC_ENTER", REC, PAGE[2]), host("RMI_REC_ENTER", REC, RD),
                host("RMI_REC_ENTER", REC_1, RUN_1), host("RMI_REC_ENTER", OTHER_REC, RUN)],
    "guest_calls": [guest("RSI_VERSION", 0x10000), guest("RSI_MEASUREMENT_READ", 1), guest("RSI_MEASUREMENT_EXTEND", 1, 32, 1, 2, 3),
                    guest("RSI_REALM_CONFIG", CODE), guest("RSI_HOST_CALL", CODE), host("RMI_REC_ENTER", REC, PAGE[3]), guest("RSI_FEATURES", 7)],
    "guest_token": [guest("RSI_ATTESTATION_TOKEN_INIT", 1, 2, 3), guest("RSI_ATTESTATION_TOKEN_CONTINUE", CODE, 0, 64),
                    guest("RSI_ATTESTATION_TOKEN_CONTINUE", CODE, 64, 4032)],
    "psci": [guest("PSCI_CPU_ON", 1, CODE, 7), host("RMI_PSCI_COMPLETE", REC, REC_1, 0), host("RMI_REC_ENTER", REC_1, RUN_1),
             guest("PSCI_AFFINITY_INFO", 1, 0), host("RMI_PSCI_COMPLETE", REC, REC_1, 0), guest("PSCI_FEATURES", 0x84000000), guest("PSCI_CPU_OFF")],
    "hints": [host("RMI_VERSION", 0x10000, top=0xE1, high=1), guest("RSI_VERSION", 0x10000, top=0xE1, high=0x5A),
              guest("PSCI_VERSION", top=0xE1), bytes([0, 0xFF, 0, 0]) + (0xC4000190).to_bytes(4, "little") + bytes(48)],
}

(here / "abi_raw").mkdir(exist_ok=True)
for name, records in seeds.items():
    for world in (0, 1) if name in ("guest_calls", "psci") else (0,):
        program = bytes([world, 0]) + b"".join(records)
        (here / "abi_raw" / (name + ("_as_deployed" if world else ""))).write_bytes(len(program).to_bytes(2, "little") + program)
