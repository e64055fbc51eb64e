# SPDX-License-Identifier: BSD-3-Clause
"""A host of two threads boots a Realm of two vCPUs, runs it, and takes it down, each step by its own command."""
import threading
import unittest

import rmmsim
from rmmsim import spec
from rmmsim.guest import PAGE, load, mrs, psci_affinity_info, psci_cpu_on, psci_system_off, read, rsi_host_call, store, wfi, write

DRAM = 0x80000000
ENTRY = 0x1000
CALL = 0x1200  # a host call structure in the same page
PROGRAM = b"measured contents"
EXITS = {one.value: one.name for one in spec.exits}


def program(vcpu):
    """vCPU 0 asks the host a question, turns vCPU 1 on, waits until that is off, and turns the system off."""
    if (yield mrs("MPIDR_EL1")) & 0xFF == 1:
        assert vcpu.x(0) == 0xC0DE, "the context that CPU_ON hands over"
        yield store(ENTRY + 0x100, 0x1234)
        return
    assert (yield read(ENTRY, len(PROGRAM))) == PROGRAM
    question = rmmsim.pages.RsiHostCall(imm=42)
    question.gprs[0] = 6
    yield write(CALL, question)
    yield rsi_host_call(addr=CALL)
    assert (yield load(CALL + 8)) == 36
    on = yield psci_cpu_on(target_cpu=1, entry_point_address=ENTRY, context_id=0xC0DE)
    assert on.status == "SUCCESS"
    while (yield psci_affinity_info(target_affinity=1)).x0 != 1:
        yield wfi()
    assert (yield load(ENTRY + 0x100)) == 0x1234
    yield psci_system_off()
    raise AssertionError("the system is off")


class Host:
    """Pages are taken one after the other."""

    def __init__(self, test, sim):
        self.test = test
        self.sim = sim
        self.next = DRAM
        self.lock = threading.Lock()

    def page(self):
        with self.lock:
            self.next += PAGE
            return self.next - PAGE

    def delegated(self):
        pa = self.page()
        self.sim.rmi_granule_delegate(addr=pa)
        return pa

    def realm_create(self):
        test, sim = self.test, self.sim
        rd, page = self.delegated(), self.page()
        params = sim.page(page, "RmiRealmParams")
        params.s2sz, params.num_bps, params.num_wps, params.vmid = 40, 5, 3, 1
        params.rtt_base, params.rtt_num_start = self.delegated(), 1
        params.rpv = b"R" * 64

        with test.assertRaises(rmmsim.Refusal) as caught:
            sim.rmi_realm_create(rd=rd + 1, params_ptr=page)
        refusal = caught.exception
        test.assertEqual((refusal.condition, refusal.argument, refusal.register), ("rd_align", "rd", 1))
        test.assertEqual((refusal.value, refusal.found, refusal.status), (rd + 1, rd + 1, "ERROR_INPUT"))
        test.assertEqual(refusal.expected, "an address aligned to 4 KiB")

        sim.rmi_realm_create(rd=rd, params_ptr=page)
        test.assertEqual(sim.granule(rd), rmmsim.Granule("RD", "GPT_REALM", "RMI_REALM_CREATE"))
        return rd

    def memory_create(self, rd):
        test, sim = self.test, self.sim
        src, data = self.page(), self.delegated()
        sim.memory(src)[: len(PROGRAM)] = PROGRAM
        contents = dict(rd=rd, data=data, ipa=ENTRY, src=src, flags=1)
        with test.assertRaises(rmmsim.Refusal) as caught:
            sim.rmi_data_create(**contents)
        test.assertEqual((caught.exception.condition, caught.exception.status), ("rtt_walk", "ERROR_RTT"))
        test.assertEqual(caught.exception.index, 0)
        for level in (1, 2, 3):
            sim.rmi_rtt_create(rd=rd, rtt=self.delegated(), ipa=0, level=level)
        test.assertEqual(sim.rmi_rtt_init_ripas(rd=rd, base=ENTRY, top=ENTRY + PAGE).out_top, ENTRY + PAGE)
        before = sim.measurement(rd, 0)
        sim.rmi_data_create(**contents)
        test.assertNotEqual(sim.measurement(rd, 0), before)

    def rec_create(self, rd, mpidr):
        page, rec = self.page(), self.delegated()
        params = self.sim.page(page, "RmiRecParams")
        params.flags, params.mpidr, params.pc = int(mpidr == 0), mpidr, ENTRY
        params.num_aux = self.sim.rmi_rec_aux_count(rd=rd).aux_count
        params.aux = [self.delegated() for _ in range(params.num_aux)]
        self.sim.rmi_rec_create(rd=rd, rec=rec, params_ptr=page)
        return rec

    def tear_down(self, rd, recs):
        test, sim = self.test, self.sim
        with test.assertRaises(rmmsim.Refusal) as caught:
            sim.rmi_realm_destroy(rd=rd)
        test.assertEqual(caught.exception.condition, "realm_live")
        for rec in recs:
            sim.rmi_rec_destroy(rec=rec)
        test.assertEqual(sim.rmi_data_destroy(rd=rd, ipa=ENTRY).top, 1 << 21)
        for level in (3, 2, 1):
            sim.rmi_rtt_destroy(rd=rd, ipa=0, level=level)
        sim.rmi_realm_destroy(rd=rd)
        for pa in sim.delegated():
            sim.rmi_granule_undelegate(addr=pa)

    # ---- threads, each with a PE

    def first_vcpu(self, recs, on):
        """PE 0 runs vCPU 0, and answers for it."""
        page = self.page()
        run = self.sim.page(page, "RmiRecRun")
        pe = self.sim.pe(0)
        while True:
            pe.rmi_rec_enter(rec=recs[0], run_ptr=page)
            reason, function = EXITS[run.exit.exit_reason], run.exit.gprs[0]
            if reason == "HOST_CALL":
                self.test.assertEqual(run.exit.imm, 42)
                run.enter.gprs[0] = function**2
            elif reason == "PSCI" and function == spec.command("psci_system_off").fid:
                return
            elif reason == "PSCI":
                pe.rmi_psci_complete(calling_rec=recs[0], target_rec=recs[run.exit.gprs[1]], status=0)
                if function == spec.command("psci_cpu_on").fid:
                    on.set()
            else:
                self.test.assertEqual(reason, "IRQ")

    def second_vcpu(self, recs, on):
        """PE 1 runs vCPU 1 once it is on."""
        page = self.page()
        self.test.assertTrue(on.wait(30))
        self.sim.pe(1).rmi_rec_enter(rec=recs[1], run_ptr=page)
        run = self.sim.page(page, "RmiRecRun")
        self.test.assertEqual((EXITS[run.exit.exit_reason], run.exit.gprs[0]), ("PSCI", spec.command("psci_cpu_off").fid))


