/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtte.h - one entry of a Realm Translation Table: a 64-bit stage 2 descriptor that a table walk of the hardware would accept.
 *
 * Three states are valid descriptors (bit 0 set): ASSIGNED_RAM, ASSIGNED_NS and TABLE. A walk faults on all others, and so
 * their remaining bits belong to the RMM, which keeps the output address there where there is one. The state itself stands in
 * the software bits 58:56 of valid and invalid descriptors alike, so that reading it needs neither the level nor a search:
 *
 *     63:59 zero   58:56 state   55 NS   54 XN   53:50 zero   49:12 address   11 zero   10 AF   9:8 SH   7:6 S2AP   5:2 MemAttr
 *
 * In a Realm with LPA2 bits 9:8 are address bits 51:50, and shareability comes from VTCR_EL2. Bit 1 tells a page or a table
 * (1) from a block (0). TABLE, the ninth state, is the valid descriptor with zero in 58:56.
 *
 * An entry whose address is one entry further on differs by that number of bytes and by nothing else: address bits never
 * carry out of their field within one table. So "512 contiguous entries" is an arithmetic progression of descriptors.
 *
 * Specification: RmmRttEntry; RTT sheet sections 2.1 and 3.7.1. Layout: Arm VMSAv8-64, stage 2 with FEAT_S2FWB, Realm PA space.
 */
#ifndef RTTE_H
#define RTTE_H

#include "bits.h"
#include <rmmsim/trace.h>

#define RTTE_VALID         BIT(0)
#define RTTE_PAGE_OR_TABLE BIT(1)
#define RTTE_MEM_ATTR      BIT_RANGE(4, 2) /* MemAttr[2:0]; MemAttr[3], bit 5, is zero with FWB */
#define RTTE_S2AP          BIT_RANGE(7, 6)
#define RTTE_S2AP_READ     BIT(6)
#define RTTE_S2AP_WRITE    BIT(7)
#define RTTE_BITS_9_8      BIT_RANGE(9, 8) /* SH, or with LPA2 address bits 51:50 */
#define RTTE_AF            BIT(10)
#define RTTE_ADDRESS       BIT_RANGE(49, 12)
#define RTTE_XN            BIT(54)
#define RTTE_NS            BIT(55)
#define RTTE_STATE_SHIFT   56

#define RTTE_MEM_ATTR_RESERVED  (UINT64_C(4) << 2)
#define RTTE_MEM_ATTR_NORMAL_WB (UINT64_C(6) << 2)
#define RTTE_SH_INNER           (UINT64_C(3) << 8)
#define RTTE_SH_OUTER           (UINT64_C(2) << 8)

/* ---- levels ------------------------------------------------------------------------------------------------------- */

/* -1 is the first level of a Realm with LPA2 that has more than 48 bits of IPA; pages are at 3, blocks at 1 and 2. */
enum {
        RTT_LEVEL_FIRST = -1,
        RTT_LEVEL_BLOCK = 1,
        RTT_LEVEL_PAGE = 3,
        RTT_LEVEL_SHIFT = 9
};

/* Bytes that one entry of a table at `level` describes, as a power of two and as a number. */
static inline unsigned rtt_entry_shift(int level)
{
        return GRANULE_SHIFT + RTT_LEVEL_SHIFT * (unsigned)(RTT_LEVEL_PAGE - level);
}

static inline uint64_t rtt_entry_size(int level)
{
        return BIT(rtt_entry_shift(level));
}

/* ---- states ------------------------------------------------------------------------------------------------------- */

/* Sets of states, for scans. */
#define RTTE_SET(NAME) (1u << RMMSIM_RTTE_##NAME)
#define RTTE_ALL_ASSIGNED                                                                                              \
        (RTTE_SET(ASSIGNED_EMPTY) | RTTE_SET(ASSIGNED_RAM) | RTTE_SET(ASSIGNED_DESTROYED)) /* the host's not counted */
#define RTTE_ALL_DESTROYED (RTTE_SET(UNASSIGNED_DESTROYED) | RTTE_SET(ASSIGNED_DESTROYED))
#define RTTE_ALL_UNASSIGNED                                                                                            \
        (RTTE_SET(UNASSIGNED_EMPTY) | RTTE_SET(UNASSIGNED_RAM) | RTTE_SET(UNASSIGNED_DESTROYED)) /* Protected only */
/* What makes a table live, and what stops the walk_top of commands that remove something. */
#define RTTE_ALL_OWNERS (RTTE_ALL_ASSIGNED | RTTE_SET(TABLE))
#define RTTE_ALL_LIVE   (RTTE_ALL_OWNERS | RTTE_SET(ASSIGNED_NS))

_Static_assert((int)RMMSIM_RTTE_UNASSIGNED_EMPTY == (int)RMMSIM_RIPAS_EMPTY, "UNASSIGNED states count like RIPAS");
_Static_assert((int)RMMSIM_RTTE_UNASSIGNED_DESTROYED == (int)RMMSIM_RIPAS_DESTROYED,
               "UNASSIGNED states count like RIPAS");
