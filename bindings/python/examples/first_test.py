# SPDX-License-Identifier: BSD-3-Clause
import rmmsim
from rmmsim.guest import load, rsi_host_call, store


def program(vcpu):
    """What the Realm's vCPU does: each yield is a trap, and comes back with its result."""
    yield store(0x100, 42, size=2)  # imm of a host call structure
    yield rsi_host_call(addr=0x100)
    assert (yield load(0x108)) == 43  # its gprs[0]


with rmmsim.World(program=program) as world:
    run = world.enter()
    assert run.exit.imm == 42
    run.enter.gprs[0] = 43
    world.enter()

    try:
        world.rmi_granule_undelegate(addr=world.rd)
    except rmmsim.Refusal as refusal:
        print(refusal)
    assert world.tear_down() == 0 and world.delegated() == []
