/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_guest.h - what guests do between two exits: one thing, and then they idle.
 */
#ifndef RMI_GUEST_H
#define RMI_GUEST_H

#include <rmmsim/guest.h>

#define RMI_GUEST_PC UINT64_C(0x1000)

/* What the guest of the next REC entry does, where entries come one after the other. */
struct rmi_turn {
        uint8_t option;
        uint8_t detail;
        bool taken;        /* it has done that                                                  */
        void (*act)(void); /* the host, on another PE, while the guest runs; NULL: it does nothing */
};
extern struct rmi_turn rmi_turn;

/*
 * What all guests do where entries overlap: pairs of option and detail. Each REC follows it by itself, counting in x20, so
 * guests share nothing. NULL: they do what rmi_turn says.
 */
enum {
        RMI_SCRIPT_SIZE = 8
};
extern const uint8_t *rmi_script;

rmmsim_step_fn rmi_guest_step;

/* In words. */
const char *rmi_guest_words(uint8_t option);

#endif
