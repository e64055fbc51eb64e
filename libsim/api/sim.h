/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sim.h - an instance: a monitor, its PEs, and what the library itself keeps beside them.
 */
#ifndef SIM_H
#define SIM_H

#include "fault.h"
#include "guest_slot.h"
#include "rmi.h"

struct saved;

struct rmmsim {
        struct rmm rmm;
        struct pe *pes;
        unsigned num_pes;
        unsigned audit_period;
        struct hash_methods hash_methods;
        rmmsim_misuse_fn *misuse;
        rmmsim_trespass_fn *trespass;
        rmmsim_lost_fn *lost;
        void *context;
        size_t mapping_size;
        struct faults *faults;       /* those that were ever injected; NULL: none were */
        struct rmmsim_config config; /* as it was given, and its regions */
        struct rmmsim_region regions[REGIONS_MAX];
        struct saved *saved; /* of the snapshot, what is not in pages; NULL: there never was one */
};

/* Is no PE inside a call? */
bool sim_is_idle(const struct rmmsim *sim);

/* Give back what snapshots needed. */
void snapshot_free(struct rmmsim *sim);

/*
 * PEs were left where they stood, by an exploration: they are in no call any more. The locks they held are dropped already; what
 * they were changing is for rmmsim_restore() or rmmsim_destroy().
 */
void sim_abandon(struct rmmsim *sim);

/* Is no PE inside a call? */
bool sim_is_idle(const struct rmmsim *sim);

/* The table of faults, made when it is first needed, or NULL; and let the PEs see what has changed in it. */
struct faults *sim_faults(struct rmmsim *sim);
void sim_watch(struct rmmsim *sim);

/* Tell the misuse handler; what it lets return, returns this. */
int sim_misuse(const struct rmmsim *sim, const char *sentence);

/* Does the instance have this PE? If not, that is a misuse. */
bool sim_has_pe(const struct rmmsim *sim, unsigned pe);

#endif
