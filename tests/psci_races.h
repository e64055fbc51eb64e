/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_races.h - the races of the PSCI sheet: who does what at once, and what can come out of it.
 *
 * An outcome reads: how R1 was when a request of R0 was completed ("-": none was), what RECs found behind their last call, and the
 * answers of each host in order: S (SUCCESS), I (ERROR_INPUT), C (ERROR_REC), R (ERROR_REALM).
 *
 * Specification: PSCI sheet section 2; the tables of 2.7 and 2.8 row by row.
 */
#ifndef PSCI_RACES_H
#define PSCI_RACES_H

#include "psci_fixture.h"
#include "psci_stage.h"

enum {
        DEEDS_MAX = 5,
        LINES_MAX = 3,
        OUTCOMES_MAX = 16
};

struct deed {
        enum {
                DEED_NONE,
                DEED_ENTER,
                DEED_COMPLETE,
                DEED_DESTROY,
                DEED_REUSE /* the Granule of a REC that was destroyed becomes a REC of another Realm */
        } kind;
        unsigned rec;
        unsigned target;
        uint64_t status;
};

#define ENTER(rec)                                                                                                     \
        {                                                                                                              \
                DEED_ENTER, rec                                                                                        \
        }
#define COMPLETE(caller, target, status)                                                                               \
        {                                                                                                              \
                DEED_COMPLETE, caller, target, status                                                                  \
        }
#define DESTROY(rec)                                                                                                   \
        {                                                                                                              \
                DEED_DESTROY, rec                                                                                      \
        }

#define REUSE(rec)                                                                                                     \
        {                                                                                                              \
                DEED_REUSE, rec                                                                                        \
        }

#define CALL(...)                                                                                                      \
        {                                                                                                              \
                PSCI_ACT_CALL,                                                                                         \
                {                                                                                                      \
                        __VA_ARGS__                                                                                    \
                }                                                                                                      \
        }
#define CPU_ON(rec)        CALL(0xC4000003, rec, REALM_PC + 0x100, 0x1000 + (rec))
#define AFFINITY_INFO(rec) CALL(0xC4000004, rec)
#define CPU_OFF            CALL(0x84000002)
#define SYSTEM_OFF         CALL(0x84000008)
#define SYSTEM_RESET       CALL(0x84000009)
#define VERSION            CALL(0x84000000)

struct race {
        const char *name;
        unsigned num_recs;
        uint32_t runnable;
        bool announced; /* too many orders, else: moments at which hosts act and what they are told count as one thing */
        struct psci_line scripts[3][LINES_MAX];
        struct deed before[DEEDS_MAX];
        struct deed hosts[3][DEEDS_MAX];
        uint32_t gone; /* RECs that are not looked at behind the race */
        /* Of the specification, of the reference profile, and of psci_busy_means_on alone; none: as the specification's. */
        const char *outcomes[3][OUTCOMES_MAX];
};

