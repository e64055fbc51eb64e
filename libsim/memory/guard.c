/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard.c - closing and opening pages: for AddressSanitizer, for Valgrind, for the processor, or by a pattern.
 */
#include "guard.h"
#include "guard_signal.h"
#include "journal.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif

/* Of the program that the library is linked into, if it has them: the library itself need not be built for it. */
extern __attribute__((weak)) void __asan_poison_memory_region(void const volatile *address, size_t size);
extern __attribute__((weak)) void __asan_unpoison_memory_region(void const volatile *address, size_t size);

static const uint64_t pattern = UINT64_C(0xdecafbaddecafbad);

/* ---- means -------------------------------------------------------------------------------------------------------------- */

static bool under_valgrind(void)
{
#ifdef RUNNING_ON_VALGRIND
        return RUNNING_ON_VALGRIND != 0;
#else
        return false;
#endif
}

static enum guard_means means_of_tools(void)
{
        if (__asan_poison_memory_region != NULL) {
                return GUARD_MEANS_ASAN;
        }
        return under_valgrind() ? GUARD_MEANS_VALGRIND : GUARD_MEANS_NONE;
}

const char *guard_init(struct memory *memory, const struct rmmsim_config *config)
{
        switch (config->guard) {
        case RMMSIM_GUARD_TOOLS:
                memory->guard = means_of_tools();
                return NULL;
        case RMMSIM_GUARD_NONE:
                memory->guard = GUARD_MEANS_NONE;
                return NULL;
        case RMMSIM_GUARD_CANARY:
                memory->guard = GUARD_MEANS_CANARY;
                return NULL;
        case RMMSIM_GUARD_PROTECT:
                if (sysconf(_SC_PAGESIZE) != GRANULE_SIZE) {
                        return "RMMSIM_GUARD_PROTECT needs a system with pages of 4096 bytes: use RMMSIM_GUARD_CANARY";
                }
                if (!guard_watch(memory, config->trespass, config->context)) {
                        return "RMMSIM_GUARD_PROTECT: at most 64 instances at a time can be guarded like this";
                }
                memory->guard = GUARD_MEANS_PROTECT;
                return NULL;
        default:
                return "guard must be one of enum rmmsim_guard";
        }
}

void guard_destroy(struct memory *memory)
{
        uint64_t pa = 0;

        for (; guard_is_on(memory) && memory_next_delegated(memory, &pa, pa); pa += GRANULE_SIZE) {
                guard_open(memory, pa);
        }
        if (memory->guard == GUARD_MEANS_PROTECT) {
                guard_unwatch(memory);
        }
        memory->guard = GUARD_MEANS_NONE;
}

/* ---- closing and opening ------------------------------------------------------------------------------------------------ */

void guard_close_slow(const struct memory *memory, uint64_t pa)
{
        uint8_t *page = memory_host_page(memory, pa);

        if (page == NULL) {
                return;
        }
        switch (memory->guard) {
        case GUARD_MEANS_ASAN:
                __asan_poison_memory_region(page, GRANULE_SIZE);
                break;
        case GUARD_MEANS_VALGRIND:
#ifdef VALGRIND_MAKE_MEM_NOACCESS
                (void)VALGRIND_MAKE_MEM_NOACCESS(page, GRANULE_SIZE);
#endif
                break;
        case GUARD_MEANS_PROTECT:
                (void)mprotect(page, GRANULE_SIZE, PROT_NONE); /* no mappings left: then it stays open */
                break;
        default:
                break;
        }
}

void guard_open_slow(const struct memory *memory, uint64_t pa)
{
        uint8_t *page = memory_host_page(memory, pa);

        if (page == NULL) {
                return;
        }
        switch (memory->guard) {
        case GUARD_MEANS_ASAN:
                __asan_unpoison_memory_region(page, GRANULE_SIZE);
                break;
        case GUARD_MEANS_VALGRIND:
#ifdef VALGRIND_MAKE_MEM_DEFINED
                (void)VALGRIND_MAKE_MEM_DEFINED(page, GRANULE_SIZE);
#endif
                break;
        case GUARD_MEANS_PROTECT:
                (void)mprotect(page, GRANULE_SIZE, PROT_READ | PROT_WRITE);
                break;
        default:
                break;
        }
}

/* ---- the pattern -------------------------------------------------------------------------------------------------------- */

void guard_fill(const struct memory *memory, uint64_t pa)
{
        uint8_t *page = memory->guard == GUARD_MEANS_CANARY ? memory_host_page(memory, pa) : NULL;

        if (page == NULL) {
                return;
        }
        journal_host_page(memory, pa, page);
        for (size_t i = 0; i < GRANULE_SIZE; i += sizeof(pattern)) {
                memcpy(page + i, &pattern, sizeof(pattern));
        }
}

bool guard_broken_slow(const struct memory *memory, uint64_t pa, uint64_t *at)
{
        const uint8_t *page = memory_host_page(memory, pa);

        for (size_t i = 0; page != NULL && i < GRANULE_SIZE; i++) {
                if (page[i] != ((const uint8_t *)&pattern)[i % sizeof(pattern)]) {
                        *at = pa + i;
                        return true;
                }
        }
        return false;
}

/* ---- words -------------------------------------------------------------------------------------------------------------- */

void guard_explain(const struct memory *memory, struct rmmsim_trespass *trespass, char *sentence, size_t size,
                   uint64_t pa)
{
        const struct granule *granule = memory_granule(memory, pa);
        uint32_t taker = atomic_load_explicit(&granule->taker, memory_order_relaxed);

        trespass->pa = pa;
        trespass->state = (enum rmmsim_state)granule_state(granule);
        trespass->taker = taker == 0 ? RMMSIM_COMMAND_NONE : (enum rmmsim_command)(taker - 1);
        trespass->giver = granule->giver;
        trespass->sentence = sentence;
        if (memory->guard == GUARD_MEANS_CANARY) {
                (void)snprintf(sentence, size,
                               "the host has written to 0x%llx, in a Granule that PE %u had delegated: a Granule "
                               "Protection Fault, found by %s, which makes the Granule %s",
                               (unsigned long long)pa, trespass->giver, rmmsim_command_name(trespass->taker),
                               rmmsim_state_name(RMMSIM_OBJECT_GRANULE, trespass->state));
                return;
        }
        (void)snprintf(
                sentence, size,
                "Granule Protection Fault: the host accessed 0x%llx, in a Granule that PE %u delegated and that is "
                "%s since %s",
                (unsigned long long)pa, trespass->giver, rmmsim_state_name(RMMSIM_OBJECT_GRANULE, trespass->state),
                rmmsim_command_name(trespass->taker));
}
