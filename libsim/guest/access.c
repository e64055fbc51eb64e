/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * access.c - what an access of the Realm comes to.
 *
 * The Realm's lock is held, shared, over walk and copy: after the command that removes a mapping has returned, no access
 * completes through it. Aligned accesses of a register's size are atomic with acquire and release order, so that guests on
 * different PEs, and a host that shares a page, can build their own protocols on them.
 */
#include "access.h"
#include "el1.h"
#include "realm_buffer.h"
#include "stage2.h"
#include <string.h>

#define MASK_EMULATABLE     UINT64_C(0xfdc09e7f)
#define MASK_NOT_EMULATABLE UINT64_C(0xfc001e3f)
#define MASK_INSTRUCTION    UINT64_C(0xfc001a3f)

static bool is_write(const struct rmmsim_trap *trap)
{
        return trap->kind == RMMSIM_TRAP_STORE || trap->kind == RMMSIM_TRAP_COPY_OUT;
}

static bool is_single(const struct rmmsim_trap *trap)
{
        return trap->kind == RMMSIM_TRAP_LOAD || trap->kind == RMMSIM_TRAP_STORE;
}

static enum stage2_access access_kind(const struct rmmsim_trap *trap)
{
        if (trap->kind == RMMSIM_TRAP_FETCH) {
                return STAGE2_FETCH;
        }
        return is_write(trap) ? STAGE2_WRITE : STAGE2_READ;
}

static unsigned log2_size(unsigned size)
{
        return (unsigned)__builtin_ctz(size);
}

/* ESR_EL2 of the access, without its fault status. */
static uint64_t syndrome(const struct rmmsim_trap *trap)
{
        uint64_t esr;

        if (trap->kind == RMMSIM_TRAP_FETCH) {
                return ESR_EC(EC_IABT_LOW) | ESR_IL;
        }
        esr = ESR_EC(EC_DABT_LOW) | ESR_IL | (is_write(trap) ? ESR_WNR : 0);
        if (is_single(trap) && trap->isv) {
                esr |= ESR_ISV | (uint64_t)log2_size(trap->size) << ESR_SAS_SHIFT |
                       (uint64_t)(trap->rt & 31) << ESR_SRT_SHIFT | (trap->sign_extend ? ESR_SSE : 0) |
                       (trap->sf ? ESR_SF : 0);
        }
        return esr;
}

/* Which register an access names, and how wide it is, by a syndrome with ISV = 1. */
static unsigned syndrome_rt(uint64_t esr)
{
        return (unsigned)(esr >> ESR_SRT_SHIFT) & 31;
}

static unsigned syndrome_size(uint64_t esr)
{
        return 1u << (esr >> ESR_SAS_SHIFT & 3);
}

static uint64_t size_mask(unsigned size)
{
        return size == 8 ? UINT64_MAX : BIT(size * 8) - 1;
}

static uint64_t extended(uint64_t value, unsigned size, bool sign_extend, bool sf)
{
        uint64_t mask = size_mask(size);

        value &= mask;
        if (sign_extend && (value & (mask ^ mask >> 1)) != 0) {
                value |= ~mask;
        }
        return sign_extend && !sf ? (uint32_t)value : value;
}

static uint64_t register_value(const struct rec *rec, unsigned rt)
{
        return rt == 31 ? 0 : rec->gprs[rt];
}

static void set_register(struct rec *rec, unsigned rt, uint64_t value)
{
        if (rt != 31) {
                rec->gprs[rt] = value;
        }
}

/* ---- the access itself ---------------------------------------------------------------------------------------------- */

static uint64_t load(const uint8_t *at, unsigned size)
{
        switch (size) {
        case 1:
                return __atomic_load_n(at, __ATOMIC_ACQUIRE);
        case 2:
                return __atomic_load_n((const uint16_t *)(const void *)at, __ATOMIC_ACQUIRE);
        case 4:
                return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
        default:
                return __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
        }
}

static void store(uint8_t *at, unsigned size, uint64_t value)
{
        switch (size) {
        case 1:
                __atomic_store_n(at, (uint8_t)value, __ATOMIC_RELEASE);
                break;
        case 2:
                __atomic_store_n((uint16_t *)(void *)at, (uint16_t)value, __ATOMIC_RELEASE);
                break;
        case 4:
                __atomic_store_n((uint32_t *)(void *)at, (uint32_t)value, __ATOMIC_RELEASE);
                break;
        default:
                __atomic_store_n((uint64_t *)(void *)at, value, __ATOMIC_RELEASE);
                break;
        }
}

