/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inject.c - faults come and go; what is nonsense is said before it can mislead.
 */
#include "recorder.h"
#include <rmmsim/inject.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((format(printf, 3, 4))) static int fail(struct rmmsim_error *error, enum rmmsim_error_code code,
                                                      const char *format, ...)
{
        va_list arguments;

        if (error != NULL) {
                error->code = code;
                va_start(arguments, format);
                vsnprintf(error->text, sizeof(error->text), format, arguments);
                va_end(arguments);
        }
        return code;
}

/* ---- nonsense --------------------------------------------------------------------------------------------------------- */

static enum rmmsim_command command_of(uint32_t fid)
{
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                if (command_rows[i].fid == fid) {
                        return (enum rmmsim_command)i;
                }
        }
        return RMMSIM_COMMAND_NONE;
}

/* In which commands a kind can strike, besides all; ended by NONE. */
static const enum rmmsim_command commands_of_kind[RMMSIM_NUM_FAULT_KINDS][5] = {
        [RMMSIM_FAULT_STATUS] = { RMMSIM_COMMAND_NONE },
        [RMMSIM_FAULT_EXIT] = { RMMSIM_COMMAND_rmi_rec_enter, RMMSIM_COMMAND_NONE },
        [RMMSIM_FAULT_PAGE_READ] = { RMMSIM_COMMAND_rmi_realm_create, RMMSIM_COMMAND_rmi_rec_create,
                                     RMMSIM_COMMAND_rmi_data_create, RMMSIM_COMMAND_rmi_rec_enter,
                                     RMMSIM_COMMAND_NONE },
        [RMMSIM_FAULT_PAGE_WRITE] = { RMMSIM_COMMAND_rmi_rec_enter, RMMSIM_COMMAND_NONE },
        [RMMSIM_FAULT_ENTROPY] = { RMMSIM_COMMAND_rsi_attestation_token_init,
                                   RMMSIM_COMMAND_rsi_attestation_token_continue, RMMSIM_COMMAND_NONE },
        [RMMSIM_FAULT_TOKEN_INCOMPLETE] = { RMMSIM_COMMAND_rsi_attestation_token_continue, RMMSIM_COMMAND_NONE },
        [RMMSIM_FAULT_BUSY] = { RMMSIM_COMMAND_rmi_psci_complete, RMMSIM_COMMAND_NONE },
};

static bool kind_knows(enum rmmsim_fault_kind kind, enum rmmsim_command command)
{
        const enum rmmsim_command *known = commands_of_kind[kind];

        if (kind == RMMSIM_FAULT_STATUS) {
                return true;
        }
        while (*known != RMMSIM_COMMAND_NONE && *known != command) {
                known++;
        }
        return *known == command;
}

static int check_rmi_status(const struct rmmsim_fault *fault, struct rmmsim_error *error)
{
        unsigned status = RMMSIM_RMI_STATUS(fault->x0);
        int index = (int8_t)RMMSIM_RMI_INDEX(fault->x0);

        if (status < RMMSIM_RMI_ERROR_INPUT || status > RMMSIM_RMI_ERROR_RTT || fault->x0 >> 16 != 0) {
                return fail(error, RMMSIM_ERROR_CONFIG,
                            "x0 = 0x%llx is no failure of RMI: use RMMSIM_RMI_RESULT() with RMMSIM_RMI_ERROR_INPUT (1) "
                            "to RMMSIM_RMI_ERROR_RTT (4), and no other bits; RMM 1.0 has no other status",
                            (unsigned long long)fault->x0);
        }
        if (status != RMMSIM_RMI_ERROR_RTT && (index != 0 || fault->index_of_walk)) {
                return fail(error, RMMSIM_ERROR_CONFIG, "only RMMSIM_RMI_ERROR_RTT carries an index: clear it");
        }
        if (index < -1 || index > 3) {
                return fail(error, RMMSIM_ERROR_CONFIG, "the index of ERROR_RTT is an RTT level, -1 to 3, not %d",
                            index);
        }
        return 0;
}

static int check_rsi_status(const struct rmmsim_fault *fault, enum rmmsim_command command, struct rmmsim_error *error)
{
        if (fault->x0 < RMMSIM_RSI_ERROR_INPUT || fault->x0 > RMMSIM_RSI_ERROR_UNKNOWN) {
                return fail(error, RMMSIM_ERROR_CONFIG,
                            "x0 = 0x%llx is no failure of RSI: use RMMSIM_RSI_ERROR_INPUT (1) to "
                            "RMMSIM_RSI_ERROR_UNKNOWN (4)",
                            (unsigned long long)fault->x0);
        }
        if (fault->x0 == RMMSIM_RSI_INCOMPLETE && command != RMMSIM_COMMAND_rsi_attestation_token_continue) {
                return fail(error, RMMSIM_ERROR_CONFIG,
                            "RSI_INCOMPLETE is an answer of RSI_ATTESTATION_TOKEN_CONTINUE only: set fid to that");
        }
        return 0;
}

