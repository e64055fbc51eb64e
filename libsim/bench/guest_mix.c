/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_mix.c - a guest that makes its REC exit, for a chosen mix of reasons in a reproducible order.
 *
 * It is a step function, so that what is measured around it holds no stack switch, and it does as little as the exit needs. Kinds
 * are drawn like cards: a deck has as many cards of each kind as its weight says, and is shuffled again when it is used
 * up. So the proportions are exact over each deck, and a short measurement has the same mix as a long one.
 *
 * A guest that no longer exits would never give its PE back. Its kinds may all have come to nothing - every page mapped,
 * every call refused - so one that has made no exit for long is interrupted.
 */
#include "vcpu.h"
#include <rmmsim/bench.h>
#include <string.h>

enum {
        SILENT_MAX = 1024, /* choices in a row that make no exit */
        NOTHING_YET = RMMSIM_NUM_MIX_KINDS,
        HOST_CALL_ALIGN = 256,
        MMIO_SIZE = 4,
        RT = 1
};

/* ---- which kind is next -------------------------------------------------------------------------------------------- */

/* SplitMix64: every seed is as good as another, and one number is all of its state. */
static uint64_t random_next(uint64_t *state)
{
        uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

static uint64_t sum(const uint32_t weights[RMMSIM_NUM_MIX_KINDS])
{
        uint64_t total = 0;

        for (int i = 0; i < RMMSIM_NUM_MIX_KINDS; i++) {
                total += weights[i];
        }
        return total;
}

static void shuffle(struct rmmsim_bench_mix *mix)
{
        memcpy(mix->state.used, mix->weights, sizeof(mix->weights));
        memcpy(mix->state.left, mix->weights, sizeof(mix->weights));
        mix->state.num_left = (uint32_t)sum(mix->weights);
}

/* The next card. Without weights, which is where a caller has cleared them, there is none: RMMSIM_NUM_MIX_KINDS. */
static unsigned draw(struct rmmsim_bench_mix *mix)
{
        uint64_t at;
        unsigned kind = 0;

        if (mix->state.num_left == 0 || memcmp(mix->state.used, mix->weights, sizeof(mix->weights)) != 0) {
                shuffle(mix);
        }
        if (mix->state.num_left == 0) {
                return RMMSIM_NUM_MIX_KINDS;
        }
        at = (random_next(&mix->state.random) >> 32) * mix->state.num_left >> 32;
        while (at >= mix->state.left[kind]) {
                at -= mix->state.left[kind++];
        }
        mix->state.left[kind]--;
        mix->state.num_left--;
        return kind;
}

/* ---- making it happen ---------------------------------------------------------------------------------------------- */

/* The interrupt comes before the instruction, which is executed at the next entry. */
static void interrupted_nop(const struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, uint32_t interrupt)
{
        atomic_fetch_or_explicit(&vcpu->pe->interrupts, interrupt, memory_order_release);
        next->kind = RMMSIM_TRAP_NOP;
}

static void call(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, const uint64_t *x, unsigned num)
{
        for (unsigned i = 0; i < num; i++) {
                rmmsim_guest_set_x(vcpu, i, x[i]);
        }
        next->kind = RMMSIM_TRAP_SMC;
}

static void call_psci(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, const struct rmmsim_bench_mix *mix)
{
        uint64_t x[4];

        memcpy(x, mix->psci, sizeof(x));
        x[0] = x[0] != 0 ? x[0] : RMMSIM_PSCI_CPU_SUSPEND;
        call(vcpu, next, x, 4);
}

/* The page that is next in [base, top), which the caller may have moved; `wrapped` is set where that is the first again. */
static uint64_t next_page(uint64_t *at, uint64_t base, uint64_t top, bool *wrapped)
{
        uint64_t page = *at >= base && *at < top ? *at : base;

        *at = page + GRANULE_SIZE;
        *wrapped = *at >= top;
        if (*wrapped) {
                *at = base;
        }
        return page;
}

static void call_ripas(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, struct rmmsim_bench_mix *mix)
{
        enum rmmsim_ripas ripas = mix->state.to_ram ? RMMSIM_RIPAS_RAM : RMMSIM_RIPAS_EMPTY;
        bool wrapped;
        uint64_t base = next_page(&mix->state.ripas_at, mix->ripas_base, mix->ripas_top, &wrapped);
        const uint64_t x[] = { RMMSIM_RSI_IPA_STATE_SET, base, base + GRANULE_SIZE, ripas,
                               RMMSIM_RIPAS_CHANGE_DESTROYED };

        mix->state.to_ram = mix->state.to_ram != wrapped;
        call(vcpu, next, x, 5);
}

/* Without a syndrome, so that no host can emulate it: mapping a page is the answer. */
static void touch(struct rmmsim_trap *next, struct rmmsim_bench_mix *mix)
{
        bool wrapped;
        uint64_t page = next_page(&mix->state.abort_at, mix->abort_base, mix->abort_top, &wrapped);

        *next = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_LOAD, .ipa = page, .size = 8, .rt = 31 };
}

static void device(struct rmmsim_trap *next, const struct rmmsim_bench_mix *mix, enum rmmsim_trap_kind kind)
{
        *next = (struct rmmsim_trap){ .kind = kind, .ipa = mix->mmio, .size = MMIO_SIZE, .rt = RT, .isv = true };
}

