/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_abi_raw.c - registers and pages straight from the input: whatever a host or a guest passes, the answer is one that
 * the interface defines.
 *
 * A record is an SMC of the host, an SMC of the guest, or a piece of a page of the host. Values whose top byte says so
 * become addresses of objects that exist, or small numbers; all others are taken as they are. There is no model: what is asked
 * holds of every call (the general command rules of the sheets) and of every exit (guest_exit.h).
 */
#include "fuzz.h"
#include "guest_exit.h"
#include "world.h"
#include <rmmsim/snapshot.h>
#include <stdlib.h>
#include <string.h>

enum {
        HEADER_WORLD,
        HEADER_RARE, /* bits 3:0 zero: a failed command is seen to change nothing; bits 6:4 zero: audit at the end */
        HEADER_SIZE,
        RECORD_SIZE = 56, /* what, function, where in a page (2 bytes), x0[63:32], then x1..x6 */
        NUM_PAGES = 6,    /* of the host, to be filled                                         */
        NUM_SPARE = 6,    /* Granules that are DELEGATED                                       */
        NUM_SLOTS = 8,    /* starts of guests                                                  */
        NUM_WORLDS = 4,
        LAST_RESULT = 16
};

#define MARK UINT64_C(0x5ec2e75ec2e70000) /* x30 of a guest, and which start of one it is */

typedef unsigned long long word;

/* ---- what is known of each command ------------------------------------------------------------------------------------------ */

enum interface {
        NO_INTERFACE,
        RMI,
        RSI,
        PSCI
};

/* Outputs beside x0, and whether they mean something on failure. */
struct command {
        uint32_t fid;
        enum interface interface;
        unsigned num_outputs;
        bool reports;
};

enum outputs_and_reports {
#define COMMAND(ID, name, fid, summary) OUTPUTS_##name = 0
#define OUT(name, output, KIND)         +1
#define REPORTS(name)                   +256
#define END(ID, name)                   ,
#include <rmmsim/spec/commands.def>
};

#define ROW(name, fid, INTERFACE) { fid, INTERFACE, OUTPUTS_##name & 255, OUTPUTS_##name >= 256 },
static const struct command commands[] = {
#define COMMAND(ID, name, fid, summary) ROW(name, fid, RMI)
#include <rmmsim/spec/rmi.def>
#define COMMAND(ID, name, fid, summary) ROW(name, fid, RSI)
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) ROW(name, fid, PSCI)
#include <rmmsim/spec/psci.def>
};

enum {
        NUM_ROWS = sizeof(commands) / sizeof(commands[0])
};

/* The function that x0 names: bits 31:0, without the hint that SVE state is not live. */
static uint32_t fid_of(uint64_t x0)
{
        return (uint32_t)x0 & ~(UINT32_C(1) << 16);
}

static const struct command *command_of(uint64_t x0)
{
        for (unsigned i = 0; i < NUM_ROWS; i++) {
                if (commands[i].fid == fid_of(x0)) {
                        return &commands[i];
                }
        }
        return NULL;
}

/* ---- worlds --------------------------------------------------------------------------------------------------------------- */

/* What a guest has asked and not yet been answered. */
struct slot {
        bool asked;
        uint64_t x[31];
};

static struct raw_world {
        struct world world;
        struct world_realm realm, other;
        uint64_t pages[NUM_PAGES];
        uint64_t spare[NUM_SPARE];
        bool quirky; /* as deployed monitors behave */
} worlds[NUM_WORLDS];

static struct run {
        const struct fuzz_input *input;
        struct raw_world *world;
        struct slot slots[NUM_SLOTS];
        unsigned num_slots;
        const uint8_t *call; /* a record that a guest is to carry out */
} run;

static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next);

