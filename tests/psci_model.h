/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_model.h - PSCI of a Realm as a small sequential model.
 *
 * Written from the sheet, and sharing nothing with the library: a REC is on or off, asks something of the host or not, and
 * knows what it will find in its registers. Every action is atomic here, so what the model says of x0, of every register and of
 * every exit is exact for a history on one PE.
 *
 * Specification: PSCI sheet section 7; rec sheet sections 4.1 to 4.4.
 */
#ifndef PSCI_MODEL_H
#define PSCI_MODEL_H

#include "psci_fixture.h"

enum {
        NUM_RECS = 4
};

/* What deployed monitors do otherwise. */
struct knobs {
        bool denied_consumes, keep_registers, two_registers, smc32, hides_version, masked, destroyed_count,
                hint_refused, level_wide;
};

static const struct knobs knobs_of_profile[] = {
        { 0 },
        { .denied_consumes = true,
          .keep_registers = true,
          .two_registers = true,
          .smc32 = true,
          .hides_version = true,
          .masked = true,
          .destroyed_count = true,
          .hint_refused = true,
          .level_wide = true },
};

struct model_rec {
        bool exists, on;
        enum {
                NOTHING,
                ASKS_CPU_ON,
                ASKS_AFFINITY
        } pending;
        uint64_t x[31]; /* as saved                                                      */
        bool starts;    /* at its next entry, at pc                                      */
        uint64_t pc;
        bool returns; /* from a call, at its next entry, with the result in x          */
};

static struct {
        struct knobs knobs;
        bool realm_off;
        struct model_rec rec[NUM_RECS];
} model;

/* What a call of a REC comes to. */
struct outcome {
        bool exits;
        uint64_t gprs[4]; /* of the exit */
};

static inline uint64_t model_field(uint64_t value, unsigned low, unsigned width)
{
        return value >> low & ((UINT64_C(1) << width) - 1);
}

static inline uint64_t model_index_of(uint64_t mpidr)
{
        return model_field(mpidr, 0, 4) + 16 * model_field(mpidr, 8, 8) + 4096 * model_field(mpidr, 16, 8) +
               1048576 * model_field(mpidr, 32, 8);
}

static inline bool model_only_fields(uint64_t mpidr)
{
        return model_field(mpidr, 4, 4) == 0 && model_field(mpidr, 24, 8) == 0 && model_field(mpidr, 40, 24) == 0;
}

static inline bool model_is_rec(uint64_t mpidr)
{
        uint64_t index = model_index_of(mpidr);

        if (!model_only_fields(mpidr) && !model.knobs.masked) {
                return false;
        }
        return index < NUM_RECS && (model.rec[index].exists || model.knobs.destroyed_count);
}

static inline struct outcome model_answered(struct model_rec *rec, uint64_t x0)
{
        rec->x[0] = x0;
        rec->x[1] = rec->x[2] = rec->x[3] = 0;
        return (struct outcome){ .exits = false };
}

/* The host is shown the function and `num` arguments, or `few` of them. */
static inline struct outcome model_exits(const struct model_rec *rec, uint32_t function, unsigned num, unsigned few)
{
        struct outcome outcome = { .exits = true, .gprs = { model.knobs.two_registers ? rec->x[0] : function } };

        for (unsigned i = 1; i <= (model.knobs.two_registers ? few : num); i++) {
                outcome.gprs[i] = rec->x[i];
        }
        return outcome;
}

static inline struct outcome model_cpu_on(struct model_rec *rec, uint64_t self, uint32_t function)
{
        if (rec->x[2] >= UINT64_C(1) << 39) {
                return model_answered(rec, INVALID_ADDRESS);
        }
        if (!model_is_rec(rec->x[1])) {
                return model_answered(rec, INVALID_PARAMETERS);
        }
        if (model_index_of(rec->x[1]) == self) {
                return model_answered(rec, ALREADY_ON);
        }
        rec->pending = ASKS_CPU_ON;
        return model_exits(rec, function, 3, 1);
}

