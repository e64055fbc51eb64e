/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_machine.c - one deed of the host after the other: done, judged, written down.
 */
#include "rmi_machine.h"
#include <inttypes.h>
#include <rmmsim/inspect.h>
#include <string.h>

void rmi_machine_settle(struct rmi_machine *machine)
{
        memset(machine->host, 0, RMI_NUM_PARAMS * RMI_PAGE);
        for (unsigned i = 0; i < RMI_NUM_PARAMS; i++) {
                (void)rmmsim_call(machine->sim, 0, rmi_granule_delegate, .addr = rmi_pa(i));
                (void)rmmsim_call(machine->sim, 0, rmi_granule_undelegate, .addr = rmi_pa(i));
        }
        (void)rmmsim_restore(machine->sim);
}

void rmi_machine_reset(struct rmi_machine *machine)
{
        (void)rmmsim_restore(machine->sim);
        for (unsigned i = 0; i < RMI_NUM_PARAMS; i++) {
                if ((machine->filled >> i & 1) != 0) {
                        memset(machine->host + i * RMI_PAGE, 0, RMI_PAGE);
                }
        }
        machine->filled = 0;
        rmi_shadow_copy(&machine->shadow, &machine->start);
        machine->hashes = machine->views = machine->whys = machine->hash_known = false;
        machine->audit_period = machine->num_deeds = machine->depth = 0;
}

/* ---- the platform's deeds -------------------------------------------------------------------------------------------------- */

static void set_gpt(struct rmi_machine *machine, const struct rmi_call *call)
{
        static const uint8_t gpts[] = { RMMSIM_GPT_GPT_SECURE, RMMSIM_GPT_GPT_AAP, RMMSIM_GPT_GPT_ROOT,
                                        RMMSIM_GPT_GPT_NS };
        uint8_t gpt = gpts[call->in.x[2] & 3];
        int number = rmi_number(&machine->shadow, call->in.x[1]);
        bool may = number != RMI_NOWHERE && machine->shadow.granules[number].state == RMMSIM_GRANULE_UNDELEGATED;
        int result = rmmsim_gpt_set(machine->sim, call->in.x[1], RMI_PAGE, (enum rmmsim_state)gpt);

        if ((result == 0) != may) {
                rmi_fail("rmmsim_gpt_set() of 0x%" PRIx64 " returns %d", call->in.x[1], result);
        } else if (may) {
                machine->shadow.granules[number].gpt = gpt;
        }
}

void rmi_do_outside(struct rmmsim *sim, const struct rmi_call *call)
{
        if (call->command == RMI_DO_TIME) {
                rmmsim_time_advance(sim, call->in.x[2]);
                return;
        }
        switch (call->in.x[2] & 3) {
        case 0:
                (void)rmmsim_fiq_raise(sim, call->pe);
                break;
        case 1:
                /* EC 0x2F, an asynchronous SError that the Realm could recover from. */
                (void)rmmsim_serror_raise(sim, call->pe, UINT64_C(0xBE000011));
                break;
        default:
                (void)rmmsim_irq_raise(sim, call->pe);
                break;
        }
}

static void do_other(struct rmi_machine *machine, const struct rmi_call *call)
{
        switch (call->command) {
        case RMI_DO_GPT:
                set_gpt(machine, call);
                break;
        default:
                rmi_do_outside(machine->sim, call);
                break;
        }
        machine->hash_known = false;
}

/* ---- what a REC's exit tells ---------------------------------------------------------------------------------------------- */

static void read_exit(struct rmi_machine *machine, struct rmi_rec *rec, const struct rmmsim_rec_exit *exit)
{
        rec->asked = RMI_ASKED_NOTHING;
        rec->unsure = exit == NULL;
        if (exit == NULL) {
                machine->shadow.realms[rec->realm].unsure = true;
                return;
        }
        if (exit->exit_reason == RMMSIM_EXIT_RIPAS_CHANGE) {
                rec->asked = RMI_ASKED_RIPAS;
                rec->base = exit->ripas_base;
                rec->top = exit->ripas_top;
                rec->ripas = exit->ripas_value;
        } else if (exit->exit_reason == RMMSIM_EXIT_PSCI) {
                switch ((uint32_t)exit->gprs[0]) {
                case RMMSIM_PSCI_CPU_ON:
                case RMMSIM_PSCI_AFFINITY_INFO:
                        rec->asked = RMI_ASKED_PSCI;
                        rec->target = exit->gprs[1];
                        break;
                case RMMSIM_PSCI_SYSTEM_OFF:
                case RMMSIM_PSCI_SYSTEM_RESET:
                        machine->shadow.realms[rec->realm].state = RMMSIM_REALM_REALM_SYSTEM_OFF;
                        break;
                default:
                        break;
                }
        }
}

