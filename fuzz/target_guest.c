/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_guest.c - a Realm and a hostile host take turns, and a model says what either may see.
 *
 * Records are what the host does and what the guest does. A record of the guest is carried out by the REC that is current: the
 * host enters it if the guest is not running, with a useful answer to the last exit; the guest goes on until the next record is
 * the host's again.
 *
 * Header: which world (guest_world.h); whether tokens may be signed, which takes long, and whether the end is audited.
 */
#include "fuzz.h"
#include "guest_host.h"
#include <rmmsim/inspect.h>

enum {
        HEADER_WORLD,
        HEADER_RARE, /* bits 2:0 zero: audit at the end; bits 7:4 zero: tokens are signed */
        HEADER_SIZE
};

static struct run {
        const struct fuzz_input *input;
        struct guest_world *world;
        size_t next;
        unsigned current;                  /* the REC that the guest's records are about             */
        bool may_step, may_exit;           /* what the model says of the library's next step         */
        uint8_t buffers[MODEL_RECS][4096]; /* of the copies                                           */
        uint64_t answered[MODEL_RECS];     /* an IPA of the page that a call is to write to, or NOTHING   */
        bool signs;
} run;

#define NOTHING UINT64_MAX

/* ---- the Realm's side ------------------------------------------------------------------------------------------------------- */

/* Registers that the library knows better, and an exception that the model was not sure of. */
static void take_over(const struct rmmsim_vcpu *vcpu, struct model_rec *rec, int result)
{
        if (rec->either) {
                memset(&model.exit, 0, sizeof(model.exit));
                if (result == RMMSIM_GUEST_EXCEPTION) {
                        rec->pc -= 4;
                        model_take_undefined(rec, rec->pc);
                        rec->adopts = false;
                }
        }
        if (rec->adopts && rec->trap.rt < 31) {
                rec->x[rec->trap.rt] = rmmsim_guest_x(vcpu, rec->trap.rt);
        }
        rec->adopts = rec->either = false;
}

static void check_exception(const struct rmmsim_vcpu *vcpu, const struct model_rec *rec)
{
        struct rmmsim_exception found = rmmsim_guest_exception(vcpu);

        if (found.esr != rec->registers[REGISTER_ESR] || found.far != rec->registers[REGISTER_FAR] ||
            found.elr != rec->registers[REGISTER_ELR] || found.spsr != rec->registers[REGISTER_SPSR] ||
            found.vector != rec->pc) {
                fuzz_fail("an exception with ESR 0x%llx FAR 0x%llx ELR 0x%llx, not 0x%llx 0x%llx 0x%llx",
                          (unsigned long long)found.esr, (unsigned long long)found.far, (unsigned long long)found.elr,
                          (unsigned long long)rec->registers[REGISTER_ESR],
                          (unsigned long long)rec->registers[REGISTER_FAR],
                          (unsigned long long)rec->registers[REGISTER_ELR]);
        }
}

static void check_copy(const struct model_rec *rec)
{
        const uint8_t *expected = model_buffers[rec - model.recs];
        const uint8_t *found = run.buffers[rec - model.recs];
        const struct rmmsim_trap *trap = &rec->trap;
        unsigned offset = (unsigned)(trap->ipa % MODEL_PAGE);
        const struct model_data *data = &model.data[model_data_of(trap->ipa)];
        bool known = !model_is_protected(trap->ipa) || data->unknown_to == 0;

        for (unsigned i = 0; i < trap->bytes; i++) {
                if (found[i] != expected[i] &&
                    (known || offset + i < data->unknown_from || offset + i >= data->unknown_to)) {
                        fuzz_fail("byte 0x%llx of the Realm's memory is 0x%02x, not 0x%02x",
                                  (unsigned long long)trap->ipa + i, found[i], expected[i]);
                        return;
                }
        }
}