static void build(struct raw_world *made, unsigned which)
{
        struct rmmsim_config config = { .seed = 7, .trace = fuzz_trace, .misuse = fuzz_misuse };
        struct world *world = &made->world;

        config.profile = (which & 1) != 0 ? RMMSIM_PROFILE_RMM_1_0_REFERENCE : RMMSIM_PROFILE_RMM_1_0;
        config.features.lpa2 = (which & 2) != 0;
        config.features.sve_vectors = (which & 2) != 0 ? 4 : 0;
        made->quirky = (which & 1) != 0;
        world_create(world, &config, 1);
        world_realm_running(&made->realm, world, 1, 2, step, NULL);
        world_realm_new(&made->other, world, 2);
        world_realm_rec(&made->other, true, WORLD_PC);
        for (unsigned i = 0; i < NUM_PAGES; i++) {
                made->pages[i] = world_page(world);
        }
        for (unsigned i = 0; i < NUM_SPARE; i++) {
                made->spare[i] = world_delegated(world);
        }
        if (rmmsim_snapshot(world->sim, NULL) != 0) {
                abort();
        }
        for (unsigned i = 0; i < NUM_PAGES; i++) {
                (void)rmmsim_snapshot_keep(world->sim, made->pages[i], WORLD_PAGE);
        }
}

static void close_worlds(void)
{
        for (unsigned i = 0; i < NUM_WORLDS; i++) {
                world_destroy(&worlds[i].world);
        }
}

static struct raw_world *open_world(uint8_t which)
{
        struct raw_world *world = &worlds[which % NUM_WORLDS];
        static bool is_open;

        is_open = is_open || atexit(close_worlds) == 0;
        if (world->world.sim == NULL) {
                build(world, which % NUM_WORLDS);
        }
        if (rmmsim_restore(world->world.sim) != 0) {
                abort();
        }
        return world;
}

/* ---- records -------------------------------------------------------------------------------------------------------------- */

enum what {
        HOST_CALLS,
        GUEST_CALLS,
        HOST_FILLS
};

static enum what what_of(const uint8_t *record)
{
        return record[0] < 0x80 ? HOST_CALLS : record[0] < 0xc0 ? GUEST_CALLS : HOST_FILLS;
}

/* An object that exists, or an IPA where something is. */
static uint64_t live(const struct raw_world *world, uint8_t which)
{
        const uint64_t others[] = { world->realm.rd,
                                    world->realm.recs[0],
                                    world->realm.recs[1],
                                    world->realm.runs[0],
                                    world->realm.runs[1],
                                    world->other.rd,
                                    world->other.recs[0],
                                    world->realm.par_top,
                                    world->realm.rtt_base,
                                    WORLD_PC,
                                    0,
                                    UINT64_C(0x200000),
                                    WORLD_DEVICE_BASE,
                                    UINT64_C(0x2000),
                                    world->other.rtt_base,
                                    UINT64_C(1) << 30 };

        which %= 16 + NUM_PAGES + NUM_SPARE;
        return which < 16               ? others[which]
               : which < 16 + NUM_PAGES ? world->pages[which - 16]
                                        : world->spare[which - 16 - NUM_PAGES];
}

/* Bits 63:56 say what a value is; bits 15:8 how far from an object. */
static uint64_t value_of(const struct raw_world *world, const uint8_t *at)
{
        uint64_t value;

        memcpy(&value, at, sizeof(value));
        if (value >> 56 >= 0x80) {
                uint8_t far = (uint8_t)(value >> 8);

                return live(world, (uint8_t)value) + (far < 0xe0 ? 0 : far < 0xf0 ? WORLD_PAGE : far & 15u);
        }
        return value >> 56 >= 0x60 ? (uint64_t)(int64_t)(int8_t)value : value;
}

static struct rmmsim_regs registers_of(const struct raw_world *world, const uint8_t *record)
{
        bool guest = what_of(record) == GUEST_CALLS;
        struct rmmsim_regs regs = { .x = { 0 } };
        uint32_t high;

