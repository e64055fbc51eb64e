/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * baremetal.h - SMCs for code without a kernel around it: firmware, its test suites, small monitors.
 *
 * Such code brings an SMC function of its own, written in assembly, in one of two shapes. In the build for the host it is one of
 * these, by a macro or by a function of one line:
 *
 *     #define smc_call(x) rmmsim_smc_array(x, 18)
 *
 * The calls go to what the code has selected by rmmsim_use() (<rmmsim/use.h>); in a guest function to its vCPU. C11 and C++17,
 * no header but <stdint.h>.
 */
#ifndef RMMSIM_COMPAT_BAREMETAL_H
#define RMMSIM_COMPAT_BAREMETAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void rmmsim_seam(void *x); /* <rmmsim/use.h> */

/*
 * An SMC with its registers in place: x[0] .. x[count - 1] in and out. count is 1..18, more counts as 18; registers above hold
 * RMMSIM_REGISTER_UNSET, and what comes back in them is lost.
 */
static inline void rmmsim_smc_array(uint64_t *x, unsigned count)
{
        uint64_t all[18];

        count = count < 18 ? count : 18;
        for (unsigned i = 0; i < 18; i++) {
                all[i] = i < count ? x[i] : UINT64_C(0xbad0bad0bad0bad7);
        }
        rmmsim_seam(all);
        for (unsigned i = 0; i < count; i++) {
                x[i] = all[i];
        }
}

/* x0..x7 after a call. */
struct rmmsim_smc_result {
        uint64_t x[8];
};

/* An SMC with eight arguments. Registers above hold RMMSIM_REGISTER_UNSET. */
static inline struct rmmsim_smc_result rmmsim_smc_eight(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4,
                                                        uint64_t x5, uint64_t x6, uint64_t x7)
{
        struct rmmsim_smc_result result = { { x0, x1, x2, x3, x4, x5, x6, x7 } };

        rmmsim_smc_array(result.x, 8);
        return result;
}

#ifdef __cplusplus
}
#endif

#endif
