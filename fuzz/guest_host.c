/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_host.c - the host's commands: they take memory away, give it back, map, answer, interrupt.
 */
#include "guest_host.h"
#include "fuzz.h"

#define CALL(name, ...) rmmsim_call(model.world->sim, 0, name, __VA_ARGS__)

/* Is this a page that a REC may be entered with? */
bool host_is_run_page(uint64_t pa)
{
        struct rmmsim_granule granule;

        return pa % MODEL_PAGE == 0 && rmmsim_granule(model.world->sim, &granule, pa) == 0 &&
               granule.state == RMMSIM_GRANULE_UNDELEGATED && granule.gpt == RMMSIM_GPT_GPT_NS;
}

void host_check(const char *what, const struct rmmsim_regs *regs, uint64_t x0, uint64_t x1, uint64_t x2)
{
        if (regs->x[0] != x0) {
                fuzz_fail("%s returns %s (0x%llx), not %s (0x%llx)", what, rmmsim_rmi_status_name(regs->x[0]),
                          (unsigned long long)regs->x[0], rmmsim_rmi_status_name(x0), (unsigned long long)x0);
        }
        if (regs->x[1] != x1 || regs->x[2] != x2) {
                fuzz_fail("%s returns x1 0x%llx, x2 0x%llx", what, (unsigned long long)regs->x[1],
                          (unsigned long long)regs->x[2]);
        }
        for (unsigned i = 3; i < 17; i++) {
                if (regs->x[i] != 0) {
                        fuzz_fail("%s returns x%u 0x%llx, which is no output", what, i, (unsigned long long)regs->x[i]);
                }
        }
}

void host_change_ripas(struct model_rec *rec, uint64_t base, uint64_t top)
{
        struct rmmsim_regs regs = rmmsim_call(model.world->sim, 0, rmi_rtt_set_ripas, .rd = model.rd, .rec = rec->pa,
                                              .base = base, .top = top);
        uint64_t out_top;
        uint64_t x0 = model_set_ripas(rec, base, top, &out_top);

        host_check("RMI_RTT_SET_RIPAS", &regs, x0, out_top, 0);
}

static void destroy_data(const uint8_t *r)
{
        uint64_t ipa = record_ipa(r[1], r[2] < 0xf0 ? 0 : r[2]), pa;
        uint64_t x0 = model_data_destroy(ipa, &pa);
        struct rmmsim_regs regs = CALL(rmi_data_destroy, .rd = model.rd, .ipa = ipa);

        host_check("RMI_DATA_DESTROY", &regs, x0, pa, regs.x[2]);
}

static void create_data(const uint8_t *r)
{
        uint64_t ipa = record_ipa(r[1], r[2] < 0xf0 ? 0 : r[2]);
        unsigned granule = r[3] % MODEL_DATA;
        struct rmmsim_regs regs;
        uint64_t x0;

        for (unsigned i = 0; i < MODEL_DATA && r[3] < 0xc0 && model.data[granule].state != DATA_DELEGATED; i++) {
                granule = (granule + 1) % MODEL_DATA;
        }
        if (record_op(r) == HOST_DATA_CREATE) {
                x0 = model_data_create(ipa, granule);
                regs = CALL(rmi_data_create_unknown, .rd = model.rd, .data = model.data[granule].pa, .ipa = ipa);
                host_check("RMI_DATA_CREATE_UNKNOWN", &regs, x0, 0, 0);
                return;
        }
        x0 = host_is_run_page(model.host[HOST_SHARED]) && model.data[granule].state == DATA_DELEGATED
                     ? RMMSIM_RMI_ERROR_REALM
                     : RMMSIM_RMI_ERROR_INPUT;
        regs = CALL(rmi_data_create, .rd = model.rd, .data = model.data[granule].pa, .ipa = ipa,
                    .src = model.host[HOST_SHARED], .flags = 0);
        host_check("RMI_DATA_CREATE", &regs, x0, 0, 0);
}