static void make(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, struct rmmsim_bench_mix *mix, unsigned kind)
{
        const uint64_t host_call[] = { RMMSIM_RSI_HOST_CALL, mix->host_call };

        switch (kind) {
        case RMMSIM_MIX_IRQ:
                interrupted_nop(vcpu, next, PE_IRQ);
                break;
        case RMMSIM_MIX_FIQ:
                interrupted_nop(vcpu, next, PE_FIQ);
                break;
        case RMMSIM_MIX_HOST_CALL:
                call(vcpu, next, host_call, 2);
                break;
        case RMMSIM_MIX_PSCI:
                call_psci(vcpu, next, mix);
                break;
        case RMMSIM_MIX_RIPAS_CHANGE:
                call_ripas(vcpu, next, mix);
                break;
        case RMMSIM_MIX_MMIO_READ:
                device(next, mix, RMMSIM_TRAP_LOAD);
                break;
        case RMMSIM_MIX_MMIO_WRITE:
                device(next, mix, RMMSIM_TRAP_STORE);
                break;
        case RMMSIM_MIX_DATA_ABORT:
                touch(next, mix);
                break;
        default:
                next->kind = RMMSIM_TRAP_WFI;
                break;
        }
}

/* ---- what has come of it ------------------------------------------------------------------------------------------- */

/* Was the last one refused, rather than answered by the host? */
static bool failed(const struct rmmsim_vcpu *vcpu, unsigned last, int result)
{
        uint64_t x0 = rmmsim_guest_x(vcpu, 0);

        switch (last) {
        case RMMSIM_MIX_HOST_CALL:
        case RMMSIM_MIX_RIPAS_CHANGE:
                return x0 != RMMSIM_RSI_SUCCESS;
        case RMMSIM_MIX_PSCI:
                return (int64_t)x0 == RMMSIM_PSCI_NOT_SUPPORTED || (int64_t)x0 == RMMSIM_PSCI_INVALID_PARAMETERS ||
                       (int64_t)x0 == RMMSIM_PSCI_INVALID_ADDRESS;
        case RMMSIM_MIX_MMIO_READ:
        case RMMSIM_MIX_MMIO_WRITE:
                return result == RMMSIM_GUEST_EXCEPTION;
        default:
                return false;
        }
}

/* Has the PE seen an exit since the last choice? On another PE the number is another, and that was an exit too. */
static bool has_exited(const struct rmmsim_vcpu *vcpu, struct rmmsim_bench_mix *mix)
{
        uint64_t exits = 0;
        bool moved;

        for (int i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                exits += vcpu->pe->statistics.exits[i];
        }
        moved = exits != mix->state.exits;
        mix->state.exits = exits;
        return moved;
}

static void mix_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct rmmsim_bench_mix *mix = arg;
        unsigned kind = RMMSIM_NUM_MIX_KINDS;

        mix->failed += failed(vcpu, mix->state.last, result);
        mix->state.silent = has_exited(vcpu, mix) ? 0 : mix->state.silent + 1;
        if (mix->state.silent < SILENT_MAX) {
                kind = draw(mix);
        }
        mix->state.last = (uint8_t)kind;
        if (kind == RMMSIM_NUM_MIX_KINDS) {
                mix->starved++;
                interrupted_nop(vcpu, next, PE_IRQ);
        } else {
                mix->made[kind]++;
                make(vcpu, next, mix, kind);
        }
}

/* ---- binding ------------------------------------------------------------------------------------------------------- */

static bool is_range(uint64_t base, uint64_t top)
{
        return base < top && is_granule_aligned(base) && is_granule_aligned(top);
}

static bool sound(const struct rmmsim_bench_mix *mix)
{
        const uint32_t *weights = mix->weights;
        uint64_t total = sum(weights);

        return total != 0 && total <= UINT32_MAX &&
               (weights[RMMSIM_MIX_HOST_CALL] == 0 || mix->host_call % HOST_CALL_ALIGN == 0) &&
               (weights[RMMSIM_MIX_RIPAS_CHANGE] == 0 || is_range(mix->ripas_base, mix->ripas_top)) &&
               ((weights[RMMSIM_MIX_MMIO_READ] == 0 && weights[RMMSIM_MIX_MMIO_WRITE] == 0) ||
                (mix->mmio != 0 && mix->mmio % MMIO_SIZE == 0)) &&
               (weights[RMMSIM_MIX_DATA_ABORT] == 0 || is_range(mix->abort_base, mix->abort_top));
}

int rmmsim_bench_guest_bind(struct rmmsim *sim, uint64_t rd, uint64_t ipa, struct rmmsim_bench_mix *mix)
{
        if (mix == NULL || !sound(mix)) {
                return RMMSIM_ERROR_CONFIG;
        }
        memset(mix->made, 0, sizeof(mix->made));
        mix->failed = 0;
        mix->starved = 0;
        memset(&mix->state, 0, sizeof(mix->state));
        mix->state.random = mix->seed;
        mix->state.last = NOTHING_YET;
        return rmmsim_guest_bind_step(sim, rd, ipa, mix_step, mix);
}