static inline struct outcome model_affinity_info(struct model_rec *rec, uint64_t self, uint32_t function)
{
        if (model.knobs.level_wide ? rec->x[2] != 0 : model_field(rec->x[2], 0, 32) != 0) {
                return model_answered(rec, INVALID_PARAMETERS);
        }
        if (!model_is_rec(rec->x[1])) {
                return model_answered(rec, INVALID_PARAMETERS);
        }
        if (model_index_of(rec->x[1]) == self) {
                return model_answered(rec, ON);
        }
        rec->pending = ASKS_AFFINITY;
        return model_exits(rec, function, 2, 1);
}

static inline bool model_is_served(uint32_t function)
{
        switch (function) {
        case 0x84000000:
        case 0x84000002:
        case 0x84000008:
        case 0x84000009:
        case 0x8400000A:
        case 0xC4000001:
        case 0xC4000003:
        case 0xC4000004:
                return true;
        case 0x84000001:
        case 0x84000003:
        case 0x84000004:
                return model.knobs.smc32;
        default:
                return false;
        }
}

static inline uint64_t model_features(uint64_t x1)
{
        uint32_t function = (uint32_t)x1;

        if (function == 0x84000000 && model.knobs.hides_version) {
                return NOT_SUPPORTED;
        }
        return model_is_served(function) || function == 0x80000000 ? SUCCESS : NOT_SUPPORTED;
}

/* The REC makes the call that its registers hold. */
static inline struct outcome model_smc(unsigned self)
{
        struct model_rec *rec = &model.rec[self];
        uint32_t function = (uint32_t)rec->x[0] & 0xfffeffff;
        struct outcome outcome;

        if (!model_is_served(function) || (model.knobs.hint_refused && model_field(rec->x[0], 16, 1) == 1)) {
                return model_answered(rec, NOT_SUPPORTED);
        }
        switch (function & 0xf) {
        case 0x0:
                return model_answered(rec, 0x10001);
        case 0x1:
                outcome = model_exits(rec, function, 3, 0);
                model_answered(rec, SUCCESS);
                rec->returns = true;
                return outcome;
        case 0x2:
                outcome = model_exits(rec, function, 0, 0);
                model_answered(rec, SUCCESS);
                rec->on = false;
                return outcome;
        case 0x3:
                return model_cpu_on(rec, self, function);
        case 0x4:
                return model_affinity_info(rec, self, function);
        case 0xa:
                return model_answered(rec, model_features(rec->x[1]));
        default:
                model.realm_off = true;
                return model_exits(rec, function, 0, 0);
        }
}

static inline void model_start(struct model_rec *target, const struct model_rec *caller)
{
        for (unsigned i = 1; i < 31 && !model.knobs.keep_registers; i++) {
                target->x[i] = 0;
        }
        target->x[0] = caller->x[3];
        target->pc = caller->x[2];
        target->on = true;
        target->starts = true;
        target->returns = false;
}

/* Returns x0 of the host. */
static inline uint64_t model_complete(unsigned caller_index, unsigned target_index, uint64_t status)
{
        struct model_rec *caller = &model.rec[caller_index];
        struct model_rec *target = &model.rec[target_index];
        bool cpu_on_asked = caller->pending == ASKS_CPU_ON;
        uint64_t result, x0 = RMMSIM_RMI_SUCCESS;

        if (caller == target || !caller->exists || !target->exists || caller->pending == NOTHING ||
            (model.knobs.masked ? model_index_of(caller->x[1]) : caller->x[1]) != target_index) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        if (status == DENIED && cpu_on_asked && target->on && model.knobs.denied_consumes) {
                x0 = RMMSIM_RMI_ERROR_INPUT;
        } else if (status != SUCCESS && !(status == DENIED && cpu_on_asked && !target->on)) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        if (!cpu_on_asked) {
                result = target->on ? ON : OFF;
        } else if (target->on) {
                result = ALREADY_ON;
        } else {
                result = status;
                if (status == SUCCESS) {
                        model_start(target, caller);
                }
        }
        model_answered(caller, result);
        caller->pending = NOTHING;
        caller->returns = true;
        return x0;
}

/* x0 of an entry; SUCCESS if it is admitted. */
static inline uint64_t model_enter(unsigned index)
{
        const struct model_rec *rec = &model.rec[index];

        if (!rec->exists) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        if (model.realm_off) {
                return RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_REALM, 1);
        }
        return rec->on && rec->pending == NOTHING ? RMMSIM_RMI_SUCCESS : RMMSIM_RMI_ERROR_REC;
}

#endif