static void rec_left(struct rmi_machine *machine, const struct rmi_call *call, struct rmi_rec *rec,
                     const struct rmmsim_regs *out)
{
        const struct rmmsim_rec_run *run = NULL;

        rec->running = false;
        if (out->x[0] == RMMSIM_RMI_SUCCESS) {
                run = rmmsim_host_pointer(machine->sim, call->in.x[2], RMI_PAGE);
        } else if (out->x[0] != RMMSIM_RMI_ERROR_INPUT) {
                return;
        }
        read_exit(machine, rec, run != NULL ? &run->exit : NULL);
}

/* ---- success -------------------------------------------------------------------------------------------------------------- */

/* Nothing of what a Realm had is left in a page that the host gets back. */
static void check_wiped(const struct rmi_machine *machine, uint64_t pa)
{
        const uint64_t *words = rmmsim_host_pointer(machine->sim, pa, RMI_PAGE);

        for (size_t i = 0; words != NULL && i < RMI_PAGE / sizeof(*words); i++) {
                if (words[i] != 0) {
                        rmi_fail("RMI_GRANULE_UNDELEGATE left 0x%" PRIx64 " at 0x%" PRIx64, words[i], pa + 8 * i);
                        return;
                }
        }
}

static void remember_rim(struct rmi_machine *machine, uint64_t rd)
{
        struct rmi_realm *realm = rmi_realm_at(&machine->shadow, rmi_number(&machine->shadow, rd));

        realm->has_rim = realm != NULL && rmmsim_measurement(machine->sim, realm->rim, rd, 0) == 0;
}

static void check_rim(const struct rmi_machine *machine, const struct rmi_realm *realm)
{
        uint8_t rim[64];

        if (realm->has_rim && (rmmsim_measurement(machine->sim, rim, rmi_pa((unsigned)realm->rd), 0) != 0 ||
                               memcmp(rim, realm->rim, sizeof(rim)) != 0)) {
                rmi_fail("the RIM of the Realm at 0x%" PRIx64 " has changed since it was activated",
                         rmi_pa((unsigned)realm->rd));
        }
}

static void succeeded(struct rmi_machine *machine, const struct rmi_call *call)
{
        switch (call->command) {
        case RMMSIM_COMMAND_rmi_granule_undelegate:
                check_wiped(machine, call->in.x[1]);
                break;
        case RMMSIM_COMMAND_rmi_realm_create:
                (void)rmmsim_guest_bind_step(machine->sim, call->in.x[1], RMI_GUEST_PC, rmi_guest_step, NULL);
                break;
        case RMMSIM_COMMAND_rmi_realm_activate:
                remember_rim(machine, call->in.x[1]);
                break;
        default:
                break;
        }
}

/* ---- one command ---------------------------------------------------------------------------------------------------------- */

/* What was known before the command was made. */
struct known {
        unsigned bad; /* the first input that names no Granule of the right kind; 0: none */
        enum rmi_verdict ipa;
        bool state_first; /* the state of the Realm comes before its IPAs, and is not what the command wants */
};

static struct known look_ahead(struct rmi_machine *machine, const struct rmi_call *call)
{
        struct known known = { 0 };
        const struct rmi_realm *realm;

        if (call->command >= RMI_NUM_COMMANDS) {
                return known;
        }
        realm = rmi_realm_at(&machine->shadow, rmi_number(&machine->shadow, call->in.x[1]));
        known.bad = rmi_shadow_bad_input(&machine->shadow, call);
        known.ipa = rmi_shadow_ipa(&machine->shadow, call);
        known.state_first = call->command == RMMSIM_COMMAND_rmi_data_create && realm != NULL &&
                            (realm->state != RMMSIM_REALM_REALM_NEW || realm->unsure);
        return known;
}

static bool is_about_ipas(const char *condition)
{
        static const char *const names[] = { "ipa_align",  "ipa_bound", "level_bound",
                                             "size_valid", "top_bound", "top_gran_align" };

        for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (strcmp(condition, names[i]) == 0) {
                        return true;
                }
        }
        return false;
}

