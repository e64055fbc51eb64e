/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_host_properties.c - properties notice what a sound host and a sound RMM never show them: each is told a lie.
 */
#include "host_fixture.h"
#include "properties.h"

/* Two vCPUs, the first on. Step 0 of vCPU 0 is about vCPU 1. */
static struct host_vm *vm;

static struct host_guest *guest(unsigned index)
{
        return &vm->guests[index];
}

static void asks(void)
{
        guest(0)->next = 1;
        property_asks(guest(0), 1, false);
}

/* As the host does when the exit comes, up to the completion; whether it is accepted is up to the tale. */
static void completes(uint64_t status)
{
        vm->vcpus[0].request = (struct host_request){ .state = HOST_REQUEST_DONE, .cpu_on = true, .target = 1 };
        property_completes(&vm->vcpus[0], vm->vcpus[1].rec, status);
        property_completed(&vm->vcpus[0], status, true);
        vm->vcpus[0].request.state = HOST_REQUEST_NONE;
}

static void is_turned_on(void)
{
        asks();
        completes(RMMSIM_PSCI_SUCCESS);
        property_starts(guest(1), 0, property_context(guest(0)));
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_SUCCESS);
}

static struct rmmsim_rec_exit *exits_psci(uint64_t fid)
{
        struct rmmsim_rec_exit *exit = &world_run(&vm->realm, 0)->exit;

        memset(exit, 0, sizeof(*exit));
        exit->exit_reason = RMMSIM_EXIT_PSCI;
        exit->gprs[0] = fid;
        return exit;
}

/* ---- the truth --------------------------------------------------------------------------------------------------------------- */

static void nothing_is_wrong(void)
{
        property_starts(guest(0), 0, 0);
        is_turned_on();
        property_asks(guest(0), 1, false);
        property_affinity_returns(guest(0), RMMSIM_PSCI_AFFINITY_ON);
        asks();
        completes(RMMSIM_PSCI_SUCCESS);
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_ALREADY_ON);
}

static void denial_is_right(void)
{
        asks();
        completes((uint64_t)RMMSIM_PSCI_DENIED);
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_DENIED);
        property_asks(guest(0), 1, false);
        property_affinity_returns(guest(0), RMMSIM_PSCI_AFFINITY_OFF);
        property_at_rest(vm);
}

/* ---- lies ---------------------------------------------------------------------------------------------------------------------- */

static void starts_unasked(void)
{
        guest(0)->next = 1;
        property_starts(guest(1), 0, property_context(guest(0)));
}

static void starts_before_agreement(void)
{
        asks();
        property_starts(guest(1), 0, property_context(guest(0)));
}

static void boots_without_being_on(void)
{
        property_starts(guest(1), 1, 0);
}

static void denied_after_the_start(void)
{
        asks();
        completes((uint64_t)RMMSIM_PSCI_DENIED);
        completes(RMMSIM_PSCI_SUCCESS);
        property_starts(guest(1), 0, property_context(guest(0)));
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_DENIED);
}

static void already_on_while_off(void)
{
        asks();
        completes(RMMSIM_PSCI_SUCCESS);
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_ALREADY_ON);
}

static void affinity_on_while_off(void)
{
        asks();
        property_affinity_returns(guest(0), RMMSIM_PSCI_AFFINITY_ON);
}

static void affinity_off_after_success(void)
{
        is_turned_on();
        property_asks(guest(0), 1, false);
        property_affinity_returns(guest(0), RMMSIM_PSCI_AFFINITY_OFF);
}

static void starts_twice(void)
{
        is_turned_on();
        property_starts(guest(1), 0, property_context(guest(0)));
}

static void succeeds_while_on(void)
{
        is_turned_on();
        asks();
        completes(RMMSIM_PSCI_SUCCESS);
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_SUCCESS);
}

static void starts_with_a_mix(void)
{
        asks();
        completes(RMMSIM_PSCI_SUCCESS);
        property_starts(guest(1), 0, 0);
}

