/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_view.c - what a command does to the pages that it is about, as RMI_RTT_READ_ENTRY shows them before and after.
 *
 * Specification: RTT sheet 2.2 to 2.4, 3.9 and invariant 15.
 */
#include "rmi_oracle.h"

/* Where a command's IPA stands, and how wide it reaches. */
struct reach {
        uint64_t ipa;
        uint64_t step;  /* from one entry to the next */
        unsigned count; /* entries                    */
};

static struct reach reach_of(const struct rmi_call *call)
{
        const uint64_t *x = call->in.x;
        uint64_t level;

        switch (call->command) {
        case RMMSIM_COMMAND_rmi_data_create:
        case RMMSIM_COMMAND_rmi_data_create_unknown:
        case RMMSIM_COMMAND_rmi_rtt_set_ripas:
                return (struct reach){ x[3], RMI_PAGE, 1 };
        case RMMSIM_COMMAND_rmi_data_destroy:
        case RMMSIM_COMMAND_rmi_rtt_map_unprotected:
        case RMMSIM_COMMAND_rmi_rtt_unmap_unprotected:
        case RMMSIM_COMMAND_rmi_rtt_init_ripas:
                return (struct reach){ x[2], RMI_PAGE, 1 };
        case RMMSIM_COMMAND_rmi_rtt_create:
                level = x[4];
                return (struct reach){ x[3], level <= 3 ? rmi_entry_size((int)level) : RMI_PAGE, 512 };
        case RMMSIM_COMMAND_rmi_rtt_destroy:
        case RMMSIM_COMMAND_rmi_rtt_fold:
                level = x[3];
                return (struct reach){ x[2], level <= 3 ? rmi_entry_size((int)level) : RMI_PAGE, 512 };
        default:
                return (struct reach){ 0, 0, 0 };
        }
}

static bool read_page(struct rmi_view_page *page, struct rmmsim *sim, const struct rmi_call *call, uint64_t ipa)
{
        struct rmmsim_regs regs =
                rmmsim_call(sim, call->pe, rmi_rtt_read_entry, .rd = call->in.x[1], .ipa = ipa, .level = 3);
        uint64_t within = rmi_entry_size((int)(int8_t)regs.x[1]) - 1;

        *page = (struct rmi_view_page){ ipa, regs.x[2], regs.x[3], regs.x[4] };
        if (regs.x[0] == RMMSIM_RMI_SUCCESS && regs.x[2] == RMMSIM_RTT_ASSIGNED) {
                page->desc += ipa & within & ~(RMI_PAGE - 1);
        }
        return regs.x[0] == RMMSIM_RMI_SUCCESS;
}

void rmi_view_take(struct rmi_view *view, struct rmmsim *sim, const struct rmi_shadow *shadow,
                   const struct rmi_call *call, bool all)
{
        static const unsigned few[] = { 0, 1, 2, 511 };
        struct reach reach = reach_of(call);
        unsigned count = reach.count <= 1 || all ? reach.count : sizeof(few) / sizeof(few[0]);
        int rd = rmi_number(shadow, call->in.x[1]);

        view->num_pages = 0;
        if (rd == RMI_NOWHERE || shadow->granules[rd].state != RMMSIM_GRANULE_RD || reach.ipa % RMI_PAGE != 0) {
                return;
        }
        for (unsigned i = 0; i < count; i++) {
                unsigned entry = reach.count <= 1 || all ? i : few[i];

                if (!read_page(&view->pages[view->num_pages], sim, call, reach.ipa + entry * reach.step)) {
                        break;
                }
                view->num_pages++;
        }
}

/* What a page must look like after the command. */
static struct rmi_view_page after(const struct rmi_view_page *before, const struct rmi_shadow *shadow,
                                  const struct rmi_call *call)
{
        struct rmi_view_page page = *before;
        int rd = rmi_number(shadow, call->in.x[1]);
        const struct rmi_realm *realm = NULL;

        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                realm = rd != RMI_NOWHERE && shadow->realms[i].rd == rd ? &shadow->realms[i] : realm;
        }
        switch (call->command) {
        case RMMSIM_COMMAND_rmi_data_create:
                page.ripas = RMMSIM_RIPAS_RAM;
                page.state = RMMSIM_RTT_ASSIGNED;
                page.desc = call->in.x[2];
                break;
        case RMMSIM_COMMAND_rmi_data_create_unknown:
                page.state = RMMSIM_RTT_ASSIGNED;
                page.desc = call->in.x[2];
                break;
        case RMMSIM_COMMAND_rmi_data_destroy:
                page.ripas = page.ripas == RMMSIM_RIPAS_EMPTY ? RMMSIM_RIPAS_EMPTY : RMMSIM_RIPAS_DESTROYED;
                page.state = RMMSIM_RTT_UNASSIGNED;
                page.desc = 0;
                break;
        case RMMSIM_COMMAND_rmi_rtt_map_unprotected:
                page.state = RMMSIM_RTT_ASSIGNED;
                page.desc = call->in.x[4];
                break;
        case RMMSIM_COMMAND_rmi_rtt_unmap_unprotected:
                page.state = RMMSIM_RTT_UNASSIGNED;
                page.desc = 0;
                break;
        case RMMSIM_COMMAND_rmi_rtt_destroy:
                page.state = RMMSIM_RTT_UNASSIGNED;
                page.desc = 0;
                page.ripas = realm != NULL && page.ipa < UINT64_C(1) << (realm->width - 1) ? RMMSIM_RIPAS_DESTROYED
                                                                                           : RMMSIM_RIPAS_EMPTY;
                break;
        case RMMSIM_COMMAND_rmi_rtt_init_ripas:
                page.ripas = RMMSIM_RIPAS_RAM;
                break;
        default:
                break;
        }
        return page;
}

void rmi_view_check(const struct rmi_view *view, struct rmmsim *sim, const struct rmi_shadow *shadow,
                    const struct rmi_call *call)
{
        for (unsigned i = 0; i < view->num_pages; i++) {
                struct rmi_view_page wanted = after(&view->pages[i], shadow, call);
                struct rmi_view_page page;

                if (call->command == RMMSIM_COMMAND_rmi_rtt_set_ripas) {
                        int number = rmi_number(shadow, call->in.x[2]);

                        for (unsigned j = 0; j < RMI_RECS_MAX; j++) {
                                const struct rmi_rec *rec = &shadow->recs[j];

                                if (rec->granule == number && !rec->unsure) {
                                        wanted.ripas = rec->ripas;
                                }
                        }
                }
                if (!read_page(&page, sim, call, wanted.ipa) || page.state != wanted.state ||
                    page.desc != wanted.desc || page.ripas != wanted.ripas) {
                        rmi_fail("%s left 0x%llx in state %llu, RIPAS %llu, at 0x%llx in place of %llu, %llu, 0x%llx",
                                 rmi_commands[call->command].name, (unsigned long long)wanted.ipa,
                                 (unsigned long long)page.state, (unsigned long long)page.ripas,
                                 (unsigned long long)page.desc, (unsigned long long)wanted.state,
                                 (unsigned long long)wanted.ripas, (unsigned long long)wanted.desc);
                        return;
                }
        }
}
