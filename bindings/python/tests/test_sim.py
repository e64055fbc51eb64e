# SPDX-License-Identifier: BSD-3-Clause
"""What the module promises: refusals, errors and misuse that arrive as exceptions, memory that outlives its instance, programs that
end with their RECs, snapshots, events, trouble on demand."""
import gc
import threading
import pathlib
import tempfile
import unittest
import weakref

import rmmsim
from rmmsim import spec
from rmmsim.guest import hvc, load, mrs, msr, nop, psci_cpu_on, read, rsi_host_call, smc, store, wfi, write

DRAM = 0x80000000
EXITS = {one.value: one.name for one in spec.exits}


class Calls(unittest.TestCase):
    def setUp(self):
        self.sim = rmmsim.Sim(pes=2)
        self.addCleanup(self.sim.close)

    def test_refusal_has_everything(self):
        self.sim.rmi_granule_delegate(addr=DRAM)
        with self.assertRaises(rmmsim.Refusal) as caught:
            self.sim.rmi_granule_delegate(addr=DRAM)
        self.assertEqual(caught.exception.condition, "gran_state")
        self.assertEqual(caught.exception.found, spec.object_("GRANULE").states[1].value)
        self.assertEqual(
            str(caught.exception),
            "RMI_GRANULE_DELEGATE refused with ERROR_INPUT by gran_state: addr (x1 = 0x80000000) must be a Granule in state"
            " UNDELEGATED, found DELEGATED",
        )
        why = self.sim.pe(0).why()
        self.assertEqual((why.condition, why.status, why.argument), ("gran_state", "ERROR_INPUT", "addr"))
        self.assertIsNone(self.sim.pe(1).why())

    def test_registers(self):
        fid = spec.command("rmi_version").fid
        self.assertEqual(self.sim.pe(1).smc(fid, 0x10000)[:3], [0, 0x10000, 0x10000])
        self.assertEqual(self.sim.pe(1).smc(fid | spec.SVE_HINT, 0x10000)[0], 0)
        self.assertEqual(self.sim.pe(1).smc(0xDEAD)[0], rmmsim.NOT_SUPPORTED)
        answer = self.sim.rmi_version(req=0x10000)
        self.assertEqual((answer.status, answer.lower, answer.higher), ("SUCCESS", 0x10000, 0x10000))
        with self.assertRaises(AttributeError):
            answer.lowest

    def test_names_are_checked(self):
        with self.assertRaisesRegex(TypeError, "RMI_VERSION has no input revision: it has req"):
            self.sim.rmi_version(revision=1)
        with self.assertRaises(AttributeError):
            self.sim.rmi_granule_create
        with self.assertRaises(AttributeError):
            self.sim.page(DRAM, "RmiRealmParams").s2size = 1

    def test_misuse_is_an_exception(self):
        with self.assertRaisesRegex(rmmsim.Misuse, "that PE does not exist"):
            self.sim.pe(2).rmi_version(req=0)
        with self.assertRaises(rmmsim.Error) as caught:
            rmmsim.Sim(regions=[rmmsim.Region(DRAM + 1, 4096)])
        self.assertEqual(caught.exception.code, "CONFIG")
        with self.assertRaises(rmmsim.Error):
            self.sim.granule(0)

    def test_profile_and_quirks(self):
        page = DRAM + 4096
        for options in ({}, {"quirks": ["data_flags_checked"]}, {"profile": "RMM_1_0_REFERENCE"}):
            with rmmsim.Sim(**options) as sim, self.assertRaises(rmmsim.Refusal) as caught:
                sim.rmi_data_create(rd=DRAM, data=DRAM, ipa=0, src=page, flags=6)
            self.assertEqual(caught.exception.condition, "flags_valid" if options else "data_state")

    def test_features(self):
        with rmmsim.Sim(features={"s2sz": 40}) as sim:
            self.assertEqual(sim.rmi_features(index=0).value & 0xFF, 40)


