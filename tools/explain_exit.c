/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain_exit.c - an exit of a REC: its reason, its syndrome, and where a fault was.
 */
#include "explain.h"
#include "tool.h"
#include <inttypes.h>
#include <rmmsim/sysreg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum exit_field {
        EXIT_REASON,
        EXIT_ESR,
        EXIT_FAR,
        EXIT_HPFAR,
        NUM_EXIT_FIELDS
};

struct rec_exit {
        uint64_t field[NUM_EXIT_FIELDS];
        bool known[NUM_EXIT_FIELDS];
};

enum {
        EC_WFX = 0x01,
        EC_SYSREG = 0x18,
        EC_INSTRUCTION_ABORT = 0x20,
        EC_DATA_ABORT = 0x24,
        EC_SERROR = 0x2f,
        ISS_ISV = 1 << 24
};

static unsigned class_of(const struct rec_exit *rec_exit)
{
        return (unsigned)(rec_exit->field[EXIT_ESR] >> 26 & 0x3f);
}

/* How ESR.ISS is to be read. Of an SError the reason tells it too: there is a quirk that leaves the class out. */
static const char *iss_type(const struct rec_exit *rec_exit, uint32_t iss)
{
        if (rec_exit->field[EXIT_REASON] == RMMSIM_EXIT_SERROR) {
                return "SerrorIss";
        }
        switch (class_of(rec_exit)) {
        case EC_SERROR:
                return "SerrorIss";
        case EC_WFX:
                return "WfxIss";
        case EC_SYSREG:
                return "SysregIss";
        case EC_INSTRUCTION_ABORT:
                return "InstructionAbortIss";
        case EC_DATA_ABORT:
                return (iss & ISS_ISV) != 0 ? "DataAbortIss" : "DataAbortIssBare";
        default:
                return NULL;
        }
}

/* The register that the ISS of a trapped access names. */
static uint32_t sysreg_of(uint32_t iss)
{
        return RMMSIM_SYSREG(iss >> 20 & 3, iss >> 14 & 7, iss >> 10 & 15, iss >> 1 & 15, iss >> 17 & 7);
}

/* The instruction, as it was written. */
static void explain_access(uint32_t iss)
{
        const char *name = rmmsim_sysreg_name(sysreg_of(iss));
        unsigned number = iss >> 5 & 31;
        char rt[8] = "xzr";

        name = name != NULL ? name : "(a register without a row)";
        if (number != 31) {
                snprintf(rt, sizeof(rt), "x%u", number);
        }
        if ((iss & 1) != 0) {
                printf("  %-25s MRS %s, %s\n", "", rt, name);
        } else {
                printf("  %-25s MSR %s, %s\n", "", name, rt);
        }
}

static void explain_esr(const struct rec_exit *rec_exit)
{
        uint64_t esr = rec_exit->field[EXIT_ESR];
        unsigned ec = class_of(rec_exit);
        uint32_t iss = (uint32_t)(esr & 0x1ffffff);

        printf("  esr    0x%-16" PRIx64 " EC 0x%02x: ", esr, ec);
        print_typed("ExceptionClass", ec);
        printf("\n  %-25s ISS 0x%x: ", "", iss);
        print_typed(iss_type(rec_exit, iss), iss);
        putchar('\n');
        if ((esr >> 25 & 1) != 0) {
                printf("  %-25s IL: a 32-bit instruction\n", "");
        }
        if (ec == EC_SYSREG) {
                explain_access(iss);
        }
}

/* Synchronous External Aborts, on a walk of tables or not. */
static bool is_external(unsigned fault)
{
        return fault == 0x10 || (fault >= 0x13 && fault <= 0x17);
}

/* Only aborts at stage 2 have an IPA. */
static bool has_ipa(const struct rec_exit *rec_exit)
{
        uint64_t esr = rec_exit->field[EXIT_ESR];
        unsigned ec = class_of(rec_exit);

        if (rec_exit->field[EXIT_REASON] != RMMSIM_EXIT_SYNC) {
                return false;
        }
        return !rec_exit->known[EXIT_ESR] ||
               ((ec == EC_DATA_ABORT || ec == EC_INSTRUCTION_ABORT) && !is_external(esr & 0x3f));
}

/* Bits 11:0 of the IPA are shown of those aborts only that the host may emulate; a quirk shows them of more. */
static bool has_offset(const struct rec_exit *rec_exit)
{
        bool emulatable = class_of(rec_exit) == EC_DATA_ABORT && (rec_exit->field[EXIT_ESR] & ISS_ISV) != 0;

        return rec_exit->known[EXIT_FAR] &&
               (!rec_exit->known[EXIT_ESR] || emulatable || rec_exit->field[EXIT_FAR] != 0);
}

static void explain_address(const struct rec_exit *rec_exit)
{
        uint64_t page = (rec_exit->field[EXIT_HPFAR] >> 4 & ((UINT64_C(1) << 40) - 1)) << 12;

        printf("  hpfar  0x%-16" PRIx64, rec_exit->field[EXIT_HPFAR]);
        if (!has_ipa(rec_exit)) {
                printf(" no IPA: this exit is no fault at stage 2\n");
                return;
        }
        printf(" IPA 0x%" PRIx64, page);
        if (has_offset(rec_exit)) {
                printf(", with bits 11:0 of far 0x%" PRIx64, page | (rec_exit->field[EXIT_FAR] & 0xfff));
        }
        putchar('\n');
}