static inline void move(struct rec *rec, const struct rmmsim_trap *trap, uint8_t *at)
{
        switch (trap->kind) {
        case RMMSIM_TRAP_LOAD:
                set_register(rec, trap->rt, extended(load(at, trap->size), trap->size, trap->sign_extend, trap->sf));
                break;
        case RMMSIM_TRAP_STORE:
                store(at, trap->size, register_value(rec, trap->rt));
                break;
        case RMMSIM_TRAP_COPY_IN:
                memcpy(trap->buffer, at, trap->bytes);
                break;
        case RMMSIM_TRAP_COPY_OUT:
                memcpy(at, trap->buffer, trap->bytes);
                break;
        default:
                break; /* a fetch needs nothing more */
        }
}

static void perform(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap, uint8_t *at)
{
        point_touch(OBJECT_MEMORY, 0, is_write(trap));
        if (!is_recorded(vcpu->pe)) {
                move(vcpu->rec, trap, at);
        } else {
                record_act(vcpu->pe);
                move(vcpu->rec, trap, at);
                record_acted(vcpu->pe);
        }
        vcpu->rec->pc += 4;
}

/* ---- what the host gets to see -------------------------------------------------------------------------------------- */

static void exit_abort(const struct rmmsim_vcpu *vcpu, uint64_t esr, uint64_t mask, uint64_t ipa)
{
        struct rmmsim_rec_exit *exit = pe_exit(vcpu->pe);
        struct last_exit *last = &vcpu->rec->last_exit;

        vcpu_exit(vcpu, RMMSIM_EXIT_SYNC, RESUME_REDO);
        exit->esr = esr & mask;
        exit->hpfar = ipa >> GRANULE_SHIFT << 4;
        last->esr = esr;
        last->far = ipa;
        last->emulatable = (esr & ESR_ISV) != 0 && QUIRKED(&vcpu->pe->rmm->profile, emul_mmio_any_abort);
}

/* What a write was to store, as far as the syndrome tells. */
static uint64_t value_written(const struct rec *rec, uint64_t esr)
{
        if ((esr & ESR_WNR) == 0) {
                return 0;
        }
        return register_value(rec, syndrome_rt(esr)) & size_mask(syndrome_size(esr));
}

/* A fault at an Unprotected IPA: the host may emulate the access if the syndrome says what it was. */
static void exit_unprotected(const struct rmmsim_vcpu *vcpu, uint64_t ipa, uint64_t esr)
{
        const struct profile *profile = &vcpu->pe->rmm->profile;
        struct rmmsim_rec_exit *exit = pe_exit(vcpu->pe);
        bool valid = (esr & ESR_ISV) != 0;

        if (valid || QUIRKED(profile, data_abort_shows_access)) {
                exit_abort(vcpu, esr, MASK_EMULATABLE, ipa);
                exit->far = ipa & GRANULE_MASK;
                exit->gprs[0] = value_written(vcpu->rec, esr);
        } else {
                exit_abort(vcpu, esr, MASK_NOT_EMULATABLE | (QUIRKED(profile, data_abort_il_clear) ? 0 : ESR_IL), ipa);
        }
        vcpu->rec->last_exit.emulatable = valid;
        vcpu->rec->last_exit.unprotected = true;
}

/*
 * The bus answers with an error: the Realm takes the abort, and the host is told that it happened.
 * Specification: REC exit due to External Abort; SET = UER.
 */
static void external_abort(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        uint64_t esr = syndrome(trap) | FSC_SEA;

        el1_take_sea(vcpu->rec, esr, trap->ipa);
        vcpu_exit(vcpu, RMMSIM_EXIT_SYNC, RESUME_EXCEPTION);
        pe_exit(vcpu->pe)->esr = esr & MASK_NOT_EMULATABLE;
}

/* ---- host memory ---------------------------------------------------------------------------------------------------- */

/* What was moved, as the vCPU has it: the memory itself may be another value's already. A load to XZR leaves nothing behind. */
static void record_host_memory(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap, uint64_t pa)
{
        struct record_sink *recorder = vcpu->pe->rmm->recorder;
        uint64_t value;

        if (!is_single(trap)) {
                recorder->trap_memory(recorder, vcpu->pe->index, pa, trap->buffer, trap->bytes, is_write(trap));
        } else if (is_write(trap) || trap->rt != 31) {
                value = register_value(vcpu->rec, trap->rt);
                recorder->trap_memory(recorder, vcpu->pe->index, pa, &value, trap->size, is_write(trap));
        }
}

/*
 * An access to memory of the host. While it lasts the page cannot be delegated. The Realm reaches it through the
 * Non-secure PAS, so a page in another PAS is a Granule Protection Fault, which the Realm sees.
 *
 * The page comes before the Realm in the order of locks, and the Realm is held already: so the page's lock is not waited
 * for. Returns false if it is taken, by a command that may itself be waiting for this Realm; then nothing has happened.
 */
