/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard_signal.c - the handler, and the list of memories it looks an address up in.
 *
 * A signal may come at any time on any thread, so the list is an array of atomic pointers: an entry is whole before it is seen, and
 * nothing is freed while it can be.
 */
#include "guard_signal.h"
#include "guard.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
        WATCHED_MAX = 64
};

struct watched {
        const struct memory *memory;
        rmmsim_trespass_fn *trespass;
        void *context;
};

static struct watched entries[WATCHED_MAX];
static _Atomic(struct watched *) watched[WATCHED_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of those who change the list */
static struct sigaction before;
static bool installed;

/* The PA that the host sees at an address, if it is in a delegated Granule of this memory. */
static bool find(const struct memory *memory, uint64_t *pa, const uint8_t *address)
{
        for (unsigned i = 0; i < memory->num_regions; i++) {
                const struct region *region = &memory->regions[i];
                uint64_t offset = (uintptr_t)address - (uintptr_t)region->host;

                if (region->kind == RMMSIM_REGION_DRAM && region->host != NULL && offset < region->size) {
                        *pa = region->base + offset;
                        return granule_state(memory_granule(memory, *pa)) != RMMSIM_GRANULE_UNDELEGATED;
                }
        }
        return false;
}

/* Pages that a callback finds have no order: look at those that are closed. */
static bool find_by_callback(const struct memory *memory, uint64_t *pa, const uint8_t *address)
{
        uint64_t at = 0;

        for (; memory_next_delegated(memory, &at, at); at += GRANULE_SIZE) {
                const struct region *region = memory_region(memory, at);
                const uint8_t *page = region->host == NULL ? memory_host_page(memory, at) : NULL;

                if (page != NULL && (uintptr_t)address - (uintptr_t)page < GRANULE_SIZE) {
                        *pa = at + (uint64_t)(address - page);
                        return true;
                }
        }
        return false;
}

static void report(const struct watched *entry, uint64_t pa)
{
        struct rmmsim_trespass trespass;
        char sentence[256];

        guard_explain(entry->memory, &trespass, sentence, sizeof(sentence), pa);
        if (entry->trespass != NULL) {
                entry->trespass(entry->context, &trespass);
        } else {
                (void)!write(STDERR_FILENO, "rmmsim: ", 8);
                (void)!write(STDERR_FILENO, sentence, strlen(sentence));
                (void)!write(STDERR_FILENO, "\n", 1);
        }
}

/* Not ours, or explained already: whoever was there before is next, and without anybody the program ends where it stands. */
static void pass_on(int signal, siginfo_t *info, void *context)
{
        if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != NULL) {
                before.sa_sigaction(signal, info, context);
        } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
                before.sa_handler(signal);
        } else {
                (void)sigaction(SIGSEGV, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
        }
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
        for (unsigned i = 0; i < WATCHED_MAX; i++) {
                const struct watched *entry = atomic_load_explicit(&watched[i], memory_order_acquire);
                uint64_t pa;

                if (entry != NULL &&
                    (find(entry->memory, &pa, info->si_addr) || find_by_callback(entry->memory, &pa, info->si_addr))) {
                        report(entry, pa);
                        break;
                }
        }
        pass_on(signal, info, context);
}

bool guard_watch(const struct memory *memory, rmmsim_trespass_fn *trespass, void *context)
{
        bool found = false;

        pthread_mutex_lock(&lock);
        for (unsigned i = 0; i < WATCHED_MAX && !found; i++) {
                if (atomic_load_explicit(&watched[i], memory_order_relaxed) == NULL) {
                        entries[i] = (struct watched){ memory, trespass, context };
                        atomic_store_explicit(&watched[i], &entries[i], memory_order_release);
                        found = true;
                }
        }
        if (found && !installed) {
                struct sigaction action = { .sa_sigaction = on_fault,
                                            .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };

                installed = sigaction(SIGSEGV, &action, &before) == 0;
        }
        pthread_mutex_unlock(&lock);
        return found;
}

void guard_unwatch(const struct memory *memory)
{
        pthread_mutex_lock(&lock);
        for (unsigned i = 0; i < WATCHED_MAX; i++) {
                struct watched *entry = atomic_load_explicit(&watched[i], memory_order_relaxed);

                if (entry != NULL && entry->memory == memory) {
                        atomic_store_explicit(&watched[i], NULL, memory_order_release);
                }
        }
        pthread_mutex_unlock(&lock);
}
