/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * boot_realm.c - a small hypervisor boots a Realm of four vCPUs from a real file.
 *
 *     boot_realm [--record TRACE] [FILE]
 *
 * Two host threads, each on a PE of its own, run the vCPUs. The file becomes measured memory of the Realm; every vCPU attests,
 * hashes its share of the file through its own IPA space, and leaves the digest in a page that it shares with the host. The
 * host hashes the file by itself and compares. Then everything is taken down and every Granule must have come back. What happened
 * goes to TRACE, for `rmmsim replay` and `rmmsim draw`.
 *
 * The host is in this file, the Realm's program in boot_realm_guest.h; both use public headers only.
 */
#include "boot_realm_guest.h"
#include <pthread.h>
#include <rmmsim/inspect.h>
#include <rmmsim/record.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DRAM_BASE UINT64_C(0x80000000)
#define DRAM_SIZE (UINT64_C(4) << 30)

enum {
        NUM_THREADS = 2,
        MAX_TABLES = 8192
};

struct table {
        uint64_t ipa;
        int level;
};

struct host {
        struct rmmsim *sim;
        struct timespec start;
        pthread_mutex_t lock; /* of the allocator and the tables */
        uint64_t next_pa;
        struct table tables[MAX_TABLES];
        unsigned num_tables;
        uint64_t rd;
        uint64_t recs[NUM_VCPUS];
        uint64_t runs[NUM_VCPUS];
        _Atomic bool on[NUM_VCPUS];
        _Atomic bool over;
        uint64_t shared_pa;
        struct payload payload;
};

static double elapsed_us(const struct host *host)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)(now.tv_sec - host->start.tv_sec) * 1e6 + (double)(now.tv_nsec - host->start.tv_nsec) / 1e3;
}

#define say(host, ...)                                                                                                 \
        do {                                                                                                           \
                char say_line[256];                                                                                    \
                snprintf(say_line, sizeof(say_line), __VA_ARGS__);                                                     \
                printf("%10.1f us  %s\n", elapsed_us(host), say_line);                                                 \
        } while (0)

/* Every RMI command goes through here: a refusal ends the demo with the reason. */
static struct rmmsim_regs must(struct host *host, unsigned pe, struct rmmsim_regs regs)
{
        const struct rmmsim_refusal *why = rmmsim_why(host->sim, pe);

        if (regs.x[0] != RMMSIM_RMI_SUCCESS) {
                fprintf(stderr, "refused: %s\n", why != NULL ? why->sentence : "not supported");
                exit(EXIT_FAILURE);
        }
        return regs;
}

#define rmi(host, pe, name, ...) must(host, pe, rmmsim_call((host)->sim, pe, name, __VA_ARGS__))

/* ---- memory of the host ------------------------------------------------------------------------------------------------- */

static uint64_t page_alloc(struct host *host)
{
        uint64_t pa;

        pthread_mutex_lock(&host->lock);
        pa = host->next_pa;
        host->next_pa += PAGE;
        pthread_mutex_unlock(&host->lock);
        if (pa + PAGE > DRAM_BASE + DRAM_SIZE) {
                fprintf(stderr, "the file is too large for the simulated memory\n");
                exit(EXIT_FAILURE);
        }
        return pa;
}

static uint64_t delegated_alloc(struct host *host, unsigned pe)
{
        uint64_t pa = page_alloc(host);

        rmi(host, pe, rmi_granule_delegate, .addr = pa);
        return pa;
}

static void *at(struct host *host, uint64_t pa)
{
        return rmmsim_host_pointer(host->sim, pa, PAGE);
}

/* ---- building the Realm ------------------------------------------------------------------------------------------------- */

