/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snapshot.h - going back to an earlier state of an instance, at the cost of what has changed since.
 *
 * Build a world once, take its snapshot, then try things: one call brings everything back, as often as you like. Going back
 * takes time in proportion to the pages that were changed, not to those that exist; a handful of them take less than a
 * microsecond. While no snapshot was ever taken, nothing is paid for it.
 *
 *     rmmsim_snapshot(sim, &error);
 *     for (...) {
 *             ... any calls ...
 *             rmmsim_restore(sim);
 *     }
 *
 * What comes back: Granules (state, GPT entry, taker) and everything in the Realm world, hence Realms, RECs, translation tables
 * and memory of Realms; VMIDs; bindings of guests; time; interrupts pending at PEs; the last refusal of each PE; what
 * injected faults have counted (inject.h); and the pages of the host that the library wrote to (see rmmsim_snapshot_keep()).
 *
 * What does not: statistics, which are counts since creation; contents of the host's pages that only the test wrote to; the
 * variables of guests and step functions, which are the test's; what a trace listener has made of the events. The listener is told
 * nothing: no command has been executed.
 *
 * Threads: during rmmsim_snapshot(), rmmsim_restore() and rmmsim_state_hash() no thread may be inside any function of the instance,
 * so no guest may call them, and no thread may touch the pages that are brought back. Threads that go on afterwards must be
 * ordered after them, as by a barrier. rmmsim_snapshot_keep() may be called from any thread at any other time.
 */
#ifndef RMMSIM_SNAPSHOT_H
#define RMMSIM_SNAPSHOT_H

#include <rmmsim/rmmsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Take the snapshot of an instance. There is one: it takes the place of an earlier one. It belongs to the instance and goes
 * with it. Takes time in proportion to the number of PEs, not to memory: pages are copied later, when they are first
 * written to.
 *
 * Returns 0, or fills *error (unless NULL) and returns its code; then an earlier snapshot is still there, unless
 * the code is RMMSIM_ERROR_MISUSE, of which the misuse handler knows more.
 *   RMMSIM_ERROR_STATE   a C guest function has been started and its REC neither destroyed nor started anew: what is on a C stack
 *                        cannot be copied. Take the snapshot before the guest starts, or use step functions.
 *   RMMSIM_ERROR_MEMORY  the system has no address space: a first snapshot reserves as much as both worlds of the regions occupy
 *   RMMSIM_ERROR_MISUSE  a PE is inside a call
 */
int rmmsim_snapshot(struct rmmsim *sim, struct rmmsim_error *error);

/*
 * Go back to the snapshot. It stays, and can be gone back to again. C guest functions that were started since end where they
 * stand, as when their REC is destroyed. Takes time in proportion to the pages changed since the snapshot or the last restore, and to
 * the number of PEs.
 *
 * Returns 0, RMMSIM_ERROR_STATE (there is no snapshot) or RMMSIM_ERROR_MISUSE (a PE is inside a call).
 */
int rmmsim_restore(struct rmmsim *sim);

/*
 * Bring back these pages of the host, too: all that touch [pa, pa + size), as they are now, by each rmmsim_restore() until the
 * next rmmsim_snapshot(). For pages that the test itself is going to write to through rmmsim_host_pointer() or a pointer of its own.
 *
 * Without it a page comes back only if the library wrote to it: the exit half of a run page, a page wiped by RMI_GRANULE_UNDELEGATE,
 * a guest's store to shared memory or a device. It comes back whole, as it was before the library's first write since the
 * snapshot, with what the test had written up to then. That first write reads the whole page: if another thread may be
 * writing to the rest of it meanwhile by plain stores, name the page here before.
 *
 * Host memory that two addresses show is not followed: name no such page, and let no guest write to it.
 *
 * Returns 0, RMMSIM_ERROR_STATE (there is no snapshot) or RMMSIM_ERROR_ADDRESS (part of the range is in no region or cannot be
 * accessed: those pages before it are brought back nevertheless).
 */
int rmmsim_snapshot_keep(struct rmmsim *sim, uint64_t pa, size_t size);

/*
 * A number over the state of an instance, for telling states apart: equal states have equal numbers, different ones different
 * numbers but for one pair in about 2^64. Instances of one configuration can be compared. Takes time in proportion to what is
 * delegated.
 *
 * In it: states of Granules and their GPT entries; contents of RDs, RECs, RTTs and memory of Realms; VMIDs; time; interrupts
 * pending at PEs.
 * Not in it: memory of the host; which command brought a Granule into its state; last refusals; statistics; the order of a Realm's
 * list of RECs, which no command shows; where each REC ran last, and why it left; bindings and stacks of guests, of which counts only
 * the IPA where each REC's program began; the address of a buffer that a step function passes.
 */
uint64_t rmmsim_state_hash(const struct rmmsim *sim);

/*
 * In what two instances differ, by what rmmsim_state_hash() counts: a line for each difference into text, as far as `size`
 * reaches, always terminated ("Granule 0x80003000 is DELEGATED, and RD"). Returns the number of differences, of which text may hold
 * fewer, or RMMSIM_ERROR_CONFIG if the instances have different regions or numbers of PEs. text may be NULL if size is 0.
 */
int rmmsim_compare(const struct rmmsim *one, const struct rmmsim *other, char *text, size_t size);

/*
 * A second instance in the state of the first, with a configuration like the first one's: callbacks and `context` are the
 * same. From then on they share nothing. What comes along is what rmmsim_restore() brings back and all pages of the host; not the
 * snapshot of the first, nor its statistics. Guests that are bound stay bound, to the same functions with the same arguments.
 *
 * Takes time in proportion to the pages in use. For going back and forth in one thread rmmsim_restore() is cheaper; a fork is for
 * worlds that are built once and used by several threads, or several times at once.
 *
 * Returns NULL and fills *error (unless NULL):
 *   RMMSIM_ERROR_STATE   a C guest function has been started and not ended (as for rmmsim_snapshot()), or memory of a region is the
 *                        caller's
 *   RMMSIM_ERROR_MISUSE  a PE is inside a call
 *   and what rmmsim_create() may say
 */
struct rmmsim *rmmsim_fork(const struct rmmsim *sim, struct rmmsim_error *error);

#ifdef __cplusplus
}
#endif

#endif
