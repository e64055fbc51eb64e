/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_psci.c - the model's PSCI, and how results come back to registers.
 *
 * Specification: REC sheet sections 1.7 and 4.
 */
#include "guest_model.h"

/*
 * x0 and the outputs; zero in the registers up to x16 that are none, or where deployed monitors are imitated up to x3. PSCI
 * returns x0..x3 in either case.
 */
void model_answer(struct model_rec *rec, uint64_t x0, const uint64_t *outputs, unsigned num_outputs, bool rsi)
{
        unsigned last = rsi && !MODEL_QUIRK(rsi_keeps_registers) ? 16 : num_outputs > 3 ? num_outputs : 3;

        rec->x[0] = x0;
        for (unsigned i = 1; i <= last; i++) {
                rec->x[i] = i <= num_outputs ? outputs[i - 1] : 0;
        }
        rec->pc += 4;
}

static void answer(struct model_rec *rec, int64_t code)
{
        model_answer(rec, (uint64_t)code, NULL, 0, false);
}

/* Function identifiers in this order; the SMC32 forms of the 64-bit ones count where the quirk is on. */
enum function {
        VERSION,
        CPU_SUSPEND,
        CPU_OFF,
        CPU_ON,
        AFFINITY_INFO,
        SYSTEM_OFF,
        SYSTEM_RESET,
        FEATURES,
        NO_FUNCTION
};

static enum function function_of(uint32_t fid)
{
        switch (fid) {
        case 0x84000000:
                return VERSION;
        case 0xc4000001:
                return CPU_SUSPEND;
        case 0x84000002:
                return CPU_OFF;
        case 0xc4000003:
                return CPU_ON;
        case 0xc4000004:
                return AFFINITY_INFO;
        case 0x84000001:
                return MODEL_QUIRK(psci_smc32) ? CPU_SUSPEND : NO_FUNCTION;
        case 0x84000003:
                return MODEL_QUIRK(psci_smc32) ? CPU_ON : NO_FUNCTION;
        case 0x84000004:
                return MODEL_QUIRK(psci_smc32) ? AFFINITY_INFO : NO_FUNCTION;
        case 0x84000008:
                return SYSTEM_OFF;
        case 0x84000009:
                return SYSTEM_RESET;
        case 0x8400000a:
                return FEATURES;
        default:
                return NO_FUNCTION;
        }
}

static bool features(uint32_t fid)
{
        if (fid == RMMSIM_PSCI_VERSION && MODEL_QUIRK(psci_features_hides_version)) {
                return false;
        }
        return fid == RMMSIM_SMCCC_VERSION || function_of(fid) != NO_FUNCTION;
}

/* The REC that an MPIDR names, or NULL. All RECs of the model exist as long as it does. */
static struct model_rec *rec_of(uint64_t mpidr)
{
        uint64_t index = (mpidr & 0xf) | (mpidr >> 8 & 0xffff) << 4 | (mpidr >> 32 & 0xff) << 20;
        bool stray = (mpidr & ~UINT64_C(0xff00ffff0f)) != 0;

        return index < MODEL_RECS && (!stray || MODEL_QUIRK(psci_mpidr_masked)) ? &model.recs[index] : NULL;
}

static void exit_psci(struct model_rec *rec, uint32_t fid, unsigned num_arguments, unsigned num_shown)
{
        bool hides = MODEL_QUIRK(psci_exit_two_registers);

        model_exit(rec, RMMSIM_EXIT_PSCI, RESUME_DONE);
        model.exit.gprs[0] = hides ? rec->x[0] : fid;
        for (unsigned i = 1; i <= (hides ? num_shown : num_arguments); i++) {
                model.exit.gprs[i] = rec->x[i];
        }
        rec->x[0] = fid;
}

static bool request(struct model_rec *rec, uint32_t fid, unsigned num_arguments)
{
        exit_psci(rec, fid, num_arguments, 1);
        rec->pending = PENDING_PSCI;
        rec->pc += 4;
        return true;
}