static void host_call_is_lost(void)
{
        property_host_call_returns(guest(0), 0);
}

static void denied_by_nobody(void)
{
        asks();
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_DENIED);
}

static void starts_unplugged(void)
{
        vm->vcpus[1].plugged = false;
        is_turned_on();
}

static void exit_shows_too_much(void)
{
        exits_psci(RMMSIM_PSCI_CPU_ON)->gprs[4] = 1;
        property_exits(&vm->vcpus[0]);
}

static void names_no_rec(void)
{
        vm->vcpus[0].request.target = 1;
        property_completes(&vm->vcpus[0], vm->realm.rd, RMMSIM_PSCI_SUCCESS);
}

static void entered_after_shutdown(void)
{
        (void)exits_psci(RMMSIM_PSCI_SYSTEM_OFF);
        property_exits(&vm->vcpus[0]);
        property_entering(&vm->vcpus[0]);
        property_entered(&vm->vcpus[0], RMMSIM_RMI_SUCCESS);
}

static void runnable_but_off(void)
{
        vm->vcpus[1].runnable = true;
        property_at_rest(vm);
}

static void stopped_but_on(void)
{
        vm->vcpus[0].runnable = false;
        property_at_rest(vm);
}

static void entered_while_pending(void)
{
        (void)exits_psci(RMMSIM_PSCI_CPU_ON);
        property_exits(&vm->vcpus[0]);
        property_entering(&vm->vcpus[0]);
        property_entered(&vm->vcpus[0], RMMSIM_RMI_SUCCESS);
}

static void request_is_left(void)
{
        vm->vcpus[0].request.state = HOST_REQUEST_DECIDED;
        property_at_rest(vm);
}

static void never_runs(void)
{
        asks();
        completes(RMMSIM_PSCI_SUCCESS);
        property_cpu_on_returns(guest(0), RMMSIM_PSCI_SUCCESS);
        property_at_rest(vm);
}

static const struct tale {
        void (*tell)(void);
        const char *found; /* NULL: nothing */
} tales[] = {
        { nothing_is_wrong, NULL },
        { denial_is_right, NULL },
        { starts_unasked, "S1" },
        { starts_before_agreement, "S1" },
        { boots_without_being_on, "S1" },
        { denied_after_the_start, "S1" },
        { already_on_while_off, "S2" },
        { affinity_on_while_off, "S2" },
        { affinity_off_after_success, "S2" },
        { starts_twice, "S3" },
        { succeeds_while_on, "S3" },
        { starts_with_a_mix, "S4" },
        { host_call_is_lost, "S4" },
        { denied_by_nobody, "S5" },
        { starts_unplugged, "S5" },
        { exit_shows_too_much, "S7" },
        { names_no_rec, "S8" },
        { entered_after_shutdown, "S9" },
        { runnable_but_off, "S10" },
        { stopped_but_on, "S10" },
        { entered_while_pending, "S12" },
        { request_is_left, "L1" },
        { never_runs, "L2" },
};

static const struct tale *told;

static void tell(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        told->tell();
}

START_TEST(a_lie_is_noticed)
{
        static const struct rmmsim_strategy once = { .kind = RMMSIM_STRATEGY_DELAY, .depth = 1 };
        struct host_config config = { .protocol = &host_explicit, .program = host_program_find("accepted") };

        told = &tales[_i];
        vm = vm_for(&config, RMMSIM_PROFILE_RMM_1_0);
        vm->explored.pes[0] = tell;
        vm->explored.pes[1] = NULL;
        vm->explored.check = NULL;
        if (told->found == NULL) {
                expect_nothing(vm, &once);
        } else {
                expect_found(vm, &once, RMMSIM_FOUND_FAILURE, told->found);
        }
        host_vm_destroy(vm);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("host_properties");
        TCase *tcase = tcase_create("properties");

        tcase_add_loop_test(tcase, a_lie_is_noticed, 0, sizeof(tales) / sizeof(tales[0]));
        suite_add_tcase(suite, tcase);
        return run_host_suite(suite);
}
