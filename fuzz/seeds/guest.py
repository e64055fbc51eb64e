#!/usr/bin/env python3
"""guest.py - writes the seeds of the target `guest` into the folder beside it: one for each thing worth starting from.

Numbers of operations and functions come from the tables in guest_records.c, so that a seed keeps its meaning."""
import pathlib
import re

here = pathlib.Path(__file__).parent
source = (here.parent / "guest_records.c").read_text()


def table(name):
    body = re.search(r"static const \w+ " + name + r"\[\] = \{(.*?)\}", source, re.S).group(1)
    return [word.replace("RMMSIM_", "") for word in re.findall(r"\w+", body)]


WEIGHTS = re.findall(r"^\s+\[(\w+)\] = (\d+),", source, re.M)
RSI, PSCI, LIKELY = table("rsi"), table("psci"), [
    word.replace("SYSREG_", "") for word in re.search(r"likely\[\] = \{(.*?)\}", source, re.S).group(1).replace("RMMSIM_", "").replace(",", " ").split()]

SHARED, PLAIN, DEPLOYED, TOKEN_BEGUN, TOKEN_SIGNED = 0xA0, 0, 1, 4, 6
AUDIT, SIGNS = 0x10, 0x00  # second byte of the header


def number(op):
    before = 0
    for name, weight in WEIGHTS:
        if name == op:
            return before
        before += int(weight)
    raise KeyError(op)


def record(op, *arguments):
    return bytes([number(op), *arguments, *[0] * (7 - len(arguments))])


def rsi(name, *arguments):
    return record("GUEST_RSI", RSI.index("RSI_" + name), *arguments)


def psci(fid, *arguments):
    return record("GUEST_PSCI", PSCI.index("0x%x" % fid), 0, *arguments)


def enter(flags=0, hcr=0, lrs=None, more=0):
    return record("HOST_ENTER", flags, 0 if lrs is None else 1, 0, 0x11, hcr | 0xC0, lrs or 0, more)


def read(page):
    return record("GUEST_COPY_IN", page)


def write(page, value):
    return record("GUEST_COPY_OUT", page, 0, 0, 0, value)


def load(page, size=3, rt=5, how=5):
    return record("GUEST_LOAD", page, 1, size, rt, how)


def store(page, size=3, rt=6, how=5):
    return record("GUEST_STORE", page, 1, size, rt, how)


def msr(name, value):
    return record("GUEST_MSR", LIKELY.index(name), 0, 0, 0, value)


def mrs(name):
    return record("GUEST_MRS", LIKELY.index(name), 0, 0, 0, 0, 3)


def select(rec):
    return record("HOST_SELECT", rec)


EMUL_MMIO, INJECT_SEA, TRAP_WFI, TRAP_WFE, REJECT = 1, 2, 4, 8, 16
RAM, EMPTY, DESTROYED_TOO = 1, 0, 1
change = record("HOST_SET_RIPAS", 0, 0)
change_page = record("HOST_SET_RIPAS", 0, 0x80)
nop = record("GUEST_NOP")


def ripas_set(page, pages, ripas, flags):
    return rsi("IPA_STATE_SET", page, 0, pages, ripas, flags)


