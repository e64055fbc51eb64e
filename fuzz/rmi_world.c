/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_world.c - building the machines that inputs begin in, and keeping the last few.
 *
 * A start is a list of records, like the inputs themselves: what they do must succeed.
 */
#include "rmi_world.h"
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

enum {
        WORLDS_MAX = 144, /* room for all keys, of which there are 132 */
        STEPS_MAX = 40
};

/* ---- starts --------------------------------------------------------------------------------------------------------------- */

/* A record, some times over. Arguments are selectors: see rmi_pick.c. */
struct step {
        uint8_t times;
        uint8_t command;
        uint8_t focus;
        uint8_t arguments[RMI_INPUTS_MAX];
        uint8_t option;
        uint8_t detail;
};

#define STEP(times, name, ...)                                                                                         \
        {                                                                                                              \
                times, RMMSIM_COMMAND_##name, __VA_ARGS__                                                              \
        }

enum {
        /* Places of rmi_pick.c. */
        AT_PC = 0,
        AT_0 = 1,
        AT_2000 = 2,
        AT_3000 = 3,
        AT_2_MIB = 5,
        AT_HALF = 10,
        AT_HALF_2_MIB = 12,
        SIZE_2_MIB = 3
};

/* A Realm with tables around 0, RAM at [0, 2 MiB), Data at 0x1000 and 0x2000, and none any more at 0x3000. */
#define REALM(shape, levels)                                                                                           \
        STEP(1, rmi_realm_create, .option = (shape)), STEP(levels, rmi_rtt_create, .arguments = { 0, 0, AT_PC }),      \
                STEP(levels, rmi_rtt_create, .arguments = { 0, 0, AT_HALF }),                                          \
                STEP(1, rmi_rtt_init_ripas, .arguments = { 0, AT_0, SIZE_2_MIB }),                                     \
                STEP(1, rmi_data_create, .arguments = { 0, 0, AT_PC, 0, 1 }),                                          \
                STEP(1, rmi_data_create, .arguments = { 0, 0, AT_2000, 0, 0 }),                                        \
                STEP(1, rmi_data_create, .arguments = { 0, 0, AT_3000, 0, 0 }),                                        \
                STEP(1, rmi_data_destroy, .arguments = { 0, AT_3000 }),                                                \
                STEP(1, rmi_rtt_map_unprotected, .arguments = { 0, AT_HALF })

#define DELEGATE(times)  STEP(times, rmi_granule_delegate, 0)
#define RUNNABLE_REC     STEP(1, rmi_rec_create, 0)
#define OTHER_REC        STEP(1, rmi_rec_create, .detail = 1)
#define ACTIVATE         STEP(1, rmi_realm_activate, 0)
#define ENTER(what, how) STEP(1, rmi_rec_enter, .option = (what), .detail = (how))

static const struct step starts[RMI_NUM_STARTS][STEPS_MAX] = {
        [RMI_START_ACTIVE] = { DELEGATE(26), REALM(0, 3), RUNNABLE_REC, OTHER_REC, ACTIVATE,
                               STEP(1, rmi_realm_create, .option = 0) },
        [RMI_START_EMPTY] = { STEP(1, rmi_features, 0) },
        [RMI_START_DELEGATED] = { DELEGATE(30) },
        [RMI_START_NEW] = { DELEGATE(24), REALM(0, 3), RUNNABLE_REC },
        [RMI_START_PSCI] = { DELEGATE(28), REALM(0, 3), RUNNABLE_REC, OTHER_REC, OTHER_REC, ACTIVATE, ENTER(1, 1),
                             STEP(1, rmi_realm_create, .option = 0),
                             STEP(2, rmi_rec_create, .focus = 1, .arguments = { 0, 0 }) },
        [RMI_START_RIPAS] = { DELEGATE(24), REALM(0, 3), RUNNABLE_REC, RUNNABLE_REC, ACTIVATE, ENTER(2, 4),
                              STEP(1, rmi_realm_create, .option = 0) },
        [RMI_START_OFF] = { DELEGATE(24), REALM(0, 3), RUNNABLE_REC, RUNNABLE_REC, ACTIVATE, ENTER(9, 0) },
        [RMI_START_CONCATENATED] = { DELEGATE(24), REALM(2, 1), RUNNABLE_REC, ACTIVATE },
        [RMI_START_WIDE] = { DELEGATE(28), REALM(6, 4), RUNNABLE_REC },
        [RMI_START_FULL] = { DELEGATE(30), REALM(0, 3), RUNNABLE_REC, OTHER_REC, OTHER_REC },
        [RMI_START_BLOCK] = { DELEGATE(24), REALM(0, 3), STEP(1, rmi_rtt_create, .arguments = { 0, 0, AT_2_MIB }),
                              STEP(1, rmi_rtt_create, .arguments = { 0, 0, AT_HALF_2_MIB }), RUNNABLE_REC },
};