static void check_guest(const struct rmmsim_vcpu *vcpu, struct model_rec *rec, int result)
{
        int expected;

        take_over(vcpu, rec, result);
        expected = rec->in_handler ? RMMSIM_GUEST_EXCEPTION : 0;
        if (result != expected) {
                fuzz_fail("the guest's trap %u at 0x%llx %s", (unsigned)rec->trap.kind,
                          (unsigned long long)rec->trap.ipa,
                          result == 0 ? "has gone through, but is to give an exception" : "gives an exception");
                return;
        }
        for (unsigned i = 0; i < 31; i++) {
                if (rmmsim_guest_x(vcpu, i) != rec->x[i]) {
                        fuzz_fail("x%u of the guest is 0x%llx, not 0x%llx", i,
                                  (unsigned long long)rmmsim_guest_x(vcpu, i), (unsigned long long)rec->x[i]);
                }
        }
        if (rmmsim_guest_pc(vcpu) != rec->pc) {
                fuzz_fail("PC of the guest is 0x%llx, not 0x%llx", (unsigned long long)rmmsim_guest_pc(vcpu),
                          (unsigned long long)rec->pc);
        }
        if (result != 0) {
                check_exception(vcpu, rec);
        } else if (rec->trap.kind == RMMSIM_TRAP_COPY_IN &&
                   memcmp(run.buffers[rec - model.recs], model_buffers[rec - model.recs], rec->trap.bytes) != 0) {
                check_copy(rec);
        }
}

static bool writes_to_memory(uint32_t fid)
{
        return fid == RMMSIM_RSI_HOST_CALL || fid == RMMSIM_RSI_REALM_CONFIG ||
               fid == RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE;
}

/* All registers that mean nothing are secrets, which no exit may show. */
static void load_registers(struct rmmsim_vcpu *vcpu, struct model_rec *rec, const uint8_t *record)
{
        struct rmmsim_regs smc;

        for (unsigned i = 0; i < 31; i++) {
                rec->x[i] = UINT64_C(0x5ec2e7) << 40 | (uint64_t)run.next << 8 | i;
        }
        run.answered[run.current] = NOTHING;
        if (rec->trap.kind == RMMSIM_TRAP_SMC) {
                smc = record_smc(record);
                memcpy(rec->x, smc.x, sizeof(smc.x));
                run.answered[run.current] = writes_to_memory((uint32_t)smc.x[0]) ? smc.x[1] : NOTHING;
                if (rec->token == TOKEN_BEGUN && !run.signs &&
                    (uint32_t)smc.x[0] == RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE) {
                        rec->x[2] = MODEL_PAGE; /* refused */
                }
        } else if (rec->trap.rt < 31) {
                rec->x[rec->trap.rt] = record_value(record, model.time);
        }
        for (unsigned i = 0; i < 31; i++) {
                rmmsim_guest_set_x(vcpu, i, rec->x[i]);
        }
}

static void make_trap(struct rmmsim_vcpu *vcpu, struct model_rec *rec, const uint8_t *record)
{
        uint8_t *buffer = run.buffers[rec - model.recs];

        rec->trap = record_trap(record, model.time);
        if (rec->trap.kind == RMMSIM_TRAP_COPY_IN || rec->trap.kind == RMMSIM_TRAP_COPY_OUT) {
                rec->trap.buffer = buffer;
                memset(buffer, record[5], rec->trap.bytes);
        }
        load_registers(vcpu, rec, record);
}

/* After a call that writes to the Realm's memory the guest looks at all of the page, if it is there. */
static bool look_at_answer(struct model_rec *rec)
{
        uint64_t ipa = run.answered[run.current];

        run.answered[run.current] = NOTHING;
        if (ipa == NOTHING || model_translate(ipa, ACCESS_READ).outcome != ACCESS_PROTECTED) {
                return false;
        }
        rec->trap = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_COPY_IN,
                                          .ipa = ipa / MODEL_PAGE * MODEL_PAGE,
                                          .buffer = run.buffers[run.current],
                                          .bytes = MODEL_PAGE };
        return true;
}

