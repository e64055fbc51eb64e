/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_rmi_sequence.c - one command of the host after the other, each with arguments that are right, nearly right or wrong.
 *
 * Every answer is compared with what the host has written down (rmi_shadow.h), with the rows (rmi_oracle.h) and with what
 * RMI_RTT_READ_ENTRY shows (rmi_view.c). A guest may let the host act while it runs: the record after that of its entry
 * is then done on another PE meanwhile.
 */
#include "fuzz.h"
#include "rmi_world.h"
#include <string.h>

enum header_byte {
        HEADER_WORLD,
        HEADER_START,
        HEADER_ORACLES, /* what is looked at on the way */
        HEADER_SIZE
};

enum {
        RECORDS_MAX = 300
};

static struct {
        struct rmi_machine *machine;
        const struct fuzz_input *input;
        size_t next; /* record */
} run;

/* While a guest runs: the next record, on the next PE. */
static void act_meanwhile(void)
{
        uint8_t record[RMI_RECORD_SIZE];

        if (run.machine->depth != 0 || run.next == fuzz_num_records(run.input)) {
                return;
        }
        memcpy(record, fuzz_record(run.input, run.next++), sizeof(record));
        record[RMI_BYTE_PE] = (uint8_t)((record[RMI_BYTE_PE] & 0x80) | ((record[RMI_BYTE_PE] & 1) + 2));
        run.machine->depth = 1;
        (void)rmi_machine_record(run.machine, record);
        run.machine->depth = 0;
}

/* The first two PEs are for the host, the others for what it does while a guest runs. */
static void do_record(size_t n)
{
        uint8_t record[RMI_RECORD_SIZE];

        memcpy(record, fuzz_record(run.input, n), sizeof(record));
        record[RMI_BYTE_PE] &= 0x81;
        rmi_turn.act = act_meanwhile;
        (void)rmi_machine_record(run.machine, record);
}

static struct rmi_world_key key_of(const struct fuzz_input *input)
{
        return rmi_world_key(fuzz_header(input, HEADER_WORLD), fuzz_header(input, HEADER_START));
}

/* What takes time is for a few. */
static void choose_oracles(struct rmi_machine *machine, uint8_t choice)
{
        static const uint8_t periods[] = { 1, 2, 4, 8 };

        machine->whys = (choice & 0x0f) == 0;
        machine->hashes = (choice & 0x1f) == 1;
        machine->views = (choice & 0x1f) == 2;
        machine->audit_period = (choice & 0x1f) == 3 ? periods[choice >> 5 & 3] : 0;
}

static void run_input(const struct fuzz_input *input, FILE *log)
{
        struct rmi_world_key key = key_of(input);
        uint8_t choice = fuzz_header(input, HEADER_ORACLES);
        bool looks = key.start != RMI_START_BLOCK || choice >> 5 == 0; /* there it takes long */

        run.machine = rmi_world_get(&key);
        run.input = input;
        rmi_machine_reset(run.machine);
        run.machine->log = log;
        if (looks) {
                choose_oracles(run.machine, choice);
        }
        for (run.next = 0; run.next < fuzz_num_records(input) && run.next < RECORDS_MAX;) {
                do_record(run.next++);
        }
        rmi_machine_compare(run.machine);
        if (looks && (choice & 0x0f) == 3) {
                rmi_machine_audit(run.machine);
        }
        if (looks && (choice & 0x0f) == 5) {
                rmi_machine_tear_down(run.machine);
        }
        run.machine->log = NULL;
}

static void sequence_run(const struct fuzz_input *input)
{
        run_input(input, NULL);
}

static void sequence_describe(const struct fuzz_input *input, FILE *to)
{
        struct rmi_world_key key = key_of(input);

        rmi_world_print(to, &key);
        run_input(input, to);
}

const struct fuzz_target fuzz_target = {
        .name = "rmi_sequence",
        .summary = "commands of the RMI, one after the other, against what a host knows",
        .header_size = HEADER_SIZE,
        .record_size = RMI_RECORD_SIZE,
        .pe_byte = FUZZ_NO_PE,
        .run = sequence_run,
        .describe = sequence_describe,
};
