/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_dispatch.c - from an SMC of the Realm to its handler, by code that the rows spell out.
 *
 * Specification: RSI command registers, PSCI in a Realm, "Realm SMC".
 */
#include "rsi.h"
#include "stage2.h"
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
                pe_count(&vcpu->pe->statistics.locks);
                granule_lock(rec_granule(vcpu), RMMSIM_GRANULE_REC, false, &held);
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

/* How a call ended. Unless it was answered the registers are nobody's to look at: a REC that is off may be started already. */
struct answer {
        enum rmmsim_condition refused;
        bool answered;
};

/* Registers are as passed, still. A call that the Realm makes again was not one. */
CALL_INLINE void finish(const struct rmmsim_vcpu *vcpu, enum rmmsim_command id, const struct verdict *verdict,
                        const struct results_common *results)
{
        struct rec *rec = vcpu->rec;
        struct refusal_record unheard;
        bool untouched = results->outcome == RSI_UNTOUCHED;

        call_finish(vcpu->pe, untouched ? &unheard : &rec->refusal, id, verdict, results->x0, rec->gprs);
        if (!untouched) {
                rec->pc += 4;
        }
}

/* A call that no condition refused succeeded, unless it is counted here. */
CALL_INLINE void count_answer(struct pe *pe, unsigned family, enum rmmsim_command id, const struct verdict *verdict,
                              const struct results_common *results)
{
        if (results->outcome != RSI_ANSWERED) {
                pe_count(&pe->statistics.statuses[id][RMMSIM_STATUS_UNANSWERED]);
        } else if (family == INTERFACE_RSI && results->x0 != RMMSIM_RSI_SUCCESS &&
                   verdict->condition == RMMSIM_CONDITION_NONE) {
                pe_count(&pe->statistics.statuses[id][results->x0]);
        }
}

/* x_load: x1, x2, ... into the named arguments; says what to lock. */
#define LOADER(name)                                                                                                   \
        CALL_INLINE enum locks name##_load(struct call *call, struct name##_args *a, const uint64_t *x)                \
        {                                                                                                              \
                enum locks what = LOCKS_NOTHING;                                                                       \
                unsigned i = 0;                                                                                        \
                (void)call;                                                                                            \
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
        static void name##_refused(const struct rmm *rmm, const struct name##_args *a, const struct verdict *verdict,  \
                                   struct name##_results *r)                                                           \
        {                                                                                                              \
                (void)rmm;                                                                                             \
                (void)a;                                                                                               \
                r->common.x0 = verdict_x0(verdict);
#define COMMAND(ID, name, fid, summary) REFUSER(name)
#define REPORTS(name)                   name##_report(rmm, a, verdict, r);
#define END(ID, name)                   }
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) REFUSER(name)
#define END(ID, name)                   }
#include <rmmsim/spec/psci.def>

/*
 * How many registers the results occupy. RSI: x0..x16, as the specification has registers that are no outputs return zero;
 * deployed monitors write x0..x3, and outputs beyond them if there is a result. PSCI: x0..x3 in either case.
 */
enum {
        WRITTEN_LEAST = 4,
        WRITTEN_RSI = 17
};

static unsigned written_rsi(const struct profile *profile, unsigned num_outputs, bool refused)
{
        if (!QUIRKED(profile, rsi_keeps_registers)) {
                return WRITTEN_RSI;
        }
        return num_outputs >= WRITTEN_LEAST && !refused ? num_outputs + 1 : WRITTEN_LEAST;
}

/* x_store: x0, the named outputs, and zero in what is left of `end` registers. */
#define STORER(name)                                                                                                   \
        CALL_INLINE void name##_store(const struct name##_results *r, unsigned end, uint64_t *x)                       \
        {                                                                                                              \
                unsigned i = 0;                                                                                        \
                x[0] = r->common.x0;
#define STORE_OUT(output)                                                                                              \
        if (++i < WRITTEN_LEAST || i < end) {                                                                          \
                x[i] = r->output;                                                                                      \
        }
#define STORER_END                                                                                                     \
        while (i < WRITTEN_LEAST - 1) {                                                                                \
                x[++i] = 0;                                                                                            \
        }                                                                                                              \
        if (end == WRITTEN_RSI) {                                                                                      \
                while (i < WRITTEN_RSI - 1) {                                                                          \
                        x[++i] = 0;                                                                                    \
                }                                                                                                      \
        }                                                                                                              \
        }
#define COMMAND(ID, name, fid, summary) STORER(name)
#define OUT(name, output, KIND)         STORE_OUT(output)
#define END(ID, name)                   STORER_END
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) STORER(name)
#define END(ID, name)                   STORER_END
#include <rmmsim/spec/psci.def>