static const struct race races[] = {
        { .name = "2.1 CPU_ON accepted",
          .num_recs = 2,
          .runnable = 1,
          .announced = true,
          .scripts = { [0] = { CPU_ON(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { ENTER(1) }, { ENTER(0) } },
          .outcomes = { { "off: R0=0 S C C", "off: R0=0 S C S", "off: R0=0 S S C", "off: R0=0 S S S" } } },
        { .name = "2.2 CPU_ON denied",
          .num_recs = 2,
          .runnable = 1,
          .announced = true,
          .scripts = { [0] = { CPU_ON(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, DENIED) }, { ENTER(1) }, { ENTER(0) } },
          .outcomes = { { "off: R0=DENIED S C C", "off: R0=DENIED S C S" } } },
        { .name = "2.3 and 2.4 the target is on",
          .num_recs = 2,
          .runnable = 3,
          .scripts = { [0] = { CPU_ON(1) }, [1] = { VERSION } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { ENTER(1) } },
          .outcomes = { { "on, running: R0=ALREADY_ON R1=1.1 S S", "on: R0=ALREADY_ON R1=1.1 S S" } } },
        { .name = "2.3 and 2.4 denied though it is on",
          .num_recs = 2,
          .runnable = 3,
          .scripts = { [0] = { CPU_ON(1) }, [1] = { VERSION } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, DENIED), COMPLETE(0, 1, SUCCESS) }, { ENTER(1) } },
          .outcomes = { { "on, running: R0=ALREADY_ON R1=1.1 IS S", "on: R0=ALREADY_ON R1=1.1 IS S" },
                        [1] = { "on, running: R0=ALREADY_ON R1=1.1 II S", "on: R0=ALREADY_ON R1=1.1 II S" } } },
        { .name = "2.5 and 2.8 CPU_ON meets CPU_OFF",
          .num_recs = 2,
          .runnable = 3,
          .scripts = { [0] = { CPU_ON(1) }, [1] = { CPU_OFF } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { ENTER(1) } },
          .outcomes = { { "off, leaving: R0=0 S S", "off: R0=0 S S", "on, running: R0=ALREADY_ON S S",
                          "on: R0=ALREADY_ON S S" },
                        [1] = { "off, leaving: R0=ALREADY_ON S S", "off: R0=0 S S", "on, running: R0=ALREADY_ON S S",
                                "on: R0=ALREADY_ON S S" },
                        [2] = { "off, leaving: R0=ALREADY_ON S S", "off: R0=0 S S", "on, running: R0=ALREADY_ON S S",
                                "on: R0=ALREADY_ON S S" } } },
        { .name = "2.5 CPU_ON denied meets CPU_OFF",
          .num_recs = 2,
          .runnable = 3,
          .scripts = { [0] = { CPU_ON(1) }, [1] = { CPU_OFF } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, DENIED) }, { ENTER(1) } },
          .outcomes = { { "-: I S", "off, leaving: R0=DENIED S S", "off: R0=DENIED S S" },
                        [1] = { "off, leaving: R0=ALREADY_ON I S", "off: R0=DENIED S S",
                                "on, running: R0=ALREADY_ON I S", "on: R0=ALREADY_ON I S" },
                        [2] = { "-: I S", "off: R0=DENIED S S" } } },
        { .name = "2.5 a second entry meets CPU_OFF",
          .num_recs = 2,
          .runnable = 3,
          .scripts = { [0] = { CPU_ON(1) }, [1] = { CPU_OFF } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS), ENTER(1) }, { ENTER(1) } },
          .outcomes = { { "off, leaving: R0=0 SC S", "off, leaving: R0=0 SS S", "off: R0=0 SS S",
                          "on, running: R0=ALREADY_ON SC S", "on: R0=ALREADY_ON SC S", "on: R0=ALREADY_ON SS C" },
                        [1] = { "off, leaving: R0=ALREADY_ON SC S", "off: R0=0 SS S", "on, running: R0=ALREADY_ON SC S",
                                "on: R0=ALREADY_ON SC S", "on: R0=ALREADY_ON SS C" },
                        [2] = { "off, leaving: R0=ALREADY_ON SC S", "off: R0=0 SS S", "on, running: R0=ALREADY_ON SC S",
                                "on: R0=ALREADY_ON SC S", "on: R0=ALREADY_ON SS C" } } },
        { .name = "2.7 AFFINITY_INFO meets CPU_OFF",
          .num_recs = 2,
          .runnable = 3,
          .scripts = { [0] = { AFFINITY_INFO(1) }, [1] = { CPU_OFF } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { ENTER(1) } },
          .outcomes = { { "off, leaving: R0=1 S S", "off: R0=1 S S", "on, running: R0=0 S S", "on: R0=0 S S" },
                        [1] = { "off, leaving: R0=0 S S", "off: R0=1 S S", "on, running: R0=0 S S", "on: R0=0 S S" },
                        [2] = { "off, leaving: R0=0 S S", "off: R0=1 S S", "on, running: R0=0 S S",
                                "on: R0=0 S S" } } },
        { .name = "2.7 AFFINITY_INFO meets an entry that fails",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { AFFINITY_INFO(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { ENTER(1) } },
          .outcomes = { { "off: R0=1 S C" } } },
        { .name = "2.7 AFFINITY_INFO meets CPU_ON",
          .num_recs = 3,
          .runnable = 5,
          .scripts = { [0] = { AFFINITY_INFO(1) }, [2] = { CPU_ON(1) } },
          .before = { ENTER(0), ENTER(2) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { COMPLETE(2, 1, SUCCESS) } },
          .outcomes = { { "off: R0=1 R2=0 S S", "on: R0=0 R2=0 S S" } } },
        { .name = "2.7 AFFINITY_INFO meets the end of its target",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { AFFINITY_INFO(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { DESTROY(1) } },
          .outcomes = { { "-: I S", "off: R0=1 S S" } } },
        { .name = "2.9 two callers, one target",
          .num_recs = 3,
          .runnable = 5,
          .scripts = { [0] = { CPU_ON(1) }, [2] = { CPU_ON(1) } },
          .before = { ENTER(0), ENTER(2) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { COMPLETE(2, 1, SUCCESS) } },
          .outcomes = { { "off: R0=0 R2=ALREADY_ON S S", "on: R0=ALREADY_ON R2=0 S S" } } },
        { .name = "2.9 one accepted, one denied",
          .num_recs = 3,
          .runnable = 5,
          .scripts = { [0] = { CPU_ON(1) }, [2] = { CPU_ON(1) } },
          .before = { ENTER(0), ENTER(2) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { COMPLETE(2, 1, DENIED) } },
          .outcomes = { { "off: R0=0 R2=DENIED S S", "off: R0=0 S I" },
                        [1] = { "off: R0=0 R2=ALREADY_ON S I", "off: R0=0 R2=DENIED S S" } } },
        { .name = "2.9 each turns the other on",
          .num_recs = 2,
          .runnable = 3,
          .scripts = { [0] = { CPU_ON(1) }, [1] = { CPU_ON(0) } },
          .before = { ENTER(0), ENTER(1) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { COMPLETE(1, 0, SUCCESS) } },
          .outcomes = { { "on: R0=ALREADY_ON R1=ALREADY_ON S S" } } },
        { .name = "2.10 SYSTEM_OFF meets a running REC",
          .num_recs = 2,
          .runnable = 3,
          .announced = true,
          .scripts = { [0] = { SYSTEM_OFF }, [1] = { VERSION } },
          .hosts = { { ENTER(0) }, { ENTER(1) } },
          .outcomes = { { "-: R1=1.1 S S", "-: S R" } } },
        { .name = "2.10 two of SYSTEM_OFF and SYSTEM_RESET",
          .num_recs = 2,
          .runnable = 3,
          .announced = true,
          .scripts = { [0] = { SYSTEM_OFF }, [1] = { SYSTEM_RESET } },
          .hosts = { { ENTER(0) }, { ENTER(1) } },
          .outcomes = { { "-: R S", "-: S R", "-: S S" } } },
        { .name = "2.10 SYSTEM_OFF meets a completion",
          .num_recs = 3,
          .runnable = 5,
          .announced = true,
          .scripts = { [0] = { CPU_ON(1) }, [2] = { SYSTEM_OFF } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS), ENTER(0) }, { ENTER(2) } },
          .outcomes = { { "off: R0=0 SS S", "off: SR S" } } },
        { .name = "2.10 SYSTEM_OFF meets CPU_ON",
          .num_recs = 3,
          .runnable = 5,
          .announced = true,
          .scripts = { [0] = { CPU_ON(1) }, [2] = { SYSTEM_OFF } },
          .hosts = { { ENTER(0), COMPLETE(0, 1, SUCCESS) }, { ENTER(2) } },
          .outcomes = { { "-: RI S", "off: SS S" } } },
        { .name = "2.11 the caller is destroyed",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { CPU_ON(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { DESTROY(0) } },
          .outcomes = { { "-: I S", "off: S S" } } },
        { .name = "2.11 the target is destroyed",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { CPU_ON(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { DESTROY(1) } },
          .outcomes = { { "-: I S", "off: R0=0 S S" } } },
        { .name = "2.11 the target is destroyed, and its Granule becomes a REC of another Realm",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { CPU_ON(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, DENIED), COMPLETE(0, 1, SUCCESS) }, { DESTROY(1), REUSE(1) } },
          .gone = 2,
          .outcomes = { { "-: II SS", "off: R0=DENIED SI SS" } } },
        { .name = "2.11 the target is destroyed before the call",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { CPU_ON(1) } },
          .hosts = { { ENTER(0), COMPLETE(0, 1, DENIED) }, { DESTROY(1) } },
          .outcomes = { { "-: R0=INVALID SI S", "-: SI S", "off: R0=DENIED SS S" },
                        [1] = { "-: SI S", "off: R0=DENIED SS S" } } },
        { .name = "2.12 completed twice",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { CPU_ON(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) }, { COMPLETE(0, 1, SUCCESS) } },
          .outcomes = { { "off: R0=0 I S", "off: R0=0 S I" } } },
        { .name = "2.12 the caller runs",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { CPU_ON(1) } },
          .hosts = { { ENTER(0) }, { COMPLETE(0, 1, SUCCESS) } },
          .outcomes = { { "-: S I", "off: R0=0 S S" } } },
        { .name = "2.12 wrong, foreign and no targets",
          .num_recs = 3,
          .runnable = 1,
          .scripts = { [0] = { CPU_ON(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) },
                     { COMPLETE(0, 2, SUCCESS), COMPLETE(0, PSCI_FOREIGN, SUCCESS), COMPLETE(0, 0, SUCCESS) } },
          .outcomes = { { "off: R0=0 S III" } } },
        { .name = "2.12 bad statuses",
          .num_recs = 2,
          .runnable = 1,
          .scripts = { [0] = { AFFINITY_INFO(1) } },
          .before = { ENTER(0) },
          .hosts = { { COMPLETE(0, 1, SUCCESS) },
                     { COMPLETE(0, 1, DENIED), COMPLETE(0, 1, OFF), COMPLETE(0, 1, 0xfffffffd) } },
          .outcomes = { { "off: R0=1 S III" } } },
};

#endif
