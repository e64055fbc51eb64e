/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_dispatch.c - from an SMC of the Realm to its handler, by code that the rows spell out.
 *
 * Specification: RSI command registers, PSCI in a Realm, "Realm SMC".
 */
#include "rsi.h"
#include <string.h>

#define SMCCC_1_2 UINT64_C(0x10002)

static struct granule *rec_granule(const struct rmmsim_vcpu *vcpu)
{
        return memory_granule(&vcpu->pe->rmm->memory, vcpu->rec->pa);
}

enum locks {
        LOCKS_NOTHING,
        LOCKS_REALM_SHARED,
        LOCKS_REALM,
        LOCKS_REC
};

static void lock(const struct rmmsim_vcpu *vcpu, enum locks what)
{
        bool held;

        if (what == LOCKS_REC) {
                granule_lock(rec_granule(vcpu), RMMSIM_GRANULE_REC, false, &held);
                pe_count(&vcpu->pe->statistics.locks);
        } else if (what != LOCKS_NOTHING) {
                vcpu_lock_realm(vcpu, what == LOCKS_REALM_SHARED);
        }
}

static void unlock(const struct rmmsim_vcpu *vcpu, enum locks what)
{
        if (what == LOCKS_REC) {
                granule_unlock(rec_granule(vcpu), false);
        } else if (what != LOCKS_NOTHING) {
                vcpu_unlock_realm(vcpu, what == LOCKS_REALM_SHARED);
        }
}

/* x_load: x1, x2, ... into the named arguments; says what to lock. */
#define LOADER(name)                                                                                                   \
        static enum locks name##_load(struct call *call, const uint64_t *x)                                            \
        {                                                                                                              \
                struct name##_args *a = &call->args.name;                                                              \
                enum locks what = LOCKS_NOTHING;                                                                       \
                unsigned i = 0;                                                                                        \
                (void)a;                                                                                               \
                (void)x;
#define LOADER_END                                                                                                     \
        (void)i;                                                                                                       \
        return what;                                                                                                   \
        }
#define COMMAND(ID, name, fid, summary) LOADER(name)
#define LOCKS(name, WHAT)               what = LOCKS_##WHAT;
#define IN(name, argument, KIND)        LOAD_##KIND(call, a->argument, x[++i]);
#define END(ID, name)                   LOADER_END
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) LOADER(name)
#define LOCKS(name, WHAT)               what = LOCKS_##WHAT;
#define IN(name, argument, KIND)        LOAD_##KIND(call, a->argument, x[++i]);
#define END(ID, name)                   LOADER_END
#include <rmmsim/spec/psci.def>

/* x_refused: what a failed command reports beside its status. */
#define REFUSER(name)                                                                                                  \
        static void name##_refused(struct call *call, const struct verdict *verdict)                                   \
        {                                                                                                              \
                call->results.common.x0 = verdict_x0(verdict);
#define COMMAND(ID, name, fid, summary) REFUSER(name)
#define REPORTS(name)                   name##_report(call->rmm, &call->args.name, verdict, &call->results.name);
#define END(ID, name)                   }
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) REFUSER(name)
#define END(ID, name)                   }
#include <rmmsim/spec/psci.def>

/* x_store: x0 and the named outputs. */
#define STORER(name)                                                                                                   \
        static void name##_store(const struct call *call, uint64_t *x)                                                 \
        {                                                                                                              \
                const struct name##_results *r = &call->results.name;                                                  \
                unsigned i = 0;                                                                                        \
                x[0] = r->common.x0;
#define STORER_END                                                                                                     \
        (void)i;                                                                                                       \
        }
#define COMMAND(ID, name, fid, summary) STORER(name)
#define OUT(name, output, KIND)         x[++i] = r->output;
#define END(ID, name)                   STORER_END
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) STORER(name)
#define END(ID, name)                   STORER_END
#include <rmmsim/spec/psci.def>

/* x_run: from the Realm's registers to `out`, x0 and the outputs; the rest of `out` is zero already. */
#define RUNNER(lower)                                                                                                  \
        static struct verdict lower##_run(struct call *call, const uint64_t *in, uint64_t *out)                        \
        {                                                                                                              \
                struct rmmsim_vcpu *vcpu = call->args.common.vcpu;                                                     \
                struct verdict verdict;                                                                                \
                enum locks what;                                                                                       \
                call->pe->command = RMMSIM_COMMAND_##lower;                                                            \
                call->results.lower = (struct lower##_results){ .common = { .x0 = 0 } };                               \
                what = lower##_load(call, in);                                                                         \
                lock(vcpu, what);                                                                                      \
                verdict = lower##_check(call->rmm, &call->args.lower);                                                 \
                if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                      \
                        lower##_apply(call->pe, &call->args.lower, &call->results.lower);                              \
                } else {                                                                                               \
                        lower##_refused(call, &verdict);                                                               \
                }                                                                                                      \
                unlock(vcpu, what);
#define RUNNER_END(lower)                                                                                              \
        lower##_store(call, out);                                                                                      \
        return verdict;                                                                                                \
        }
#define COMMAND(ID, name, fid, summary) RUNNER(name)
#define CONTINUES(name)                                                                                                \
        if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                              \
                verdict = name##_continue(call->pe, &call->args.name, &call->results.name);                            \
                if (verdict.condition != RMMSIM_CONDITION_NONE) {                                                      \
                        name##_refused(call, &verdict);                                                                \
                }                                                                                                      \
        }
#define END(ID, name) RUNNER_END(name)
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) RUNNER(name)
#define END(ID, name)                   RUNNER_END(name)
#include <rmmsim/spec/psci.def>