/* A table at `level` for an IPA, unless there is one: what a host does when a command answers ERROR_RTT. */
static void table_create(struct host *host, unsigned pe, uint64_t ipa, int level)
{
        uint64_t covers = UINT64_C(1) << (12 + 9 * (4 - level));
        uint64_t base = ipa & ~(covers - 1);

        rmi(host, pe, rmi_rtt_create, .rd = host->rd, .rtt = delegated_alloc(host, pe), .ipa = base,
            .level = (uint64_t)level);
        pthread_mutex_lock(&host->lock);
        if (host->num_tables == MAX_TABLES) {
                fprintf(stderr, "the file needs more tables than this demo keeps\n");
                exit(EXIT_FAILURE);
        }
        host->tables[host->num_tables++] = (struct table){ base, level };
        pthread_mutex_unlock(&host->lock);
}

static void tables_create(struct host *host, uint64_t ipa)
{
        struct rmmsim_regs entry;

        entry = rmi(host, 0, rmi_rtt_read_entry, .rd = host->rd, .ipa = ipa & ~(PAGE - 1), .level = 3);
        for (int level = (int)entry.x[1] + 1; level <= 3; level++) {
                table_create(host, 0, ipa, level);
        }
}

static void ram_init(struct host *host, uint64_t base, uint64_t top)
{
        while (base < top) {
                tables_create(host, base);
                base = rmi(host, 0, rmi_rtt_init_ripas, .rd = host->rd, .base = base, .top = top).x[1];
        }
}

static void measured_page(struct host *host, uint64_t ipa, const void *contents, size_t size)
{
        static uint64_t source; /* one page of the host, for all */

        source = source != 0 ? source : page_alloc(host);
        memset(at(host, source), 0, PAGE);
        memcpy(at(host, source), contents, size);
        rmi(host, 0, rmi_data_create, .rd = host->rd, .data = delegated_alloc(host, 0), .ipa = ipa, .src = source,
            .flags = RMMSIM_DATA_FLAG_MEASURE);
}

static void realm_create(struct host *host)
{
        uint64_t page = page_alloc(host);
        struct rmmsim_realm_params *params = at(host, page);

        host->rd = delegated_alloc(host, 0);
        params->s2sz = 40;
        params->num_bps = 5;
        params->num_wps = 3;
        params->vmid = 1;
        params->rtt_base = delegated_alloc(host, 0);
        params->rtt_num_start = 1;
        memset(params->rpv, 'R', sizeof(params->rpv));
        rmi(host, 0, rmi_realm_create, .rd = host->rd, .params_ptr = page);
}

static void recs_create(struct host *host)
{
        uint64_t page = page_alloc(host);
        struct rmmsim_rec_params *params = at(host, page);
        uint64_t num_aux = rmi(host, 0, rmi_rec_aux_count, .rd = host->rd).x[1];

        for (unsigned i = 0; i < NUM_VCPUS; i++) {
                memset(params, 0, sizeof(*params));
                params->flags = i == 0 ? RMMSIM_REC_FLAG_RUNNABLE : 0;
                params->mpidr = i;
                params->pc = ENTRY_IPA;
                params->num_aux = num_aux;
                for (uint64_t j = 0; j < num_aux; j++) {
                        params->aux[j] = delegated_alloc(host, 0);
                }
                host->recs[i] = delegated_alloc(host, 0);
                host->runs[i] = page_alloc(host);
                rmi(host, 0, rmi_rec_create, .rd = host->rd, .rec = host->recs[i], .params_ptr = page);
        }
}

static void realm_load(struct host *host, const uint8_t *file, size_t size)
{
        uint64_t top = PAYLOAD_IPA + ((size + PAGE - 1) & ~(PAGE - 1));

        ram_init(host, ENTRY_IPA, ENTRY_IPA + PAGE);
        measured_page(host, ENTRY_IPA, "the program is a C function bound to this page", 47);
        ram_init(host, PAYLOAD_IPA, top);
        for (size_t done = 0; done < size; done += PAGE) {
                measured_page(host, PAYLOAD_IPA + done, file + done, size - done < PAGE ? size - done : PAGE);
        }
}

static void shared_page_map(struct host *host)
{
        host->shared_pa = page_alloc(host);
        tables_create(host, SHARED_IPA);
        /* Normal memory, readable and writable. */
        rmi(host, 0, rmi_rtt_map_unprotected, .rd = host->rd, .ipa = SHARED_IPA, .level = 3,
            .desc = host->shared_pa | 3 << 6 | 6 << 2);
}

