/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_shadow.c - looking things up in what a host knows, and whether that fits a refusal.
 */
#include "rmi_oracle.h"
#include <string.h>

/* ---- Granules ------------------------------------------------------------------------------------------------------------- */

void rmi_shadow_clear(struct rmi_shadow *shadow, unsigned num_granules)
{
        memset(shadow, 0, sizeof(*shadow));
        shadow->num_granules = num_granules;
        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                shadow->realms[i].rd = RMI_NOWHERE;
        }
        for (unsigned i = 0; i < RMI_RECS_MAX; i++) {
                shadow->recs[i].granule = RMI_NOWHERE;
        }
        for (unsigned i = 0; i < num_granules; i++) {
                shadow->granules[i].owner = RMI_NOWHERE;
        }
}

void rmi_shadow_copy(struct rmi_shadow *to, const struct rmi_shadow *from)
{
        memcpy(to, from, offsetof(struct rmi_shadow, granules) + from->num_granules * sizeof(from->granules[0]));
}

uint64_t rmi_pa(unsigned number)
{
        if (number < RMI_NUM_DRAM) {
                return RMI_DRAM_BASE + number * RMI_PAGE;
        }
        return number < RMI_NUM_POOL ? RMI_HIGH_BASE + (number - RMI_NUM_DRAM) * RMI_PAGE
                                     : RMI_BLOCK_BASE + (number - RMI_NUM_POOL) * RMI_PAGE;
}

int rmi_number(const struct rmi_shadow *shadow, uint64_t pa)
{
        uint64_t number;

        if (pa - RMI_DRAM_BASE < RMI_NUM_DRAM * RMI_PAGE) {
                number = (pa - RMI_DRAM_BASE) / RMI_PAGE;
        } else if (pa - RMI_HIGH_BASE < RMI_NUM_HIGH * RMI_PAGE) {
                number = RMI_NUM_DRAM + (pa - RMI_HIGH_BASE) / RMI_PAGE;
        } else {
                number = pa >= RMI_BLOCK_BASE ? RMI_NUM_POOL + (pa - RMI_BLOCK_BASE) / RMI_PAGE : RMI_GRANULES_MAX;
        }
        return pa % RMI_PAGE == 0 && number < shadow->num_granules ? (int)number : RMI_NOWHERE;
}

struct rmi_realm *rmi_realm_at(struct rmi_shadow *shadow, int number)
{
        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                if (number != RMI_NOWHERE && shadow->realms[i].rd == number) {
                        return &shadow->realms[i];
                }
        }
        return NULL;
}

struct rmi_rec *rmi_rec_at(struct rmi_shadow *shadow, int number)
{
        for (unsigned i = 0; i < RMI_RECS_MAX; i++) {
                if (number != RMI_NOWHERE && shadow->recs[i].granule == number) {
                        return &shadow->recs[i];
                }
        }
        return NULL;
}

/* ---- translation ---------------------------------------------------------------------------------------------------------- */

uint64_t rmi_entry_size(int level)
{
        return UINT64_C(1) << (12 + 9 * (3 - level));
}

int rmi_deepest(const struct rmi_shadow *shadow, const struct rmi_realm *realm, uint64_t ipa)
{
        int deepest = realm->start;

        for (unsigned i = 0; i < shadow->num_granules; i++) {
                const struct rmi_granule *granule = &shadow->granules[i];

                if (granule->state == RMMSIM_GRANULE_RTT && granule->owner == realm->rd && granule->level > deepest &&
                    ipa - granule->ipa < rmi_entry_size(granule->level - 1)) {
                        deepest = granule->level;
                }
        }
        return deepest;
}

static int find(const struct rmi_shadow *shadow, const struct rmi_realm *realm, unsigned state, uint64_t ipa, int level)
{
        for (unsigned i = 0; i < shadow->num_granules; i++) {
                const struct rmi_granule *granule = &shadow->granules[i];

                if (granule->state == state && granule->owner == realm->rd && granule->ipa == ipa &&
                    granule->level == level) {
                        return (int)i;
                }
        }
        return RMI_NOWHERE;
}

int rmi_data_at(const struct rmi_shadow *shadow, const struct rmi_realm *realm, uint64_t ipa)
{
        return find(shadow, realm, RMMSIM_GRANULE_DATA, ipa, 0);
}

int rmi_table_at(const struct rmi_shadow *shadow, const struct rmi_realm *realm, uint64_t ipa, int level)
{
        return find(shadow, realm, RMMSIM_GRANULE_RTT, ipa, level);
}

/* A table counts if what it describes is less than the range: those above begin there, too. */
static bool is_below(const struct rmi_granule *granule, const struct rmi_realm *realm, uint64_t base, uint64_t size)
{
        bool is_table = granule->state == RMMSIM_GRANULE_RTT;

        return granule->ipa - base < size &&
               (!is_table || (granule->level > realm->start && rmi_entry_size(granule->level - 1) < size));
}

unsigned rmi_count_below(const struct rmi_shadow *shadow, const struct rmi_realm *realm, unsigned state, uint64_t base,
                         uint64_t size)
{
        unsigned count = 0;

        for (unsigned i = 0; i < shadow->num_granules; i++) {
                const struct rmi_granule *granule = &shadow->granules[i];

                count += granule->state == state && granule->owner == realm->rd && is_below(granule, realm, base, size);
        }
        return count;
}