class Memory(unittest.TestCase):
    def test_views_outlive_the_instance(self):
        sim = rmmsim.Sim()
        handle = weakref.ref(sim._handle)
        part = sim.memory(DRAM + 4096)[16:32]
        run = sim.page(DRAM, "RmiRecRun")
        part[:5] = b"alive"
        run.exit.imm = 3
        sim.close()
        gc.collect()
        self.assertIsNotNone(handle())
        self.assertEqual((bytes(part[:5]), run.exit.imm), (b"alive", 3))
        with self.assertRaises(rmmsim.Error):
            sim.rmi_version(req=0)
        del part, run
        gc.collect()
        self.assertIsNone(handle(), "with the last view the instance goes")

    def test_pages_by_field(self):
        with rmmsim.Sim() as sim:
            params = sim.page(DRAM, "realm_params")
            params.rpv, params.rtt_level_start = b"abc", -1
            self.assertEqual(bytes(sim.memory(DRAM + 0x400, 4)), b"abc\0")
            self.assertEqual(bytes(sim.memory(DRAM + 0x810, 8)), b"\xff" * 8)
            self.assertIn("rtt_level_start=-1", repr(params))
            with self.assertRaises(ValueError):
                params.rpv = b"x" * 65
            with self.assertRaises(rmmsim.Error) as caught:
                sim.memory(DRAM + (64 << 20) - 1, 2)
            self.assertEqual(caught.exception.code, "ADDRESS")

    def test_gpt(self):
        with rmmsim.Sim() as sim:
            sim.gpt_set(DRAM, 4096, "GPT_SECURE")
            self.assertEqual(sim.granule(DRAM).gpt, "GPT_SECURE")
            with self.assertRaises(rmmsim.Refusal) as caught:
                sim.rmi_granule_delegate(addr=DRAM)
            self.assertEqual(caught.exception.condition, "gran_gpt")