/* x_serve: the whole way, in the Realm's registers themselves. Compiled twice, as those of RMI are. */
#define RUNNER(lower)                                                                                                  \
        CALL_INLINE struct answer lower##_serve(struct rmmsim_vcpu *vcpu, bool watched)                                \
        {                                                                                                              \
                struct lower##_results results = { .common = { .x0 = 0 } };                                            \
                struct pe *pe = vcpu->pe;                                                                              \
                struct stage2_result found;                                                                            \
                struct lower##_args args;                                                                              \
                struct verdict verdict;                                                                                \
                struct call call;                                                                                      \
                enum locks what;                                                                                       \
                pe->command = RMMSIM_COMMAND_##lower;                                                                  \
                call_begin(&call, pe, &args.common);                                                                   \
                args.common.found = &found;                                                                            \
                args.common.vcpu = vcpu;                                                                               \
                args.common.rec = vcpu->rec;                                                                           \
                args.common.realm = vcpu->realm;                                                                       \
                what = lower##_load(&call, &args, vcpu->rec->gprs);                                                    \
                lock(vcpu, what);                                                                                      \
                verdict = lower##_check(pe->rmm, &args);                                                               \
                if (watched) {                                                                                         \
                        verdict = call_watched(&call, RMMSIM_COMMAND_##lower, vcpu->rec->gprs, verdict);               \
                }                                                                                                      \
                if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                      \
                        lower##_apply(pe, &args, &results);                                                            \
                } else {                                                                                               \
                        lower##_refused(pe->rmm, &args, &verdict, &results);                                           \
                }                                                                                                      \
                if (watched) {                                                                                         \
                        record_acted(pe);                                                                              \
                }                                                                                                      \
                unlock(vcpu, what);
#define RUNNER_END(lower, family, end)                                                                                 \
        finish(vcpu, RMMSIM_COMMAND_##lower, &verdict, &results.common);                                               \
        count_answer(pe, family, RMMSIM_COMMAND_##lower, &verdict, &results.common);                                   \
        if (results.common.outcome == RSI_ANSWERED) {                                                                  \
                lower##_store(&results, end, vcpu->rec->gprs);                                                         \
        }                                                                                                              \
        return (struct answer){ verdict.condition, results.common.outcome == RSI_ANSWERED };                           \
        }                                                                                                              \
        static struct answer lower##_run(struct rmmsim_vcpu *vcpu)                                                     \
        {                                                                                                              \
                return lower##_serve(vcpu, false);                                                                     \
        }                                                                                                              \
        static struct answer lower##_run_watched(struct rmmsim_vcpu *vcpu)                                             \
        {                                                                                                              \
                return lower##_serve(vcpu, true);                                                                      \
        }
#define NUM_OUTPUTS(name)               (unsigned)((sizeof(struct name##_results) - sizeof(struct results_common)) / sizeof(uint64_t))
#define COMMAND(ID, name, fid, summary) RUNNER(name)
#define CONTINUES(name)                                                                                                \
        if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                              \
                verdict = name##_continue(pe, &args, &results);                                                        \
                if (verdict.condition != RMMSIM_CONDITION_NONE) {                                                      \
                        name##_refused(pe->rmm, &args, &verdict, &results);                                            \
                }                                                                                                      \
        }
#define END(ID, name)                                                                                                  \
        RUNNER_END(name, INTERFACE_RSI,                                                                                \
                   written_rsi(&pe->rmm->profile, NUM_OUTPUTS(name), verdict.condition != RMMSIM_CONDITION_NONE))
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) RUNNER(name)
#define END(ID, name)                   RUNNER_END(name, INTERFACE_PSCI, WRITTEN_LEAST)
#include <rmmsim/spec/psci.def>

