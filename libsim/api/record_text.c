/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_text.c - what the lines of a trace look like: texts that grow, calls by their rows, answers, edges.
 *
 * The format is that of docs/scripts.md. Its names are those of the rows.
 */
#include "recorder.h"
#include <rmmsim/spec.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts that grow -------------------------------------------------------------------------------------------------- */

static bool reserve(struct text *text, size_t more)
{
        size_t size = text->size != 0 ? text->size : 128;
        char *data;

        while (size - text->length <= more) {
                size *= 2;
        }
        if (size == text->size) {
                return true;
        }
        data = realloc(text->data, size);
        if (data == NULL) {
                text->failed = true;
                return false;
        }
        text->data = data;
        text->size = size;
        return true;
}

void text_add(struct text *text, const char *format, ...)
{
        va_list arguments;
        int added;

        va_start(arguments, format);
        added = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        if (added <= 0 || !reserve(text, (size_t)added)) {
                return;
        }
        va_start(arguments, format);
        (void)vsnprintf(text->data + text->length, (size_t)added + 1, format, arguments);
        va_end(arguments);
        text->length += (size_t)added;
}

void text_add_hex(struct text *text, const void *bytes, size_t size)
{
        const uint8_t *byte = bytes;

        for (size_t i = 0; i < size; i++) {
                text_add(text, "%02x", byte[i]);
        }
}

void text_free(struct text *text)
{
        free(text->data);
        *text = (struct text){ 0 };
}

/* ---- rows ------------------------------------------------------------------------------------------------------------- */

/* A status by its name, as the interface reads x0; NULL: it has none. */
static const char *status_name(unsigned interface, uint64_t x0)
{
        if (interface == INTERFACE_RMI) {
                return x0 >> 16 == 0 ? rmmsim_rmi_status_name(x0) : NULL;
        }
#define RSI_STATUS(NAME, value, meaning)                                                                               \
        if (interface == INTERFACE_RSI && x0 == RMMSIM_RSI_##NAME) {                                                   \
                return #NAME;                                                                                          \
        }
#define PSCI_STATUS(NAME, value, meaning)                                                                              \
        if (interface == INTERFACE_PSCI && x0 == (uint64_t)(int64_t)RMMSIM_PSCI_##NAME) {                              \
                return #NAME;                                                                                          \
        }
#include <rmmsim/spec/status.def>
        return NULL;
}

/* PSCI functions whose success is a number. */
static bool returns_number(enum rmmsim_command id)
{
        return id == RMMSIM_COMMAND_psci_version || id == RMMSIM_COMMAND_psci_affinity_info;
}

static bool is_number(enum rmmsim_command id, uint64_t x0)
{
        return returns_number(id) && (int64_t)x0 >= 0;
}

const char *text_condition(enum rmmsim_condition refused)
{
        return refused == RMMSIM_CONDITION_NONE ? NULL : condition_rows[refused].name;
}

void text_answer(struct text *text, enum rmmsim_command id, const char *condition, const uint64_t *x)
{
        const struct command_row *row = &command_rows[id];
        const char *status = status_name(row->interface, x[0]);

        if (is_number(id, x[0]) || status == NULL) {
                text_add(text, " => 0x%llx", (unsigned long long)x[0]);
        } else {
                text_add(text, " => %s", status);
        }
        if (row->interface == INTERFACE_RMI && RMMSIM_RMI_INDEX(x[0]) != 0) {
                text_add(text, " %d", (int8_t)RMMSIM_RMI_INDEX(x[0]));
        }
        if (condition != NULL) {
                text_add(text, " %s", condition);
        }
        for (unsigned i = 1; i <= row->num_outputs; i++) {
                if (condition == NULL || x[i] != 0) {
                        text_add(text, " %s=0x%llx", rmmsim_spec_command(id)->outputs[i - 1].name,
                                 (unsigned long long)x[i]);
                }
        }
}

