/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script.c - executing a script, and comparing exits byte by byte.
 */
#include "script.h"
#include <string.h>

/* ---- inside the Realm ------------------------------------------------------------------------------------------------- */

static void note(const struct rmmsim_vcpu *vcpu, struct script_after *after, int result)
{
        after->result = result;
        after->pc = rmmsim_guest_pc(vcpu);
        after->exception = rmmsim_guest_exception(vcpu);
        for (unsigned i = 0; i < 31; i++) {
                after->x[i] = rmmsim_guest_x(vcpu, i);
        }
}

/* Where the next instruction is: behind the handler there is the one after that which took the exception. */
static uint64_t next_pc(const struct rmmsim_vcpu *vcpu, int result)
{
        return result == RMMSIM_GUEST_EXCEPTION ? rmmsim_guest_exception(vcpu).elr + 4 : rmmsim_guest_pc(vcpu);
}

static void set_registers(struct rmmsim_vcpu *vcpu, const struct script_line *line)
{
        if (line->trap.kind == RMMSIM_TRAP_LOAD || line->trap.kind == RMMSIM_TRAP_STORE ||
            line->trap.kind == RMMSIM_TRAP_MSR) {
                rmmsim_guest_set_x(vcpu, line->trap.rt, line->x[0]);
        } else if (line->trap.kind == RMMSIM_TRAP_SMC) {
                for (unsigned i = 0; i < 5; i++) {
                        rmmsim_guest_set_x(vcpu, i, line->x[i]);
                }
        }
}

void script_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct script *script = arg;

        if (script->done < script->begun) {
                note(vcpu, &script->after[script->done++], result);
        }
        next->kind = RMMSIM_TRAP_WFI;
        if (script->begun < script->count) {
                const struct script_line *line = &script->lines[script->begun];

                set_registers(vcpu, line);
                script->after[script->begun++].pc_before = next_pc(vcpu, result);
                *next = line->trap;
        }
}

void script_set(struct script *script, const struct script_line *lines, unsigned count)
{
        ck_assert_uint_le(count, SCRIPT_LINES_MAX);
        ck_assert_msg(script->done == script->count, "line %u of the script was never done", script->done);
        *script = (struct script){ .lines = lines, .count = count };
}

/* ---- the Realm ---------------------------------------------------------------------------------------------------------- */

void stage_create_with(struct stage *stage, const struct rmmsim_config *config, const struct realm_shape *shape,
                       unsigned num_recs)
{
        memset(stage, 0, sizeof(*stage));
        stage->world = world_create_with(config);
        realm_new(&stage->realm, stage->world, shape);
        realm_ram(&stage->realm, 0, MIB2);
        realm_data(&stage->realm, REALM_PC, 0xd6);
        stage->data = realm_data(&stage->realm, STAGE_DATA, 0x11);
        realm_map_tables(&stage->realm, STAGE_DEVICE, 3);
        for (unsigned i = 0; i < num_recs; i++) {
                realm_rec(&stage->realm, i == 0, REALM_PC);
        }
        ck_assert_int_eq(
                rmmsim_guest_bind_step(stage->world->sim, stage->realm.rd, REALM_PC, script_step, &stage->script), 0);
        realm_activate(&stage->realm);
}

void stage_create(struct stage *stage, const struct rmmsim_config *config)
{
        stage_create_with(stage, config, NULL, 1);
}

void stage_destroy(struct stage *stage)
{
        world_destroy(stage->world);
}

/* ---- the host's side -------------------------------------------------------------------------------------------------- */

struct rmmsim_rec_run *stage_run(struct stage *stage)
{
        return realm_run(&stage->realm, 0);
}

uint64_t stage_enter(struct stage *stage, uint64_t flags)
{
        stage_run(stage)->enter.flags = flags;
        return realm_enter(&stage->realm, 0);
}

static void compare(const struct rmmsim_rec_exit *found, const struct rmmsim_rec_exit *wanted, const char *file,
                    int line)
{
        const uint8_t *found_bytes = (const uint8_t *)found;
        const uint8_t *wanted_bytes = (const uint8_t *)wanted;

        for (size_t at = 0; at < sizeof(*found); at += sizeof(uint64_t)) {
                uint64_t is;
                uint64_t should;

                memcpy(&is, found_bytes + at, sizeof(is));
                memcpy(&should, wanted_bytes + at, sizeof(should));
                ck_assert_msg(is == should, "%s:%d: exit at 0x%03zx is 0x%llx, expected 0x%llx (%s, esr 0x%llx)", file,
                              line, at, (unsigned long long)is, (unsigned long long)should,
                              rmmsim_exit_name((unsigned)found->exit_reason), (unsigned long long)found->esr);
        }
}

void stage_expect_exit(struct stage *stage, const struct rmmsim_rec_exit *wanted, const char *file, int line)
{
        struct rmmsim_rec_run *run = stage_run(stage);
        struct rmmsim_rec_exit complete = *wanted;
        struct rmmsim_rec_enter enter = run->enter;
        uint64_t x0;

        if (complete.gicv3_vmcr == 0) {
                complete.gicv3_vmcr = VMCR_RESET;
        }
        memset(&run->exit, 0xa5, sizeof(run->exit));
        x0 = realm_enter(&stage->realm, 0);
        ck_assert_msg(x0 == RMMSIM_RMI_SUCCESS, "%s:%d: %s", file, line, world_why(stage->world));
        compare(&run->exit, &complete, file, line);
        ck_assert_mem_eq(&run->enter, &enter, sizeof(enter));
}

void stage_finish(struct stage *stage)
{
        const struct rmmsim_rec_exit *exit = &stage_run(stage)->exit;

        expect_x0(stage->world, RMMSIM_RMI_SUCCESS, realm_enter(&stage->realm, 0));
        ck_assert_msg(exit->exit_reason == RMMSIM_EXIT_IRQ, "exit %s, esr 0x%llx",
                      rmmsim_exit_name((unsigned)exit->exit_reason), (unsigned long long)exit->esr);
        ck_assert_msg(stage->script.done == stage->script.count, "the script stands in line %u", stage->script.done);
}

const struct script_after *stage_after(const struct stage *stage, unsigned line)
{
        ck_assert_msg(line < stage->script.done, "line %u is not done", line);
        return &stage->script.after[line];
}

/* Specification: exception entry from EL1 with SP_EL1: VBAR_EL1 (zero, unless the script sets it) + 0x200, D, A, I, F masked. */
void stage_expect_exception(const struct stage *stage, unsigned line, uint64_t esr, uint64_t far)
{
        const struct script_after *after = stage_after(stage, line);

        ck_assert_int_eq(after->result, RMMSIM_GUEST_EXCEPTION);
        ck_assert_msg(after->exception.esr == esr, "line %u: ESR_EL1 is 0x%llx, expected 0x%llx", line,
                      (unsigned long long)after->exception.esr, (unsigned long long)esr);
        ck_assert_uint_eq(after->exception.far, far);
        ck_assert_uint_eq(after->exception.elr, after->pc_before);
        ck_assert_uint_eq(after->exception.spsr, 0x3c5);
        ck_assert_uint_eq(after->exception.vector, 0x200);
        ck_assert_uint_eq(after->pc, 0x200);
}
