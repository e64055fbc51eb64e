/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bind.c - bare function pointers: an ops table of each form, single commands, their limits and their end.
 */
#include "compat_fixture.h"
#include "world.h"
#include <pthread.h>
#include <rmmsim/bind.h>
#include <stdio.h>

static struct machine machine;
static char told[256];

static void tell(void *context, const char *sentence)
{
        (void)context;
        snprintf(told, sizeof(told), "%s", sentence);
}

static void begin(void)
{
        told[0] = '\0';
        ck_assert_int_eq(machine_create(&machine, tell, NULL), 0);
}

static void end(void)
{
        (void)rmmsim_use(NULL, 0);
        rmmsim_destroy(machine.sim);
}

static struct rmmsim_bound *bound_smc(struct rmmsim *sim, rmmsim_fn **fn, unsigned pe, enum rmmsim_bind_form form)
{
        struct rmmsim_error error = { .code = RMMSIM_OK };
        struct rmmsim_bound *bound = rmmsim_bind_smc(sim, fn, pe, form, &error);

        ck_assert_msg(bound != NULL, "%s", error.text);
        return bound;
}

/* ---- a client with a table of functions ------------------------------------------------------------------------------- */

struct four {
        uint64_t x[4];
};
struct eight {
        uint64_t x[8];
};
struct ops {
        void (*in_place)(uint64_t x[18]);
        void (*in_out)(const uint64_t in[18], uint64_t out[18]);
        uint64_t (*x0)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
        void (*four)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, struct four *);
        struct eight (*eight)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
};

struct bound_ops {
        struct ops ops;
        struct rmmsim_bound *bound[RMMSIM_NUM_BIND_FORMS];
};

static void ops_bind(struct bound_ops *table, struct rmmsim *sim, unsigned pe)
{
        rmmsim_fn *fn[RMMSIM_NUM_BIND_FORMS];

        for (unsigned form = 0; form < RMMSIM_NUM_BIND_FORMS; form++) {
                table->bound[form] = bound_smc(sim, &fn[form], pe, (enum rmmsim_bind_form)form);
        }
        table->ops.in_place = (void (*)(uint64_t[18]))fn[RMMSIM_BIND_IN_PLACE];
        table->ops.in_out = (void (*)(const uint64_t[18], uint64_t[18]))fn[RMMSIM_BIND_IN_OUT];
        memcpy(&table->ops.x0, &fn[RMMSIM_BIND_X0], sizeof(fn[0]));
        memcpy(&table->ops.four, &fn[RMMSIM_BIND_FOUR], sizeof(fn[0]));
        memcpy(&table->ops.eight, &fn[RMMSIM_BIND_EIGHT], sizeof(fn[0]));
}

static void ops_unbind(struct bound_ops *table)
{
        for (unsigned form = 0; form < RMMSIM_NUM_BIND_FORMS; form++) {
                rmmsim_unbind(table->bound[form]);
        }
}

