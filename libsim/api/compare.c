/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compare.c - in what two states differ, for a reader.
 */
#include "state_page.h"
#include <rmmsim/snapshot.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct comparison {
        char *text;
        size_t size;
        size_t length;
        int count;
};

/* One difference, a line. What does not fit is counted and not shown. */
__attribute__((format(printf, 2, 3))) static void tell(struct comparison *c, const char *format, ...)
{
        char line[200];
        va_list list;
        int length;

        c->count++;
        va_start(list, format);
        length = vsnprintf(line, sizeof(line) - 1, format, list);
        va_end(list);
        if (length > (int)sizeof(line) - 2) {
                length = (int)sizeof(line) - 2;
        }
        line[length++] = '\n';
        if (c->length + (size_t)length < c->size) {
                memcpy(c->text + c->length, line, (size_t)length);
                c->length += (size_t)length;
                c->text[c->length] = '\0';
        }
}

/* ---- fields --------------------------------------------------------------------------------------------------------------- */

struct field {
        const char *name;
        uint16_t offset;
        uint16_t size;  /* of one */
        uint16_t count; /* of an array; 1: a field by itself */
};

#define FIELD(type, member)                                                                                            \
        {                                                                                                              \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member), 1                          \
        }
#define FIELD_ARRAY(type, member, of)                                                                                  \
        {                                                                                                              \
#member, offsetof(struct type, member), sizeof(of), sizeof(((struct type *)0)->member) / sizeof(of)    \
        }

static const struct field realm_fields[] = {
        FIELD(realm, state),    FIELD(realm, hash_algo), FIELD(realm, ipa_width),
        FIELD(realm, vmid),     FIELD(realm, rtt_base),  FIELD(realm, rtt_num_start),
        FIELD(realm, num_recs), FIELD(realm, rec_index), FIELD_ARRAY(realm, measurements, uint8_t[64]),
};

static const struct field rec_fields[] = {
        FIELD(rec, owner),
        FIELD(rec, mpidr),
        FIELD(rec, state),
        FIELD(rec, runnable),
        FIELD(rec, pending),
        FIELD(rec, attest_state),
        FIELD_ARRAY(rec, gprs, uint64_t),
        FIELD(rec, pc),
        FIELD(rec, el1),
        FIELD(rec, pmu),
        FIELD(rec, gic),
        FIELD(rec, timers),
        FIELD(rec, last_exit),
        FIELD(rec, host_call_ipa),
        FIELD(rec, ripas_addr),
        FIELD(rec, ripas_top),
        FIELD(rec, ripas_value),
        FIELD(rec, attestation),
        FIELD_ARRAY(rec, aux, uint64_t),
};

static uint64_t number_at(const uint8_t *at, size_t size)
{
        uint64_t number = 0;

        memcpy(&number, at, size < sizeof(number) ? size : sizeof(number));
        return number;
}

static void tell_field(struct comparison *c, const char *object, uint64_t pa, const struct field *field, unsigned i,
                       const uint8_t *one, const uint8_t *other)
{
        char index[16] = "";

        if (field->count > 1) {
                (void)snprintf(index, sizeof(index), "[%u]", i);
        }
        if (field->size <= sizeof(uint64_t)) {
                tell(c, "%s 0x%llx: %s%s is 0x%llx, and 0x%llx", object, (unsigned long long)pa, field->name, index,
                     (unsigned long long)number_at(one, field->size),
                     (unsigned long long)number_at(other, field->size));
        } else {
                tell(c, "%s 0x%llx: %s%s differ", object, (unsigned long long)pa, field->name, index);
        }
}

/* Returns whether any of the fields differ. */
static bool compare_fields(struct comparison *c, const char *object, uint64_t pa, const struct field *fields,
                           size_t num_fields, const uint8_t *one, const uint8_t *other)
{
        int before = c->count;

        for (size_t n = 0; n < num_fields; n++) {
                for (unsigned i = 0; i < fields[n].count; i++) {
                        size_t at = fields[n].offset + (size_t)i * fields[n].size;

                        if (memcmp(one + at, other + at, fields[n].size) != 0) {
                                tell_field(c, object, pa, &fields[n], i, one + at, other + at);
                        }
                }
        }
        return c->count != before;
}

/* ---- pages ---------------------------------------------------------------------------------------------------------------- */

static void compare_bytes(struct comparison *c, const char *object, uint64_t pa, const uint8_t *one,
                          const uint8_t *other)
{
        size_t at = 0;

        while (one[at] == other[at]) {
                at++;
        }
        tell(c, "%s 0x%llx: byte 0x%zx is 0x%02x, and 0x%02x", object, (unsigned long long)pa, at, one[at], other[at]);
}

static void compare_table(struct comparison *c, uint64_t pa, const uint8_t *one, const uint8_t *other)
{
        for (unsigned i = 0; i < GRANULE_SIZE / sizeof(uint64_t); i++) {
                uint64_t entry = number_at(one + i * sizeof(uint64_t), sizeof(uint64_t));
                uint64_t entry_other = number_at(other + i * sizeof(uint64_t), sizeof(uint64_t));

                if (entry != entry_other) {
                        tell(c, "RTT 0x%llx: entry %u is 0x%llx, and 0x%llx", (unsigned long long)pa, i,
                             (unsigned long long)entry, (unsigned long long)entry_other);
                }
        }
}