class Programs(unittest.TestCase):
    def world(self, program, *args, **options):
        world = rmmsim.World(options.pop("recs", 1), options.pop("pages", 1), 1, program, *args, **options)
        self.addCleanup(world.close)
        return world

    def test_accesses_and_exceptions(self):
        seen = []

        def program(vcpu):
            vcpu.set_x(9, 77)
            yield store(0x100, 0x1122334455667788)
            seen.append((yield load(0x102, 2)))
            try:
                yield load(0x1000000)
            except rmmsim.GuestException as taken:
                seen.append((taken.esr >> 26, taken.far))
            with self.assertRaises(rmmsim.GuestException):
                yield hvc()
            yield write(0xFFE, b"ab")
            with self.assertRaises(rmmsim.GuestException):
                yield write(0xFFE, b"cde")  # its second part has no memory
            seen.append((yield read(0xFFE, 2)))
            seen.append((yield read(0xFFE, 0)))
            yield msr("VBAR_EL1", 0x800)
            seen.append((yield mrs("VBAR_EL1")))
            seen.append(vcpu.x(9))
            seen.append((yield smc(0xC4000199, 0x200)).x0)
            seen.append(vcpu.pc)

        world = self.world(program)
        self.assertEqual(EXITS[world.enter().exit.exit_reason], "HOST_CALL")
        self.assertEqual(EXITS[world.enter().exit.exit_reason], "PSCI")
        self.assertEqual(seen[:7], [0x5566, (0x25, 0x1000000), b"cd", b"", 0x800, 77, 0])
        self.assertEqual(seen[7] % 4, 0)
        self.assertGreater(seen[7], 0)

    def test_refusals_reach_the_program_and_its_entry(self):
        def program(vcpu):
            with self.assertRaises(rmmsim.Refusal) as caught:
                yield rsi_host_call(addr=0x101)
            yield write(0, caught.exception.condition.encode())
            yield rsi_host_call(addr=1 << 40)

        world = self.world(program)
        with self.assertRaises(rmmsim.Refusal) as caught:
            world.enter()
        self.assertEqual(caught.exception.condition, "addr_bound")
        with self.assertRaises(rmmsim.Refusal) as caught:
            world.enter()
        self.assertEqual(caught.exception.condition, "rec_runnable", "a program that failed has turned its vCPU off")

    def test_what_is_no_program(self):
        for wrong in (lambda vcpu: None, lambda vcpu: (one for one in (5,))):
            with self.assertRaises(TypeError):
                self.world(wrong).enter()

    def test_programs_end_with_their_recs(self):
        ended = []

        def program(vcpu):
            try:
                while True:
                    yield wfi()
            finally:
                ended.append(vcpu.rec)

        world = self.world(program, recs=3, all_runnable=True)
        world.snapshot()
        for number in range(3):
            world.enter(number)
        with self.assertRaises(rmmsim.Error) as caught:
            world.snapshot()
        self.assertEqual((caught.exception.code, ended), ("STATE", []))
        world.rmi_rec_destroy(rec=world.recs[2])
        self.assertEqual(ended, world.recs[2:])
        world.restore()
        self.assertEqual(sorted(ended), sorted(world.recs))
        world.enter(2)
        self.assertEqual(world.tear_down(), 0)
        self.assertEqual(len(ended), 4)

    def test_each_start_is_a_new_program(self):
        starts = []

        def program(vcpu, tag):
            starts.append((vcpu.rec, tag))
            yield wfi()

        world = self.world(program, "first", recs=2, all_runnable=True)
        world.enter(0)
        world.bind(world.rd, 0, program, "second")
        world.enter(0)
        world.enter(1)
        self.assertEqual(starts, [(world.recs[0], "first"), (world.recs[1], "second")])

    def test_a_vcpu_that_is_turned_on_again(self):
        contexts = []

        def program(vcpu):
            if (yield mrs("MPIDR_EL1")) & 0xFF == 1:
                contexts.append(vcpu.x(0))
                return
            for context in (5, 6):
                yield psci_cpu_on(target_cpu=1, entry_point_address=0, context_id=context)
                yield nop()

        world = self.world(program, recs=2)
        for _ in range(2):
            self.assertEqual(world.enter().exit.gprs[0], spec.command("psci_cpu_on").fid)
            world.rmi_psci_complete(calling_rec=world.recs[0], target_rec=world.recs[1], status=0)
            self.assertEqual(world.enter(1).exit.gprs[0], spec.command("psci_cpu_off").fid)
        self.assertEqual(contexts, [5, 6])

    def test_on_any_thread(self):
        turns = []

        def program(vcpu):
            while True:
                turns.append(threading.get_ident())
                yield wfi()

        world = self.world(program, pes=2)
        for pe in (0, 1, 0):
            thread = threading.Thread(target=world.enter, args=(0, pe))
            thread.start()
            thread.join()
        world.enter()
        self.assertEqual(len(turns), 4)
        self.assertIn(threading.get_ident(), turns)

    def test_a_program_as_the_host(self):
        def program(vcpu):
            world.pe(1).rmi_granule_delegate(addr=DRAM + (32 << 20))
            with self.assertRaises(rmmsim.Misuse):
                world.pe(0).rmi_version(req=0)  # the PE that it runs on
            with self.assertRaises(rmmsim.Error):
                world.restore()
            yield nop()

        world = self.world(program, pes=2)
        world.enter()
        self.assertEqual(world.granule(DRAM + (32 << 20)).state, "DELEGATED")
        self.assertRaises(rmmsim.Error, world._guests.programs[world.recs[0]].vcpu.x, 0)

    def test_a_program_may_enter_another_rec(self):
        seen = []

        def program(vcpu):
            if vcpu.rec == world.recs[0]:
                world.enter(1, pe=1)
            yield wfi()
            seen.append(((yield mrs("MPIDR_EL1")) & 0xFF, vcpu.rec))
            yield wfi()

        world = self.world(program, recs=2, all_runnable=True, pes=2)
        for number in (0, 0, 1):
            world.enter(number)
        self.assertEqual(seen, list(enumerate(world.recs)))

    def test_outside(self):
        def program(vcpu):
            while True:
                yield nop()

        world = self.world(program, guest_quantum=50)
        self.assertEqual(EXITS[world.enter().exit.exit_reason], "IRQ")
        world.fiq_raise(0)
        self.assertEqual(EXITS[world.enter().exit.exit_reason], "FIQ")
        world.serror_raise(0, 0)
        self.assertEqual(EXITS[world.enter().exit.exit_reason], "SERROR")
        world.time_advance(7)
        self.assertEqual(world.time, 7)
        with self.assertRaises(rmmsim.Misuse):
            world.irq_raise(9)

    def test_no_program(self):
        with rmmsim.World() as world, self.assertRaises(rmmsim.Error) as caught:
            world.enter()
        self.assertEqual(caught.exception.code, "NO_GUEST")