void text_registers(struct text *text, const char *before, const uint64_t *x)
{
        unsigned count = 18;

        while (count > 1 && x[count - 1] == 0) {
                count--;
        }
        text_add(text, "%s", before);
        for (unsigned i = 0; i < count; i++) {
                text_add(text, " 0x%llx", (unsigned long long)x[i]);
        }
}

/* Which command x0 names. */
static enum rmmsim_command command_of(bool of_host, uint64_t x0)
{
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                if (command_rows[i].fid == x0 && (command_rows[i].interface == INTERFACE_RMI) == of_host) {
                        return (enum rmmsim_command)i;
                }
        }
        return RMMSIM_COMMAND_NONE;
}

/*
 * What a host has in registers that are no arguments, and in the bits of x0 that name no function, makes no difference to RMI. Of a
 * Realm's call it may be seen later.
 */
static enum rmmsim_command said_by_name(bool of_host, const uint64_t *x)
{
        enum rmmsim_command id = command_of(of_host, of_host ? (uint32_t)x[0] & ~(uint32_t)BIT(16) : x[0]);

        for (unsigned i = 17; !of_host && id != RMMSIM_COMMAND_NONE && i > command_rows[id].num_inputs; i--) {
                if (x[i] != 0) {
                        id = RMMSIM_COMMAND_NONE;
                }
        }
        return id;
}

enum rmmsim_command text_call(struct text *text, bool of_host, const uint64_t *x)
{
        enum rmmsim_command id = said_by_name(of_host, x);
        const struct command_row *row = &command_rows[id];

        if (id == RMMSIM_COMMAND_NONE) {
                text_registers(text, " smc", x);
                return id;
        }
        text_add(text, " %s", row->name);
        for (unsigned i = 1; i <= row->num_inputs; i++) {
                text_add(text, " %s=0x%llx", rmmsim_spec_command(id)->inputs[i - 1].name, (unsigned long long)x[i]);
        }
        return id;
}

/* ---- structures ------------------------------------------------------------------------------------------------------- */

uint64_t text_number(const uint8_t *bytes, unsigned size)
{
        uint64_t value = 0;

        for (unsigned i = size; i-- > 0;) {
                value = value << 8 | bytes[i];
        }
        return value;
}

bool text_is_zero(const uint8_t *bytes, size_t size)
{
        return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

void text_field(struct text *text, const struct rmmsim_spec_field *field, const uint8_t *bytes)
{
        if (field->size == 1 && field->count > 1) {
                if (!text_is_zero(bytes, field->count)) {
                        text_add(text, " %s=", field->name);
                        text_add_hex(text, bytes, field->count);
                }
                return;
        }
        for (unsigned i = 0; i < field->count; i++) {
                uint64_t value = text_number(bytes + (size_t)i * field->size, field->size);

                if (value != 0 && field->count > 1) {
                        text_add(text, " %s[%u]=0x%llx", field->name, i, (unsigned long long)value);
                } else if (value != 0) {
                        text_add(text, " %s=0x%llx", field->name, (unsigned long long)value);
                }
        }
}

/* ---- events ----------------------------------------------------------------------------------------------------------- */

void text_event(struct text *text, const struct rmmsim_event *event)
{
        enum rmmsim_object object = event->of.edge.object;

        if (event->kind == RMMSIM_EVENT_FAULT) {
                text_add(text, "| FAULT %u %s 0x%llx\n", event->of.fault.id, rmmsim_fault_name(event->of.fault.kind),
                         (unsigned long long)event->of.fault.value);
                return;
        }
        if (object >= RMMSIM_NUM_OBJECTS) {
                return;
        }
        text_add(text, "| %s 0x%llx", rmmsim_spec_object(object)->name, (unsigned long long)event->of.edge.address);
        if (object == RMMSIM_OBJECT_RTTE) {
                text_add(text, " rd=0x%llx level=%d", (unsigned long long)event->of.edge.rd, event->of.edge.level);
        }
        text_add(text, " %s -> %s\n", rmmsim_state_name(object, event->of.edge.from),
                 rmmsim_state_name(object, event->of.edge.to));
}
