/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_rmi_concurrent.c - commands of the host on two to four PEs at a time, under a schedule.
 *
 * The records are first done one after the other, as a sequence is: that decides what each of them names. Then the same calls, with
 * pages filled the same, are made again, each on its PE, in the order that the schedule gives them. What comes out must
 * follow from what succeeded, and a host must be able to take everything apart.
 */
#include "fuzz_coverage.h"
#include "rmi_balance.h"
#include "rmi_world.h"
#include <string.h>

enum header_byte {
        HEADER_WORLD,
        HEADER_START,
        HEADER_ORACLES,
        HEADER_PES,
        HEADER_SCRIPT, /* of all guests */
        HEADER_SIZE = HEADER_SCRIPT + RMI_SCRIPT_SIZE
};

enum {
        RECORDS_MAX = RMI_NUM_PARAMS, /* each has a page of its own   */
        ORDERED_MAX = 6,              /* more have too many orders to look for one at each run */
        STACK_SIZE = 65536
};

static struct {
        struct rmi_machine *machine;
        struct rmi_result results[RECORDS_MAX];
        unsigned num_results;
        uint8_t pages[RECORDS_MAX][4096]; /* as the host filled them */
        bool filled[RECORDS_MAX];
        uint8_t script[RMI_SCRIPT_SIZE];
        uint8_t oracles;
} run;

/* ---- one after the other ---------------------------------------------------------------------------------------------------- */

static bool takes_part(const struct rmi_call *call)
{
        return call->command != RMI_DO_GPT;
}

static void do_record(const uint8_t *record, unsigned num_pes)
{
        unsigned n = run.num_results++;
        struct rmi_result *result = &run.results[n];

        rmi_machine_resolve(run.machine, &result->call, record, n, false);
        result->call.pe = record[RMI_BYTE_PE] % num_pes;
        if (result->call.page == (int)n) {
                run.filled[n] = true;
                memcpy(run.pages[n], run.machine->host + n * RMI_PAGE, RMI_PAGE);
        }
        if (takes_part(&result->call)) {
                (void)rmi_machine_do(run.machine, &result->call);
        }
}

static void do_in_order(const struct fuzz_input *input, unsigned num_pes)
{
        size_t count = fuzz_num_records(input);

        memset(run.filled, 0, sizeof(run.filled));
        run.num_results = 0;
        for (size_t i = 0; i < count && i < RECORDS_MAX; i++) {
                do_record(fuzz_record(input, i), num_pes);
        }
        rmi_machine_compare(run.machine);
}

/* ---- at a time -------------------------------------------------------------------------------------------------------------- */

static struct rmmsim *begin(struct rmmsim *sim, void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < run.num_results; i++) {
                run.results[i].done = false;
                if (run.filled[i]) {
                        memcpy(run.machine->host + i * RMI_PAGE, run.pages[i], RMI_PAGE);
                }
        }
        rmi_exploring = true;
        return sim;
}

/* A REC_ENTER may fail when its guest has run, and a quirk lets a refusal have an effect: then no condition has refused it. */
static void judge(const struct rmi_result *result)
{
        const struct rmi_call *call = &result->call;
        bool ran = call->command == RMMSIM_COMMAND_rmi_rec_enter && result->out.x[0] == RMMSIM_RMI_ERROR_INPUT;
        const char *wrong = rmi_answer_is_wrong(call, &result->out, run.machine->consumes || ran);

        if (wrong != NULL) {
                rmi_fail("%s -> 0x%llx: %s",
                         call->command < RMI_NUM_COMMANDS ? rmi_commands[call->command].name : "an unknown command",
                         (unsigned long long)result->out.x[0], wrong);
        }
}