_Static_assert(RMMSIM_RTTE_ASSIGNED_EMPTY == RMMSIM_RTTE_UNASSIGNED_EMPTY + 3, "ASSIGNED states follow, in step");
_Static_assert(RMMSIM_RTTE_ASSIGNED_DESTROYED == RMMSIM_RTTE_UNASSIGNED_DESTROYED + 3,
               "ASSIGNED states follow, in step");
_Static_assert(RMMSIM_RTTE_TABLE == 8, "the ninth state is the one that three bits do not hold");

/* RMMSIM_RTTE_* of an entry. */
static inline unsigned rtte_state(uint64_t rtte)
{
        unsigned state = (unsigned)(rtte >> RTTE_STATE_SHIFT) & 7;

        return state == 0 && (rtte & RTTE_VALID) != 0 ? RMMSIM_RTTE_TABLE : state;
}

static inline bool rtte_is_in(uint64_t rtte, unsigned states)
{
        return (1u << rtte_state(rtte) & states) != 0;
}

static inline bool rtte_is_table(uint64_t rtte)
{
        return rtte_state(rtte) == RMMSIM_RTTE_TABLE;
}

/* Does a state come with an output address? */
static inline bool rtte_state_has_address(unsigned state)
{
        return (1u << state & RTTE_ALL_LIVE) != 0;
}

/* RIPAS of a state; EMPTY for those that have none, as RMI_RTT_READ_ENTRY reports them. */
static inline unsigned rtte_state_ripas(unsigned state)
{
        return state > RMMSIM_RTTE_ASSIGNED_DESTROYED ? RMMSIM_RIPAS_EMPTY : state % 3;
}

/* The state of a Protected leaf with another RIPAS, or with another HIPAS. */
static inline unsigned rtte_state_with_ripas(unsigned state, unsigned ripas)
{
        return state - state % 3 + ripas;
}

static inline unsigned rtte_state_assigned(unsigned state)
{
        return RMMSIM_RTTE_ASSIGNED_EMPTY + rtte_state_ripas(state);
}

/* ---- addresses ---------------------------------------------------------------------------------------------------- */

/* Bits of a descriptor that hold an address. */
static inline uint64_t rtte_address_mask(bool lpa2)
{
        return lpa2 ? RTTE_ADDRESS | RTTE_BITS_9_8 : BIT_RANGE(47, 12);
}

/* An address where a descriptor keeps it. */
static inline uint64_t rtte_from_address(uint64_t pa, bool lpa2)
{
        uint64_t high = lpa2 ? (pa >> 50 & 3) << 8 : 0;

        return (pa & RTTE_ADDRESS) | high;
}

/* The output address of an entry that has one; also of a `desc` that a host passes. */
static inline uint64_t rtte_address(uint64_t rtte, bool lpa2)
{
        uint64_t high = lpa2 ? (rtte >> 8 & 3) << 50 : 0;

        return (rtte & RTTE_ADDRESS) | high;
}

/* ---- making entries ----------------------------------------------------------------------------------------------- */

/* An entry of any state but ASSIGNED_NS. pa counts only where the state has an address. */
uint64_t rtte_make(unsigned state, int level, uint64_t pa, bool lpa2);

/* An ASSIGNED_NS entry. desc was found valid. */
uint64_t rtte_make_ns(uint64_t desc, int level, bool lpa2);

/* The same leaf one level down or up: a block becomes the first of its parts, a part the block that begins there. */
uint64_t rtte_at_level(uint64_t rtte, int level);

/* What separates the entries of a table that continues a leaf: see above. */
uint64_t rtte_stride(uint64_t rtte, int level);

/* ---- what the host sees ------------------------------------------------------------------------------------------- */

/* Fields of an ASSIGNED_NS entry that the host controls: address, MemAttr[2:0], S2AP. */
static inline uint64_t rtte_host_mask(bool lpa2)
{
        return rtte_address_mask(lpa2) | RTTE_MEM_ATTR | RTTE_S2AP;
}

/*
 * Has desc nothing in it but host-controlled fields, and no reserved MemAttr? Address bits 49:48 are let pass without LPA2 as
 * well: they make an address out of bounds, which is a condition of its own.
 */
static inline bool rtte_desc_is_valid(uint64_t desc, bool lpa2)
{
        return (desc & ~(rtte_host_mask(lpa2) | RTTE_ADDRESS)) == 0 && (desc & RTTE_MEM_ATTR) != RTTE_MEM_ATTR_RESERVED;
}

/* The `desc` of RMI_RTT_READ_ENTRY: ASSIGNED_NS as it was accepted, otherwise the address in its place, if any. */
uint64_t rtte_desc(uint64_t rtte, bool lpa2);

/* Is this a descriptor that rtte.c can have made for a table at `level`? For the audit. */
bool rtte_is_sound(uint64_t rtte, int level, bool lpa2);

#endif