static bool cpu_on(struct model_rec *rec, uint32_t fid)
{
        const struct model_rec *target = rec_of(rec->x[1]);

        if (!model_is_protected(rec->x[2])) {
                answer(rec, -9);
        } else if (target == NULL) {
                answer(rec, -2);
        } else if (target == rec) {
                answer(rec, -4);
        } else {
                return request(rec, fid, 3);
        }
        return false;
}

static bool affinity_info(struct model_rec *rec, uint32_t fid)
{
        const struct model_rec *target = rec_of(rec->x[1]);
        uint64_t level = MODEL_QUIRK(psci_level_wide) ? rec->x[2] : (uint32_t)rec->x[2];

        if (level != 0 || target == NULL) {
                answer(rec, -2);
        } else if (target == rec) {
                answer(rec, 0);
        } else {
                return request(rec, fid, 2);
        }
        return false;
}

bool model_psci(struct model_rec *rec, uint32_t fid, bool hint)
{
        switch (hint && MODEL_QUIRK(psci_sve_hint_refused) ? NO_FUNCTION : function_of(fid)) {
        case VERSION:
                answer(rec, 0x10001);
                return false;
        case FEATURES:
                answer(rec, features((uint32_t)rec->x[1]) ? 0 : -1);
                return false;
        case CPU_SUSPEND:
                exit_psci(rec, fid, 3, 0);
                answer(rec, 0);
                return true;
        case CPU_OFF:
                exit_psci(rec, fid, 0, 0);
                answer(rec, 0);
                rec->runnable = false;
                return true;
        case CPU_ON:
                return cpu_on(rec, fid);
        case AFFINITY_INFO:
                return affinity_info(rec, fid);
        case SYSTEM_OFF:
        case SYSTEM_RESET:
                exit_psci(rec, fid, 0, 0);
                model.system_off = true;
                rec->pc += 4;
                return true;
        default:
                answer(rec, -1);
                return false;
        }
}

/* ---- RMI_PSCI_COMPLETE -------------------------------------------------------------------------------------------------- */

static void start(struct model_rec *target, const struct model_rec *caller)
{
        if (!MODEL_QUIRK(psci_target_keeps_registers)) {
                memset(target->x, 0, sizeof(target->x));
        }
        target->x[0] = caller->x[3];
        target->pc = caller->x[2];
        target->pstate = 0x3c5;
        target->registers[REGISTER_SCTLR] = 0xc50878 | (caller->registers[REGISTER_SCTLR] & 1 << 25);
        target->restart = true;
        target->runnable = true;
}

/* `target` is NULL for a REC of another Realm, or something that is no REC. */
uint64_t model_psci_complete(struct model_rec *caller, struct model_rec *target, uint64_t status)
{
        uint64_t result = RMMSIM_RMI_SUCCESS;
        bool denied = (int64_t)status == RMMSIM_PSCI_DENIED;
        bool asks_on;

        if (target == NULL || target == caller || caller->pending != PENDING_PSCI || rec_of(caller->x[1]) != target) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        asks_on = (caller->x[0] & 0xf) == 3;
        if (status != 0 && !(denied && asks_on)) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        if (denied && target->runnable) {
                if (!MODEL_QUIRK(psci_denied_on_running_consumes)) {
                        return RMMSIM_RMI_ERROR_INPUT;
                }
                result = RMMSIM_RMI_ERROR_INPUT;
        }
        if (!asks_on) {
                caller->x[0] = target->runnable ? 0 : 1;
        } else if (target->runnable) {
                caller->x[0] = (uint64_t)RMMSIM_PSCI_ALREADY_ON;
        } else if (denied) {
                caller->x[0] = (uint64_t)RMMSIM_PSCI_DENIED;
        } else {
                start(target, caller);
                caller->x[0] = 0;
        }
        caller->x[1] = caller->x[2] = caller->x[3] = 0;
        caller->pending = PENDING_NOTHING;
        return result;
}