static void do_pe(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < run.num_results; i++) {
                struct rmi_result *result = &run.results[i];

                if (result->call.pe != pe || !takes_part(&result->call)) {
                        continue;
                }
                if (result->call.command > RMI_DO_UNKNOWN) {
                        rmi_do_outside(sim, &result->call);
                        continue;
                }
                result->out = result->call.in;
                (void)rmmsim_smc(sim, pe, &result->out);
                result->done = true;
                judge(result);
                if (result->call.command == RMMSIM_COMMAND_rmi_realm_create && result->out.x[0] == RMMSIM_RMI_SUCCESS) {
                        (void)rmmsim_guest_bind_step(sim, result->call.in.x[1], RMI_GUEST_PC, rmi_guest_step, NULL);
                }
        }
}

static void check(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        rmi_balance_check(run.machine, run.results, run.num_results);
        if ((run.oracles & 7) == 1) {
                rmi_machine_tear_down(run.machine);
        }
}

static void end(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        rmi_exploring = false;
}

/* ---- an input --------------------------------------------------------------------------------------------------------------- */

static void set_program(struct rmmsim_program *program, unsigned num_pes)
{
        *program = (struct rmmsim_program){ .sim = run.machine->sim,
                                            .setup = begin,
                                            .check = check,
                                            .teardown = end,
                                            .announced = true,
                                            .stack_size = STACK_SIZE };
        for (unsigned i = 0; i < num_pes; i++) {
                program->pes[i] = do_pe;
        }
}

/* What the explorer itself is to look at. When everything has been taken apart there is no state left to compare. */
static void set_oracles(struct rmmsim_program *program)
{
        program->audit_period = (run.oracles & 7) == 2 ? 1 : 0;
        program->linearizable = (run.oracles & 7) == 3 && run.num_results <= ORDERED_MAX;
        program->pairs = fuzz_coverage.pairs;
}

static bool has_explorer(struct rmi_machine *machine)
{
        struct rmmsim_error error;

        if (machine->explorer == NULL) {
                rmi_machine_reset(machine);
                machine->explorer = rmmsim_explorer_create(&machine->program, &error);
                if (machine->explorer == NULL) {
                        fuzz_fail("the explorer: %s", error.text);
                        return false;
                }
                rmi_machine_settle(machine);
        }
        return true;
}

static struct rmi_world_key key_of(const struct fuzz_input *input)
{
        struct rmi_world_key key = rmi_world_key(fuzz_header(input, HEADER_WORLD), fuzz_header(input, HEADER_START));

        if (key.start == RMI_START_BLOCK) {
                key.start = RMI_START_ACTIVE;
        }
        return key;
}

static unsigned num_pes_of(const struct fuzz_input *input)
{
        return 2 + fuzz_header(input, HEADER_PES) % (RMI_NUM_PES - 1);
}

static void resolve(const struct fuzz_input *input, FILE *log)
{
        struct rmi_world_key key = key_of(input);

        for (unsigned i = 0; i < RMI_SCRIPT_SIZE; i++) {
                run.script[i] = fuzz_header(input, HEADER_SCRIPT + i);
        }
        rmi_script = run.script;
        run.oracles = fuzz_header(input, HEADER_ORACLES);
        run.machine = rmi_world_get(&key);
        rmi_machine_reset(run.machine);
        run.machine->log = log;
        do_in_order(input, num_pes_of(input));
        run.machine->log = NULL;
}

static void concurrent_run(const struct fuzz_input *input)
{
        resolve(input, NULL);
        set_program(&run.machine->program, num_pes_of(input));
        set_oracles(&run.machine->program);
        if (has_explorer(run.machine)) {
                fuzz_explore(run.machine->explorer, input);
                rmi_exploring = false;
        }
}

static void concurrent_describe(const struct fuzz_input *input, FILE *to)
{
        struct rmi_world_key key = key_of(input);

        rmi_world_print(to, &key);
        fprintf(to, "one after the other:\n");
        resolve(input, to);
}

const struct fuzz_target fuzz_target = {
        .name = "rmi_concurrent",
        .summary = "commands of the RMI on several PEs at a time",
        .header_size = HEADER_SIZE,
        .record_size = RMI_RECORD_SIZE,
        .pe_byte = RMI_BYTE_PE,
        .scheduled = true,
        .run = concurrent_run,
        .describe = concurrent_describe,
};
