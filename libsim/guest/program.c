/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * program.c - the two kinds of program, and the functions of guest.h by which one of them makes its traps.
 *
 * A guest function is suspended inside the guest.h function that it called. That function carries the trap out on the guest's
 * own stack, so a call that the RMM answers costs no stack switch; only an exit switches.
 */
#include "program.h"
#include "el1.h"
#include "phase.h"
#include "run.h"
#include "why.h"
#include <string.h>

/* ---- guest functions ---------------------------------------------------------------------------------------------------- */

static struct guest_slot *slot_of(const struct rmmsim_vcpu *vcpu)
{
        return &vcpu->pe->rmm->guests->slots[vcpu->rec->guest.slot - 1];
}

/*
 * Carry a trap out, through as many exits as it takes. Returns 0 or RMMSIM_GUEST_EXCEPTION. Inlined, always: each function
 * between the guest and the switch is one more return that the CPU cannot predict (coroutine_switch.h).
 */
__attribute__((always_inline)) static inline int trap_until_done(struct rmmsim_vcpu *vcpu,
                                                                 const struct rmmsim_trap *trap)
{
        do {
                PHASE(REALM);
                guest_trap(vcpu, trap);
                if (!vcpu->pe->entry.exiting) {
                        break;
                }
                PHASE(SWITCH);
                coroutine_suspend(&slot_of(vcpu)->coroutine);
        } while (vcpu->rec->guest.resume == RESUME_REDO);
        PHASE(GUEST);
        return vcpu->rec->guest.in_handler ? RMMSIM_GUEST_EXCEPTION : 0;
}

/* First on the stack: what a guest function returns to turns its vCPU off. */
static void guest_main(void *arg)
{
        struct guest_slot *slot = arg;

        slot->binding->fn(&slot->vcpu, slot->binding->arg);
        for (;;) {
                struct rmmsim_regs off = { .x = { RMMSIM_PSCI_CPU_OFF } };

                rmmsim_guest_smc(&slot->vcpu, &off);
        }
}

static bool start_function(struct rmmsim_vcpu *vcpu, const struct binding *binding)
{
        struct guests *guests = vcpu->pe->rmm->guests;
        struct guest_slot *slot;
        uint32_t index;
        size_t size;
        void *stack;

        if (!stack_pool_take(&guests->stacks, &index)) {
                vcpu->pe->library_error = RMMSIM_ERROR_NO_STACK;
                return false;
        }
        atomic_fetch_add_explicit(&guests->live, 1, memory_order_relaxed);
        slot = &guests->slots[index];
        slot->binding = binding;
        slot->vcpu = *vcpu;
        slot->seam = (struct seam){ .selected = { .vcpu = &slot->vcpu }, .vcpu = &slot->vcpu };
        stack = stack_pool_stack(&guests->stacks, index, &size);
        coroutine_init(&slot->coroutine, stack, size, guest_main, slot);
        vcpu->rec->guest.slot = index + 1;
        return true;
}

bool program_start(struct rmmsim_vcpu *vcpu, uint64_t ipa)
{
        struct rec *rec = vcpu->rec;
        uint32_t number;
        struct guests *guests = vcpu->pe->rmm->guests;
        const struct binding *binding = guests_take(guests, rec->owner, ipa, &number);

        if (binding == NULL) {
                vcpu->pe->library_error = RMMSIM_ERROR_NO_GUEST;
                return false;
        }
        if (binding->fn != NULL && !start_function(vcpu, binding)) {
                guests_release(guests, number);
                return false;
        }
        rec->guest.binding = number;
        rec->guest.trap_pending = false;
        rec->guest.resume = RESUME_DONE;
        rec->guest.result = 0;
        return true;
}

/* ---- step functions ----------------------------------------------------------------------------------------------------- */

/* The trap that an exit interrupted is about to be done again: the program hears of it, and cannot change it. */
static void tell_again(struct rmmsim_vcpu *vcpu, const struct binding *binding)
{
        struct rmmsim_trap trap = vcpu->rec->guest.trap;

        PHASE(GUEST);
        binding->step(vcpu, binding->arg, RMMSIM_GUEST_AGAIN, &trap);
        PHASE(REALM);
}

