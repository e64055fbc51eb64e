# SPDX-License-Identifier: BSD-3-Clause
"""The rows as objects: as many as the files have, and each where the others say it is."""
import doctest
import pathlib
import re
import unittest

import rmmsim
from rmmsim import spec

ROWS = pathlib.Path(__file__).resolve().parents[3] / "include" / "rmmsim" / "spec"


def count(file, macro):
    return len(re.findall(rf"^{macro}\(", (ROWS / file).read_text(), re.MULTILINE))


class Rows(unittest.TestCase):
    @unittest.skipUnless(ROWS.exists(), "there are no rows here to compare with")
    def test_none_is_missing(self):
        for interface in spec.interfaces:
            file = f"{interface.lower()}.def"
            commands = [one for one in spec.commands if one.interface == interface]
            self.assertEqual(len(commands), count(file, "COMMAND"))
            self.assertEqual(sum(len(one.inputs) for one in commands), count(file, "IN"))
            self.assertEqual(sum(len(one.outputs) for one in commands), count(file, "OUT"))
            self.assertEqual(sum(len(one.conditions) for one in commands), count(file, "FAIL"))
            self.assertEqual(len(spec.statuses[interface]), count("status.def", f"{interface}_STATUS"))
        self.assertEqual(sum(len(one.precedences) for one in spec.commands), count("order.def", "PRECEDES"))
        self.assertEqual(len(spec.laters), count("psci.def", "LATER"))
        self.assertEqual(len(spec.quirks), count("quirks.def", "QUIRK"))
        self.assertEqual(len(spec.exits), count("exits.def", "EXIT_REASON"))
        self.assertEqual(sum(len(one.states) for one in spec.objects), count("states.def", "STATE"))
        self.assertEqual(sum(len(one.edges) for one in spec.objects), count("states.def", "EDGE"))
        self.assertEqual(len(spec.sysregs), count("sysreg.def", "SYSREG"))

    def test_names_lead_somewhere(self):
        states = {one.name: {state.name for state in one.states} for one in spec.objects}
        for one in spec.objects:
            for edge in one.edges:
                self.assertLessEqual({edge.start, edge.to}, states[one.name])
                spec.command(edge.command)
        for command in spec.commands:
            self.assertIs(spec.command(command.id), spec.command(command.name))
            self.assertIs(spec.command_by_fid(command.fid | spec.SVE_HINT), command)
            names = {one.name for one in command.conditions}
            for row in command.precedences:
                self.assertLessEqual({row.first, row.second}, names)
            for row in command.conditions:
                self.assertEqual(spec.status(command.interface, row.status).value, row.status_value)
            for row in [one for one in spec.laters if one.command == command.id]:
                self.assertNotIn(spec.status(command.interface, row.status).value, [0, None])
            for row in spec.variations_of(command):
                self.assertIn(row.quirk, [one.name for one in spec.quirks])
                self.assertIn(row.condition, names | {None})

    def test_in_order(self):
        command = spec.command("rmi_granule_delegate")
        self.assertEqual([one.name for one in command.conditions], ["gran_align", "gran_bound", "gran_state", "gran_gpt"])
        self.assertEqual((command.inputs[0].name, command.inputs[0].kind, command.inputs[0].register), ("addr", "PA_UNDELEGATED", 1))
        self.assertEqual((command.fid, command.summary), (0xC4000151, "Give a Granule to the Realm world."))

    def test_no_return(self):
        self.assertEqual([one.name for one in spec.commands if one.no_return], ["psci_cpu_off", "psci_system_off", "psci_system_reset"])

    def test_per_profile(self):
        command = spec.command("rmi_data_create")
        plain, reference = (command.conditions_of(spec.profile(name)) for name in ("RMM_1_0", "RMM_1_0_REFERENCE"))
        self.assertEqual([one.name for one in set(reference) - set(plain)], ["flags_valid"])

    def test_page_offsets(self):
        self.assertEqual(rmmsim.pages.RmiRecRun.exit.offset, 0x800)
        self.assertEqual(rmmsim.pages.RmiRecExit.imm.offset, 0x600)

    def test_documentation(self):
        self.assertEqual(doctest.testmod(spec), (0, 3))


if __name__ == "__main__":
    unittest.main()