static int check_status(const struct rmmsim_fault *fault, enum rmmsim_command command, struct rmmsim_error *error)
{
        unsigned interface = command == RMMSIM_COMMAND_NONE ? INTERFACE_RMI : command_rows[command].interface;
        int64_t x0 = (int64_t)fault->x0;

        if (interface == INTERFACE_RMI) {
                return check_rmi_status(fault, error);
        }
        if (interface == INTERFACE_RSI) {
                return check_rsi_status(fault, command, error);
        }
        if (x0 >= RMMSIM_PSCI_SUCCESS || x0 < RMMSIM_PSCI_INVALID_ADDRESS) {
                return fail(error, RMMSIM_ERROR_CONFIG,
                            "x0 = %lld is no failure of PSCI: use (uint64_t)RMMSIM_PSCI_NOT_SUPPORTED (-1) to "
                            "RMMSIM_PSCI_INVALID_ADDRESS (-9)",
                            (long long)x0);
        }
        return 0;
}

static int check_trigger(const struct rmmsim *sim, const struct rmmsim_fault *fault, struct rmmsim_error *error)
{
        if (fault->one_pe && fault->pe >= sim->num_pes) {
                return fail(error, RMMSIM_ERROR_CONFIG, "PE %u does not exist: the instance has %u", fault->pe,
                            sim->num_pes);
        }
        if (fault->chance > 1000000) {
                return fail(error, RMMSIM_ERROR_CONFIG, "chance is in a million: %u is more than certain",
                            fault->chance);
        }
        if (fault->chance != 0 && (fault->nth != 0 || fault->every != 0)) {
                return fail(error, RMMSIM_ERROR_CONFIG, "either a chance, or nth and every: clear what is not meant");
        }
        return 0;
}

static int check_kind(const struct rmmsim *sim, const struct rmmsim_fault *fault, enum rmmsim_command command,
                      struct rmmsim_error *error)
{
        if (fault->kind == RMMSIM_FAULT_STATUS) {
                return check_status(fault, command, error);
        }
        if (fault->kind == RMMSIM_FAULT_EXIT && fault->exit_reason != RMMSIM_EXIT_IRQ &&
            fault->exit_reason != RMMSIM_EXIT_FIQ && fault->exit_reason != RMMSIM_EXIT_SERROR &&
            fault->exit_reason != 0) {
                return fail(error, RMMSIM_ERROR_CONFIG,
                            "exit_reason must be RMMSIM_EXIT_IRQ, _FIQ or _SERROR, or 0 for IRQ: other exits are the "
                            "guest's doing");
        }
        if (fault->kind == RMMSIM_FAULT_BUSY && !QUIRKED(&sim->rmm.profile, psci_busy_means_on)) {
                return fail(error, RMMSIM_ERROR_STATE,
                            "RMM 1.0 has no status for a lock that is taken: commands wait. Create the instance with "
                            "RMMSIM_PROFILE_RMM_1_0_REFERENCE or RMMSIM_QUIRK_psci_busy_means_on, or inject a STATUS");
        }
        return 0;
}

static int check(const struct rmmsim *sim, const struct rmmsim_fault *fault, struct rmmsim_error *error)
{
        enum rmmsim_command command;
        int wrong;

        if ((unsigned)fault->kind >= RMMSIM_NUM_FAULT_KINDS) {
                return fail(error, RMMSIM_ERROR_CONFIG, "kind %u is none: use RMMSIM_FAULT_STATUS to RMMSIM_FAULT_BUSY",
                            (unsigned)fault->kind);
        }
        command = command_of(fault->fid);
        if (fault->fid != 0 && command == RMMSIM_COMMAND_NONE) {
                return fail(
                        error, RMMSIM_ERROR_CONFIG,
                        "fid 0x%x is no command: use RMMSIM_RMI_..., RMMSIM_RSI_... or RMMSIM_PSCI_..., or 0 for all",
                        fault->fid);
        }
        if (fault->fid != 0 && !kind_knows(fault->kind, command)) {
                return fail(error, RMMSIM_ERROR_CONFIG, "%s cannot strike in %s: leave fid 0 for where it can",
                            rmmsim_fault_name(fault->kind), command_rows[command].id);
        }
        wrong = check_kind(sim, fault, command, error);
        return wrong != 0 ? wrong : check_trigger(sim, fault, error);
}

/* ---- coming and going ------------------------------------------------------------------------------------------------- */

static int check_idle(const struct rmmsim *sim, struct rmmsim_error *error)
{
        static const char sentence[] =
                "faults are injected and removed while no PE is inside a call: no guest may do it, "
                "and other threads must be waited for";

        if (sim_is_idle(sim)) {
                return 0;
        }
        (void)fail(error, RMMSIM_ERROR_MISUSE, "%s", sentence);
        return sim_misuse(sim, sentence);
}

void sim_watch(struct rmmsim *sim)
{
        struct faults *faults = sim->faults;
        bool needed = faults != NULL && (faults->num != 0 || faults->probe.fn != NULL);

        sim->rmm.faults = needed ? faults : NULL;
        sim->rmm.watched = needed || sim->rmm.trace.fn != NULL;
}