typedef struct answer run_fn(struct rmmsim_vcpu *vcpu);

struct service {
        run_fn *run;
        run_fn *run_watched;
        enum rmmsim_command id;
};

enum {
        RSI_FIRST = 0x190,
        RSI_RANGE = 16,
        PSCI_RANGE = 16
};

static const struct service rsi_services[RSI_RANGE] = {
#define COMMAND(ID, name, fid, summary)                                                                                \
        [((fid)&0xffff) - RSI_FIRST] = { name##_run, name##_run_watched, RMMSIM_COMMAND_##name },
#include <rmmsim/spec/rsi.def>
};

static const struct service psci_services[PSCI_RANGE] = {
#define COMMAND(ID, name, fid, summary) [(fid)&0xffff] = { name##_run, name##_run_watched, RMMSIM_COMMAND_##name },
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
static struct answer unserved(struct rmmsim_vcpu *vcpu, uint32_t fid)
{
        struct pe *pe = vcpu->pe;
        uint64_t *x = vcpu->rec->gprs;

        pe->command = RMMSIM_COMMAND_NONE;
        x[0] = fid == RMMSIM_SMCCC_VERSION ? SMCCC_1_2 : RMMSIM_NOT_SUPPORTED;
        x[1] = x[2] = x[3] = 0;
        vcpu->rec->pc += 4;
        vcpu->rec->refusal.verdict = PASSED;
        pe_count(&pe->statistics.commands[RMMSIM_COMMAND_NONE]);
        if (x[0] == RMMSIM_NOT_SUPPORTED) {
                pe_count(&pe->statistics.statuses[RMMSIM_COMMAND_NONE][-RMMSIM_PSCI_NOT_SUPPORTED]);
        }
        return (struct answer){ RMMSIM_CONDITION_NONE, true };
}

bool rsi_serves_psci(const struct profile *profile, uint32_t fid)
{
        const struct service *service = find_service(profile, fid);

        return service != NULL && command_rows[service->id].interface == INTERFACE_PSCI;
}

static inline struct answer serve(struct rmmsim_vcpu *vcpu, bool watched)
{
        const struct profile *profile = &vcpu->pe->rmm->profile;
        uint64_t x0 = vcpu->rec->gprs[0];
        uint32_t fid = rsi_function_identifier(x0);
        const struct service *service = find_service(profile, fid);

        if (service == NULL || hint_refused(profile, service, x0)) {
                return unserved(vcpu, fid);
        }
        return watched ? service->run_watched(vcpu) : service->run(vcpu);
}

static void serve_watched(struct rmmsim_vcpu *vcpu)
{
        static const uint64_t later[18];
        struct pe *pe = vcpu->pe;
        struct answer answer;
        uint64_t in[18];

        memcpy(in, vcpu->rec->gprs, sizeof(in));
        answer = serve(vcpu, true);
        if (pe->rmm->trace.fn != NULL) {
                call_trace(pe, pe->command, vcpu->rec, answer.refused, in, answer.answered ? vcpu->rec->gprs : later);
        }
        if (is_recorded(pe)) {
                pe->rmm->recorder->trap_call(pe->rmm->recorder, pe->index, pe->command, answer.refused);
        }
}

void rsi_dispatch(struct rmmsim_vcpu *vcpu)
{
        struct pe *pe = vcpu->pe;
        enum rmmsim_command outer = pe->command;

        if (__builtin_expect(!pe->rmm->watched, 1)) {
                (void)serve(vcpu, false);
        } else {
                serve_watched(vcpu);
        }
        pe->command = outer;
}
