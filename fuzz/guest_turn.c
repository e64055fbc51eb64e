/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_turn.c - the model's entries and exits: who may enter, what the last exit left to do, interrupts, traps.
 *
 * Specification: REC sheet sections 1, 2.2 and 7.2.
 */
#include "fuzz.h"
#include "guest_model.h"

/* ---- interrupts ----------------------------------------------------------------------------------------------------------- */

static void take_serror(struct model_rec *rec, enum model_resume resume)
{
        model.serror = false;
        model_exit(rec, RMMSIM_EXIT_SERROR, resume);
        model.exit.esr = (model.serror_esr & UINT64_C(0x01001e3f)) |
                         (MODEL_QUIRK(serror_class_clear) ? 0 : UINT64_C(0x2f) << 26);
}

/* Does an interrupt come first? Each exit takes one, an SError before an FIQ before an IRQ. */
static bool interrupted(struct model_rec *rec, enum model_resume resume)
{
        bool overflow = model_pmu_overflow(rec);

        if (model.serror) {
                take_serror(rec, resume);
                return true;
        }
        if (model.fiq) {
                model.fiq = false;
                model_exit(rec, RMMSIM_EXIT_FIQ, resume);
                return true;
        }
        if (model.irq) {
                model.irq = false;
                model_exit(rec, RMMSIM_EXIT_IRQ, resume);
                return true;
        }
        rec->pmu_shown = rec->pmu_shown && overflow;
        if ((overflow && !rec->pmu_shown) || model_timers_changed(rec)) {
                model_exit(rec, RMMSIM_EXIT_IRQ, resume);
                return true;
        }
        return false;
}

/* ---- traps ---------------------------------------------------------------------------------------------------------------- */

static bool lent_nothing(const struct model_rec *rec)
{
        for (unsigned n = 0; n < MODEL_LRS; n++) {
                if (rec->lrs[n] != 0) {
                        return false;
                }
        }
        return true;
}

/* Whether a virtual interrupt wakes the vCPU is the library's word, unless none can. */
static bool wait_for(struct model_rec *rec, const struct rmmsim_trap *trap, uint64_t flags)
{
        bool event = trap->kind == RMMSIM_TRAP_WFE || trap->kind == RMMSIM_TRAP_WFET;
        bool timed = trap->kind == RMMSIM_TRAP_WFIT || trap->kind == RMMSIM_TRAP_WFET;
        bool plain = MODEL_QUIRK(wfxt_plain);

        rec->pc += 4;
        if ((flags & (event ? RMMSIM_ENTER_TRAP_WFE : RMMSIM_ENTER_TRAP_WFI)) != 0) {
                model_exit(rec, RMMSIM_EXIT_SYNC, RESUME_DONE);
                model.exit.esr = UINT64_C(1) << 26 | (timed && !plain ? 2 : 0) | (event ? 1 : 0);
                model.exit.gprs[0] = timed && !plain ? trap->value : 0;
                return true;
        }
        if (timed && trap->value <= model.time) {
                return false;
        }
        model_exit(rec, RMMSIM_EXIT_IRQ, RESUME_DONE);
        rec->either = !lent_nothing(rec);
        return true;
}

static void leave_handler(struct model_rec *rec)
{
        if (rec->in_handler) {
                rec->in_handler = false;
                rec->pc = rec->return_pc;
                rec->pstate = rec->registers[REGISTER_SPSR];
        }
}

static uint64_t flags_now; /* of the entry that runs */

bool model_trap(struct model_rec *rec)
{
        const struct rmmsim_trap *trap = &rec->trap;

        rec->trap_pending = true;
        rec->adopts = rec->either = false;
        leave_handler(rec);
        if (interrupted(rec, RESUME_REDO)) {
                return true;
        }
        switch (trap->kind) {
        case RMMSIM_TRAP_SMC:
                return model_smc(rec) || interrupted(rec, RESUME_DONE);
        case RMMSIM_TRAP_HVC:
                model_take_undefined(rec, MODEL_QUIRK(hvc_returns_after) ? rec->pc + 4 : rec->pc);
                return false;
        case RMMSIM_TRAP_WFI:
        case RMMSIM_TRAP_WFE:
        case RMMSIM_TRAP_WFIT:
        case RMMSIM_TRAP_WFET:
                return wait_for(rec, trap, flags_now);
        case RMMSIM_TRAP_MRS:
        case RMMSIM_TRAP_MSR:
                return model_sysreg(rec, trap);
        case RMMSIM_TRAP_LOAD:
        case RMMSIM_TRAP_STORE:
        case RMMSIM_TRAP_COPY_IN:
        case RMMSIM_TRAP_COPY_OUT:
        case RMMSIM_TRAP_FETCH:
                return model_do_access(rec, trap);
        default:
                rec->pc += 4;
                return false;
        }
}

