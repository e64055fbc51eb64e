# SPDX-License-Identifier: BSD-3-Clause
"""rmmsim: a Realm Management Monitor that links into a test.

    import rmmsim

    with rmmsim.Sim() as sim:
        sim.rmi_granule_delegate(addr=0x80000000)

Sim is an instance, World one with a Realm in it, rmmsim.guest has what vCPUs run, rmmsim.spec the rows of the
specification, rmmsim.pages the structures in memory. The C headers are the manual: names and rules are theirs.
"""
from . import guest, pages, spec, trace
from .guest import GuestException
from .results import NOT_SUPPORTED, Error, Misuse, Refusal, Result
from .sim import Granule, Pe, Region, Sim, Statistics, World

__all__ = [
    "Error",
    "Granule",
    "GuestException",
    "Misuse",
    "NOT_SUPPORTED",
    "Pe",
    "Refusal",
    "Region",
    "Result",
    "Sim",
    "Statistics",
    "World",
    "guest",
    "pages",
    "spec",
    "trace",
]