struct faults *sim_faults(struct rmmsim *sim)
{
        if (sim->faults == NULL && (sim->faults = calloc(1, sizeof(*sim->faults))) != NULL) {
                atomic_flag_clear(&sim->faults->counting);
        }
        return sim->faults;
}

static struct fault *find(struct faults *faults, int id)
{
        for (unsigned i = 0; faults != NULL && i < faults->num; i++) {
                if (faults->all[i].id == id) {
                        return &faults->all[i];
                }
        }
        return NULL;
}

/* The next after the last one that is not in use: they are fewer than there are ids. */
static uint16_t new_id(struct faults *faults)
{
        do {
                faults->last_id++;
        } while (faults->last_id == 0 || find(faults, faults->last_id) != NULL);
        return faults->last_id;
}

/* In a recording, as what has happened already: no PE is inside a call. */
static void tell(struct rmmsim *sim, struct text *text)
{
        record_outside_begin(sim, text, MEMORY_NONE);
        record_outside_end(sim);
}

static void tell_injected(struct rmmsim *sim, const struct rmmsim_fault *fault)
{
        struct text text = { 0 };

        if (sim_is_recorded(sim)) {
                text_fault(&text, fault);
                tell(sim, &text);
        }
}

static void tell_removed(struct rmmsim *sim, int id)
{
        struct text text = { 0 };

        if (sim_is_recorded(sim)) {
                text_add(&text, "inject remove %d\n", id);
                tell(sim, &text);
        }
}

static void tell_cleared(struct rmmsim *sim)
{
        struct text text = { 0 };

        if (sim_is_recorded(sim)) {
                text_add(&text, "inject clear\n");
                tell(sim, &text);
        }
}

int rmmsim_inject(struct rmmsim *sim, const struct rmmsim_fault *fault, struct rmmsim_error *error)
{
        struct faults *faults;
        struct fault *place;
        int wrong;

        if (sim == NULL || fault == NULL) {
                return fail(error, RMMSIM_ERROR_CONFIG, "sim and fault must not be NULL");
        }
        if ((wrong = check_idle(sim, error)) != 0 || (wrong = check(sim, fault, error)) != 0) {
                return wrong;
        }
        if ((faults = sim_faults(sim)) == NULL) {
                return fail(error, RMMSIM_ERROR_MEMORY, "the system gave no memory for faults");
        }
        if (faults->num == RMMSIM_FAULTS_MAX) {
                return fail(error, RMMSIM_ERROR_STATE, "there are %d faults already: remove one first",
                            RMMSIM_FAULTS_MAX);
        }
        place = &faults->all[faults->num];
        *place = (struct fault){ .rule = *fault, .command = command_of(fault->fid) };
        place->id = new_id(faults);
        if (fault->kind == RMMSIM_FAULT_EXIT && fault->exit_reason == 0) {
                place->rule.exit_reason = RMMSIM_EXIT_IRQ;
        }
        faults->num++;
        sim_watch(sim);
        tell_injected(sim, &place->rule);
        return place->id;
}

static int unknown(int id, struct rmmsim_error *error)
{
        return fail(error, RMMSIM_ERROR_CONFIG,
                    "there is no fault %d: use what rmmsim_inject() returned, before it is "
                    "removed",
                    id);
}

int rmmsim_inject_remove(struct rmmsim *sim, int id, struct rmmsim_error *error)
{
        struct fault *fault;
        int wrong;

        if (sim == NULL) {
                return fail(error, RMMSIM_ERROR_CONFIG, "sim must not be NULL");
        }
        if ((wrong = check_idle(sim, error)) != 0) {
                return wrong;
        }
        if ((fault = find(sim->faults, id)) == NULL) {
                return unknown(id, error);
        }
        for (struct fault *end = &sim->faults->all[--sim->faults->num]; fault < end; fault++) {
                fault[0] = fault[1];
        }
        sim_watch(sim);
        tell_removed(sim, id);
        return 0;
}

int rmmsim_inject_clear(struct rmmsim *sim, struct rmmsim_error *error)
{
        int wrong;

        if (sim == NULL) {
                return fail(error, RMMSIM_ERROR_CONFIG, "sim must not be NULL");
        }
        if ((wrong = check_idle(sim, error)) == 0 && sim->faults != NULL) {
                sim->faults->num = 0;
                sim_watch(sim);
                tell_cleared(sim);
        }
        return wrong;
}

int rmmsim_inject_count(const struct rmmsim *sim, struct rmmsim_fault_count *count, int id, struct rmmsim_error *error)
{
        struct fault *fault;

        if (sim == NULL || count == NULL) {
                return fail(error, RMMSIM_ERROR_CONFIG, "sim and count must not be NULL");
        }
        if ((fault = find(sim->faults, id)) == NULL) {
                return unknown(id, error);
        }
        *count = fault_count(sim->faults, fault);
        return 0;
}