/* ---- entries -------------------------------------------------------------------------------------------------------------- */

static uint64_t refusal(const struct model_rec *rec, const struct rmmsim_rec_enter *enter)
{
        bool sea = (enter->flags & RMMSIM_ENTER_INJECT_SEA) != 0;
        bool mmio = (enter->flags & RMMSIM_ENTER_EMUL_MMIO) != 0;

        if (model.system_off) {
                return RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_REALM, 1);
        }
        if (!rec->runnable || rec->pending == PENDING_PSCI || !model_gic_valid(enter)) {
                return RMMSIM_RMI_ERROR_REC;
        }
        if (sea && !rec->unprotected && MODEL_QUIRK(inject_sea_checked)) {
                return RMMSIM_RMI_ERROR_REC;
        }
        if (mmio && !rec->emulatable && !(sea && rec->unprotected)) {
                return RMMSIM_RMI_ERROR_REC;
        }
        return RMMSIM_RMI_SUCCESS;
}

static void lend(struct model_rec *rec, const struct rmmsim_rec_enter *enter)
{
        memcpy(rec->lrs, enter->gicv3_lrs, sizeof(rec->lrs));
        rec->hcr = enter->gicv3_hcr;
        rec->gic_touched = false;
}

/* What the last exit was about. Returns true if the REC exits again at once. */
static bool complete(struct model_rec *rec, const struct rmmsim_rec_enter *enter)
{
        bool exits = false;

        if ((enter->flags & RMMSIM_ENTER_INJECT_SEA) != 0 && rec->unprotected) {
                model_take_sea(rec, rec->last_esr, rec->last_far);
                rec->resume = RESUME_EXCEPTION;
        } else if ((enter->flags & RMMSIM_ENTER_EMUL_MMIO) != 0) {
                model_emulate(rec, enter->gprs[0]);
                rec->resume = RESUME_DONE;
        }
        if (rec->pending == PENDING_RIPAS) {
                model_complete_ripas(rec, enter->flags);
        } else if (rec->pending == PENDING_HOST_CALL) {
                exits = model_complete_host_call(rec, enter->gprs);
        }
        rec->emulatable = rec->unprotected = false;
        return exits;
}

/* Fetch where the REC starts; at the vector if that gives an exception. Returns true if the REC exits. */
static bool start(struct model_rec *rec, bool *no_guest)
{
        for (int attempt = 0; attempt < 2; attempt++) {
                struct rmmsim_trap fetch = { .kind = RMMSIM_TRAP_FETCH, .ipa = rec->pc };

                rec->in_handler = false;
                if (model_do_access(rec, &fetch)) {
                        return true;
                }
                if (!rec->in_handler) {
                        rec->pc = fetch.ipa;
                        *no_guest = fetch.ipa != WORLD_PC;
                        if (*no_guest) {
                                model_exit(rec, RMMSIM_EXIT_IRQ, RESUME_REDO);
                                return true;
                        }
                        rec->restart = rec->trap_pending = false;
                        rec->resume = RESUME_DONE;
                        rec->result = 0;
                        return false;
                }
        }
        model_exit(rec, RMMSIM_EXIT_IRQ, RESUME_REDO);
        return true;
}

uint64_t model_enter(struct model_rec *rec, const struct rmmsim_rec_enter *enter, bool *steps, bool *no_guest)
{
        uint64_t x0 = refusal(rec, enter);

        *steps = *no_guest = false;
        if (x0 != RMMSIM_RMI_SUCCESS) {
                return x0;
        }
        memset(&model.exit, 0, sizeof(model.exit));
        model.bare = model.unknown = false;
        flags_now = enter->flags;
        lend(rec, enter);
        if (complete(rec, enter)) {
                model.bare = MODEL_QUIRK(host_call_abort_bare);
                return x0;
        }
        if (interrupted(rec, rec->resume) || (rec->restart && start(rec, no_guest))) {
                return x0;
        }
        if (rec->trap_pending && rec->resume != RESUME_REDO) {
                rec->trap_pending = false;
                rec->result = rec->in_handler ? RMMSIM_GUEST_EXCEPTION : 0;
        }
        *steps = !rec->trap_pending || !model_trap(rec) || rec->either;
        return x0;
}

/* ---- exits ---------------------------------------------------------------------------------------------------------------- */

