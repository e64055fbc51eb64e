/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bind.h - bare function pointers that reach an instance, and a check of a client's own wrappers.
 *
 * Some code takes its SMC as a function pointer in a table, with no argument in which a handle would fit. rmmsim_bind_smc()
 * makes such a pointer for one instance and PE, rmmsim_bind_command() one that carries out a single command.
 *
 * rmmsim_check_wrappers() is for the wrappers that a client has written around its SMC, one a command: it calls each with
 * values that can be told apart and looks at the registers that arrive. Arguments that are swapped, cut to 32 bits or forgotten
 * are found for all of them at once, without a Realm.
 *
 * These functions are in the library if it was built with RMMSIM_BIND, as it is wherever libffi is found. A CMake client says
 * find_package(rmmsim COMPONENTS bind); in pkg-config's file the variable `bind` is "yes" or "no". On systems that allow no
 * memory to be both written and executed, libffi makes its pointers another way or none; these functions ask for nothing else.
 */
#ifndef RMMSIM_BIND_H
#define RMMSIM_BIND_H

#include <rmmsim/use.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any function: cast it to its own type before it is called. */
typedef void rmmsim_fn(void);

/* ---- function pointers -------------------------------------------------------------------------------------------- */

/* Types that an SMC has in tables of functions. Registers that a form does not name hold RMMSIM_REGISTER_UNSET. */
enum rmmsim_bind_form {
        RMMSIM_BIND_IN_PLACE, /* void fn(uint64_t x[18])                                                            */
        RMMSIM_BIND_IN_OUT,   /* void fn(const uint64_t in[18], uint64_t out[18]): may be the same                  */
        RMMSIM_BIND_X0,       /* uint64_t fn(uint64_t x0, ..., uint64_t x7): returns x0                             */
        RMMSIM_BIND_FOUR,     /* void fn(uint64_t x0, ..., uint64_t x7, uint64_t out[4]): x0..x3 to out unless NULL */
        RMMSIM_BIND_EIGHT,    /* struct { uint64_t x[8]; } fn(uint64_t x0, ..., uint64_t x7): returns x0..x7        */
        RMMSIM_NUM_BIND_FORMS
};

struct rmmsim_bound; /* what stands behind a function pointer */

/*
 * Make a function that performs an SMC on a PE of an instance. *fn is the function; what is returned is for rmmsim_unbind().
 *
 * With sim == NULL the function goes through the seam: to whatever the code that calls it has selected (<rmmsim/use.h>), a guest to
 * its vCPU. One table of functions then serves all threads, guests included, and pe is ignored.
 *
 * The function may be called by any number of threads; the PE belongs to one at a time, as rmmsim.h says. It allocates
 * nothing. A call that is a misuse has NOT_SUPPORTED in x0; other errors of rmmsim_smc() are for rmmsim_use_error().
 *
 * It is good until rmmsim_unbind(). The instance may be destroyed earlier, but not be called then.
 *
 * Returns NULL, and fills *error (unless NULL), with RMMSIM_ERROR_CONFIG (fn is NULL, a form that there is not),
 * RMMSIM_ERROR_MISUSE (the instance has no such PE; its misuse handler was told) or RMMSIM_ERROR_MEMORY (libffi has no memory for code).
 * Any thread. There may be as many as memory allows.
 */
struct rmmsim_bound *rmmsim_bind_smc(struct rmmsim *sim, rmmsim_fn **fn, unsigned pe, enum rmmsim_bind_form form,
                                     struct rmmsim_error *error);

/*
 * The same for a single command: a function of its inputs in the order of the rows of <rmmsim/spec/commands.def>, then of one
 * pointer for each of its outputs. It returns x0. Inputs are uint64_t (a level may as well be int64_t, as it is the same
 * to a register); outputs are uint64_t *, stored whatever x0 is, NULL for those that are not wanted. Registers that are no inputs
 * hold zero, as the specification wants them.
 *
 *     typedef uint64_t rtt_destroy_fn(uint64_t rd, uint64_t ipa, int64_t level, uint64_t *rtt, uint64_t *top);
 *
 *     struct rmmsim_bound *bound = rmmsim_bind_command(sim, &fn, 0, RMMSIM_COMMAND_rmi_rtt_destroy, &error);
 *     uint64_t x0 = ((rtt_destroy_fn *)fn)(rd, ipa, 3, &rtt, NULL);
 *
 * RSI and PSCI are commands, too: with sim == NULL, for guests.
 */
