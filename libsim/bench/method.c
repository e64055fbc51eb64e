/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * method.c - how to measure: the caller's wishes made whole, and the CPU that the thread keeps to.
 */
#include "method.h"

enum {
        ROUNDS_DEFAULT = 15,
        ROUNDS_MIN = 3,
        ROUNDS_MAX = 1001
};
#define ROUND_NS_DEFAULT   UINT64_C(2000000)
#define ROUND_NS_MIN       UINT64_C(1000)
#define ROUND_NS_MAX       UINT64_C(10000000000)
#define SPREAD_MAX_DEFAULT 0.10

bool method_resolve(struct rmmsim_bench_method *method, const struct rmmsim_bench_method *wanted)
{
        *method = wanted != NULL ? *wanted : (struct rmmsim_bench_method){ 0 };
        if (method->rounds == 0) {
                method->rounds = ROUNDS_DEFAULT;
        }
        if (method->round_ns == 0) {
                method->round_ns = ROUND_NS_DEFAULT;
        }
        if (method->spread_max == 0) {
                method->spread_max = SPREAD_MAX_DEFAULT;
        }
        /* "not (a > b)" and not "a <= b": a NaN is out of range, too. */
        return method->rounds >= ROUNDS_MIN && method->rounds <= ROUNDS_MAX && method->round_ns >= ROUND_NS_MIN &&
               method->round_ns <= ROUND_NS_MAX && method->spread_max > 0;
}

void method_pin(struct method_pin *pin)
{
        int cpu = sched_getcpu();
        cpu_set_t one;

        CPU_ZERO(&one);
        pin->pinned = false;
        if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof(pin->before), &pin->before) != 0) {
                return;
        }
        CPU_SET((unsigned)cpu, &one);
        pin->pinned = sched_setaffinity(0, sizeof(one), &one) == 0;
}

void method_unpin(const struct method_pin *pin)
{
        if (pin->pinned) {
                (void)sched_setaffinity(0, sizeof(pin->before), &pin->before);
        }
}