static void give_up(const char *sentence)
{
        fprintf(stderr, "no world: %s\n", sentence);
        exit(EXIT_FAILURE);
}

static void expect_success(const struct rmi_machine *machine, const struct rmmsim_regs *out)
{
        const struct rmmsim_refusal *why = rmmsim_why(machine->sim, 0);

        if (out->x[0] != RMMSIM_RMI_SUCCESS) {
                give_up(why != NULL ? why->sentence : "a command fails without a reason");
        }
}

static void take_step(struct rmi_machine *machine, const struct step *step)
{
        uint8_t record[RMI_RECORD_SIZE] = { [RMI_BYTE_COMMAND] = step->command,
                                            [RMI_BYTE_FOCUS] = step->focus,
                                            [RMI_BYTE_OPTION] = step->option,
                                            [RMI_BYTE_DETAIL] = step->detail };
        struct rmmsim_regs out;

        memcpy(&record[RMI_BYTE_ARGUMENT], step->arguments, sizeof(step->arguments));
        for (unsigned i = 0; i < step->times; i++) {
                out = rmi_machine_record(machine, record);
                expect_success(machine, &out);
        }
}

static void act(struct rmi_machine *machine, unsigned command, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
        struct rmi_call call = { .command = command,
                                 .page = RMI_NOWHERE,
                                 .in = { { rmi_commands[command].fid, x1, x2, x3, x4 } } };
        struct rmmsim_regs out = rmi_machine_do(machine, &call);

        expect_success(machine, &out);
}

/* 512 pages at 2 MiB, and 512 of memory that nobody has at 2 MiB above the middle: both could be one entry. */
static void map_blocks(struct rmi_machine *machine, bool ram)
{
        const struct rmi_realm *realm = &machine->shadow.realms[0];
        uint64_t rd = rmi_pa((unsigned)realm->rd);
        uint64_t upper = (UINT64_C(1) << (realm->width - 1)) + 0x200000;

        if (ram) {
                act(machine, RMMSIM_COMMAND_rmi_rtt_init_ripas, rd, 0x200000, 0x400000, 0);
        }
        for (unsigned i = 0; i < RMI_NUM_BLOCK; i++) {
                uint64_t pa = rmi_pa(RMI_NUM_POOL + i);

                act(machine, RMMSIM_COMMAND_rmi_granule_delegate, pa, 0, 0, 0);
                act(machine, RMMSIM_COMMAND_rmi_data_create_unknown, rd, pa, 0x200000 + i * RMI_PAGE, 0);
                act(machine, RMMSIM_COMMAND_rmi_rtt_map_unprotected, rd, upper + i * RMI_PAGE, 3,
                    UINT64_C(0x40000000) + i * RMI_PAGE + 0xd8);
        }
}

/* ---- instances ------------------------------------------------------------------------------------------------------------ */

struct world {
        bool used;
        struct rmi_world_key key;
        uint64_t last; /* when it was asked for */
        struct rmi_machine machine;
};

static struct world worlds[WORLDS_MAX];

static bool has_block(const struct rmi_world_key *key)
{
        return key->start == RMI_START_BLOCK;
}

static void create(struct rmi_machine *machine, const struct rmi_world_key *key)
{
        const struct rmmsim_region regions[] = {
                { .base = RMI_DRAM_BASE, .size = RMI_NUM_DRAM * RMI_PAGE, .kind = RMMSIM_REGION_DRAM },
                { .base = RMI_HIGH_BASE, .size = RMI_NUM_HIGH * RMI_PAGE, .kind = RMMSIM_REGION_DRAM },
                { .base = RMI_DEVICE_BASE, .size = 4 * RMI_PAGE, .kind = RMMSIM_REGION_DEVICE },
                { .base = RMI_BLOCK_BASE, .size = RMI_NUM_BLOCK * RMI_PAGE, .kind = RMMSIM_REGION_DRAM },
        };
        struct rmmsim_config config = { .regions = regions,
                                        .num_regions = has_block(key) ? 4 : 3,
                                        .num_pes = RMI_NUM_PES,
                                        .profile = (key->base & 1) != 0 ? RMMSIM_PROFILE_RMM_1_0_REFERENCE
                                                                        : RMMSIM_PROFILE_RMM_1_0,
                                        .quirks = key->quirk != 0 ? UINT64_C(1) << (key->quirk - 1) : 0,
                                        .trace = rmi_trace,
                                        .misuse = fuzz_misuse,
                                        .features = { .rec_aux_count = RMI_NUM_AUX,
                                                      .max_recs_order = 2,
                                                      .vmid_bits = 8,
                                                      .lpa2 = (key->base & 2) != 0,
                                                      .s2sz = (key->base & 2) != 0 ? 52 : 48 } };
        struct rmmsim_error error;

        machine->sim = rmmsim_create(&config, &error);
        if (machine->sim == NULL) {
                give_up(error.text);
        }
        machine->consumes = (key->base & 1) != 0 || config.quirks == RMMSIM_QUIRK_psci_denied_on_running_consumes;
}

