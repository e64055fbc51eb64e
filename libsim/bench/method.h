/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * method.h - how to measure: the caller's wishes made whole, and the CPU that the thread keeps to.
 */
#ifndef BENCH_METHOD_H
#define BENCH_METHOD_H

#include <rmmsim/bench.h>
#include <sched.h>

/* Fill in defaults. Returns false if a number is out of range. */
bool method_resolve(struct rmmsim_bench_method *method, const struct rmmsim_bench_method *wanted);

/* Where the thread might run before it was pinned. */
struct method_pin {
        bool pinned;
        cpu_set_t before;
};

/* Keep the thread to the CPU that it is on, where the system allows it. */
void method_pin(struct method_pin *pin);
void method_unpin(const struct method_pin *pin);

#endif