static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct model_rec *rec = &model.recs[run.current];

        (void)arg;
        if (!run.may_step) {
                fuzz_fail("the guest goes on, but the REC is to exit (%s)",
                          rmmsim_exit_name((unsigned)model.exit.exit_reason));
        }
        check_guest(vcpu, rec, result);
        if (look_at_answer(rec)) {
                /* and takes no record for it */
        } else if (run.next < fuzz_num_records(run.input) &&
                   record_op(fuzz_record(run.input, run.next)) >= GUEST_FIRST) {
                make_trap(vcpu, rec, fuzz_record(run.input, run.next++));
        } else {
                rec->trap = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_NOP };
                (void)rmmsim_irq_raise(run.world->world.sim, 0);
                model.irq = true;
        }
        *next = rec->trap;
        run.may_exit = model_trap(rec);
        run.may_step = !run.may_exit || rec->either;
}

/* ---- entries -------------------------------------------------------------------------------------------------------------- */

/* Returns x0. `where` is the run page, `which` what is passed as the REC: the model knows both where it is to succeed. */
static void enter(uint64_t which, uint64_t where, const struct rmmsim_rec_enter *given)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_REC_ENTER, which, where } };
        struct model_rec *rec = &model.recs[run.current];
        bool is_rec = which == rec->pa, no_guest = false;
        uint8_t *shadow = NULL;
        uint64_t x0 = RMMSIM_RMI_ERROR_INPUT;
        int code;

        run.may_step = false;
        if (host_is_run_page(where)) {
                shadow = model_host_shadow(where, true);
                memcpy(world_at(&run.world->world, where), given, sizeof(*given));
                if (shadow != NULL) {
                        memcpy(shadow, given, sizeof(*given));
                }
                x0 = is_rec                     ? model_enter(rec, given, &run.may_step, &no_guest)
                     : which == model.other_rec ? RMMSIM_RMI_ERROR_REALM
                                                : RMMSIM_RMI_ERROR_INPUT;
        }
        run.may_exit = !run.may_step || rec->either;
        code = rmmsim_smc(run.world->world.sim, 0, &regs);
        host_check("RMI_REC_ENTER", &regs, x0, 0, 0);
        if (code != (no_guest ? RMMSIM_ERROR_NO_GUEST : 0)) {
                fuzz_fail("rmmsim_smc() returns %d", code);
        }
        if (x0 == RMMSIM_RMI_SUCCESS && regs.x[0] == x0) {
                const struct rmmsim_rec_run *page = world_at(&run.world->world, where);

                if (!run.may_exit) {
                        fuzz_fail("the REC exits (%s), but the guest is to go on",
                                  rmmsim_exit_name((unsigned)page->exit.exit_reason));
                }
                rec->adopts = rec->either = false;
                model_check_exit(rec, &page->exit);
                if (shadow != NULL) {
                        memcpy(shadow + sizeof(page->enter), &page->exit, sizeof(page->exit));
                }
        }
}

/* A host that answers what it was asked, as far as it can: or most inputs would be stuck at once. */
static void enter_usefully(void)
{
        static const uint8_t plain[RECORD_SIZE];
        struct model_rec *rec = &model.recs[run.current];
        struct rmmsim_rec_enter given;

        if (rec->pending == PENDING_PSCI && rec->x[1] < MODEL_RECS) {
                struct model_rec *target = &model.recs[rec->x[1]];

                (void)model_psci_complete(rec, target, 0);
                (void)rmmsim_call(run.world->world.sim, 0, rmi_psci_complete, .calling_rec = rec->pa,
                                  .target_rec = target->pa, .status = 0);
        }
        if (rec->pending == PENDING_RIPAS && run.next % 2 == 0) {
                host_change_ripas(rec, rec->ripas_base, rec->ripas_top);
        }
        record_enter(plain, &given);
        given.flags = rec->emulatable ? RMMSIM_ENTER_EMUL_MMIO : 0;
        enter(rec->pa, rec->run, &given);
}

/*
 * The record is the guest's. An entry may end before the guest's turn comes, with an interrupt: so each REC gets two. If none
 * gets as far as to carry it out it is left out.
 */