class Failing:
    """Threads whose failures are the test's."""

    def __init__(self):
        self.threads, self.failures = [], []

    def start(self, function, *args):
        def run():
            try:
                function(*args)
            except BaseException as error:
                self.failures.append(error)

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def join(self):
        for thread in self.threads:
            thread.join(60)
        for failure in self.failures:
            raise failure


class BootsARealm(unittest.TestCase):
    def test_boots_a_realm(self):
        with rmmsim.Sim(regions=[rmmsim.Region(DRAM, 1 << 20)], pes=2) as sim:
            host = Host(self, sim)
            rd = host.realm_create()
            host.memory_create(rd)
            recs = [host.rec_create(rd, 0), host.rec_create(rd, 1)]
            sim.bind(rd, ENTRY, program)
            sim.rmi_realm_activate(rd=rd)

            on, threads = threading.Event(), Failing()
            threads.start(host.first_vcpu, recs, on)
            threads.start(host.second_vcpu, recs, on)
            threads.join()

            self.assertGreater(sim.audit(), 0)
            realm = sim.look("REALM", rd)["realms"][0]
            self.assertEqual((realm["rd"], realm["state"], len(realm["recs"])), (f"{rd:#x}", "REALM_SYSTEM_OFF", 2))
            host.tear_down(rd, recs)
            self.assertEqual(sim.delegated(), [])
            counts = sim.statistics()
            self.assertEqual(counts.commands["RMI_GRANULE_DELEGATE"], counts.commands["RMI_GRANULE_UNDELEGATE"])
            self.assertEqual((counts.commands["PSCI_CPU_ON"], counts.exits["HOST_CALL"]), (1, 1))
            self.assertEqual(counts.statuses["RMI_REALM_DESTROY"], {"SUCCESS": 1, "ERROR_REALM": 1})
            self.assertEqual(counts.conditions["rmi_realm_create.rd_align"], 1)


if __name__ == "__main__":
    unittest.main()
