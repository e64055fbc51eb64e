/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtte.c - building stage 2 descriptors, and judging them.
 *
 * What the host does not control is decided here: memory of the Realm is Normal Write-Back, readable, writable and
 * executable; memory of the host is in the Non-secure PA space and never executable; all of it has the Access flag set,
 * as the RMM leaves the hardware's management of Access flag and dirty state off.
 *
 * Specification: RTT sheet sections 2.1 and 3.7.1. Shareability of host memory: inner if cacheable, outer if not.
 */
#include "rtte.h"

static uint64_t with_state(uint64_t rtte, unsigned state)
{
        return rtte | (uint64_t)(state & 7) << RTTE_STATE_SHIFT;
}

/* Bits 1:0 of a valid leaf. */
static uint64_t leaf_type(int level)
{
        return level == RTT_LEVEL_PAGE ? RTTE_VALID | RTTE_PAGE_OR_TABLE : RTTE_VALID;
}

uint64_t rtte_make(unsigned state, int level, uint64_t pa, bool lpa2)
{
        uint64_t rtte = rtte_state_has_address(state) ? rtte_from_address(pa, lpa2) : 0;

        if (state == RMMSIM_RTTE_TABLE) {
                rtte |= RTTE_VALID | RTTE_PAGE_OR_TABLE;
        }
        if (state == RMMSIM_RTTE_ASSIGNED_RAM) {
                rtte |= leaf_type(level) | RTTE_MEM_ATTR_NORMAL_WB | RTTE_S2AP | RTTE_AF | (lpa2 ? 0 : RTTE_SH_INNER);
        }
        return with_state(rtte, state);
}

uint64_t rtte_make_ns(uint64_t desc, int level, bool lpa2)
{
        bool cacheable = (desc & RTTE_MEM_ATTR) >= RTTE_MEM_ATTR_NORMAL_WB;
        uint64_t shareability = lpa2 ? 0 : cacheable ? RTTE_SH_INNER : RTTE_SH_OUTER;

        return with_state(desc | leaf_type(level) | RTTE_AF | RTTE_NS | RTTE_XN | shareability,
                          RMMSIM_RTTE_ASSIGNED_NS);
}

uint64_t rtte_at_level(uint64_t rtte, int level)
{
        if ((rtte & RTTE_VALID) == 0) {
                return rtte;
        }
        return (rtte & ~(RTTE_VALID | RTTE_PAGE_OR_TABLE)) | leaf_type(level);
}

uint64_t rtte_stride(uint64_t rtte, int level)
{
        return rtte_state_has_address(rtte_state(rtte)) ? rtt_entry_size(level) : 0;
}

uint64_t rtte_desc(uint64_t rtte, bool lpa2)
{
        unsigned state = rtte_state(rtte);

        if (state == RMMSIM_RTTE_ASSIGNED_NS) {
                return rtte & rtte_host_mask(lpa2);
        }
        return rtte_state_has_address(state) ? rtte & rtte_address_mask(lpa2) : 0;
}

/* May an entry of this state hang in a table at this level, with this address? */
static bool is_place_for(unsigned state, int level, uint64_t pa)
{
        if (state == RMMSIM_RTTE_TABLE) {
                return level < RTT_LEVEL_PAGE;
        }
        return !rtte_state_has_address(state) || (level >= RTT_LEVEL_BLOCK && is_aligned(pa, rtt_entry_size(level)));
}

bool rtte_is_sound(uint64_t rtte, int level, bool lpa2)
{
        unsigned state = rtte_state(rtte);
        uint64_t pa = rtte_state_has_address(state) ? rtte_address(rtte, lpa2) : 0;
        uint64_t desc = rtte_desc(rtte, lpa2);

        if (!is_place_for(state, level, pa) || (!lpa2 && pa >= BIT(48))) {
                return false;
        }
        if (state == RMMSIM_RTTE_ASSIGNED_NS) {
                return rtte_desc_is_valid(desc, lpa2) && rtte == rtte_make_ns(desc, level, lpa2);
        }
        return rtte == rtte_make(state, level, pa, lpa2);
}