static const char *name_of(const struct rmi_call *call)
{
        return call->command < RMI_NUM_COMMANDS ? rmi_commands[call->command].name : "an unknown command";
}

static void judge(struct rmi_machine *machine, const struct rmi_call *call, const struct rmmsim_regs *out,
                  const struct known *known, bool ran)
{
        const char *wrong = rmi_answer_is_wrong(call, out, machine->consumes || ran);
        enum rmmsim_condition refused = rmi_refused(call->pe);
        bool is_input = out->x[0] == RMMSIM_RMI_ERROR_INPUT;

        if (machine->whys && wrong == NULL) {
                wrong = rmi_why_is_wrong(machine->sim, call, out);
        }
        if (wrong != NULL) {
                rmi_fail("%s -> 0x%" PRIx64 ": %s", name_of(call), out->x[0], wrong);
        } else if (known->bad != 0 && !is_input) {
                rmi_fail("%s -> 0x%" PRIx64 ", and %s = 0x%" PRIx64 " is nothing it can take", name_of(call), out->x[0],
                         rmi_input_name(call->command, known->bad), call->in.x[known->bad]);
        } else if (known->ipa == RMI_BAD && !known->state_first && !is_input) {
                rmi_fail("%s -> 0x%" PRIx64 ", and the Realm has no such IPA or level", name_of(call), out->x[0]);
        } else if (known->ipa == RMI_GOOD && refused != RMMSIM_CONDITION_NONE &&
                   is_about_ipas(rmi_conditions[refused].name)) {
                rmi_fail("%s failed by %s, and the Realm has such an IPA", name_of(call), rmi_conditions[refused].name);
        } else if (refused != RMMSIM_CONDITION_NONE && !ran) {
                rmi_shadow_refused(&machine->shadow, call, refused);
        }
}

/* A refusal leaves everything as it was, but for one of deployed monitors. */
static void check_unchanged(struct rmi_machine *machine, const struct rmi_call *call, bool refused, bool ran)
{
        uint64_t before = machine->hash;
        bool may = ran || (machine->consumes && call->command == RMMSIM_COMMAND_rmi_psci_complete);

        machine->hash_known = false;
        if (machine->hashes && machine->depth == 0 && refused && !may) {
                machine->hash = rmmsim_state_hash(machine->sim);
                machine->hash_known = true;
                if (machine->hash != before) {
                        rmi_fail("%s was refused and changed something", name_of(call));
                }
        }
}

static struct rmmsim_regs command(struct rmi_machine *machine, const struct rmi_call *call)
{
        static struct rmi_view views[2]; /* of the host, and of the host while a guest runs */
        struct rmi_view *view = &views[machine->depth];
        bool served = call->command < RMI_NUM_COMMANDS;
        struct known known = look_ahead(machine, call);
        struct rmi_rec *rec = call->command == RMMSIM_COMMAND_rmi_rec_enter && known.bad == 0
                                      ? rmi_rec_at(&machine->shadow, rmi_number(&machine->shadow, call->in.x[1]))
                                      : NULL;
        bool was_running = rec != NULL && rec->running;
        struct rmmsim_regs out = call->in;
        bool ran;
        int result;

        rmi_view_take(view, machine->sim, &machine->shadow, call, machine->views);
        if (machine->hashes && machine->depth == 0 && !machine->hash_known) {
                machine->hash = rmmsim_state_hash(machine->sim);
        }
        if (rec != NULL) {
                rec->running = true;
        }
        result = rmmsim_smc(machine->sim, call->pe, &out);
        /* With Granules that are right, INPUT means that the run page was gone when the guest had run. */
        ran = rec != NULL && (out.x[0] == RMMSIM_RMI_SUCCESS || out.x[0] == RMMSIM_RMI_ERROR_INPUT);
        if (result == RMMSIM_ERROR_MISUSE || result == RMMSIM_ERROR_AUDIT) {
                rmi_fail("rmmsim_smc() returns %d", result);
        }
        judge(machine, call, &out, &known, ran);
        if (was_running && out.x[0] == RMMSIM_RMI_SUCCESS) {
                rmi_fail("RMI_REC_ENTER succeeded, and the REC at 0x%" PRIx64 " was running", call->in.x[1]);
        }
        if (served && out.x[0] == RMMSIM_RMI_SUCCESS) {
                rmi_shadow_apply(&machine->shadow, call, &out);
                succeeded(machine, call);
                rmi_view_check(view, machine->sim, &machine->shadow, call);
        }
        if (rec != NULL && !was_running) {
                rec_left(machine, call, rec, &out);
        }
        check_unchanged(machine, call, out.x[0] != RMMSIM_RMI_SUCCESS, ran);
        return out;
}