static void compare_pages(struct comparison *c, unsigned state, uint64_t pa, const uint8_t *one, const uint8_t *other)
{
        const char *object = rmmsim_state_name(RMMSIM_OBJECT_GRANULE, state);

        if (memcmp(one, other, GRANULE_SIZE) == 0) {
                return;
        }
        if (state == RMMSIM_GRANULE_RTT) {
                compare_table(c, pa, one, other);
        } else if ((state != RMMSIM_GRANULE_RD ||
                    !compare_fields(c, object, pa, realm_fields, ARRAY_SIZE(realm_fields), one, other)) &&
                   (state != RMMSIM_GRANULE_REC ||
                    !compare_fields(c, object, pa, rec_fields, ARRAY_SIZE(rec_fields), one, other))) {
                compare_bytes(c, object, pa, one, other);
        }
}

static void compare_granule(struct comparison *c, const struct rmmsim *one, const struct rmmsim *other, uint64_t pa)
{
        alignas(64) uint8_t copies[2][GRANULE_SIZE];
        uint32_t word = state_word(&one->rmm, pa);
        uint32_t word_other = state_word(&other->rmm, pa);
        const uint8_t *page;

        if (granule_word_state(word) != granule_word_state(word_other)) {
                tell(c, "Granule 0x%llx is %s, and %s", (unsigned long long)pa,
                     rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule_word_state(word)),
                     rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule_word_state(word_other)));
                return;
        }
        if (word != word_other) {
                tell(c, "Granule 0x%llx has GPT entry %s, and %s", (unsigned long long)pa,
                     rmmsim_state_name(RMMSIM_OBJECT_GPT, granule_word_gpt(word)),
                     rmmsim_state_name(RMMSIM_OBJECT_GPT, granule_word_gpt(word_other)));
        }
        if (state_program(&one->rmm, pa) != state_program(&other->rmm, pa)) {
                tell(c, "REC 0x%llx: its program began at IPA 0x%llx, and 0x%llx", (unsigned long long)pa,
                     (unsigned long long)state_program(&one->rmm, pa),
                     (unsigned long long)state_program(&other->rmm, pa));
        }
        page = state_page(&one->rmm, copies[0], pa);
        if (page != NULL) {
                compare_pages(c, granule_word_state(word), pa, page, state_page(&other->rmm, copies[1], pa));
        }
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------ */

/* Those that are taken in either. */
static void compare_granules(struct comparison *c, const struct rmmsim *one, const struct rmmsim *other)
{
        uint64_t from = 0;

        for (;;) {
                uint64_t pa;
                uint64_t pa_other;
                bool any = memory_next_taken(&one->rmm.memory, &pa, from);
                bool any_other = memory_next_taken(&other->rmm.memory, &pa_other, from);

                if (!any && !any_other) {
                        return;
                }
                pa = min_u64(any ? pa : UINT64_MAX, any_other ? pa_other : UINT64_MAX);
                compare_granule(c, one, other, pa);
                from = pa + GRANULE_SIZE;
        }
}

static void compare_pe(struct comparison *c, const struct pe *one, const struct pe *other)
{
        uint32_t interrupts = atomic_load_explicit(&one->interrupts, memory_order_relaxed);
        uint32_t interrupts_other = atomic_load_explicit(&other->interrupts, memory_order_relaxed);

        if (interrupts != interrupts_other) {
                tell(c, "PE %u: pending interrupts are 0x%x, and 0x%x", one->index, interrupts, interrupts_other);
        } else if ((interrupts & PE_SERROR) != 0 &&
                   atomic_load_explicit(&one->serror_esr, memory_order_relaxed) !=
                           atomic_load_explicit(&other->serror_esr, memory_order_relaxed)) {
                tell(c, "PE %u: syndromes of the pending SError differ", one->index);
        }
}

static bool same_shape(const struct rmmsim *one, const struct rmmsim *other)
{
        const struct memory *memory = &one->rmm.memory;
        const struct memory *memory_other = &other->rmm.memory;

        if (one->num_pes != other->num_pes || memory->num_regions != memory_other->num_regions) {
                return false;
        }
        for (unsigned i = 0; i < memory->num_regions; i++) {
                if (memory->regions[i].base != memory_other->regions[i].base ||
                    memory->regions[i].size != memory_other->regions[i].size ||
                    memory->regions[i].kind != memory_other->regions[i].kind) {
                        return false;
                }
        }
        return true;
}

int rmmsim_compare(const struct rmmsim *one, const struct rmmsim *other, char *text, size_t size)
{
        struct comparison c = { .text = text, .size = size };

        if (size != 0) {
                text[0] = '\0';
        }
        if (!same_shape(one, other)) {
                return RMMSIM_ERROR_CONFIG;
        }
        compare_granules(&c, one, other);
        for (unsigned i = 0; i < NUM_VMIDS; i++) {
                bool used =
                        (atomic_load_explicit(&one->rmm.vmids.used[i / 64], memory_order_relaxed) >> i % 64 & 1) != 0;
                bool used_other =
                        (atomic_load_explicit(&other->rmm.vmids.used[i / 64], memory_order_relaxed) >> i % 64 & 1) != 0;

                if (used != used_other) {
                        tell(&c, "VMID %u is %s, and %s", i, used ? "in use" : "free", used_other ? "in use" : "free");
                }
        }
        for (unsigned i = 0; i < one->num_pes; i++) {
                compare_pe(&c, &one->pes[i], &other->pes[i]);
        }
        if (rmmsim_time(one) != rmmsim_time(other)) {
                tell(&c, "time is %llu, and %llu", (unsigned long long)rmmsim_time(one),
                     (unsigned long long)rmmsim_time(other));
        }
        return c.count;
}