/* ---- running vCPUs ------------------------------------------------------------------------------------------------------ */

static void psci_exit(struct host *host, unsigned pe, unsigned vcpu, const struct rmmsim_rec_exit *exit)
{
        switch (exit->gprs[0]) {
        case RMMSIM_PSCI_CPU_ON:
                rmi(host, pe, rmi_psci_complete, .calling_rec = host->recs[vcpu],
                    .target_rec = host->recs[exit->gprs[1]], .status = RMMSIM_PSCI_SUCCESS);
                say(host, "host pe%u: vCPU %u turns on vCPU %u", pe, vcpu, (unsigned)exit->gprs[1]);
                atomic_store(&host->on[exit->gprs[1]], true);
                break;
        case RMMSIM_PSCI_AFFINITY_INFO:
                rmi(host, pe, rmi_psci_complete, .calling_rec = host->recs[vcpu],
                    .target_rec = host->recs[exit->gprs[1]], .status = RMMSIM_PSCI_SUCCESS);
                break;
        case RMMSIM_PSCI_CPU_OFF:
                say(host, "host pe%u: vCPU %u is off", pe, vcpu);
                atomic_store(&host->on[vcpu], false);
                break;
        default:
                say(host, "host pe%u: vCPU %u turns the system off", pe, vcpu);
                atomic_store(&host->over, true);
                break;
        }
}

/* The Realm wants RAM: agree, and let the tables be as fine as that takes. */
static void ripas_exit(struct host *host, unsigned pe, unsigned vcpu, const struct rmmsim_rec_exit *exit)
{
        uint64_t base = exit->ripas_base;

        while (base < exit->ripas_top) {
                struct rmmsim_regs set = rmmsim_call(host->sim, pe, rmi_rtt_set_ripas, .rd = host->rd,
                                                     .rec = host->recs[vcpu], .base = base, .top = exit->ripas_top);

                if (RMMSIM_RMI_STATUS(set.x[0]) == RMMSIM_RMI_ERROR_RTT) {
                        table_create(host, pe, base, (int)RMMSIM_RMI_INDEX(set.x[0]) + 1);
                        continue;
                }
                base = must(host, pe, set).x[1];
        }
}

/* The Realm touched RAM that has no memory yet. */
static void fault_exit(struct host *host, unsigned pe, const struct rmmsim_rec_exit *exit)
{
        rmi(host, pe, rmi_data_create_unknown, .rd = host->rd, .data = delegated_alloc(host, pe),
            .ipa = exit->hpfar >> 4 << 12);
}

static void vcpu_run(struct host *host, unsigned pe, unsigned vcpu)
{
        struct rmmsim_rec_run *run = at(host, host->runs[vcpu]);

        memset(&run->enter, 0, sizeof(run->enter));
        rmi(host, pe, rmi_rec_enter, .rec = host->recs[vcpu], .run_ptr = host->runs[vcpu]);
        switch (run->exit.exit_reason) {
        case RMMSIM_EXIT_PSCI:
                psci_exit(host, pe, vcpu, &run->exit);
                break;
        case RMMSIM_EXIT_RIPAS_CHANGE:
                ripas_exit(host, pe, vcpu, &run->exit);
                break;
        case RMMSIM_EXIT_HOST_CALL:
                say(host, "realm   : vCPU %u %s (%llu)", vcpu, news_text(run->exit.imm),
                    (unsigned long long)run->exit.gprs[0]);
                break;
        case RMMSIM_EXIT_SYNC:
                fault_exit(host, pe, &run->exit);
                break;
        default:
                break;
        }
}

struct host_thread {
        struct host *host;
        unsigned pe;
};