class Around(unittest.TestCase):
    def test_events(self):
        events = []
        with rmmsim.Sim(trace=events.append) as sim:
            sim.rmi_granule_delegate(addr=DRAM)
            with self.assertRaises(rmmsim.Refusal):
                sim.rmi_granule_delegate(addr=DRAM + 1)
        edge, done, refused = events
        self.assertEqual((edge.object, edge.start, edge.to), ("GRANULE", "UNDELEGATED", "DELEGATED"))
        self.assertEqual(str(edge), "pe0 edge 0x80000000 GRANULE UNDELEGATED -> DELEGATED")
        self.assertEqual((done.command.id, done.inputs[1], done.refused), ("RMI_GRANULE_DELEGATE", DRAM, None))
        self.assertEqual((refused.outputs[0], refused.refused), (1, "rmi_granule_delegate.gran_align"))

    def test_exits_and_faults_as_events(self):
        def program(vcpu):
            yield wfi()

        events = []
        with rmmsim.World(program=program, trace=events.append) as world:
            world.enter()
            exit = [event for event in events if isinstance(event, rmmsim.trace.Exit)][0]
            self.assertEqual((exit.rec, exit.reason), (world.recs[0], "IRQ"))
            id = world.inject("STATUS", "rmi_granule_delegate", nth=2, x0=1)
            page = world.new_page()
            world.rmi_granule_delegate(addr=page)
            with self.assertRaises(rmmsim.Refusal) as caught:
                world.rmi_granule_undelegate(addr=page) and world.rmi_granule_delegate(addr=page)
            self.assertEqual((caught.exception.fault, caught.exception.condition), (id, "injected"))
            fault = [event for event in events if isinstance(event, rmmsim.trace.Fault)][0]
            self.assertEqual((fault.id, fault.kind, fault.command.id), (id, "STATUS", "RMI_GRANULE_DELEGATE"))
            self.assertEqual(world.inject_count(id), (2, 1))
            world.inject_remove(id)
            with self.assertRaises(rmmsim.Error):
                world.inject_count(id)
            with self.assertRaises(rmmsim.Error):
                world.inject("BUSY")
            world.inject("PAGE_READ", pe=0)
            world.inject_clear()

    def test_a_listener_that_fails(self):
        def fail(event):
            raise ZeroDivisionError

        with rmmsim.Sim(trace=fail) as sim:
            with self.assertRaises(ZeroDivisionError):
                sim.rmi_granule_delegate(addr=DRAM)
            self.assertEqual(sim.granule(DRAM).state, "DELEGATED")

    def test_lost(self):
        lost = []
        with rmmsim.Sim(lost=lambda pa, granule: lost.append((pa, granule.taker))) as sim:
            sim.rmi_granule_delegate(addr=DRAM + 4096)
        self.assertEqual(lost, [(DRAM + 4096, "RMI_GRANULE_DELEGATE")])

    def test_trespass(self):
        found = []
        with rmmsim.Sim(guard="CANARY", trespass=lambda pa, sentence: found.append(pa)) as sim:
            sim.rmi_granule_delegate(addr=DRAM)
            sim.memory(DRAM)[8] ^= 1
            with self.assertRaises(rmmsim.Error) as caught:
                sim.rmi_granule_undelegate(addr=DRAM)
        self.assertEqual((caught.exception.code, found), ("TRESPASS", [DRAM + 8]))
        with self.assertRaises(rmmsim.Error):
            rmmsim.Sim(guard="PROTECT", trespass=print)

    def test_adversary(self):
        moments = []
        with rmmsim.Sim(adversary=lambda pe, pa, page, moment: moments.append((pe, pa, page[0], moment))) as sim:
            sim.rmi_granule_delegate(addr=DRAM)
            sim.memory(DRAM + 4096)[0] = 9
            with self.assertRaises(rmmsim.Refusal):
                sim.rmi_realm_create(rd=DRAM, params_ptr=DRAM + 4096)
        self.assertEqual([moment for *_, moment in moments], ["READ_BEGIN", "READ_END"])
        self.assertEqual(moments[0][:3], (0, DRAM + 4096, 9))

    def test_snapshot_and_fork(self):
        def program(vcpu):
            yield write(0, b"x")
            yield wfi()

        with rmmsim.World(program=program) as world:
            with self.assertRaises(rmmsim.Error) as caught:
                world.restore()
            self.assertEqual(caught.exception.code, "STATE")
            world.memory(world.runs[0])[100] = 1
            world.snapshot()
            world.snapshot_keep(world.runs[0])
            before = world.state_hash()
            with world.fork() as copy:
                self.assertEqual((copy.state_hash(), copy.compare(world)), (before, []))
                copy.rmi_rec_enter(rec=world.recs[0], run_ptr=world.runs[0])
                self.assertNotEqual(copy.state_hash(), before)
                self.assertTrue(copy.compare(world))
            world.enter()
            world.memory(world.runs[0])[100] = 2
            self.assertNotEqual(world.state_hash(), before)
            world.restore()
            self.assertEqual((world.state_hash(), world.memory(world.runs[0])[100]), (before, 1))

    def test_recording(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.trace")
            with rmmsim.Sim() as sim:
                sim.record(path)
                sim.rmi_granule_delegate(addr=DRAM)
                sim.record(None)
                sim.rmi_granule_undelegate(addr=DRAM)
                with self.assertRaises(rmmsim.Error) as caught:
                    sim.record(path / "below a file")
                self.assertEqual(caught.exception.code, "FILE")
            lines = path.read_text().splitlines()
            self.assertEqual(lines[0], "rmmsim-trace 1")
            self.assertEqual(lines[-2:], [
                f"pe0: rmi_granule_delegate addr={DRAM:#x} => SUCCESS",
                f"| GRANULE {DRAM:#x} UNDELEGATED -> DELEGATED",
            ])
            with rmmsim.World(record=path) as world:
                world.record(None)
            self.assertIn(f"pe0: rmi_realm_activate rd={world.rd:#x} => SUCCESS", path.read_text().splitlines())

    def test_dumps(self):
        with rmmsim.World(recs=2) as world:
            self.assertIn("REALM_ACTIVE", world.dump())
            self.assertTrue(world.dump("RTT", "GRAPHVIZ", world.rd).startswith("digraph"))
            machine = world.look()
            self.assertEqual([rec["mpidr"] for rec in machine["realms"][0]["recs"]], ["0x0", "0x1"])
            with self.assertRaises(rmmsim.Error):
                world.look("REC", world.rd)
            with self.assertRaisesRegex(ValueError, "^no subject 'realm': one of MACHINE, GRANULES, REALM, "):
                world.dump("realm", "JSON", world.rd)
            with self.assertRaisesRegex(ValueError, "^no format 'SVG': one of TEXT, JSON, GRAPHVIZ$"):
                world.dump("MACHINE", "SVG")


if __name__ == "__main__":
    unittest.main()
