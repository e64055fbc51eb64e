/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_print.c - a call and its answer in a line of words.
 */
#include "rmi_machine.h"
#include <inttypes.h>

static void print_input(FILE *to, const struct rmi_machine *machine, const struct rmi_call *call, unsigned n)
{
        enum rmi_kind kind = rmi_input_kind(call->command, n);
        int number = rmi_number(&machine->shadow, call->in.x[n]);

        fprintf(to, "%s%s=", n == 1 ? "" : ", ", rmi_input_name(call->command, n));
        if (kind == RMI_KIND_LEVEL) {
                fprintf(to, "%" PRId64, (int64_t)call->in.x[n]);
                return;
        }
        fprintf(to, "0x%" PRIx64, call->in.x[n]);
        if (rmi_kind_is_pa(kind)) {
                fprintf(to, " (%s)",
                        number == RMI_NOWHERE
                                ? "no Granule"
                                : rmmsim_state_name(RMMSIM_OBJECT_GRANULE, machine->shadow.granules[number].state));
        }
}

static void print_page(FILE *to, const struct rmi_call *call)
{
        if (call->page == RMI_NOWHERE) {
                return;
        }
        if (call->command == RMMSIM_COMMAND_rmi_realm_create) {
                fprintf(to,
                        " with s2sz=%" PRIu64 ", rtt_level_start=%" PRId64 ", rtt_num_start=%" PRIu64
                        ", rtt_base=0x%" PRIx64 ", vmid=%" PRIu64,
                        call->width, call->rtt_level_start, call->rtt_num_start, call->rtt_base, call->vmid);
        } else if (call->command == RMMSIM_COMMAND_rmi_rec_create) {
                fprintf(to, " with mpidr=0x%" PRIx64 ", num_aux=%" PRIu64 ", aux=0x%" PRIx64 ", 0x%" PRIx64,
                        call->mpidr, call->num_aux, call->aux[0], call->aux[1]);
        } else if (call->command == RMMSIM_COMMAND_rmi_rec_enter) {
                fprintf(to, ", and the guest %s", rmi_guest_words(rmi_turn.option));
        }
}

void rmi_machine_print(FILE *to, const struct rmi_machine *machine, const struct rmi_call *call)
{
        fprintf(to, "%sPE %u: ", machine->depth != 0 ? "\n    meanwhile " : "  ", call->pe);
        switch (call->command) {
        case RMI_DO_UNKNOWN:
                fprintf(to, "an unknown identifier 0x%" PRIx64, call->in.x[0]);
                break;
        case RMI_DO_GPT:
                fprintf(to, "the platform gives 0x%" PRIx64 " to another world", call->in.x[1]);
                break;
        case RMI_DO_INTERRUPT:
                fprintf(to, "an interrupt");
                break;
        case RMI_DO_TIME:
                fprintf(to, "time advances by %" PRIu64, call->in.x[2]);
                break;
        default:
                fprintf(to, "%s(", rmi_commands[call->command].name);
                for (unsigned n = 1; rmi_input_kind(call->command, n) != RMI_KIND_END; n++) {
                        print_input(to, machine, call, n);
                }
                fprintf(to, ")");
                print_page(to, call);
                break;
        }
        (void)fflush(to); /* the answer may never come */
}

void rmi_machine_print_answer(FILE *to, const struct rmi_machine *machine, const struct rmi_call *call,
                              const struct rmmsim_regs *out)
{
        const struct rmmsim_refusal *why = rmmsim_why(machine->sim, call->pe);

        if (call->command >= RMI_NUM_COMMANDS) {
                fprintf(to, "\n");
                return;
        }
        fprintf(to, " -> %s", rmmsim_rmi_status_name(out->x[0]));
        if (out->x[0] == RMMSIM_RMI_SUCCESS) {
                for (unsigned n = 1; rmi_output_name(call->command, n) != NULL; n++) {
                        fprintf(to, ", %s=0x%" PRIx64, rmi_output_name(call->command, n), out->x[n]);
                }
        } else if (why != NULL) {
                fprintf(to, " (%s)", why->condition);
        }
        fprintf(to, "\n");
}
