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

/* A guest that does what rmi_turn says. */
rmmsim_step_fn rmi_guest_turn;

/*
 * A guest that follows a script by itself, counting in x20: it shares nothing with others. `arg` is the script, pairs of option and
 * detail.
 */
enum {
        RMI_SCRIPT_SIZE = 8
};
rmmsim_step_fn rmi_guest_script;

/* In words. */
const char *rmi_guest_words(uint8_t option);

#endif
