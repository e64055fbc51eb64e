/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_exception.c - the model's exceptions to EL1, exits, and accesses to memory.
 *
 * Specification: REC sheet sections 1.6, 2.3 and 2.4; RTT sheet section 5.
 */
#include "guest_model.h"

uint8_t model_buffers[MODEL_RECS][4096];

#define EC(ec)              ((uint64_t)(ec) << 26)
#define IL                  (UINT64_C(1) << 25)
#define ISV                 (UINT64_C(1) << 24)
#define SSE                 (UINT64_C(1) << 21)
#define SF                  (UINT64_C(1) << 15)
#define WNR                 (UINT64_C(1) << 6)
#define FSC                 UINT64_C(0x3f)
#define VALID_ISS           UINT64_C(0x01ffc000) /* ISS[24:14]: what ISV is about */
#define MASK_EMULATABLE     UINT64_C(0xfdc09e7f)
#define MASK_NOT_EMULATABLE UINT64_C(0xfc001e3f)
#define MASK_FETCH          UINT64_C(0xfc001a3f)
#define FSC_ALIGNMENT       0x21
#define FSC_GPF             0x28
#define PSTATE_MASKED       UINT64_C(0x3c5)

void model_exit(struct model_rec *rec, enum rmmsim_exit_reason reason, enum model_resume resume)
{
        model.exit.exit_reason = reason;
        rec->resume = resume;
}

void model_take(struct model_rec *rec, uint64_t esr, const uint64_t *far, uint64_t elr)
{
        rec->return_pc = rec->pc + 4;
        rec->registers[REGISTER_ESR] = esr;
        rec->registers[REGISTER_ELR] = elr;
        rec->registers[REGISTER_SPSR] = rec->pstate;
        if (far != NULL) {
                rec->registers[REGISTER_FAR] = *far;
        }
        rec->pstate = PSTATE_MASKED;
        rec->pc = rec->registers[REGISTER_VBAR] + 0x200;
        rec->in_handler = true;
}

/* A synchronous external abort: EA set, FSC 0x10, FnV and S1PTW clear; the class says that it comes from EL1 itself. */
void model_take_sea(struct model_rec *rec, uint64_t esr, uint64_t far)
{
        esr = (esr & ~(FSC | 1 << 10 | 1 << 7)) | EC(1) | 1 << 9 | 0x10;
        model_take(rec, esr, &far, rec->pc);
}

static void take_abort(struct model_rec *rec, uint64_t esr, uint64_t far, unsigned fsc)
{
        esr = (esr & ~(FSC | 1 << 7 | VALID_ISS)) | EC(1) | fsc;
        model_take(rec, esr, &far, rec->pc);
}

void model_take_undefined(struct model_rec *rec, uint64_t elr)
{
        model_take(rec, IL, NULL, elr);
}

void model_exit_buffer(struct model_rec *rec, int level, uint64_t ipa)
{
        model_exit(rec, RMMSIM_EXIT_SYNC, RESUME_REDO);
        model.exit.esr = EC(0x24) | (4u + (unsigned)level);
        model.exit.hpfar = MODEL_QUIRK(host_call_hpfar_exact) ? ipa >> 8 : (ipa >> 12) << 4;
}

/* ---- accesses ------------------------------------------------------------------------------------------------------------- */

static bool is_write(const struct rmmsim_trap *trap)
{
        return trap->kind == RMMSIM_TRAP_STORE || trap->kind == RMMSIM_TRAP_COPY_OUT;
}

static bool is_single(const struct rmmsim_trap *trap)
{
        return trap->kind == RMMSIM_TRAP_LOAD || trap->kind == RMMSIM_TRAP_STORE;
}

/* ESR_EL2 of an access, its fault status left out. */
static uint64_t syndrome(const struct rmmsim_trap *trap)
{
        uint64_t esr = EC(trap->kind == RMMSIM_TRAP_FETCH ? 0x20 : 0x24) | IL | (is_write(trap) ? WNR : 0);

        if (is_single(trap) && trap->isv) {
                esr |= ISV | (uint64_t)__builtin_ctz(trap->size) << 22 | (uint64_t)trap->rt << 16 |
                       (trap->sign_extend ? SSE : 0) | (trap->sf ? SF : 0);
        }
        return esr;
}

/* What arrives in a register when `value` is read: zero-extended; or sign-extended, to 32 bits or to 64. */
static uint64_t extended(uint64_t value, unsigned size, bool sign_extend, bool sf)
{
        unsigned unused = 64 - 8 * size;

        value = value << unused >> unused;
        if (!sign_extend) {
                return value;
        }
        value = (uint64_t)((int64_t)(value << unused) >> unused);
        return sf ? value : (uint32_t)value;
}

void model_emulate(struct model_rec *rec, uint64_t value)
{
        uint64_t esr = rec->last_esr;
        unsigned rt = esr >> 16 & 31;

        if ((esr & WNR) == 0 && rt != 31) {
                rec->x[rt] = extended(value, 1u << (esr >> 22 & 3), (esr & SSE) != 0, (esr & SF) != 0);
        }
        rec->pc += 4;
}

static void exit_abort(struct model_rec *rec, uint64_t esr, uint64_t mask, uint64_t ipa)
{
        model_exit(rec, RMMSIM_EXIT_SYNC, RESUME_REDO);
        model.exit.esr = esr & mask;
        model.exit.hpfar = (ipa >> 12) << 4;
        rec->last_esr = esr;
        rec->last_far = ipa;
        rec->emulatable = (esr & ISV) != 0 && MODEL_QUIRK(emul_mmio_any_abort);
}