/* ICH_MISR_EL2 of what the exit shows. */
static uint64_t maintenance(const struct rmmsim_rec_exit *exit)
{
        uint64_t hcr = exit->gicv3_hcr, misr = 0;
        unsigned valid = 0, pending = 0;

        for (unsigned n = 0; n < MODEL_LRS; n++) {
                uint64_t lr = exit->gicv3_lrs[n];

                valid += lr >> 62 != 0;
                pending += lr >> 62 == 1;
                misr |= (lr >> 61 == 0 && (lr >> 41 & 1) != 0) ? 1 : 0;
        }
        misr |= (hcr & 1 << 1) != 0 && valid <= 1 ? 1 << 1 : 0;
        misr |= (hcr & 1 << 2) != 0 && hcr >> 27 != 0 ? 1 << 2 : 0;
        misr |= (hcr & 1 << 3) != 0 && pending == 0 ? 1 << 3 : 0;
        for (unsigned group = 0; group < 2; group++) {
                unsigned enabled = 4 + 2 * group;
                bool is_enabled = (exit->gicv3_vmcr >> group & 1) != 0;

                misr |= is_enabled ? hcr & 1u << enabled : hcr & 2u << enabled;
        }
        return misr;
}

/* The list registers come back as they were, but for what the Realm did with the interrupts: their state, and EOIcount. */
static void check_gic(struct model_rec *rec, const struct rmmsim_rec_exit *exit)
{
        const uint64_t states = UINT64_C(3) << 62;

        for (unsigned n = 0; n < MODEL_LRS; n++) {
                uint64_t difference = exit->gicv3_lrs[n] ^ rec->lrs[n];

                if ((difference & ~(rec->gic_touched ? states : 0)) != 0) {
                        fuzz_fail("list register %u is 0x%llx at the exit, was 0x%llx", n,
                                  (unsigned long long)exit->gicv3_lrs[n], (unsigned long long)rec->lrs[n]);
                }
        }
        if ((exit->gicv3_hcr & ~UINT64_C(0xf8000000)) != rec->hcr ||
            (!rec->gic_touched && exit->gicv3_hcr >> 27 != rec->eoicount)) {
                fuzz_fail("gicv3_hcr is 0x%llx at the exit, was 0x%llx", (unsigned long long)exit->gicv3_hcr,
                          (unsigned long long)rec->hcr);
        }
        if (!rec->gic_touched && exit->gicv3_vmcr != rec->vmcr) {
                fuzz_fail("gicv3_vmcr has changed to 0x%llx", (unsigned long long)exit->gicv3_vmcr);
        }
        if (exit->gicv3_misr != maintenance(exit)) {
                fuzz_fail("gicv3_misr is 0x%llx", (unsigned long long)exit->gicv3_misr);
        }
        rec->eoicount = exit->gicv3_hcr >> 27;
        rec->vmcr = exit->gicv3_vmcr;
        memcpy(model.exit.gicv3_lrs, exit->gicv3_lrs, sizeof(rec->lrs));
        model.exit.gicv3_hcr = exit->gicv3_hcr;
        model.exit.gicv3_misr = exit->gicv3_misr;
        model.exit.gicv3_vmcr = exit->gicv3_vmcr;
}

void model_check_exit(struct model_rec *rec, const struct rmmsim_rec_exit *exit)
{
        const uint8_t *expected = (const uint8_t *)&model.exit, *found = (const uint8_t *)exit;

        if (!model.bare) {
                check_gic(rec, exit);
                model.exit.cntp_ctl = rec->phys.shown = model_timer_ctl(&rec->phys);
                model.exit.cntp_cval = rec->phys.cval;
                model.exit.cntv_ctl = rec->virt.shown = model_timer_ctl(&rec->virt);
                model.exit.cntv_cval = rec->virt.cval;
                model.exit.pmu_ovf_status = rec->pmu_shown = model_pmu_overflow(rec);
        }
        if (model.unknown) {
                model.exit.imm = exit->imm;
                memcpy(model.exit.gprs, exit->gprs, sizeof(model.exit.gprs));
        }
        if (memcmp(expected, found, sizeof(*exit)) == 0) {
                return;
        }
        for (unsigned at = 0; at < sizeof(*exit); at += 8) {
                if (memcmp(expected + at, found + at, 8) != 0) {
                        uint64_t wanted, is;

                        memcpy(&wanted, expected + at, 8);
                        memcpy(&is, found + at, 8);
                        fuzz_fail("the exit (%s) has 0x%llx at offset 0x%x, not 0x%llx",
                                  rmmsim_exit_name((unsigned)model.exit.exit_reason), (unsigned long long)is, at,
                                  (unsigned long long)wanted);
                        return;
                }
        }
}