static void run_steps(struct rmmsim_vcpu *vcpu, const struct binding *binding)
{
        struct rec_guest *guest = &vcpu->rec->guest;

        if (guest->trap_pending && guest->resume != RESUME_REDO) {
                guest->trap_pending = false;
                guest->result = guest->in_handler ? RMMSIM_GUEST_EXCEPTION : 0;
        } else if (guest->trap_pending && binding->again) {
                tell_again(vcpu, binding);
        }
        while (!vcpu->pe->entry.exiting) {
                if (!guest->trap_pending) {
                        memset(&guest->trap, 0, sizeof(guest->trap));
                        PHASE(GUEST);
                        binding->step(vcpu, binding->arg, guest->result, &guest->trap);
                        guest->trap_pending = true;
                        PHASE(REALM);
                }
                guest_trap(vcpu, &guest->trap);
                if (!vcpu->pe->entry.exiting) {
                        guest->trap_pending = false;
                        guest->result = guest->in_handler ? RMMSIM_GUEST_EXCEPTION : 0;
                }
        }
}

void program_run(struct rmmsim_vcpu *vcpu)
{
        if (vcpu->rec->guest.slot != 0) {
                struct guest_slot *slot = slot_of(vcpu);
                struct seam *outside = seam;

                slot->vcpu.pe = vcpu->pe; /* all else is the REC's own and stays */
                PHASE(SWITCH);
                seam = &slot->seam;
                coroutine_resume(&slot->coroutine);
                seam = outside;
        } else {
                run_steps(vcpu, &vcpu->pe->rmm->guests->bindings[vcpu->rec->guest.binding - 1]);
        }
}

/* ---- guest.h -------------------------------------------------------------------------------------------------------------- */

uint64_t rmmsim_guest_x(const struct rmmsim_vcpu *vcpu, unsigned n)
{
        return n < 31 ? vcpu->rec->gprs[n] : 0;
}

void rmmsim_guest_set_x(struct rmmsim_vcpu *vcpu, unsigned n, uint64_t value)
{
        if (n < 31) {
                vcpu->rec->gprs[n] = value;
        }
}

uint64_t rmmsim_guest_pc(const struct rmmsim_vcpu *vcpu)
{
        return vcpu->rec->pc;
}

struct rmmsim_exception rmmsim_guest_exception(const struct rmmsim_vcpu *vcpu)
{
        const struct el1 *el1 = &vcpu->rec->el1;

        return (struct rmmsim_exception){
                .esr = el1->esr, .far = el1->far, .elr = el1->elr, .spsr = el1->spsr, .vector = vcpu->rec->guest.vector
        };
}

const struct rmmsim_refusal *rmmsim_guest_why(const struct rmmsim_vcpu *vcpu)
{
        return why(vcpu->pe, &vcpu->rec->refusal);
}

void rmmsim_guest_smc(struct rmmsim_vcpu *vcpu, struct rmmsim_regs *regs)
{
        const struct rmmsim_trap trap = { .kind = RMMSIM_TRAP_SMC };

        memcpy(vcpu->rec->gprs, regs->x, sizeof(regs->x));
        (void)trap_until_done(vcpu, &trap);
        memcpy(regs->x, vcpu->rec->gprs, sizeof(regs->x));
}

struct rmmsim_regs rmmsim_guest_call_fields(struct rmmsim_vcpu *vcpu, uint32_t fid, const uint64_t *fields,
                                            size_t num_fields)
{
        struct rmmsim_regs regs = { .x = { fid } };

        for (size_t i = 1; i < num_fields && i < ARRAY_SIZE(regs.x); i++) {
                regs.x[i] = fields[i];
        }
        rmmsim_guest_smc(vcpu, &regs);
        return regs;
}

__attribute__((always_inline)) static inline int simple_trap(struct rmmsim_vcpu *vcpu, enum rmmsim_trap_kind kind,
                                                             uint64_t value)
{
        const struct rmmsim_trap trap = { .kind = kind, .value = value };

        return trap_until_done(vcpu, &trap);
}

int rmmsim_guest_hvc(struct rmmsim_vcpu *vcpu)
{
        return simple_trap(vcpu, RMMSIM_TRAP_HVC, 0);
}

void rmmsim_guest_nop(struct rmmsim_vcpu *vcpu)
{
        (void)simple_trap(vcpu, RMMSIM_TRAP_NOP, 0);
}

void rmmsim_guest_wfi(struct rmmsim_vcpu *vcpu)
{
        (void)simple_trap(vcpu, RMMSIM_TRAP_WFI, 0);
}

void rmmsim_guest_wfe(struct rmmsim_vcpu *vcpu)
{
        (void)simple_trap(vcpu, RMMSIM_TRAP_WFE, 0);
}

void rmmsim_guest_wfit(struct rmmsim_vcpu *vcpu, uint64_t timeout)
{
        (void)simple_trap(vcpu, RMMSIM_TRAP_WFIT, timeout);
}