START_TEST(each_form_calls_the_instance)
{
        struct bound_ops table;
        struct four four;
        struct eight eight;
        uint64_t x[18] = { RMMSIM_RMI_GRANULE_DELEGATE, MACHINE_BASE };
        const uint64_t in[18] = { RMMSIM_RMI_GRANULE_UNDELEGATE, MACHINE_BASE };

        ops_bind(&table, machine.sim, 1);
        table.ops.in_place(x);
        ck_assert_uint_eq(x[0], RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(table.ops.x0(RMMSIM_RMI_GRANULE_DELEGATE, MACHINE_BASE, 0, 0, 0, 0, 0, 0),
                          RMMSIM_RMI_ERROR_INPUT);
        ck_assert_str_eq(rmmsim_why(machine.sim, 1)->condition, "gran_state");
        ck_assert_ptr_null(rmmsim_why(machine.sim, 0));
        table.ops.in_out(in, x);
        ck_assert_uint_eq(x[0], RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(in[0], RMMSIM_RMI_GRANULE_UNDELEGATE);
        table.ops.four(RMMSIM_RMI_VERSION, 0x10000, 0, 0, 0, 0, 0, 0, &four);
        ck_assert_uint_eq(four.x[0], RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(four.x[1], 0x10000);
        ck_assert_uint_eq(four.x[2], 0x10000);
        table.ops.four(RMMSIM_RMI_VERSION, 0x10000, 0, 0, 0, 0, 0, 0, NULL);
        eight = table.ops.eight(RMMSIM_RMI_VERSION, 0x10000, 0, 0, 0, 0, 0, 0);
        ck_assert_uint_eq(eight.x[2], 0x10000);
        ops_unbind(&table);
}
END_TEST

static struct rmmsim_regs arrived;

static void record(void *context, struct rmmsim_regs *regs)
{
        (void)context;
        arrived = *regs;
        for (unsigned i = 0; i < 18; i++) {
                regs->x[i] = 0x100 + i;
        }
}

START_TEST(each_form_moves_its_registers)
{
        struct bound_ops table;
        uint64_t in[18];
        uint64_t out[18];
        struct four four;
        struct eight eight;

        for (unsigned i = 0; i < 18; i++) {
                in[i] = (uint64_t)i << 40 | 1;
        }
        ops_bind(&table, NULL, 99);
        (void)rmmsim_use_handler(record, NULL);
        table.ops.in_out(in, out);
        ck_assert_mem_eq(arrived.x, in, sizeof(in));
        for (unsigned i = 0; i < 18; i++) {
                ck_assert_uint_eq(out[i], 0x100 + i);
        }
        table.ops.in_place(in);
        ck_assert_mem_eq(in, out, sizeof(in));
        ck_assert_uint_eq(table.ops.x0(1, 2, 3, 4, 5, 6, 7, UINT64_MAX), 0x100);
        for (unsigned i = 0; i < 18; i++) {
                ck_assert_uint_eq(arrived.x[i], i < 7 ? i + 1 : i == 7 ? UINT64_MAX : RMMSIM_REGISTER_UNSET);
        }
        table.ops.four(8, 7, 6, 5, 4, 3, 2, 1, &four);
        ck_assert_uint_eq(arrived.x[7], 1);
        ck_assert_uint_eq(arrived.x[8], RMMSIM_REGISTER_UNSET);
        ck_assert_uint_eq(four.x[3], 0x103);
        eight = table.ops.eight(8, 7, 6, 5, 4, 3, 2, 1);
        ck_assert_uint_eq(arrived.x[0], 8);
        ck_assert_mem_eq(eight.x, out, sizeof(eight));
        ops_unbind(&table);
}
END_TEST

/* ---- commands ------------------------------------------------------------------------------------------------------------- */

static uint64_t make_call(rmmsim_fn *fn, const uint64_t *in, uint64_t *const *out, unsigned num_in, unsigned num_out)
{
        typedef uint64_t most(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                              uint64_t);
        uint64_t a[10] = { 0 };

        for (unsigned i = 0; i < num_in; i++) {
                a[i] = in[i];
        }
        for (unsigned i = 0; i < num_out; i++) {
                a[num_in + i] = (uintptr_t)out[i];
        }
        return ((most *)fn)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
}

/* As many bytes as the command has outputs, and one. */
#define COMMAND(ID, lower, function_id, summary)                                                                       \
        struct outputs_of_##lower {                                                                                    \
                char none;
#define OUT(lower, output, KIND) char output;
#define END(ID, lower)                                                                                                 \
        }                                                                                                              \
        ;
#include <rmmsim/spec/commands.def>

static const struct {
        uint32_t fid;
        unsigned num_inputs;
        unsigned num_outputs;
} commands[RMMSIM_NUM_COMMANDS] = {
#define COMMAND(ID, lower, function_id, summary)                                                                       \
        [RMMSIM_COMMAND_##lower] = { function_id, sizeof(struct rmmsim_##lower) / sizeof(uint64_t) - 1,                \
                                     sizeof(struct outputs_of_##lower) - 1 },
#include <rmmsim/spec/commands.def>
};

START_TEST(a_function_of_each_command_has_its_registers)
{
        (void)rmmsim_use_handler(record, NULL);
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                uint64_t in[10] = { 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };
                unsigned num_in = commands[i].num_inputs;
                uint64_t stored[8] = { 0 };
                uint64_t *out[8];
                unsigned num_out = commands[i].num_outputs;
                rmmsim_fn *fn;
                struct rmmsim_bound *bound = rmmsim_bind_command(NULL, &fn, 0, (enum rmmsim_command)i, NULL);

                ck_assert_ptr_nonnull(bound);
                for (unsigned n = 0; n < num_out; n++) {
                        out[n] = &stored[n];
                }
                ck_assert_uint_eq(make_call(fn, in, out, num_in, num_out), 0x100);
                ck_assert_uint_eq(arrived.x[0], commands[i].fid);
                for (unsigned n = 1; n < 18; n++) {
                        ck_assert_uint_eq(arrived.x[n], n <= num_in ? 10 + n : 0);
                }
                for (unsigned n = 0; n < num_out; n++) {
                        ck_assert_uint_eq(stored[n], 0x101 + n);
                }
                rmmsim_unbind(bound);
        }
}
END_TEST

START_TEST(outputs_go_through_pointers_and_null_ones_are_left_out)
{
        typedef uint64_t rtt_destroy_fn(uint64_t rd, uint64_t ipa, int64_t level, uint64_t * rtt, uint64_t * top);
        typedef uint64_t version_fn(uint64_t req, uint64_t * lower, uint64_t * higher);
        uint64_t value = 0;
        rmmsim_fn *fn;
        struct rmmsim_bound *bound = rmmsim_bind_command(NULL, &fn, 0, RMMSIM_COMMAND_rmi_rtt_destroy, NULL);

        (void)rmmsim_use_handler(record, NULL);
        ck_assert_uint_eq(((rtt_destroy_fn *)fn)(1, 2, -1, NULL, &value), 0x100);
        ck_assert_uint_eq(arrived.x[3], UINT64_MAX);
        ck_assert_uint_eq(value, 0x102);
        ck_assert_uint_eq(((rtt_destroy_fn *)fn)(1, 2, -1, &value, NULL), 0x100);
        ck_assert_uint_eq(value, 0x101);
        rmmsim_unbind(bound);

        bound = rmmsim_bind_command(machine.sim, &fn, 3, RMMSIM_COMMAND_rmi_version, NULL);
        ck_assert_uint_eq(((version_fn *)fn)(0x20000, &value, NULL), RMMSIM_RMI_ERROR_INPUT);
        ck_assert_uint_eq(value, 0x10000); /* valid on failure, too */
        ck_assert_ptr_nonnull(rmmsim_why(machine.sim, 3));
        rmmsim_unbind(bound);
}
END_TEST

/* ---- guests --------------------------------------------------------------------------------------------------------------- */

struct guest_ops {
        uint64_t (*smc)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
        uint64_t rsi_version;
        uint64_t rmi_version;
};

static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct guest_ops *ops = arg;

        (void)vcpu;
        ops->rsi_version = ops->smc(RMMSIM_RSI_VERSION, 0x10000, 0, 0, 0, 0, 0, 0);
        (void)ops->smc(RMMSIM_RSI_HOST_CALL, GUEST_PC, 0, 0, 0, 0, 0, 0);
        ops->rmi_version = ops->smc(RMMSIM_RMI_VERSION, 0x10000, 0, 0, 0, 0, 0, 0);
        (void)ops->smc(RMMSIM_PSCI_SYSTEM_OFF, 0, 0, 0, 0, 0, 0, 0);
}

START_TEST(one_table_serves_host_and_guest)
{
        struct guest_ops ops = { .rsi_version = 99, .rmi_version = 99 };
        struct bound_ops table;

        ops_bind(&table, NULL, 0);
        ops.smc = table.ops.x0;
        (void)rmmsim_use(machine.sim, 0);
        ck_assert_int_eq(machine_boot(&machine, 1, guest, &ops), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_HOST_CALL);
        ck_assert_uint_eq(ops.smc(RMMSIM_RMI_VERSION, 0x10000, 0, 0, 0, 0, 0, 0), RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(ops.rsi_version, RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(ops.rmi_version, RMMSIM_NOT_SUPPORTED); /* to a Realm */
        ck_assert_int_eq(machine_tear_down(&machine), 0);
        ops_unbind(&table);
}
END_TEST

/* ---- errors and lifetime ------------------------------------------------------------------------------------------------- */

START_TEST(what_cannot_be_bound_is_refused)
{
        struct rmmsim_error error = { .code = RMMSIM_OK };
        rmmsim_fn *fn = NULL;

        ck_assert_ptr_null(rmmsim_bind_smc(machine.sim, NULL, 0, RMMSIM_BIND_X0, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        ck_assert_ptr_null(rmmsim_bind_smc(machine.sim, &fn, 0, RMMSIM_NUM_BIND_FORMS, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        ck_assert_ptr_null(rmmsim_bind_smc(machine.sim, &fn, 0, (enum rmmsim_bind_form) - 1, NULL));
        ck_assert_ptr_null(rmmsim_bind_command(machine.sim, &fn, 0, RMMSIM_COMMAND_NONE, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        ck_assert_ptr_null(rmmsim_bind_command(machine.sim, NULL, 0, RMMSIM_COMMAND_rmi_version, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        ck_assert_str_eq(told, "");
        ck_assert_ptr_null(rmmsim_bind_smc(machine.sim, &fn, MACHINE_PES, RMMSIM_BIND_X0, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_MISUSE);
        ck_assert_str_ne(told, "");
        told[0] = '\0';
        ck_assert_ptr_null(rmmsim_bind_command(machine.sim, &fn, MACHINE_PES, RMMSIM_COMMAND_rmi_version, &error));
        ck_assert_str_ne(told, "");
        ck_assert(fn == NULL);
        rmmsim_unbind(NULL);
}
END_TEST

START_TEST(functions_outlive_one_another_and_the_instance)
{
        enum {
                MANY = 2000
        };
        static struct rmmsim_bound *bound[MANY];
        static rmmsim_fn *fn[MANY];

        for (unsigned i = 0; i < MANY; i++) {
                bound[i] = rmmsim_bind_command(machine.sim, &fn[i], i % MACHINE_PES, RMMSIM_COMMAND_rmi_features, NULL);
                ck_assert_ptr_nonnull(bound[i]);
        }
        for (unsigned i = 0; i < MANY; i += 2) {
                rmmsim_unbind(bound[i]);
        }
        for (unsigned i = 1; i < MANY; i += 2) {
                uint64_t value = 0;

                ck_assert_uint_eq(((uint64_t(*)(uint64_t, uint64_t *))fn[i])(0, &value), RMMSIM_RMI_SUCCESS);
                ck_assert_uint_ne(value, 0);
        }
        rmmsim_destroy(machine.sim);
        machine.sim = NULL;
        for (unsigned i = 1; i < MANY; i += 2) {
                rmmsim_unbind(bound[i]);
        }
}
END_TEST

/* ---- threads -------------------------------------------------------------------------------------------------------------- */

struct bind_worker {
        pthread_t thread;
        struct machine machine;
        unsigned wrong;
};

/* Each has an instance of its own, binds, calls and unbinds. */
static void *bind_and_call(void *arg)
{
        struct bind_worker *worker = arg;

        if (machine_create(&worker->machine, NULL, NULL) != 0) {
                worker->wrong = 1;
                return NULL;
        }
        for (unsigned i = 0; i < 200; i++) {
                struct rmmsim_granule granule;
                rmmsim_fn *fn[2];
                struct rmmsim_bound *bound[2] = {
                        rmmsim_bind_smc(worker->machine.sim, &fn[0], i % MACHINE_PES, RMMSIM_BIND_EIGHT, NULL),
                        rmmsim_bind_command(worker->machine.sim, &fn[1], 0, RMMSIM_COMMAND_rmi_granule_undelegate, NULL)
                };
                struct eight (*eight)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
                uint64_t pa = MACHINE_BASE + i % 16 * MACHINE_PAGE;

                memcpy(&eight, &fn[0], sizeof(eight));
                worker->wrong += eight(RMMSIM_RMI_GRANULE_DELEGATE, pa, 0, 0, 0, 0, 0, 0).x[0] != 0;
                worker->wrong += rmmsim_granule(worker->machine.sim, &granule, pa) != 0 ||
                                 granule.state != RMMSIM_GRANULE_DELEGATED;
                worker->wrong += ((uint64_t(*)(uint64_t))fn[1])(pa) != 0;
                rmmsim_unbind(bound[0]);
                rmmsim_unbind(bound[1]);
        }
        rmmsim_destroy(worker->machine.sim);
        return NULL;
}

START_TEST(threads_bind_and_call_at_once)
{
        struct bind_worker workers[4] = { 0 };

        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, bind_and_call, &workers[i]), 0);
        }
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
                ck_assert_uint_eq(workers[i].wrong, 0);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bind");
        TCase *tcase = tcase_create("pointers");
        TCase *threads = tcase_create("threads");

        tcase_add_checked_fixture(tcase, begin, end);
        tcase_add_checked_fixture(threads, begin, end);
        tcase_add_test(tcase, each_form_calls_the_instance);
        tcase_add_test(tcase, each_form_moves_its_registers);
        tcase_add_test(tcase, a_function_of_each_command_has_its_registers);
        tcase_add_test(tcase, outputs_go_through_pointers_and_null_ones_are_left_out);
        tcase_add_test(tcase, one_table_serves_host_and_guest);
        tcase_add_test(tcase, what_cannot_be_bound_is_refused);
        tcase_add_test(tcase, functions_outlive_one_another_and_the_instance);
        tcase_add_test(threads, threads_bind_and_call_at_once);
        suite_add_tcase(suite, tcase);
        suite_add_tcase(suite, threads);
        return run_suite(suite);
}
