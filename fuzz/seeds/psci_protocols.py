#!/usr/bin/env python3
"""psci_protocols.py - writes the seeds of the target `psci_protocols` into the folder beside it: a guest and a policy for each protocol.

Schedules are plain, as what breaks is the search's to find, but for two: a denial that is out of date when it is carried out needs three
threads in one order, and is where a host decides again."""
import pathlib

here = pathlib.Path(__file__).parent
PROTOCOLS = ["explicit", "in_kernel", "next_run", "first_run", "wait_for_exit", "refuse_caller", "first_completes"]
GUEST = {"on": 0, "off": 1, "affinity": 2, "boot": 4, "host_call": 5, "suspend": 6, "nop": 7, "system_off": 10, "stray": 11}
VMM = {"plug": 0, "unplug": 1, "kick": 2, "stop": 3, "resume": 4}
ONE, EVERY_OTHER, ALL = range(3)
LATE_VCPU = 1
BAD_GIC_OF_VCPU_1 = 3 << 1 | 1 << 3


def seed(vcpus, on, *records, unplugged=0, reference=0, odd=0):
    def record(who, what, whom=0):
        return bytes([vcpus, VMM[what], whom]) if who == "vmm" else bytes([who, GUEST[what], whom])

    return bytes([vcpus - 2, on, unplugged, reference, odd]) + b"".join(record(*r) for r in records)


seeds = {
    "explicit_two_pairs": seed(4, EVERY_OTHER, (0, "on", 1), (2, "on", 3)),
    "explicit_late_vcpu": seed(2, ONE, (0, "on", 1), (0, "affinity", 1), (1, "nop"), odd=LATE_VCPU),
    "explicit_stray_bit": seed(3, ONE, (0, "stray", 1), (0, "stray", 3), reference=1),
    "explicit_library": seed(2, ONE, (0, "boot", 1), ("vmm", "plug", 1), (0, "boot", 1), unplugged=2),
    "explicit_unplugged_meanwhile": seed(2, ONE, (0, "on", 1), ("vmm", "unplug", 1), (1, "off"), (0, "affinity", 1)),
    "explicit_plugged_meanwhile": seed(3, EVERY_OTHER, (0, "on", 1), (2, "on", 1), ("vmm", "plug", 1), unplugged=2),
    "in_kernel_on_races_off": seed(2, ALL, (0, "on", 1), (0, "affinity", 1), (1, "off")),
    "in_kernel_host_calls": seed(2, ALL, (0, "on", 1), (1, "host_call"), (1, "host_call")),
    "in_kernel_stopped_and_kicked": seed(2, ALL, ("vmm", "stop", 1), ("vmm", "kick", 0), ("vmm", "resume", 1), (0, "on", 1), (1, "suspend")),
    "next_run_plugged_meanwhile": seed(3, EVERY_OTHER, (0, "on", 1), (2, "on", 1), ("vmm", "plug", 1), unplugged=2),
    "next_run_bad_gic": seed(2, ALL, (0, "nop"), (1, "nop"), odd=BAD_GIC_OF_VCPU_1),
    "first_run_denied_then_plugged": seed(2, ONE, (0, "on", 1), ("vmm", "plug", 1), (0, "on", 1), unplugged=2),
    "wait_for_exit_mutual": seed(2, ALL, (0, "on", 1), (1, "on", 0)),
    "refuse_caller_system_off": seed(3, EVERY_OTHER, (0, "on", 1), (2, "system_off"), (1, "nop")),
    "first_completes_two_callers_and_off": seed(3, ALL, (0, "on", 1), (2, "on", 1), (1, "off"), (1, "nop"), (2, "affinity", 1)),
}
STALE_DENIALS = {"explicit_plugged_meanwhile": bytes([19, 2, 3, 2]), "next_run_plugged_meanwhile": bytes([0, 0, 23, 1])}

for name, rest in seeds.items():
    protocol = next(i for i, prefix in enumerate(PROTOCOLS) if name.startswith(prefix))
    program = bytes([protocol]) + rest
    # At choice 16 the next PE goes on, sixteen choices later the one behind that.
    schedule = STALE_DENIALS.get(name, bytes([16, 0, 16, 1]))
    (here / "psci_protocols" / name).write_bytes(len(program).to_bytes(2, "little") + program + schedule)