struct rmmsim_regs rmi_machine_do(struct rmi_machine *machine, const struct rmi_call *call)
{
        struct rmmsim_regs out = call->in;

        if (machine->log != NULL) {
                rmi_machine_print(machine->log, machine, call);
        }
        if (call->command > RMI_DO_UNKNOWN) {
                do_other(machine, call);
        } else {
                out = command(machine, call);
        }
        if (machine->log != NULL) {
                rmi_machine_print_answer(machine->log, machine, call, &out);
        }
        machine->num_deeds++;
        if (machine->depth == 0 && machine->audit_period != 0 && machine->num_deeds % machine->audit_period == 0) {
                rmi_machine_audit(machine);
        }
        return out;
}

/* ---- records -------------------------------------------------------------------------------------------------------------- */

void rmi_machine_resolve(struct rmi_machine *machine, struct rmi_call *call, const uint8_t *record, unsigned own,
                         bool alone)
{
        struct rmi_pick pick = { &machine->shadow, record, own, alone };
        int filled;

        memset(call, 0, sizeof(*call));
        call->pe = record[RMI_BYTE_PE] % RMI_NUM_PES;
        rmi_pick_registers(&pick, call);
        if (call->command == RMI_DO_GPT) {
                call->in.x[1] = rmi_pick_pa(&pick, call, RMI_KIND_PA_UNDELEGATED, record[RMI_BYTE_ARGUMENT]);
                call->in.x[2] = record[RMI_BYTE_VALUE];
        } else if (call->command == RMI_DO_TIME) {
                call->in.x[2] = UINT64_C(1) << (record[RMI_BYTE_VALUE] & 31);
        } else if (call->command == RMI_DO_INTERRUPT) {
                call->in.x[2] = record[RMI_BYTE_VALUE];
        }
        filled = rmi_fill_page(&pick, call, machine->host);
        if (filled != RMI_NOWHERE) {
                machine->filled |= 1U << filled;
        }
}

struct rmmsim_regs rmi_machine_record(struct rmi_machine *machine, const uint8_t *record)
{
        struct rmi_call call;

        rmi_machine_resolve(machine, &call, record, machine->depth, true);
        rmi_turn.option = record[RMI_BYTE_OPTION];
        rmi_turn.detail = record[RMI_BYTE_DETAIL];
        rmi_turn.taken = false;
        return rmi_machine_do(machine, &call);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------ */

void rmi_machine_compare(const struct rmi_machine *machine)
{
        for (unsigned i = 0; i < machine->shadow.num_granules; i++) {
                const struct rmi_granule *known = &machine->shadow.granules[i];
                struct rmmsim_granule granule;
                bool exists = rmmsim_granule(machine->sim, &granule, rmi_pa(i)) == 0;
                unsigned gpt = known->state == RMMSIM_GRANULE_UNDELEGATED ? known->gpt : RMMSIM_GPT_GPT_REALM;

                if (!exists || (unsigned)granule.state != known->state || (unsigned)granule.gpt != gpt) {
                        rmi_fail("0x%" PRIx64 " is %s, %s since %s, and should be %s, %s", rmi_pa(i),
                                 rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state),
                                 rmmsim_state_name(RMMSIM_OBJECT_GPT, granule.gpt), rmmsim_command_name(granule.taker),
                                 rmmsim_state_name(RMMSIM_OBJECT_GRANULE, known->state),
                                 rmmsim_state_name(RMMSIM_OBJECT_GPT, gpt));
                        return;
                }
        }
        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                if (machine->shadow.realms[i].rd != RMI_NOWHERE) {
                        check_rim(machine, &machine->shadow.realms[i]);
                }
        }
}

void rmi_machine_audit(const struct rmi_machine *machine)
{
        struct rmmsim_report report;

        if (rmmsim_audit(machine->sim, &report) != 0) {
                rmi_fail("audit: %s: %s", report.invariant, report.text);
        }
}