        memcpy(&high, record + 4, sizeof(high));
        regs.x[0] = record[1] < 0xf0 ? commands[record[1] % NUM_ROWS].fid : high;
        if (record[1] < 0xf0 && !guest && command_of(regs.x[0])->interface != RMI && (record[2] & 7) != 0) {
                regs.x[0] = commands[record[1] % 23].fid;
        } else if (record[1] < 0xf0 && guest && command_of(regs.x[0])->interface == RMI && (record[2] & 7) != 0) {
                regs.x[0] = RMMSIM_RSI_VERSION + record[1] % 10;
        }
        if (record[3] >= 0xe0) {
                regs.x[0] |= (uint64_t)high << 32 | (record[3] & 1u) << 16;
        }
        for (unsigned i = 1; i <= 6; i++) {
                regs.x[i] = value_of(world, record + 8 * i);
        }
        for (unsigned i = 7; i < 18; i++) {
                regs.x[i] = UINT64_C(0x5ec2e7) << 40 | (uint64_t)high << 8 | i;
        }
        return regs;
}

/* ---- what holds of the host's calls ----------------------------------------------------------------------------------------- */

static bool defined_status(uint64_t x0)
{
        uint64_t index = x0 >> 8;

        switch (x0 & 0xff) {
        case RMMSIM_RMI_SUCCESS:
        case RMMSIM_RMI_ERROR_INPUT:
        case RMMSIM_RMI_ERROR_REC:
                return index == 0;
        case RMMSIM_RMI_ERROR_REALM:
                return index <= 1;
        case RMMSIM_RMI_ERROR_RTT:
                return index <= 3 || index == 0xff;
        default:
                return false;
        }
}

static void check_host_registers(const struct command *command, const struct rmmsim_regs *in,
                                 const struct rmmsim_regs *out)
{
        bool served = command != NULL && command->interface == RMI;
        bool failed = out->x[0] != RMMSIM_RMI_SUCCESS;
        unsigned outputs = served && (!failed || command->reports) ? command->num_outputs : 0;

        if (served ? !defined_status(out->x[0]) : out->x[0] != RMMSIM_NOT_SUPPORTED) {
                fuzz_fail("the host's SMC 0x%llx returns 0x%llx", (word)in->x[0], (word)out->x[0]);
        }
        for (unsigned i = outputs + 1; i <= LAST_RESULT; i++) {
                if (out->x[i] != 0) {
                        fuzz_fail("the host's SMC 0x%llx returns x%u 0x%llx, no output", (word)in->x[0], i,
                                  (word)out->x[i]);
                }
        }
        if (out->x[17] != in->x[17]) {
                fuzz_fail("the host's SMC 0x%llx changes x17", (word)in->x[0]);
        }
}

static void check_why(const struct rmmsim_regs *in, const struct rmmsim_regs *out)
{
        const struct rmmsim_refusal *why = rmmsim_why(run.world->world.sim, 0);
        bool refused = out->x[0] != RMMSIM_RMI_SUCCESS && out->x[0] != RMMSIM_NOT_SUPPORTED;

        if ((why != NULL) != refused || (why != NULL && why->x0 != out->x[0])) {
                fuzz_fail("the host's SMC 0x%llx returns 0x%llx: %s", (word)in->x[0], (word)out->x[0],
                          why == NULL ? "nobody knows why" : why->sentence);
        }
}

/* An answer of DENIED fails and acts, under a quirk. */
static bool may_act(const struct rmmsim_regs *in)
{
        return run.world->quirky && fid_of(in->x[0]) == RMMSIM_RMI_PSCI_COMPLETE;
}

static void host_calls(struct rmmsim_regs in)
{
        struct rmmsim *sim = run.world->world.sim;
        bool whole = (fuzz_header(run.input, HEADER_RARE) & 15) == 0;
        uint64_t before = whole ? rmmsim_state_hash(sim) : 0;
        const struct command *command = command_of(in.x[0]);
        struct rmmsim_regs out = in;

        (void)rmmsim_smc(sim, 0, &out);
        check_host_registers(command, &in, &out);
        check_why(&in, &out);
        if (whole && out.x[0] != RMMSIM_RMI_SUCCESS && !may_act(&in) && rmmsim_state_hash(sim) != before) {
                fuzz_fail("the host's SMC 0x%llx fails with 0x%llx, and changes something", (word)in.x[0],
                          (word)out.x[0]);
        }
        if (fid_of(in.x[0]) == RMMSIM_RMI_REC_ENTER && out.x[0] == RMMSIM_RMI_SUCCESS) {
                exit_check(&((const struct rmmsim_rec_run *)world_at(&run.world->world, in.x[2]))->exit,
                           run.world->quirky);
        }
}

