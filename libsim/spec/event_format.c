/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event_format.c - one line of text for each event.
 *
 *     pe0 RMI_RTT_CREATE rd=0x80000000 rtt=0x80003000 ipa=0x0 level=0x1 -> SUCCESS
 *     pe1 exit rec=0x80010000 PSCI
 *     pe0 edge 0x80003000 GRANULE DELEGATED -> RTT
 *     pe0 edge 0x1000 rd=0x80000000 level=3 RTTE UNASSIGNED_EMPTY -> UNASSIGNED_RAM
 *     pe0 fault 2 STATUS in RMI_RTT_CREATE x0=0x304
 */
#include "command.h"
#include <stdarg.h>
#include <stdio.h>

struct line {
        char *text;
        size_t size;
        int length; /* of the whole line, as if there were room */
};

__attribute__((format(printf, 2, 3))) static void append(struct line *line, const char *format, ...)
{
        size_t used = (size_t)line->length < line->size ? (size_t)line->length : line->size;
        va_list arguments;
        int added;

        va_start(arguments, format);
        added = vsnprintf(used < line->size ? line->text + used : NULL, line->size - used, format, arguments);
        va_end(arguments);
        line->length += added > 0 ? added : 0;
}

static void append_result(struct line *line, const struct rmmsim_spec_command *row, uint64_t x0)
{
        if (row->interface_number != RMMSIM_INTERFACE_RMI) {
                append(line, " -> %lld", (long long)x0);
                return;
        }
        append(line, " -> %s", rmmsim_rmi_status_name(x0));
        if (RMMSIM_RMI_INDEX(x0) != 0) {
                append(line, "(%d)", (int8_t)RMMSIM_RMI_INDEX(x0));
        }
}

static void append_command(struct line *line, const struct rmmsim_event *event)
{
        enum rmmsim_command id = event->of.command.id;
        const struct rmmsim_spec_command *row;

        if (event->of.command.from_realm) {
                append(line, " rec=0x%llx", (unsigned long long)event->of.command.rec);
        }
        if (id >= RMMSIM_COMMAND_NONE) {
                append(line, " unknown x0=0x%llx -> %lld", (unsigned long long)event->of.command.in[0],
                       (long long)event->of.command.out[0]);
                return;
        }
        row = rmmsim_spec_command(id);
        append(line, " %s", row->id);
        for (unsigned i = 0; i < row->num_inputs; i++) {
                append(line, " %s=0x%llx", row->inputs[i].name, (unsigned long long)event->of.command.in[i + 1]);
        }
        append_result(line, row, event->of.command.out[0]);
        for (unsigned i = 0; i < row->num_outputs; i++) {
                append(line, " %s=0x%llx", row->outputs[i].name, (unsigned long long)event->of.command.out[i + 1]);
        }
        if (event->of.command.refused != RMMSIM_CONDITION_NONE) {
                append(line, " (%s)", condition_rows[event->of.command.refused].name);
        }
}

/* An IPA says nothing without its Realm, and the same IPA has an entry at each level. */
static void append_edge(struct line *line, const struct rmmsim_event *event)
{
        append(line, " edge 0x%llx", (unsigned long long)event->of.edge.address);
        if (event->of.edge.object == RMMSIM_OBJECT_RTTE) {
                append(line, " rd=0x%llx level=%d", (unsigned long long)event->of.edge.rd, event->of.edge.level);
        }
        append(line, " %s", rmmsim_edge_name(event->of.edge.id));
}

static void append_fault(struct line *line, const struct rmmsim_event *event)
{
        append(line, " fault %u %s in %s", event->of.fault.id, rmmsim_fault_name(event->of.fault.kind),
               rmmsim_command_name(event->of.fault.command));
        if (event->of.fault.rec != 0) {
                append(line, " rec=0x%llx", (unsigned long long)event->of.fault.rec);
        }
        switch (event->of.fault.kind) {
        case RMMSIM_FAULT_EXIT:
                append(line, " %s", rmmsim_exit_name((unsigned)event->of.fault.value));
                break;
        case RMMSIM_FAULT_PAGE_READ:
        case RMMSIM_FAULT_PAGE_WRITE:
                append(line, " page=0x%llx", (unsigned long long)event->of.fault.value);
                break;
        default:
                append(line, " x0=0x%llx", (unsigned long long)event->of.fault.value);
                break;
        }
}

int rmmsim_event_format(const struct rmmsim_event *event, char *text, size_t size)
{
        struct line line = { .text = text, .size = size };

        append(&line, "pe%u", event->pe);
        switch (event->kind) {
        case RMMSIM_EVENT_COMMAND:
                append_command(&line, event);
                break;
        case RMMSIM_EVENT_EXIT:
                append(&line, " exit rec=0x%llx %s", (unsigned long long)event->of.exit.rec,
                       rmmsim_exit_name(event->of.exit.reason));
                if (event->of.exit.esr != 0) {
                        append(&line, " esr=0x%llx", (unsigned long long)event->of.exit.esr);
                }
                if (event->of.exit.hpfar != 0) {
                        append(&line, " hpfar=0x%llx", (unsigned long long)event->of.exit.hpfar);
                }
                break;
        case RMMSIM_EVENT_EDGE:
                append_edge(&line, event);
                break;
        case RMMSIM_EVENT_FAULT:
                append_fault(&line, event);
                break;
        }
        return line.length;
}