/* Granules of the Realm's memory, and those that it stands on. */
static void give_back(const uint8_t *r)
{
        const uint64_t others[] = { model.rd,      model.recs[0].pa,     model.other_rec,
                                    model.host[0], model.data[0].pa + 8, WORLD_DEVICE_BASE };
        struct model_data *data = &model.data[r[1] % MODEL_DATA];
        bool ours = r[2] < 0xc0;
        uint64_t pa = ours ? data->pa : others[r[1] % 6];
        uint64_t x0 = ours && data->state == DATA_DELEGATED ? RMMSIM_RMI_SUCCESS : RMMSIM_RMI_ERROR_INPUT;
        struct rmmsim_regs regs = CALL(rmi_granule_undelegate, .addr = pa);
        static const uint8_t zeroes[4096];

        host_check("RMI_GRANULE_UNDELEGATE", &regs, x0, 0, 0);
        if (x0 == RMMSIM_RMI_SUCCESS && regs.x[0] == x0) {
                data->state = DATA_HOST;
                if (memcmp(world_at(model.world, pa), zeroes, sizeof(zeroes)) != 0) {
                        fuzz_fail("the Granule at 0x%llx comes back with contents", (unsigned long long)pa);
                }
                memset(world_at(model.world, pa), 0xa5, MODEL_PAGE);
        }
}

static void delegate(const uint8_t *r)
{
        struct model_data *data = &model.data[r[1] % MODEL_DATA];
        uint64_t x0 = data->state == DATA_HOST ? RMMSIM_RMI_SUCCESS : RMMSIM_RMI_ERROR_INPUT;
        struct rmmsim_regs regs = CALL(rmi_granule_delegate, .addr = data->pa);

        host_check("RMI_GRANULE_DELEGATE", &regs, x0, 0, 0);
        if (x0 == RMMSIM_RMI_SUCCESS) {
                data->state = DATA_DELEGATED;
        }
}

/* Of the REC that waits for it, if there is one. */
static struct model_rec *ripas_rec(unsigned current)
{
        for (unsigned i = 0; i < MODEL_RECS; i++) {
                if (model.recs[i].pending == PENDING_RIPAS) {
                        return &model.recs[i];
                }
        }
        return &model.recs[current];
}

static void set_ripas(unsigned current, const uint8_t *r)
{
        struct model_rec *rec = ripas_rec(current);
        bool other_rec = r[4] >= 0xf0, other_rd = r[4] >= 0xe0 && r[4] < 0xf0;
        uint64_t base = r[1] < 0xe0 ? rec->ripas_base : record_ipa(r[1], 0);
        uint64_t top = r[2] < 0x80   ? rec->ripas_top
                       : r[2] < 0xc0 ? base + MODEL_PAGE
                       : r[2] < 0xe0 ? rec->ripas_top + MODEL_PAGE
                                     : record_ipa(r[3], r[2]);
        struct rmmsim_regs regs;

        if (!other_rec && !other_rd) {
                host_change_ripas(rec, base, top);
                return;
        }
        regs = CALL(rmi_rtt_set_ripas, .rd = other_rd ? model.other_rd : model.rd,
                    .rec = other_rec ? model.other_rec : rec->pa, .base = base, .top = top);
        host_check("RMI_RTT_SET_RIPAS", &regs, top <= base ? RMMSIM_RMI_ERROR_INPUT : RMMSIM_RMI_ERROR_REC, 0, 0);
}

static void map(const uint8_t *r)
{
        uint64_t ipa = record_ipa(r[1] < 0xf0 ? 0xa0 | (r[1] & 0x1f) : r[1], 0);
        int64_t level = r[3] < 0xc0 ? ipa >= (UINT64_C(1) << 39) + MODEL_L2 ? 2 : 3 : (r[3] & 7) - 1;
        uint64_t desc = record_desc(r);
        struct rmmsim_regs regs;
        uint64_t x0;

        if (record_op(r) == HOST_MAP) {
                x0 = model_map(ipa, level, desc);
                regs = CALL(rmi_rtt_map_unprotected, .rd = model.rd, .ipa = ipa, .level = (uint64_t)level,
                            .desc = desc);
                host_check("RMI_RTT_MAP_UNPROTECTED", &regs, x0, 0, 0);
        } else {
                x0 = model_unmap(ipa, level);
                regs = CALL(rmi_rtt_unmap_unprotected, .rd = model.rd, .ipa = ipa, .level = (uint64_t)level);
                host_check("RMI_RTT_UNMAP_UNPROTECTED", &regs, x0, regs.x[1], 0);
        }
}

