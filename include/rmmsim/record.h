/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record.h - what happens in an instance, as a text that can be read, drawn and carried out again.
 *
 *     struct rmmsim *sim = rmmsim_create(&config, &error);
 *
 *     rmmsim_record(sim, "boot.trace");
 *
 * The file is a trace: docs/scripts.md is its format. It holds the configuration, each call of the host and of the Realms with its
 * answer, the pages of the host that the RMM has read, what vCPUs did between calls, and each edge of the state machines. The program
 * `rmmsim` replays it (and demands the same answers), draws it, and runs it after it was changed by hand.
 *
 * Calls of several PEs at once stand in an order in which the same answers come again when they are made one at a time. The
 * callback `trace` of the configuration goes on working.
 *
 * Recording leaves answers as they are, but for one thing: an interrupt that another thread raises in the middle of a vCPU's instruction
 * reaches the PE when that is over, so that it has a place among the lines. The listener of the trace is told of edges a moment later,
 * still inside the command.
 *
 * Cost: an instance that is not recorded pays a branch in each trap, and one more in each access, of a guest. One that is recorded
 * allocates, and writes to the file through a buffer, under a lock of its own.
 */
#ifndef RMMSIM_RECORD_H
#define RMMSIM_RECORD_H

#include <rmmsim/rmmsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Begin to record into a new file at `path`, in place of one that is there; or, if path is NULL, end. A recording that is under
 * way is ended first; rmmsim_destroy() ends it, too. Only what was ended is in the file for certain.
 *
 * To be replayed a trace has to begin right after rmmsim_create(): before the first call of the host. A later one can be drawn.
 *
 * Returns 0, or
 *   RMMSIM_ERROR_CONFIG  sim is NULL
 *   RMMSIM_ERROR_FILE    the new file cannot be opened; or the one that ends could not be written, as on a full disk: what is
 *                        there is cut short, and no other is begun. errno says why
 *   RMMSIM_ERROR_MEMORY  the system gave no memory; likewise
 *   RMMSIM_ERROR_MISUSE  a PE is inside a call
 * While a recording lasts such trouble is only noted, and calls are answered as ever. Where nobody asks, rmmsim_destroy() says so on
 * stderr.
 *
 * Threads: recordings begin and end while no PE is inside a call; whoever calls afterwards must be ordered after that, as by a
 * barrier. So neither a guest nor a PE's function in an exploration can do it.
 */
int rmmsim_record(struct rmmsim *sim, const char *path);

#ifdef __cplusplus
}
#endif

#endif