static const struct rmmsim_spec_value *reason_of(uint64_t number)
{
        const struct rmmsim_spec_value *reason;

        for (unsigned i = 0; (reason = rmmsim_spec_exit(i)) != NULL; i++) {
                if ((uint64_t)reason->value == number) {
                        return reason;
                }
        }
        return NULL;
}

static bool reason_read(uint64_t *number, const char *text, bool hex)
{
        const struct rmmsim_spec_value *reason;

        for (unsigned i = 0; (reason = rmmsim_spec_exit(i)) != NULL; i++) {
                if (strcasecmp(reason->name, text) == 0) {
                        *number = (uint64_t)reason->value;
                        return true;
                }
        }
        return number_read(number, text, hex);
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

static const char *const field_names[NUM_EXIT_FIELDS] = { "exit_reason", "esr", "far", "hpfar" };

enum {
        WORD_SIZE = 64
};

/* Is it a field of the exit that has nothing to explain: "imm", "gprs[2]"? */
static bool is_plain_field(const char *name)
{
        const struct rmmsim_spec_structure *structure = rmmsim_spec_structure_by_name("RmiRecExit");

        for (unsigned i = 0; structure != NULL && i < structure->num_fields; i++) {
                const char *field = structure->fields[i].name;
                size_t length = strlen(field);

                if (strncmp(field, name, length) == 0 &&
                    (structure->fields[i].count > 1 ? name[length] == '[' : name[length] == '\0')) {
                        return true;
                }
        }
        return false;
}

/* The field that a label names. NUM_EXIT_FIELDS: nothing is said of it, or it is of the call. Returns false for anything else. */
static bool field_called(unsigned *field, const char *name)
{
        for (*field = 0; *field < NUM_EXIT_FIELDS; (*field)++) {
                if (strcasecmp(field_names[*field], name) == 0) {
                        return true;
                }
        }
        return strcasecmp(name, "rec") == 0 || is_plain_field(name);
}

static bool is_exit(const char *word)
{
        return strcmp(word, "exit") == 0 || strcmp(word, "exits") == 0;
}

/* "pe0", "pe0:", "exit" and "exits": how lines of traces begin. */
static bool is_opening(const char *word)
{
        size_t end = strncmp(word, "pe", 2) == 0 ? 2 + strspn(word + 2, "0123456789") : 0;

        return is_exit(word) || (end > 2 && strcmp(word + end, word[end] == ':' ? ":" : "") == 0);
}

bool is_exit_line(const char *text)
{
        char first[WORD_SIZE] = "", second[WORD_SIZE] = "";

        sscanf(text, "%63s %63s", first, second);
        return is_exit(first) || (is_opening(first) && is_exit(second));
}

/* A word: "SYNC", "0x91800047", "esr=0x91800047". *next is the field that comes next without a label. */
static int take(struct rec_exit *rec_exit, unsigned *next, char *word, bool hex)
{
        char *value = strpbrk(word, "=:");
        unsigned field = *next;
        uint64_t number;

        if (value != NULL) {
                *value++ = '\0';
                if (!field_called(&field, word)) {
                        return tool_misused("explain", "no field '%s'", word);
                }
        } else if (*next == NUM_EXIT_FIELDS) {
                return tool_misused("explain", "an exit is REASON [ESR [FAR [HPFAR]]]");
        }
        value = value != NULL ? value : word;
        if (!(field == EXIT_REASON ? reason_read : number_read)(&number, value, hex)) {
                return tool_misused("explain", "neither a number nor a known name: '%s'", value);
        }
        if (field < NUM_EXIT_FIELDS) {
                rec_exit->field[field] = number;
                rec_exit->known[field] = true;
                *next = field + 1;
        }
        return TOOL_DONE;
}

static int read_exit(struct rec_exit *rec_exit, const char *text, bool hex)
{
        unsigned next = EXIT_REASON;
        char word[WORD_SIZE];
        int length;

        for (; sscanf(text, " %63[^ \t\r\n,;]%n", word, &length) == 1; text += length + strspn(text + length, ",;")) {
                int status = next == EXIT_REASON && is_opening(word) ? TOOL_DONE : take(rec_exit, &next, word, hex);

                if (status != TOOL_DONE) {
                        return status;
                }
        }
        return rec_exit->known[EXIT_REASON] ? TOOL_DONE
                                            : tool_misused("explain", "an exit is REASON [ESR [FAR [HPFAR]]]");
}

int explain_exit(const char *text, bool hex)
{
        struct rec_exit rec_exit = { { 0 } };
        const struct rmmsim_spec_value *reason;
        int status = read_exit(&rec_exit, text, hex);

        if (status != TOOL_DONE) {
                return status;
        }
        reason = reason_of(rec_exit.field[EXIT_REASON]);
        printf("exit  %" PRIu64 "\n", rec_exit.field[EXIT_REASON]);
        printf("%s%s%s\n", reason != NULL ? reason->name : "no reason that RMM 1.0-rel0 knows",
               reason != NULL ? ": " : "", reason != NULL ? reason->meaning : "");
        if (rec_exit.known[EXIT_ESR] || rec_exit.known[EXIT_FAR] || rec_exit.known[EXIT_HPFAR]) {
                putchar('\n');
        }
        if (rec_exit.known[EXIT_ESR]) {
                explain_esr(&rec_exit);
        }
        if (rec_exit.known[EXIT_FAR]) {
                printf("  far    0x%" PRIx64 "\n", rec_exit.field[EXIT_FAR]);
        }
        if (rec_exit.known[EXIT_HPFAR]) {
                explain_address(&rec_exit);
        }
        return TOOL_DONE;
}