/* One physical CPU: takes turns with its vCPUs until the Realm is off. */
static void *host_thread(void *arg)
{
        struct host_thread *thread = arg;
        struct host *host = thread->host;

        while (!atomic_load(&host->over)) {
                for (unsigned i = thread->pe; i < NUM_VCPUS && !atomic_load(&host->over); i += NUM_THREADS) {
                        if (atomic_load(&host->on[i])) {
                                vcpu_run(host, thread->pe, i);
                        }
                }
                sched_yield();
        }
        return NULL;
}

static void realm_run(struct host *host)
{
        pthread_t threads[NUM_THREADS];
        struct host_thread arguments[NUM_THREADS];

        atomic_store(&host->on[0], true);
        for (unsigned i = 0; i < NUM_THREADS; i++) {
                arguments[i] = (struct host_thread){ host, i };
                pthread_create(&threads[i], NULL, host_thread, &arguments[i]);
        }
        for (unsigned i = 0; i < NUM_THREADS; i++) {
                pthread_join(threads[i], NULL);
        }
}

/* ---- taking it down ----------------------------------------------------------------------------------------------------- */

static void realm_destroy(struct host *host)
{
        uint64_t pa;

        for (unsigned i = 0; i < NUM_VCPUS; i++) {
                rmi(host, 0, rmi_rec_destroy, .rec = host->recs[i]);
        }
        /* What can be skipped RMI_DATA_DESTROY says itself: `top` is the next address with something in it. */
        for (uint64_t ipa = 0; ipa < REALM_PROTECTED_TOP;) {
                struct rmmsim_regs gone = rmmsim_call(host->sim, 0, rmi_data_destroy, .rd = host->rd, .ipa = ipa);

                if (gone.x[2] <= ipa) {
                        break;
                }
                ipa = gone.x[2];
        }
        for (unsigned i = host->num_tables; i-- > 0;) {
                rmi(host, 0, rmi_rtt_destroy, .rd = host->rd, .ipa = host->tables[i].ipa,
                    .level = (uint64_t)host->tables[i].level);
        }
        rmi(host, 0, rmi_realm_destroy, .rd = host->rd);
        for (pa = 0; rmmsim_next_delegated(host->sim, &pa, pa); pa += PAGE) {
                rmi(host, 0, rmi_granule_undelegate, .addr = pa);
        }
}

static void print_hex(const char *title, const uint8_t *bytes, size_t size)
{
        printf("%s", title);
        for (size_t i = 0; i < size; i++) {
                printf("%02x", bytes[i]);
        }
        printf("\n");
}

static void print_summary(struct host *host, uint64_t granules, double total_us)
{
        struct rmmsim_statistics statistics;
        struct rmmsim_report report;
        uint64_t commands = 0;
        uint64_t pa;

        rmmsim_statistics(host->sim, &statistics);
        printf("\ncommands\n");
        for (int i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                if (statistics.commands[i] != 0) {
                        printf("  %-32s %9llu\n", rmmsim_command_name((enum rmmsim_command)i),
                               (unsigned long long)statistics.commands[i]);
                        commands += statistics.commands[i];
                }
        }
        printf("exits\n");
        for (unsigned i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                if (statistics.exits[i] != 0) {
                        printf("  %-32s %9llu\n", rmmsim_exit_name(i), (unsigned long long)statistics.exits[i]);
                }
        }
        printf("granules\n  %-32s %9llu\n", "delegated", (unsigned long long)granules);
        printf("  %-32s %9s\n", "not returned", rmmsim_next_delegated(host->sim, &pa, 0) ? "SOME" : "none");
        printf("  %-32s %9s\n", "audit", rmmsim_audit(host->sim, &report) == 0 ? "holds" : report.text);
        printf("time\n  %-32s %9.1f ms for %llu commands\n", "all of it", total_us / 1e3, (unsigned long long)commands);
}

/* ---- the whole story ---------------------------------------------------------------------------------------------------- */