/* ---- what holds of the guest's calls ---------------------------------------------------------------------------------------- */

static bool psci_code(const struct command *command, uint64_t x0)
{
        if (command->fid == RMMSIM_PSCI_VERSION) {
                return x0 == 0x10001 || x0 == RMMSIM_NOT_SUPPORTED;
        }
        return (int64_t)x0 >= -9 && (int64_t)x0 <= 1;
}

/* Is x0 an answer? The SMC32 forms of PSCI functions have no row, and under a quirk they are served. */
static bool guest_answer(const struct command *command, const struct slot *slot, uint64_t x0)
{
        uint32_t fid = fid_of(slot->x[0]);

        if (command != NULL && command->interface == RSI) {
                return x0 <= RMMSIM_RSI_ERROR_UNKNOWN;
        }
        if (command != NULL && command->interface == PSCI) {
                return psci_code(command, x0);
        }
        if (run.world->quirky && (fid & ~UINT32_C(7)) == 0x84000000) {
                return (int64_t)x0 >= -9 && (int64_t)x0 <= 1;
        }
        return x0 == (fid == RMMSIM_SMCCC_VERSION ? 0x10002 : RMMSIM_NOT_SUPPORTED);
}

/* x0..x3 are results; of RSI also its outputs, and zero up to x16; what deployed monitors leave alone is left alone. */
static void check_guest(const struct rmmsim_vcpu *vcpu, const struct slot *slot)
{
        const struct command *command = command_of(slot->x[0]);
        uint64_t x0 = rmmsim_guest_x(vcpu, 0);
        bool rsi = command != NULL && command->interface == RSI;
        bool outputs_valid = rsi && (x0 == RMMSIM_RSI_SUCCESS || x0 == RMMSIM_RSI_INCOMPLETE || command->reports);
        unsigned outputs = outputs_valid ? command->num_outputs : 0;
        bool host_call = fid_of(slot->x[0]) == RMMSIM_RSI_HOST_CALL;

        if (!guest_answer(command, slot, x0)) {
                fuzz_fail("the guest's SMC 0x%llx returns 0x%llx", (word)slot->x[0], (word)x0);
        }
        for (unsigned i = outputs + 1; i < 30; i++) {
                bool cleared = i <= 3 || (rsi && !run.world->quirky && i <= LAST_RESULT);
                uint64_t expected = cleared ? 0 : slot->x[i];
                uint64_t found = rmmsim_guest_x(vcpu, i);

                if (found != expected && !(host_call && run.world->quirky && found == slot->x[i])) {
                        fuzz_fail("the guest's SMC 0x%llx returns x%u 0x%llx, not 0x%llx", (word)slot->x[0], i,
                                  (word)found, (word)expected);
                }
        }
}

/* A guest makes the call that waits for one, and then gives its PE back. */
static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        uint64_t mark = rmmsim_guest_x(vcpu, 30);
        unsigned index = (mark & ~UINT64_C(0xff)) == MARK ? (unsigned)(mark & 0xff) : run.num_slots++;
        struct slot *slot = &run.slots[index % NUM_SLOTS];

        (void)arg;
        (void)result;
        if (slot->asked) {
                check_guest(vcpu, slot);
                slot->asked = false;
        }
        next->kind = RMMSIM_TRAP_NOP;
        if (run.call != NULL) {
                struct rmmsim_regs regs = registers_of(run.world, run.call);

                memcpy(slot->x, regs.x, sizeof(regs.x));
                for (unsigned i = 18; i < 30; i++) {
                        slot->x[i] = regs.x[17] + i;
                }
                slot->asked = true;
                next->kind = RMMSIM_TRAP_SMC;
                run.call = NULL;
        } else {
                (void)rmmsim_irq_raise(run.world->world.sim, 0);
        }
        slot->x[30] = MARK | (index % NUM_SLOTS);
        for (unsigned i = 0; i < 31; i++) {
                rmmsim_guest_set_x(vcpu, i, slot->x[i]);
        }
}