static bool access_host(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap, uint64_t pa)
{
        const struct memory *memory = &vcpu->pe->rmm->memory;
        struct granule *granule = memory_granule(memory, pa);
        unsigned gpt = RMMSIM_GPT_GPT_NS;
        bool held = false;
        uint8_t *page;
        uint32_t word;

        if (granule != NULL) {
                if (!granule_try_lock_shared(granule, RMMSIM_GRANULE_UNDELEGATED, &word, &held)) {
                        return false;
                }
                gpt = granule_word_gpt(word);
        }
        record_place(vcpu->pe);
        if (gpt != RMMSIM_GPT_GPT_NS && gpt != RMMSIM_GPT_GPT_AAP) {
                el1_take_abort(vcpu->rec, syndrome(trap), trap->ipa, FSC_GPF);
        } else if ((page = memory_host_page(memory, pa)) == NULL) {
                external_abort(vcpu, trap);
        } else {
                if (is_write(trap)) {
                        journal_host_page(memory, pa, page);
                }
                perform(vcpu, trap, page + (pa & GRANULE_MASK));
                if (is_recorded(vcpu->pe)) {
                        record_host_memory(vcpu, trap, pa);
                }
        }
        if (held) {
                granule_unlock(granule, true);
        }
        return true;
}

/* Returns false if the access has to be tried again without the Realm's lock held meanwhile. */
static bool access_through(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap,
                           const struct stage2_result *found)
{
        struct rec *rec = vcpu->rec;
        uint64_t esr = syndrome(trap);

        if (found->outcome == STAGE2_PROTECTED) {
                if (is_write(trap)) {
                        journal_granule(&vcpu->pe->rmm->memory, found->pa);
                }
                perform(vcpu, trap,
                        (uint8_t *)memory_realm_page(&vcpu->pe->rmm->memory, found->pa) + (found->pa & GRANULE_MASK));
                return true;
        }
        if (found->outcome == STAGE2_UNPROTECTED) {
                return access_host(vcpu, trap, found->pa);
        }
        record_place(vcpu->pe);
        switch (found->outcome) {
        case STAGE2_EMPTY:
        case STAGE2_FETCH_UNPROTECTED:
                el1_take_sea(rec, esr | fsc_translation(found->level), trap->ipa);
                break;
        case STAGE2_FAULT_PROTECTED:
                exit_abort(vcpu, esr | fsc_translation(found->level),
                           trap->kind == RMMSIM_TRAP_FETCH ? MASK_INSTRUCTION : MASK_NOT_EMULATABLE, trap->ipa);
                break;
        case STAGE2_FAULT_UNPROTECTED:
                exit_unprotected(vcpu, trap->ipa, esr | fsc_translation(found->level));
                break;
        case STAGE2_PERMISSION:
                exit_unprotected(vcpu, trap->ipa, esr | (FSC_PERMISSION + (unsigned)found->level));
                break;
        case STAGE2_ADDRESS_SIZE:
                if (QUIRKED(&vcpu->pe->rmm->profile, ipa_space_sea)) {
                        el1_take_sea(rec, esr, trap->ipa);
                } else {
                        el1_take_abort(rec, esr, trap->ipa, FSC_ADDRESS_SIZE_L0);
                }
                break;
        default:
                break;
        }
        return true;
}

/* Sizes and alignment that an instruction can have: anything else is no instruction, or faults in stage 1. */
static bool check_shape(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        if (is_single(trap)) {
                if (trap->rt > 31 || (trap->size != 1 && trap->size != 2 && trap->size != 4 && trap->size != 8)) {
                        el1_take_undefined(vcpu->rec, vcpu->rec->pc, vcpu->rec->pc + 4);
                        return false;
                }
                if (!is_aligned(trap->ipa, trap->size)) {
                        el1_take_abort(vcpu->rec, syndrome(trap), trap->ipa, FSC_ALIGNMENT);
                        return false;
                }
        } else if (trap->kind != RMMSIM_TRAP_FETCH &&
                   (trap->bytes > GRANULE_SIZE || (trap->ipa & GRANULE_MASK) + trap->bytes > GRANULE_SIZE)) {
                el1_take_undefined(vcpu->rec, vcpu->rec->pc, vcpu->rec->pc + 4);
                return false;
        }
        return true;
}

void guest_access(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        struct stage2_result found;
        struct spin spin = { 0 };
        bool done;

        if (!check_shape(vcpu, trap)) {
                return;
        }
        for (;;) {
                vcpu_lock_realm(vcpu, true);
                stage2_translate(vcpu->pe->rmm, vcpu->realm, &found, trap->ipa, access_kind(trap));
                done = access_through(vcpu, trap, &found);
                vcpu_unlock_realm(vcpu, true);
                if (done) {
                        return;
                }
                spin_wait_for(&spin, NULL, 0);
        }
}

void guest_access_emulated(struct rec *rec, uint64_t value)
{
        uint64_t esr = rec->last_exit.esr;

        if ((esr & ESR_WNR) == 0) {
                set_register(rec, syndrome_rt(esr),
                             extended(value, syndrome_size(esr), (esr & ESR_SSE) != 0, (esr & ESR_SF) != 0));
        }
        rec->pc += 4;
}