static uint8_t *file_read(const char *path, size_t *size)
{
        FILE *file = fopen(path, "rb");
        uint8_t *contents = NULL;
        size_t room = 0;

        *size = 0;
        if (file == NULL) {
                perror(path);
                exit(EXIT_FAILURE);
        }
        do {
                if (*size == room) {
                        room = room == 0 ? 1 << 20 : room * 2;
                        contents = realloc(contents, room);
                        if (contents == NULL) {
                                perror("realloc");
                                exit(EXIT_FAILURE);
                        }
                }
                *size += fread(contents + *size, 1, room - *size, file);
        } while (*size == room);
        fclose(file);
        return contents;
}

int main(int argc, char **argv)
{
        static struct host host = { .lock = PTHREAD_MUTEX_INITIALIZER, .next_pa = DRAM_BASE };
        const struct rmmsim_region region = { .base = DRAM_BASE, .size = DRAM_SIZE, .kind = RMMSIM_REGION_DRAM };
        const char *trace = argc > 2 && strcmp(argv[1], "--record") == 0 ? argv[2] : NULL;
        int first = trace != NULL ? 3 : 1;
        const char *path = argc > first ? argv[first] : "/proc/self/exe";
        uint8_t rim[64];
        uint8_t expected[DIGEST_SIZE];
        uint8_t found[DIGEST_SIZE];
        struct rmmsim_error error;
        size_t size;
        uint8_t *file = file_read(path, &size);
        double ready_us;
        uint64_t delegated;

        host.sim = rmmsim_create(
                &(struct rmmsim_config){ .regions = &region, .num_regions = 1, .num_pes = NUM_THREADS }, &error);
        if (host.sim == NULL) {
                fprintf(stderr, "%s\n", error.text);
                return EXIT_FAILURE;
        }
        if (trace != NULL && rmmsim_record(host.sim, trace) != 0) {
                perror(trace);
                return EXIT_FAILURE;
        }
        setvbuf(stdout, NULL, _IOLBF, 0);
        printf("%s: %zu bytes\n\n", path, size);
        clock_gettime(CLOCK_MONOTONIC, &host.start);
        realm_create(&host);
        say(&host, "host pe0: Realm created, 40-bit IPA space, SHA-256");
        realm_load(&host, file, size);
        say(&host, "host pe0: %zu pages of the file are measured memory at IPA 0x%llx", (size + PAGE - 1) / PAGE,
            (unsigned long long)PAYLOAD_IPA);
        recs_create(&host);
        shared_page_map(&host);
        host.payload = (struct payload){ .size = size };
        rmmsim_guest_bind(host.sim, host.rd, ENTRY_IPA, guest_main, &host.payload);
        rmmsim_measurement(host.sim, rim, host.rd, 0);
        print_hex("               RIM ", rim, 32);
        rmi(&host, 0, rmi_realm_activate, .rd = host.rd);
        ready_us = elapsed_us(&host);
        say(&host, "host pe0: activated with %d RECs", NUM_VCPUS);
        realm_run(&host);
        say(&host, "host    : the Realm ran for %.1f ms", (elapsed_us(&host) - ready_us) / 1e3);

        payload_digest_from_shares(found, at(&host, host.shared_pa));
        payload_digest_of_file(expected, file, size);
        print_hex("     Realm's digest ", found, DIGEST_SIZE);
        print_hex("      file's digest ", expected, DIGEST_SIZE);
        realm_destroy(&host);
        say(&host, "host pe0: everything taken down");
        {
                struct rmmsim_statistics statistics;

                rmmsim_statistics(host.sim, &statistics);
                delegated = statistics.commands[RMMSIM_COMMAND_rmi_granule_delegate];
        }
        print_summary(&host, delegated, elapsed_us(&host));
        if (memcmp(found, expected, DIGEST_SIZE) != 0) {
                fprintf(stderr, "the digests differ\n");
                return EXIT_FAILURE;
        }
        printf("\nThe Realm saw the file as it is, and every Granule came back.\n");
        if (rmmsim_record(host.sim, NULL) != 0) {
                perror(trace);
                return EXIT_FAILURE;
        }
        rmmsim_destroy(host.sim);
        free(file);
        return EXIT_SUCCESS;
}