seeds = {
    "host_call": (PLAIN, [rsi("HOST_CALL", 2, 1), enter(), read(2), rsi("HOST_CALL", 2, 0xE1), rsi("HOST_CALL", 10, 0)]),
    "host_call_page_gone": (DEPLOYED, [rsi("HOST_CALL", 3, 2), record("HOST_DATA_DESTROY", 3), enter(), enter(EMUL_MMIO),
                                       rsi("HOST_CALL", 8, 0), record("HOST_DATA_CREATE", 8), nop]),
    "host_call_page_empty": (PLAIN, [rsi("HOST_CALL", 3, 2), select(1), ripas_set(3, 1, EMPTY, 0), change, enter(), select(0),
                                     enter(), nop]),
    "ripas_change": (PLAIN, [ripas_set(2, 4, EMPTY, 0), change_page, change_page, enter(REJECT), nop, ripas_set(2, 4, RAM, 0), change_page,
                             enter(REJECT), rsi("IPA_STATE_GET", 0, 0, 0xC0), load(2), load(4)]),
    "ripas_destroyed": (PLAIN, [ripas_set(13, 2, RAM, 0), change, enter(REJECT), nop, ripas_set(13, 2, RAM, DESTROYED_TOO), change,
                                record("HOST_DATA_CREATE", 13), enter(), read(13), read(14)]),
    "mmio": (PLAIN, [load(SHARED, 0, 5, 9), enter(EMUL_MMIO), store(SHARED, 1, 7, 5), enter(EMUL_MMIO), enter(EMUL_MMIO),
                     load(SHARED, 2, 31, 8), enter(), enter(INJECT_SEA), load(SHARED, 3, 4, 0), enter(INJECT_SEA | EMUL_MMIO), nop]),
    "shared_memory": (PLAIN, [record("HOST_MAP", 0, 0, 0, 1, 0, 0), record("HOST_WRITE", 1, 0x77), read(SHARED), store(SHARED),
                              record("HOST_GPT", 1, 0), load(SHARED), record("HOST_UNMAP", 0), store(SHARED), enter(EMUL_MMIO),
                              record("HOST_MAP", 1, 0, 0, 0xC0, 0xF0), store(SHARED | 1),
                              record("HOST_MAP", 2, 0, 0, 1, 0xD0), load(SHARED | 2), store(SHARED | 2)]),
    "psci": (DEPLOYED, [psci(0xC4000003, 2), record("HOST_PSCI_COMPLETE", 0, 0x80, 0), select(2), nop, psci(0xC4000004, 0),
                        record("HOST_PSCI_COMPLETE", 2, 0x80, 0), nop, psci(0x84000002), enter(), select(0),
                        psci(0xC4000004, 2), record("HOST_PSCI_COMPLETE", 0, 0x80, 0), nop]),
    "psci_on_again": (PLAIN, [select(1), psci(0x84000002), enter(), select(0), psci(0xC4000003, 1),
                              record("HOST_PSCI_COMPLETE", 0, 0x80, 0), select(1), nop, load(2), select(0), nop]),
    "psci_denied": (PLAIN, [psci(0xC4000003, 1), record("HOST_PSCI_COMPLETE", 0, 0x80, 3), enter(), nop, psci(0xC4000003, 2),
                            record("HOST_PSCI_COMPLETE", 0, 0x80, 3), nop, psci(0x84000008), enter()]),
    "token": (TOKEN_SIGNED, [rsi("ATTESTATION_TOKEN_CONTINUE", 2, 0, 0, 0x70), read(2),
                             rsi("ATTESTATION_TOKEN_CONTINUE", 3, 0, 3, 0x81), rsi("ATTESTATION_TOKEN_CONTINUE", 3, 0, 0, 0xFF), read(3)]),
    "token_signed_here": (TOKEN_BEGUN, [rsi("ATTESTATION_TOKEN_CONTINUE", 8, 0, 0, 1), record("HOST_DATA_CREATE", 8), nop,
                                        rsi("ATTESTATION_TOKEN_INIT"), rsi("ATTESTATION_TOKEN_CONTINUE", 10, 0, 0, 1)]),
    "interrupts": (PLAIN, [nop, record("HOST_INTERRUPT", 0), record("HOST_INTERRUPT", 1), record("HOST_INTERRUPT", 2, 0, 6, 0x11), nop, enter(),
                           msr("CNTV_CVAL_EL0", 8), msr("CNTV_CTL_EL0", 1), record("HOST_TIME", 9), nop, msr("CNTV_CTL_EL0", 3), nop,
                           record("GUEST_WAIT", 0), enter(TRAP_WFI | TRAP_WFE), record("GUEST_WAIT", 3, 9)]),
    "pmu": (PLAIN, [msr("PMCR_EL0", 1), msr("PMCNTENSET_EL0", 1), msr("PMINTENSET_EL1", 1), msr("PMOVSSET_EL0", 1), nop, enter(), nop]),
    "gic": (PLAIN, [msr("ICC_IGRPEN1_EL1", 1), enter(0, 0, 0x09, 0x11), mrs("ICC_IAR1_EL1"), msr("ICC_EOIR1_EL1", 1), enter(0, 3),
                    msr("ICC_DIR_EL1", 1), msr("ICC_SGI1R_EL1", 10), enter(0, 7), enter(0, 0, 0x69)]),
    "memory_reused": (PLAIN, [write(5, 0xEE), record("HOST_DATA_DESTROY", 5), record("HOST_UNDELEGATE", 5), record("HOST_DELEGATE", 5),
                              record("HOST_DATA_CREATE_FROM", 8, 0, 5), record("HOST_DATA_CREATE", 8, 0, 0xC5), read(8), load(5)]),
}

(here / "guest").mkdir(exist_ok=True)
for name, (world, records) in seeds.items():
    program = bytes([world, SIGNS if "token" in name else AUDIT]) + b"".join(records)
    (here / "guest" / name).write_bytes(len(program).to_bytes(2, "little") + program)