static void build(struct rmi_machine *machine, const struct rmi_world_key *key)
{
        bool narrow = key->start == RMI_START_WIDE && (key->base & 2) == 0;

        machine->host = rmmsim_host_pointer(machine->sim, RMI_DRAM_BASE, RMI_NUM_DRAM * RMI_PAGE);
        rmi_shadow_clear(&machine->shadow, has_block(key) ? RMI_GRANULES_MAX : RMI_NUM_POOL);
        for (const struct step *step = starts[key->start]; step->times != 0; step++) {
                struct step taken = *step;

                if (narrow && step->command == RMMSIM_COMMAND_rmi_realm_create) {
                        taken.option = 1;
                } else if (narrow && step->command == RMMSIM_COMMAND_rmi_rtt_create) {
                        taken.times = 2;
                }
                take_step(machine, &taken);
        }
        if (has_block(key)) {
                map_blocks(machine, (key->base & 1) == 0);
        }
        rmi_shadow_copy(&machine->start, &machine->shadow);
        if (rmmsim_snapshot(machine->sim, NULL) != 0) {
                give_up("there is no snapshot");
        }
        rmi_machine_settle(machine);
}

/* ---- keys ----------------------------------------------------------------------------------------------------------------- */

struct rmi_world_key rmi_world_key(uint8_t kind, uint8_t start)
{
        /* Quirks that a host meets at these commands. */
        static const uint64_t quirks[] = { RMMSIM_QUIRK_psci_denied_on_running_consumes,
                                           RMMSIM_QUIRK_init_ripas_stops,
                                           RMMSIM_QUIRK_init_ripas_base_input,
                                           RMMSIM_QUIRK_set_ripas_progress,
                                           RMMSIM_QUIRK_inject_sea_checked,
                                           RMMSIM_QUIRK_data_flags_checked,
                                           RMMSIM_QUIRK_mpidr_sbz_checked,
                                           RMMSIM_QUIRK_pmu_zero_counters_refused };
        struct rmi_world_key key = { .base = kind & 3,
                                     .start = start < 250 ? start % RMI_START_BLOCK : RMI_START_BLOCK };
        uint64_t quirk = kind < 248 ? 0 : quirks[kind & 7];

        if (quirk != 0) {
                key.base = 0;
        }
        while (quirk != 0) {
                quirk >>= 1;
                key.quirk++;
        }
        return key;
}

void rmi_world_print(FILE *to, const struct rmi_world_key *key)
{
        static const char *const words[RMI_NUM_STARTS] = {
                "an active Realm and a new one",
                "nothing",
                "unused Granules",
                "a new Realm",
                "a PSCI request",
                "a request for another RIPAS",
                "a Realm that has turned itself off",
                "a Realm of 32 bits",
                "a wide Realm",
                "a Realm with all RECs",
                "2 MiB of Data",
        };

        fprintf(to, "RMM 1.0%s%s", (key->base & 1) != 0 ? " as deployed" : "",
                (key->base & 2) != 0 ? " with LPA2" : "");
        if (key->quirk != 0) {
                fprintf(to, " with quirk %u", key->quirk - 1U);
        }
        fprintf(to, ", beginning with %s\n", words[key->start]);
}

/* ---- the cache ------------------------------------------------------------------------------------------------------------ */

static void give_back(struct world *world)
{
        if (world->used) {
                rmmsim_explorer_destroy(world->machine.explorer);
                rmmsim_destroy(world->machine.sim);
                world->used = false;
        }
}

/* Instances are mappings, in which no leak checker looks for what they hold. */
static void give_all_back(void)
{
        for (unsigned i = 0; i < WORLDS_MAX; i++) {
                give_back(&worlds[i]);
        }
}

struct rmi_machine *rmi_world_get(const struct rmi_world_key *key)
{
        static uint64_t now;
        struct world *oldest = &worlds[0];
        const uint8_t *script;

        for (unsigned i = 0; i < WORLDS_MAX; i++) {
                struct world *world = &worlds[i];

                if (world->used && memcmp(&world->key, key, sizeof(*key)) == 0) {
                        world->last = ++now;
                        return &world->machine;
                }
                oldest = !world->used || (oldest->used && world->last < oldest->last) ? world : oldest;
        }
        if (now == 0) {
                (void)atexit(give_all_back);
        }
        give_back(oldest);
        memset(&oldest->machine, 0, sizeof(oldest->machine));
        oldest->used = true;
        oldest->key = *key;
        oldest->last = ++now;
        create(&oldest->machine, key);
        script = rmi_script;
        rmi_script = NULL;
        build(&oldest->machine, key);
        rmi_script = script;
        return &oldest->machine;
}