/* ---- a run ---------------------------------------------------------------------------------------------------------------- */

/* A piece of a page, or all of it with the same few bytes; if it is still the host's. */
static void host_fills(const uint8_t *record)
{
        uint64_t pa = run.world->pages[record[1] % NUM_PAGES];
        struct rmmsim_granule granule;
        uint8_t *page;
        size_t at = (record[2] | (size_t)record[3] << 8) % WORLD_PAGE / 8 * 8;

        if (rmmsim_granule(run.world->world.sim, &granule, pa) != 0 || granule.state != RMMSIM_GRANULE_UNDELEGATED) {
                return;
        }
        page = world_at(&run.world->world, pa);
        for (size_t i = 0; i < 6 && at + 8 * i < WORLD_PAGE; i++) {
                uint64_t value = value_of(run.world, record + 8 + 8 * i);

                memcpy(page + at + 8 * i, &value, sizeof(value));
        }
        if ((record[4] & 7) == 0) {
                memset(page, record[5], WORLD_PAGE);
        }
}

static void guest_calls(const uint8_t *record)
{
        const struct world_realm *realm = &run.world->realm;
        unsigned rec = (record[2] & 0x30) == 0x30;

        run.call = record;
        host_calls((struct rmmsim_regs){ .x = { RMMSIM_RMI_REC_ENTER, realm->recs[rec], realm->runs[rec] } });
        run.call = NULL;
}

static void run_raw(const struct fuzz_input *input)
{
        struct rmmsim_report report;

        memset(&run, 0, sizeof(run));
        run.input = input;
        run.world = open_world(fuzz_header(input, HEADER_WORLD));
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                const uint8_t *record = fuzz_record(input, i);

                switch (what_of(record)) {
                case HOST_CALLS:
                        host_calls(registers_of(run.world, record));
                        break;
                case GUEST_CALLS:
                        guest_calls(record);
                        break;
                default:
                        host_fills(record);
                        break;
                }
        }
        if ((fuzz_header(input, HEADER_RARE) & 0x70) == 0 && rmmsim_audit(run.world->world.sim, &report) != 0) {
                fuzz_fail("the audit: %s", report.text);
        }
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        static const char *const whats[] = { "host: SMC", "guest: SMC", "host: fills page" };
        const struct raw_world *world = open_world(fuzz_header(input, HEADER_WORLD));

        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                const uint8_t *record = fuzz_record(input, i);
                struct rmmsim_regs regs = registers_of(world, record);

                fprintf(to, "%s", whats[what_of(record)]);
                if (what_of(record) == HOST_FILLS) {
                        fprintf(to, " %u at 0x%x:", record[1] % NUM_PAGES, (record[2] | record[3] << 8) & 0xff8);
                } else {
                        const struct command *command = command_of(regs.x[0]);

                        fprintf(to, " 0x%llx (%s)", (word)regs.x[0],
                                command == NULL ? "?" : rmmsim_command_name((enum rmmsim_command)(command - commands)));
                }
                for (unsigned x = 1; x <= 6; x++) {
                        fprintf(to, " 0x%llx", (word)regs.x[x]);
                }
                fprintf(to, "\n");
        }
}

const struct fuzz_target fuzz_target = {
        .name = "abi_raw",
        .summary = "raw registers of host and guest, and raw pages: every answer is one that the interface defines",
        .header_size = HEADER_SIZE,
        .record_size = RECORD_SIZE,
        .pe_byte = FUZZ_NO_PE,
        .run = run_raw,
        .describe = describe,
};