static void let_guest(void)
{
        size_t next = run.next;

        for (unsigned i = 0; i < 2 * MODEL_RECS && run.next == next; i++) {
                enter_usefully();
                if (run.next == next && i % 2 != 0) {
                        run.current = (run.current + 1) % MODEL_RECS;
                }
        }
        run.next += run.next == next;
}

static void enter_as_told(const uint8_t *r)
{
        struct model_rec *rec = &model.recs[run.current];
        const uint64_t wrong_recs[] = { model.other_rec, model.rd,      model.data[0].pa,
                                        rec->pa + 8,     model.host[0], WORLD_DEVICE_BASE };
        const uint64_t pages[] = { model.recs[(run.current + 1) % MODEL_RECS].run,
                                   model.host[HOST_SHARED],
                                   model.data[11].pa,
                                   rec->run + 0x800,
                                   WORLD_DEVICE_BASE,
                                   model.rd };
        struct rmmsim_rec_enter given;

        record_enter(r, &given);
        given.flags = r[1] < 0xe0 ? r[1] & 0x1f : UINT64_C(0xffffffffffffff00) | r[1];
        enter(r[2] < 0xe0 ? rec->pa : wrong_recs[r[2] % 6], r[3] < 0xe0 ? rec->run : pages[r[3] % 6], &given);
}

static void act(const uint8_t *r)
{
        switch (record_op(r)) {
        case HOST_ENTER:
                enter_as_told(r);
                break;
        case HOST_SELECT:
                run.current = r[1] % MODEL_RECS;
                break;
        default:
                host_act(run.world, run.current, r);
                break;
        }
}

/* ---- the end -------------------------------------------------------------------------------------------------------------- */

/* Of the host's pages only what was meant to be written is; measurements are what the Realm made them. */
static void check_end(void)
{
        for (unsigned i = 0; i < MODEL_HOST; i++) {
                if (memcmp(world_at(&run.world->world, model.host[i]), model_host_bytes[i], MODEL_PAGE) != 0) {
                        fuzz_fail("page %u of the host, at 0x%llx, has changed", i, (unsigned long long)model.host[i]);
                }
        }
        for (unsigned i = 0; i < 5; i++) {
                uint8_t value[64];

                if (rmmsim_measurement(run.world->world.sim, value, model.rd, i) != 0 ||
                    memcmp(value, model.measurements[i], sizeof(value)) != 0) {
                        fuzz_fail("measurement %u has changed", i);
                }
        }
}

static void run_guest(const struct fuzz_input *input)
{
        struct rmmsim_report report;

        run.input = input;
        run.next = 0;
        run.current = 0;
        memset(run.answered, 0xff, sizeof(run.answered));
        run.world = guest_world_open(fuzz_header(input, HEADER_WORLD), step);
        run.signs = fuzz_header(input, HEADER_RARE) >> 4 == 0;
        while (run.next < fuzz_num_records(input)) {
                const uint8_t *record = fuzz_record(input, run.next);

                if (record_op(record) >= GUEST_FIRST) {
                        let_guest();
                } else {
                        run.next++;
                        act(record);
                }
        }
        check_end();
        if ((fuzz_header(input, HEADER_RARE) & 7) == 0 && rmmsim_audit(run.world->world.sim, &report) != 0) {
                fuzz_fail("the audit: %s", report.text);
        }
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        uint8_t which = fuzz_header(input, HEADER_WORLD);

        (void)guest_world_open(which, step);
        fprintf(to, "%s\n", guest_world_name(which));
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                record_describe(fuzz_record(input, i), to);
        }
}

const struct fuzz_target fuzz_target = {
        .name = "guest",
        .summary = "a Realm and a hostile host take turns; a model says what either may see",
        .header_size = HEADER_SIZE,
        .record_size = RECORD_SIZE,
        .pe_byte = FUZZ_NO_PE,
        .run = run_guest,
        .describe = describe,
};