static void interrupt(const uint8_t *r)
{
        switch (r[1] % 3) {
        case 0:
                (void)rmmsim_irq_raise(model.world->sim, 0);
                model.irq = true;
                break;
        case 1:
                (void)rmmsim_fiq_raise(model.world->sim, 0);
                model.fiq = true;
                break;
        default:
                model.serror_esr = UINT64_C(0xffffffffbe000000) | (uint64_t)r[2] << 24 | (uint64_t)r[3] << 8 | r[4];
                (void)rmmsim_serror_raise(model.world->sim, 0, model.serror_esr);
                model.serror = true;
                break;
        }
}

static void complete_psci(const uint8_t *r)
{
        struct model_rec *caller = &model.recs[r[1] % MODEL_RECS];
        struct model_rec *target = r[2] < 0x20                                ? NULL
                                   : r[2] < 0xc0 && caller->x[1] < MODEL_RECS ? &model.recs[caller->x[1]]
                                                                              : &model.recs[r[2] % MODEL_RECS];
        const uint64_t nobody[] = { model.other_rec, model.rd, model.host[0], caller->pa + 8 };
        static const int64_t statuses[] = { 0, 0, 0, -3, -3, -4, -2, 1, 0xfffffffd, INT64_MAX };
        uint64_t status = (uint64_t)statuses[r[3] % 10];
        struct rmmsim_regs regs = CALL(rmi_psci_complete, .calling_rec = caller->pa,
                                       .target_rec = target != NULL ? target->pa : nobody[r[2] & 3], .status = status);

        host_check("RMI_PSCI_COMPLETE", &regs, model_psci_complete(caller, target, status), 0, 0);
}

static void table(uint64_t pa, const uint8_t *r)
{
        bool create = (r[1] & 1) != 0;
        uint64_t x0 = model_upper_table(create);
        struct rmmsim_regs regs = create ? CALL(rmi_rtt_create, .rd = model.rd, .rtt = pa, .ipa = UPPER_IPA, .level = 3)
                                         : CALL(rmi_rtt_destroy, .rd = model.rd, .ipa = UPPER_IPA, .level = 3);

        host_check(create ? "RMI_RTT_CREATE" : "RMI_RTT_DESTROY", &regs, x0, regs.x[1], regs.x[2]);
}

/* The host writes to a page that it shares, or the platform takes it away or gives it back. */
static void touch_share(const uint8_t *r)
{
        unsigned i = HOST_SHARED + r[1] % 3;

        if (record_op(r) == HOST_WRITE) {
                memset(world_at(model.world, model.host[i]), r[2], MODEL_PAGE);
                memset(model_host_shadow(model.host[i], true), r[2], MODEL_PAGE);
        } else {
                (void)rmmsim_gpt_set(model.world->sim, model.host[i], MODEL_PAGE,
                                     (r[2] & 1) != 0 ? RMMSIM_GPT_GPT_NS : RMMSIM_GPT_GPT_ROOT);
        }
}

void host_act(struct guest_world *world, unsigned current, const uint8_t *r)
{
        switch (record_op(r)) {
        case HOST_DATA_DESTROY:
                destroy_data(r);
                break;
        case HOST_DATA_CREATE:
        case HOST_DATA_CREATE_FROM:
                create_data(r);
                break;
        case HOST_UNDELEGATE:
                give_back(r);
                break;
        case HOST_DELEGATE:
                delegate(r);
                break;
        case HOST_SET_RIPAS:
                set_ripas(current, r);
                break;
        case HOST_MAP:
        case HOST_UNMAP:
                map(r);
                break;
        case HOST_INTERRUPT:
                interrupt(r);
                break;
        case HOST_TIME:
                rmmsim_time_advance(model.world->sim, r[1]);
                model.time += r[1];
                break;
        case HOST_PSCI_COMPLETE:
                complete_psci(r);
                break;
        case HOST_TABLE:
                table(world->upper_table, r);
                break;
        default:
                touch_share(r);
                break;
        }
}
