/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script.h - a REC that executes a list of instructions, exactly as written, and what the host sees of it.
 *
 * A script is a step function over lines: one trap each, with the registers that it wants. What became of a line is noted
 * behind it. A script at its end idles in WFI, so the entry that finishes it exits with IRQ unless WFI is trapped.
 *
 * The exit that a test expects is a whole RmiRecExit. Every byte of it is compared, so that "zero unless a rule sets it" is part
 * of every test. Specification: RmiRecExit, all fields.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "world.h"

enum {
        SCRIPT_LINES_MAX = 96,
        SCRIPT_RT = 10 /* the register of lines that name none */
};

struct script_line {
        struct rmmsim_trap trap;
        uint64_t x[5]; /* SMC: x0..x4. LOAD, STORE, MSR: x[0] is what register rt holds. Other lines set no register */
};

struct script_after {
        int result; /* 0 or RMMSIM_GUEST_EXCEPTION */
        uint64_t pc_before;
        uint64_t pc;
        uint64_t x[31];
        struct rmmsim_exception exception; /* if the result says so */
};

struct script {
        const struct script_line *lines;
        unsigned count;
        unsigned begun;
        unsigned done;
        struct script_after after[SCRIPT_LINES_MAX];
};

/* One instruction each. */
#define OP(...)                                                                                                        \
        {                                                                                                              \
                __VA_ARGS__                                                                                            \
        }
#define OP_KIND(KIND)             OP(.trap = { .kind = RMMSIM_TRAP_##KIND })
#define OP_NOP                    OP_KIND(NOP)
#define OP_HVC                    OP_KIND(HVC)
#define OP_WFI                    OP_KIND(WFI)
#define OP_WFE                    OP_KIND(WFE)
#define OP_WFIT(until)            OP(.trap = { .kind = RMMSIM_TRAP_WFIT, .value = (until) })
#define OP_WFET(until)            OP(.trap = { .kind = RMMSIM_TRAP_WFET, .value = (until) })
#define OP_SMC(...)               OP(.trap = { .kind = RMMSIM_TRAP_SMC }, .x = { __VA_ARGS__ })
#define OP_SYSREG(R)              .sysreg = RMMSIM_SYSREG_##R, .rt = SCRIPT_RT
#define OP_MRS(R)                 OP(.trap = { .kind = RMMSIM_TRAP_MRS, OP_SYSREG(R) })
#define OP_MSR(R, ...)            OP(.trap = { .kind = RMMSIM_TRAP_MSR, OP_SYSREG(R) }, .x = { __VA_ARGS__ })
#define OP_SINGLE(at, bytes, reg) .ipa = (at), .size = (bytes), .rt = (reg), .isv = true, .sf = (bytes) == 8
#define OP_LOAD(at, bytes, reg)   OP(.trap = { .kind = RMMSIM_TRAP_LOAD, OP_SINGLE(at, bytes, reg) })
#define OP_STORE(at, bytes, reg, ...)                                                                                  \
        OP(.trap = { .kind = RMMSIM_TRAP_STORE, OP_SINGLE(at, bytes, reg) }, .x = { __VA_ARGS__ })
#define OP_MULTIPLE(at, from, size) .ipa = (at), .buffer = (from), .bytes = (size)
#define OP_COPY_IN(to, at, size)    OP(.trap = { .kind = RMMSIM_TRAP_COPY_IN, OP_MULTIPLE(at, to, size) })
#define OP_COPY_OUT(at, from, size) OP(.trap = { .kind = RMMSIM_TRAP_COPY_OUT, OP_MULTIPLE(at, from, size) })
#define OP_FETCH(at)                OP(.trap = { .kind = RMMSIM_TRAP_FETCH, .ipa = (at) })

/* An active Realm of 40 bits in a world of its own, with one runnable REC that executes a script. */
struct stage {
        struct world *world;
        struct realm_world realm;
        struct script script;
        uint64_t data; /* PA of the memory at STAGE_DATA, all 0x11 */
};

/* What is where in that Realm, beside the page at REALM_PC. */
#define STAGE_DATA    UINT64_C(0x2000)        /* memory                                                       */
#define STAGE_HOLE    UINT64_C(0x3000)        /* RIPAS RAM, no memory; all that is not named up to 2 MiB too */
#define STAGE_EMPTY   UINT64_C(0x200000)      /* RIPAS EMPTY, no table                                        */
#define STAGE_DEVICE  UINT64_C(0x8000000000)  /* Unprotected, with tables down to level 3, nothing mapped     */
#define STAGE_NOTABLE UINT64_C(0x8040000000)  /* Unprotected, the next 1 GiB: no table below level 1          */
#define STAGE_OUTSIDE UINT64_C(0x10000000000) /* the first address outside the IPA space                     */

void stage_create(struct stage *stage, const struct rmmsim_config *config);
/* The same for a Realm with properties of its own (of 40 bits nevertheless), and with more RECs, not runnable. */
void stage_create_with(struct stage *stage, const struct rmmsim_config *config, const struct realm_shape *shape,
                       unsigned num_recs);
void stage_destroy(struct stage *stage);

/* The step function; `arg` is a struct script. */
rmmsim_step_fn script_step;
/* Give the REC its next lines: from the next entry on it executes those. It must have finished the ones before. */
#define stage_play(stage, ...)                                                                                         \
        do {                                                                                                           \
                static const struct script_line stage_played[] = { __VA_ARGS__ };                                      \
                script_set(&(stage)->script, stage_played, sizeof(stage_played) / sizeof(stage_played[0]));            \
        } while (0)
void script_set(struct script *script, const struct script_line *lines, unsigned count);

/* ICH_VMCR_EL2 as a vCPU with five priority bits begins with it: VFIQEn, VBPR0 = 2, VBPR1 = 3. */
#define VMCR_RESET UINT64_C(0x004c0008)

/*
 * Enter REC 0 with its run page as it is: it must be admitted, and all of its exit must be `wanted`. A gicv3_vmcr that is left out
 * means VMCR_RESET.
 */
#define stage_expect(stage, ...)                                                                                       \
        stage_expect_exit(stage, &(const struct rmmsim_rec_exit){ __VA_ARGS__ }, __FILE__, __LINE__)
void stage_expect_exit(struct stage *stage, const struct rmmsim_rec_exit *wanted, const char *file, int line);
/* The page through which REC 0 is entered. */
struct rmmsim_rec_run *stage_run(struct stage *stage);
/* Enter REC 0 with flags; returns x0. */
uint64_t stage_enter(struct stage *stage, uint64_t flags);
/* Enter REC 0 with its run page as it is: it must execute its script to the end. */
void stage_finish(struct stage *stage);
/* What became of a line. It must have been done. */
const struct script_after *stage_after(const struct stage *stage, unsigned line);
/* A line took an exception to EL1: syndrome, FAR_EL1, and the rest as for an instruction that is returned to. */
void stage_expect_exception(const struct stage *stage, unsigned line, uint64_t esr, uint64_t far);

#endif