struct rmmsim_bound *rmmsim_bind_command(struct rmmsim *sim, rmmsim_fn **fn, unsigned pe, enum rmmsim_command command,
                                         struct rmmsim_error *error);

/* The function is no more; nobody may be inside it. NULL is ignored. Any thread. */
void rmmsim_unbind(struct rmmsim_bound *bound);

/* ---- the wrapper checker ------------------------------------------------------------------------------------------ */

/* Types of C that arguments and results have. */
enum rmmsim_type {
        RMMSIM_TYPE_VOID, /* of a result only */
        RMMSIM_TYPE_BOOL,
        RMMSIM_TYPE_U8,
        RMMSIM_TYPE_S8,
        RMMSIM_TYPE_U16,
        RMMSIM_TYPE_S16,
        RMMSIM_TYPE_U32,
        RMMSIM_TYPE_S32,
        RMMSIM_TYPE_U64,
        RMMSIM_TYPE_S64,
        RMMSIM_TYPE_POINTER,
        RMMSIM_NUM_TYPES,
        RMMSIM_TYPE_INT = RMMSIM_TYPE_S32,
        RMMSIM_TYPE_UINT = RMMSIM_TYPE_U32,
        RMMSIM_TYPE_LONG = RMMSIM_TYPE_S64,
        RMMSIM_TYPE_ULONG = RMMSIM_TYPE_U64
};

enum rmmsim_role {
        RMMSIM_ROLE_INPUT, /* belongs into the register of an input: `type` is the argument's own                      */
        RMMSIM_ROLE_OUTPUT, /* a pointer through which an output is stored: `type` is what it points to               */
        RMMSIM_ROLE_OTHER,  /* neither: `value` is passed, and not looked at. A pointer to something of yours, a flag */
        RMMSIM_ROLE_CONSTANT /* no argument: the wrapper itself puts `value` into the register of an input               */
};

enum {
        RMMSIM_WRAPPER_ARGS_MAX = 20
};

/* An argument of a wrapper. Those of it are listed in order, up to the first whose type is RMMSIM_TYPE_VOID. */
struct rmmsim_wrapper_arg {
        enum rmmsim_type type; /* of a constant any but VOID */
        enum rmmsim_role role;
        /*
         * Which input or output of the command, as the rows spell it. NULL: as in an initialiser, the one after that of the
         * argument before, or the first.
         */
        const char *name;
        /*
         * INPUT: the value to call with; 0 for one that is made up: page-aligned and above 4 GiB for an address, a small negative number
         * for a level, bits up to the highest for anything else, each as far as the type goes. Give one if the wrapper refuses such values.
         */
        uint64_t value;
};

/* A wrapper: what it is for, and how it is called. Copied nowhere; to be kept while findings are. */
struct rmmsim_wrapper {
        const char *label; /* its name, for sentences */
        enum rmmsim_command command;
        rmmsim_fn *fn; /* cast: (rmmsim_fn *)rtt_create */
        enum rmmsim_type result;
        struct rmmsim_wrapper_arg args[RMMSIM_WRAPPER_ARGS_MAX];
};

/*
 * The same in short, for tables. Of kernel-style
 *
 *     long rtt_create(unsigned long rd, unsigned long rtt, unsigned long ipa, long level);
 *     int data_destroy(struct realm *realm, unsigned long ipa, unsigned long *data);
 *
 * the second of which takes rd from a structure, with realm.rd = 0x1234000:
 *
 *     RMMSIM_WRAPPER(rtt_create, rmi_rtt_create, LONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG), RMMSIM_ARG(LONG)),
 *     RMMSIM_WRAPPER(data_destroy, rmi_data_destroy, INT, RMMSIM_ARG_OTHER(POINTER, (uintptr_t)&realm),
 *                    RMMSIM_ARG_CONSTANT("rd", 0x1234000), RMMSIM_ARG(ULONG), RMMSIM_ARG_OUT(ULONG)),
 */
#define RMMSIM_WRAPPER(fn, command, RESULT, ...)                                                                       \
        {                                                                                                              \
#fn, RMMSIM_COMMAND_##command, (rmmsim_fn *)fn, RMMSIM_TYPE_##RESULT,                                  \
                {                                                                                                      \
                        __VA_ARGS__                                                                                    \
                }                                                                                                      \
        }