static void exit_unprotected(struct model_rec *rec, uint64_t esr, uint64_t ipa)
{
        bool valid = (esr & ISV) != 0;
        unsigned rt = esr >> 16 & 31;
        unsigned unused = 64 - (8u << (esr >> 22 & 3));

        if (valid || MODEL_QUIRK(data_abort_shows_access)) {
                exit_abort(rec, esr, MASK_EMULATABLE, ipa);
                model.exit.far = ipa % MODEL_PAGE;
                model.exit.gprs[0] = (esr & WNR) != 0 && rt != 31 ? rec->x[rt] << unused >> unused : 0;
        } else {
                exit_abort(rec, esr, MASK_NOT_EMULATABLE | (MODEL_QUIRK(data_abort_il_clear) ? 0 : IL), ipa);
        }
        rec->emulatable = valid;
        rec->unprotected = true;
}

/* An access that goes through: to the Realm's memory, or to the host's, which is as the host sees it now. */
static void perform(struct model_rec *rec, const struct rmmsim_trap *trap, const struct model_target *target)
{
        bool protected = target->outcome == ACCESS_PROTECTED;
        unsigned length = is_single(trap) ? trap->size : trap->bytes;
        uint8_t *bytes = protected ? model_protected_bytes(target->data, trap->ipa, is_write(trap))
                                   : rmmsim_host_pointer(model.world->sim, target->pa, length);
        const struct model_data *data = &model.data[target->data];
        unsigned offset = (unsigned)(trap->ipa % MODEL_PAGE);
        uint64_t value = 0;

        rec->pc += 4;
        switch (trap->kind) {
        case RMMSIM_TRAP_LOAD:
                memcpy(&value, bytes, length);
                if (trap->rt != 31) {
                        rec->x[trap->rt] = extended(value, trap->size, trap->sign_extend, trap->sf);
                }
                rec->adopts = protected && offset < data->unknown_to && offset + length > data->unknown_from;
                break;
        case RMMSIM_TRAP_COPY_IN:
                memcpy(model_buffers[rec - model.recs], bytes, length);
                break;
        case RMMSIM_TRAP_STORE:
        case RMMSIM_TRAP_COPY_OUT:
                value = is_single(trap) && trap->rt != 31 ? rec->x[trap->rt] : 0;
                if (!protected) {
                        bytes = model_host_shadow(target->pa, true);
                }
                if (bytes != NULL) {
                        memcpy(bytes, is_single(trap) ? (const void *)&value : trap->buffer, length);
                }
                break;
        default:
                break;
        }
}

/* Is it an instruction, and aligned? Otherwise its exception has been taken. */
static bool well_formed(struct model_rec *rec, const struct rmmsim_trap *trap)
{
        if (is_single(trap)) {
                if (trap->rt > 31 || trap->size == 0 || trap->size > 8 || (trap->size & (trap->size - 1)) != 0) {
                        model_take_undefined(rec, rec->pc);
                        return false;
                }
                if (trap->ipa % trap->size != 0) {
                        take_abort(rec, syndrome(trap), trap->ipa, FSC_ALIGNMENT);
                        return false;
                }
        } else if (trap->kind != RMMSIM_TRAP_FETCH && trap->ipa % MODEL_PAGE + trap->bytes > MODEL_PAGE) {
                model_take_undefined(rec, rec->pc);
                return false;
        }
        return true;
}

bool model_do_access(struct model_rec *rec, const struct rmmsim_trap *trap)
{
        bool fetch = trap->kind == RMMSIM_TRAP_FETCH;
        struct model_target target;
        uint64_t esr;

        if (!well_formed(rec, trap)) {
                return false;
        }
        target = model_translate(trap->ipa, fetch ? ACCESS_FETCH : is_write(trap) ? ACCESS_WRITE : ACCESS_READ);
        esr = syndrome(trap);
        switch (target.outcome) {
        case ACCESS_PROTECTED:
        case ACCESS_HOST:
                perform(rec, trap, &target);
                return false;
        case ACCESS_GPF:
                take_abort(rec, esr, trap->ipa, FSC_GPF);
                return false;
        case ACCESS_EMPTY:
                model_take_sea(rec, esr, trap->ipa);
                return false;
        case ACCESS_BEYOND:
                if (MODEL_QUIRK(ipa_space_sea)) {
                        model_take_sea(rec, esr, trap->ipa);
                } else {
                        take_abort(rec, esr, trap->ipa, 0);
                }
                return false;
        case ACCESS_BUS:
                model_take_sea(rec, esr, trap->ipa);
                model_exit(rec, RMMSIM_EXIT_SYNC, RESUME_EXCEPTION);
                model.exit.esr = (esr & MASK_NOT_EMULATABLE) | 0x10;
                return true;
        case ACCESS_FAULT:
                exit_abort(rec, esr | (4u + (unsigned)target.level), fetch ? MASK_FETCH : MASK_NOT_EMULATABLE,
                           trap->ipa);
                return true;
        case ACCESS_OUTSIDE:
                exit_unprotected(rec, esr | (4u + (unsigned)target.level), trap->ipa);
                return true;
        default:
                exit_unprotected(rec, esr | (12u + (unsigned)target.level), trap->ipa);
                return true;
        }
}