/* ---- what is known of inputs ---------------------------------------------------------------------------------------------- */

static bool is_of_kind(const struct rmi_granule *granule, enum rmi_kind kind)
{
        switch (kind) {
        case RMI_KIND_PA_NS:
                return granule->state == RMMSIM_GRANULE_UNDELEGATED &&
                       (granule->gpt == RMMSIM_GPT_GPT_NS || granule->gpt == RMMSIM_GPT_GPT_AAP);
        case RMI_KIND_PA_UNDELEGATED:
                return granule->state == RMMSIM_GRANULE_UNDELEGATED && granule->gpt == RMMSIM_GPT_GPT_NS;
        case RMI_KIND_PA_DELEGATED:
                return granule->state == RMMSIM_GRANULE_DELEGATED;
        case RMI_KIND_PA_RD:
        case RMI_KIND_PA_RD_SHARED:
                return granule->state == RMMSIM_GRANULE_RD;
        case RMI_KIND_PA_REC:
        case RMI_KIND_PA_REC_OF_REALM:
                return granule->state == RMMSIM_GRANULE_REC;
        default:
                return true;
        }
}

static bool is_bad(const struct rmi_shadow *shadow, const struct rmi_call *call, unsigned n)
{
        enum rmi_kind kind = rmi_input_kind(call->command, n);
        int number;

        if (!rmi_kind_is_pa(kind)) {
                return false;
        }
        number = rmi_number(shadow, call->in.x[n]);
        return number == RMI_NOWHERE || !is_of_kind(&shadow->granules[number], kind);
}

unsigned rmi_shadow_bad_input(const struct rmi_shadow *shadow, const struct rmi_call *call)
{
        for (unsigned n = 1; rmi_input_kind(call->command, n) != RMI_KIND_END; n++) {
                if (is_bad(shadow, call, n)) {
                        return n;
                }
        }
        return 0;
}

/* ---- refusals ------------------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
        size_t length = strlen(name), rest = strlen(end);

        return length >= rest && strcmp(name + length - rest, end) == 0;
}

/* "rd_align", "data_state", "run_pas", ...: a condition on a Granule that a register names. */
static unsigned input_meant(const struct rmi_condition *condition)
{
        static const char *const ends[] = { "_align", "_bound", "_state", "_pas", "_gpt" };
        bool meant = false;

        for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
                meant |= ends_with(condition->name, ends[i]);
        }
        if (!meant || condition->status != RMMSIM_RMI_ERROR_INPUT || strncmp(condition->name, "aux_", 4) == 0 ||
            (condition->command == RMMSIM_COMMAND_rmi_realm_create && strncmp(condition->name, "rtt_", 4) == 0)) {
                return 0;
        }
        for (unsigned n = 1; rmi_input_kind(condition->command, n) != RMI_KIND_END; n++) {
                if (strcmp(rmi_input_name(condition->command, n), condition->argument) == 0) {
                        return rmi_kind_is_pa(rmi_input_kind(condition->command, n)) ? n : 0;
                }
        }
        return 0;
}

static bool is_live(const struct rmi_shadow *shadow, const struct rmi_realm *realm)
{
        return realm->num_recs != 0 || rmi_count_below(shadow, realm, RMMSIM_GRANULE_DATA, 0, UINT64_MAX) != 0 ||
               rmi_count_below(shadow, realm, RMMSIM_GRANULE_RTT, 0, UINT64_MAX) != 0;
}

void rmi_shadow_refused(struct rmi_shadow *shadow, const struct rmi_call *call, enum rmmsim_condition condition)
{
        const struct rmi_condition *row = &rmi_conditions[condition];
        unsigned n = input_meant(row);
        const struct rmi_realm *realm = rmi_realm_at(shadow, rmi_number(shadow, call->in.x[1]));
        const char *name = rmi_commands[row->command].name;

        if (n != 0 && !is_bad(shadow, call, n)) {
                rmi_fail("%s failed by %s, and 0x%llx is what it wants", name, row->name,
                         (unsigned long long)call->in.x[n]);
        }
        if (realm == NULL || realm->unsure) {
                return;
        }
        if (strcmp(row->name, "realm_state") == 0 && realm->state == RMMSIM_REALM_REALM_NEW) {
                rmi_fail("%s failed by realm_state, and the Realm is new", name);
        }
        if (condition == RMMSIM_FAIL_rmi_realm_destroy_realm_live && !is_live(shadow, realm)) {
                rmi_fail("%s failed by realm_live, and nothing is left in the Realm", name);
        }
        if (call->command == RMMSIM_COMMAND_rmi_data_destroy && row->status == RMMSIM_RMI_ERROR_RTT &&
            rmi_deepest(shadow, realm, call->in.x[2]) == 3 &&
            rmi_data_at(shadow, realm, call->in.x[2]) != RMI_NOWHERE) {
                rmi_fail("%s failed by %s, and there is Data at 0x%llx", name, row->name,
                         (unsigned long long)call->in.x[2]);
        }
}