#define RMMSIM_ARG(TYPE)                                                                                               \
        {                                                                                                              \
                RMMSIM_TYPE_##TYPE, RMMSIM_ROLE_INPUT, NULL, 0                                                         \
        }
#define RMMSIM_ARG_AS(TYPE, input)                                                                                     \
        {                                                                                                              \
                RMMSIM_TYPE_##TYPE, RMMSIM_ROLE_INPUT, input, 0                                                        \
        }
#define RMMSIM_ARG_OUT(TYPE)                                                                                           \
        {                                                                                                              \
                RMMSIM_TYPE_##TYPE, RMMSIM_ROLE_OUTPUT, NULL, 0                                                        \
        }
#define RMMSIM_ARG_OUT_AS(TYPE, output)                                                                                \
        {                                                                                                              \
                RMMSIM_TYPE_##TYPE, RMMSIM_ROLE_OUTPUT, output, 0                                                      \
        }
#define RMMSIM_ARG_OTHER(TYPE, passed)                                                                                 \
        {                                                                                                              \
                RMMSIM_TYPE_##TYPE, RMMSIM_ROLE_OTHER, NULL, passed                                                    \
        }
#define RMMSIM_ARG_CONSTANT(input, held)                                                                               \
        {                                                                                                              \
                RMMSIM_TYPE_U64, RMMSIM_ROLE_CONSTANT, input, held                                                     \
        }

enum rmmsim_wrapper_fault {
        RMMSIM_WRAPPER_DESCRIPTION, /* what is said of the wrapper makes no sense: it was not called                     */
        RMMSIM_WRAPPER_NO_CALL,     /* it made no SMC                                                                */
        RMMSIM_WRAPPER_COMMAND,     /* it made one, but not this command                                             */
        RMMSIM_WRAPPER_SWAPPED,     /* the argument is in another register, and that of another argument in this one */
        RMMSIM_WRAPPER_MISPLACED, /* the argument is in another register                                           */
        RMMSIM_WRAPPER_TRUNCATED, /* only its low bits arrive, or its sign is lost                                 */
        RMMSIM_WRAPPER_NARROW,    /* an address, in a type that does not hold one                                  */
        RMMSIM_WRAPPER_MISSING,   /* the argument reaches no register, or an input has no argument                 */
        RMMSIM_WRAPPER_OUTPUT,    /* an output is not that of its register                                         */
        RMMSIM_NUM_WRAPPER_FAULTS
};

struct rmmsim_wrapper_finding {
        const struct rmmsim_wrapper *wrapper;
        enum rmmsim_wrapper_fault fault;
        unsigned argument;    /* of the wrapper, from 1; 0: none                                     */
        const char *name;     /* the input or output; NULL: none                                     */
        unsigned expected_in; /* the register where it belongs, as 3 for x3; 0: none                 */
        unsigned found_in;    /* where it is; 0: nowhere                                             */
        uint64_t expected;    /* what belongs there: the value of the argument, or of the register   */
        uint64_t found;       /* what is there, or was stored                                        */
        char sentence[256];   /* all of it, for a reader                                             */
};

/*
 * Call each wrapper once and compare. While one runs, what the caller has selected (<rmmsim/use.h>) is replaced by a recorder, which
 * answers each SMC with x0 = 0, for success, and x1..x17 with values that can be told apart. So a wrapper must come through a
 * seam, or a function bound with sim == NULL; one that is bound to an instance calls that instance. If a wrapper makes several SMCs,
 * the first that is the command counts. Do not check one that calls again until it is told something particular.
 *
 * Findings go to findings[0 .. *num_findings - 1], and *num_findings becomes how many there were: more than there was room for means
 * that the last ones are left out. Returns 0, however many there are, or RMMSIM_ERROR_CONFIG: a NULL pointer.
 *
 * Any thread; several may check at once. Allocates nothing.
 */
int rmmsim_check_wrappers(struct rmmsim_wrapper_finding *findings, size_t *num_findings,
                          const struct rmmsim_wrapper *wrappers, size_t num_wrappers);

/* "swapped", "truncated", ...; "?" for a number out of range. */
const char *rmmsim_wrapper_fault_name(unsigned fault);

#ifdef __cplusplus
}
#endif

#endif