void rmmsim_guest_wfet(struct rmmsim_vcpu *vcpu, uint64_t timeout)
{
        (void)simple_trap(vcpu, RMMSIM_TRAP_WFET, timeout);
}

bool rmmsim_guest_irq_pending(const struct rmmsim_vcpu *vcpu)
{
        return gic_irq_pending(&vcpu->rec->gic, &vcpu->pe->rmm->gic);
}

bool rmmsim_guest_fiq_pending(const struct rmmsim_vcpu *vcpu)
{
        return gic_fiq_pending(&vcpu->rec->gic, &vcpu->pe->rmm->gic);
}

/* The register that the functions below let an instruction use; its value is the guest's own again afterwards. */
enum {
        SCRATCH = 9
};

__attribute__((always_inline)) static inline int
through_scratch(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap, uint64_t in, uint64_t *out)
{
        uint64_t saved = vcpu->rec->gprs[SCRATCH];
        int result;

        vcpu->rec->gprs[SCRATCH] = in;
        result = trap_until_done(vcpu, trap);
        if (result == 0 && out != NULL) {
                *out = vcpu->rec->gprs[SCRATCH];
        }
        vcpu->rec->gprs[SCRATCH] = saved;
        return result;
}

int rmmsim_guest_mrs(struct rmmsim_vcpu *vcpu, uint32_t sysreg, uint64_t *value)
{
        const struct rmmsim_trap trap = { .kind = RMMSIM_TRAP_MRS, .sysreg = sysreg, .rt = SCRATCH };

        return through_scratch(vcpu, &trap, 0, value);
}

int rmmsim_guest_msr(struct rmmsim_vcpu *vcpu, uint32_t sysreg, uint64_t value)
{
        const struct rmmsim_trap trap = { .kind = RMMSIM_TRAP_MSR, .sysreg = sysreg, .rt = SCRATCH };

        return through_scratch(vcpu, &trap, value, NULL);
}

/* No instruction has a size that the trap cannot hold: 0 is as wrong, and fits. */
static uint8_t access_size(unsigned size)
{
        return size > 8 ? 0 : (uint8_t)size;
}

int rmmsim_guest_load(struct rmmsim_vcpu *vcpu, uint64_t ipa, unsigned size, uint64_t *value)
{
        const struct rmmsim_trap trap = { .kind = RMMSIM_TRAP_LOAD,
                                          .ipa = ipa,
                                          .size = access_size(size),
                                          .rt = SCRATCH,
                                          .isv = true,
                                          .sf = size == 8 };

        return through_scratch(vcpu, &trap, 0, value);
}

int rmmsim_guest_store(struct rmmsim_vcpu *vcpu, uint64_t ipa, unsigned size, uint64_t value)
{
        const struct rmmsim_trap trap = { .kind = RMMSIM_TRAP_STORE,
                                          .ipa = ipa,
                                          .size = access_size(size),
                                          .rt = SCRATCH,
                                          .isv = true,
                                          .sf = size == 8 };

        return through_scratch(vcpu, &trap, value, NULL);
}

int rmmsim_guest_fetch(struct rmmsim_vcpu *vcpu, uint64_t ipa)
{
        const struct rmmsim_trap trap = { .kind = RMMSIM_TRAP_FETCH, .ipa = ipa };

        return trap_until_done(vcpu, &trap);
}

/* One trap for each page that is touched. */
static int copy(struct rmmsim_vcpu *vcpu, enum rmmsim_trap_kind kind, uint64_t ipa, uint8_t *buffer, size_t size)
{
        while (size != 0) {
                size_t part = (size_t)min_u64(size, GRANULE_SIZE - (ipa & GRANULE_MASK));
                const struct rmmsim_trap trap = { .kind = kind, .ipa = ipa, .buffer = buffer, .bytes = (uint32_t)part };
                int result = trap_until_done(vcpu, &trap);

                if (result != 0) {
                        return result;
                }
                ipa += part;
                buffer += part;
                size -= part;
        }
        return 0;
}

int rmmsim_guest_read(struct rmmsim_vcpu *vcpu, uint64_t ipa, void *to, size_t size)
{
        return copy(vcpu, RMMSIM_TRAP_COPY_IN, ipa, to, size);
}

int rmmsim_guest_write(struct rmmsim_vcpu *vcpu, uint64_t ipa, const void *from, size_t size)
{
        /* The trap only reads from it: one trap structure serves both directions. */
        return copy(vcpu, RMMSIM_TRAP_COPY_OUT, ipa, (uint8_t *)(uintptr_t)from, size);
}