typedef struct verdict run_fn(struct call *call, const uint64_t *in, uint64_t *out);

struct service {
        run_fn *run;
        enum rmmsim_command id;
};

enum {
        RSI_FIRST = 0x190,
        RSI_RANGE = 16,
        PSCI_RANGE = 16
};

static const struct service rsi_services[RSI_RANGE] = {
#define COMMAND(ID, name, fid, summary) [((fid)&0xffff) - RSI_FIRST] = { name##_run, RMMSIM_COMMAND_##name },
#include <rmmsim/spec/rsi.def>
};

static const struct service psci_services[PSCI_RANGE] = {
#define COMMAND(ID, name, fid, summary) [(fid)&0xffff] = { name##_run, RMMSIM_COMMAND_##name },
#include <rmmsim/spec/psci.def>
};

static const struct service *find_service(const struct profile *profile, uint32_t fid)
{
        const struct service *service = NULL;

        if (fid - (0xC4000000u + RSI_FIRST) < RSI_RANGE) {
                service = &rsi_services[fid - (0xC4000000u + RSI_FIRST)];
        } else if ((fid & ~0x4000000fu) == 0x84000000u) {
                service = &psci_services[fid & 0xf];
                /* A function is served under the identifier in its row, and maybe under that of its SMC32 twin. */
                if (service->run != NULL && command_rows[service->id].fid != fid &&
                    !(QUIRKED(profile, psci_smc32) && (command_rows[service->id].fid & ~0x40000000u) == fid)) {
                        return NULL;
                }
        }
        return service != NULL && service->run != NULL ? service : NULL;
}

/* The hint of SMCCC 1.3 says nothing about the function, but deployed monitors then know no PSCI function. */
static bool hint_refused(const struct profile *profile, const struct service *service, uint64_t x0)
{
        return command_rows[service->id].interface == INTERFACE_PSCI && (x0 & BIT(16)) != 0 &&
               QUIRKED(profile, psci_sve_hint_refused);
}

/* What neither RSI nor PSCI serves, and the one call of the SMC calling convention itself. */
static void unserved(struct rmmsim_vcpu *vcpu, uint32_t fid)
{
        struct pe *pe = vcpu->pe;
        uint64_t *x = vcpu->rec->gprs;
        uint64_t in[18];

        memcpy(in, x, sizeof(in));
        x[0] = fid == RMMSIM_SMCCC_VERSION ? SMCCC_1_2 : RMMSIM_NOT_SUPPORTED;
        x[1] = x[2] = x[3] = 0;
        vcpu->rec->pc += 4;
        vcpu->rec->refusal = (struct refusal_record){ .verdict = PASSED, .x0 = x[0] };
        pe_count(&pe->statistics.commands[RMMSIM_COMMAND_NONE]);
        pe->statistics.refused[RMMSIM_COMMAND_NONE] += x[0] == RMMSIM_NOT_SUPPORTED;
        if (pe->rmm->trace.fn != NULL) {
                struct rmmsim_event event = { .kind = RMMSIM_EVENT_COMMAND, .pe = pe->index };

                event.of.command.id = RMMSIM_COMMAND_NONE;
                event.of.command.rec = vcpu->rec->pa;
                event.of.command.in = in;
                event.of.command.out = x;
                pe->rmm->trace.fn(pe->rmm->trace.context, &event);
        }
}

/*
 * How many registers the results occupy. RSI: x0..x16, as the specification has registers that are no outputs return zero;
 * deployed monitors write x0..x3, and outputs beyond them if there is a result. PSCI: x0..x3 in either case.
 */
static unsigned num_written(const struct profile *profile, const struct command_row *row, bool refused)
{
        if (row->interface == INTERFACE_RSI && !QUIRKED(profile, rsi_keeps_registers)) {
                return 17;
        }
        return row->num_outputs > 3 && !refused ? row->num_outputs + 1u : 4;
}

bool rsi_serves_psci(const struct profile *profile, uint32_t fid)
{
        const struct service *service = find_service(profile, fid);

        return service != NULL && command_rows[service->id].interface == INTERFACE_PSCI;
}

void rsi_dispatch(struct rmmsim_vcpu *vcpu)
{
        struct rec *rec = vcpu->rec;
        struct pe *pe = vcpu->pe;
        uint64_t in[18];
        uint64_t out[18] = { 0 };
        uint32_t fid = rsi_function_identifier(rec->gprs[0]);
        const struct service *service = find_service(&pe->rmm->profile, fid);
        enum rmmsim_command outer = pe->command;
        struct verdict verdict;
        struct call call;

        if (service == NULL || hint_refused(&pe->rmm->profile, service, rec->gprs[0])) {
                unserved(vcpu, fid);
                return;
        }
        memcpy(in, rec->gprs, sizeof(in));
        call_begin(&call, pe);
        call.args.common.vcpu = vcpu;
        call.args.common.rec = rec;
        call.args.common.realm = vcpu->realm;
        verdict = service->run(&call, in, out);
        if (call.results.common.outcome != RSI_UNTOUCHED) {
                rec->refusal = (struct refusal_record){ .verdict = verdict, .x0 = out[0] };
                rec->refusal.argument_value = in[condition_rows[verdict.condition].argument_register];
                rec->pc += 4;
        }
        if (call.results.common.outcome == RSI_ANSWERED) {
                memcpy(rec->gprs, out,
                       num_written(&pe->rmm->profile, &command_rows[service->id],
                                   verdict.condition != RMMSIM_CONDITION_NONE) *
                               sizeof(uint64_t));
        }
        call_finish(&call, service->id, &verdict, in, out);
        pe->command = outer;
}
