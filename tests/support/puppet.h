/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * puppet.h - RECs that do what a test tells them, one call at a time.
 *
 * Every REC of a puppet Realm runs one program: it waits in a trapped WFI until the test has given it an order, carries the
 * order out with all of x0..x30 as the test wants them, notes what became of them, and waits again. So a test reads as one
 * story although half of it happens in a Realm: what the guest asks, what the host sees, what the guest gets.
 *
 * Registers that are no argument of a call hold a pattern, so that a register that should be kept, or cleared, is seen to be.
 */
#ifndef PUPPET_H
#define PUPPET_H

#include "world.h"

/* Register i before a call that does not use it. */
#define PUPPET_PATTERN(i) (UINT64_C(0x5a5a000000000000) + (i))

/* Puppets can start at these IPAs, and nowhere else: sixteen of them, all in the page at REALM_PC. */
#define PUPPET_ENTRY(i) (REALM_PC + UINT64_C(0x100) * (i))
#define PUPPET_ENTRIES  16

struct puppets;
struct puppet;
typedef void puppet_act_fn(struct rmmsim_vcpu *vcpu, struct puppet *puppet);

struct puppet {
        struct puppets *all;
        unsigned rec;        /* its number                                                  */
        bool ordered;        /* there is an order that the guest has not begun              */
        puppet_act_fn *act;  /* the order; NULL: an SMC                                     */
        bool done;           /* the last order has come to an end                           */
        uint64_t before[31]; /* registers at the SMC                                        */
        uint64_t x[31];      /* and behind it                                               */
        uint64_t pc_before;
        uint64_t pc;
        bool refused; /* what rmmsim_guest_why() said of it                          */
        struct rmmsim_refusal refusal;
        char sentence[256];
        void *arg;            /* an act's own                                                */
        unsigned starts;      /* how often the program began                                 */
        uint64_t start_x[31]; /* with what in the registers                                  */
        uint64_t start_pc;
};

struct puppets {
        struct world *world;
        struct realm_world realm;
        unsigned pe; /* where RECs are entered                                      */
        struct puppet puppet[REALM_RECS_MAX];
};

struct puppet_shape {
        unsigned num_recs;                          /* 0: one                                                      */
        uint32_t runnable;                          /* a bit for each REC; 0: the first only                       */
        uint64_t ram_top;                           /* end of the range with RIPAS RAM; 0: 2 MiB                   */
        void (*furnish)(struct realm_world *realm); /* more of it, before it is activated               */
        struct realm_shape realm;
};

/* An active Realm of puppets: RIPAS RAM in [0, ram_top) with memory at REALM_PC only. shape may be NULL. */
void puppets_create(struct puppets *all, struct world *world, const struct puppet_shape *shape);

/* The page through which a REC is entered. Flags and registers stay until the test changes them. */
struct rmmsim_rec_run *puppet_run(struct puppets *all, unsigned rec);

/* Give an order: a call by name, all of x0..x30, or something that is no SMC. */
#define puppet_order(all, rec, name, ...)                                                                              \
        puppet_order_fields(all, rec, rmmsim_fid_##name,                                                               \
                            (const uint64_t *)&(const struct rmmsim_##name){ __VA_ARGS__ },                            \
                            sizeof(struct rmmsim_##name) / sizeof(uint64_t))
void puppet_order_fields(struct puppets *all, unsigned rec, uint64_t fid, const uint64_t *fields, size_t num_fields);
void puppet_order_act(struct puppets *all, unsigned rec, puppet_act_fn *act, void *arg);

/* Enter a REC; it must be admitted, and exit for the reason. */
struct rmmsim_rec_exit *puppet_expect(struct puppets *all, unsigned rec, enum rmmsim_exit_reason reason);
/* Enter a REC; it must carry its order out to the end without another exit. Returns its x0..x30. */
const uint64_t *puppet_answer(struct puppets *all, unsigned rec);
/* Enter a REC; the result must be this. */
void puppet_refused(struct puppets *all, unsigned rec, uint64_t x0);
/* Order an SMC, which must be answered inside the Realm: registers, or x0. */
#define puppet_call(all, rec, name, ...) (puppet_order(all, rec, name, __VA_ARGS__), puppet_answer(all, rec))
#define puppet_x0(all, rec, name, ...)   (puppet_call(all, rec, name, __VA_ARGS__)[0])
/* Order an SMC, which must make the REC exit for the reason. */
#define puppet_exit(all, rec, reason, name, ...)                                                                       \
        (puppet_order(all, rec, name, __VA_ARGS__), puppet_expect(all, rec, reason))

/* The last SMC of a REC was refused for this condition. */
void puppet_expect_why(const struct puppets *all, unsigned rec, const char *command, const char *condition);

/*
 * Registers behind the last SMC: the first `num_outputs` are `outputs`, those up to `zero_to` are zero, all others as before.
 * PC is behind the SMC.
 */
void puppet_expect_registers(const struct puppets *all, unsigned rec, const uint64_t *outputs, unsigned num_outputs,
                             unsigned zero_to);

/* The Realm's memory, from inside: at a Protected IPA that is mapped. */
void puppet_peek(struct puppets *all, unsigned rec, uint64_t ipa, void *to, size_t size);
void puppet_poke(struct puppets *all, unsigned rec, uint64_t ipa, const void *from, size_t size);

#endif
