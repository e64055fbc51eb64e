/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bind.c - function pointers with an instance and a PE inside: closures of libffi.
 *
 * A closure is called with pointers to its arguments and to a place for the result. What it does with them is one of two
 * things: an SMC in one of the usual forms, or a command by the rows.
 */
#include "command.h"
#include "seam_call.h"
#include "signature.h"
#include "sim.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        ARGS_MAX = 20 /* the most inputs and outputs that a command has together is 10 */
};

struct rmmsim_bound {
        ffi_closure *closure;
        struct rmmsim_selection selection; /* nothing: that of the caller */
        enum rmmsim_bind_form form;
        uint32_t fid; /* of a command */
        unsigned num_inputs;
        unsigned num_outputs;
        ffi_cif cif;
        ffi_type *args[ARGS_MAX];
        ffi_type eight; /* words as a structure; libffi completes it, so each has its own */
        ffi_type *eight_words[9];
};

static void perform(const struct rmmsim_bound *bound, struct rmmsim_regs *regs)
{
        if (bound->selection.sim != NULL) {
                seam_call(&bound->selection, regs);
        } else {
                rmmsim_seam(regs);
        }
}

/* ---- what runs when a pointer is called --------------------------------------------------------------------------------- */

static uint64_t word(void *const *args, unsigned n)
{
        return *(const uint64_t *)args[n];
}

static void *pointer(void *const *args, unsigned n)
{
        return *(void *const *)args[n];
}

static void load_eight(struct rmmsim_regs *regs, void *const *args)
{
        for (unsigned i = 0; i < ARRAY_SIZE(regs->x); i++) {
                regs->x[i] = i < 8 ? word(args, i) : RMMSIM_REGISTER_UNSET;
        }
}

static void on_smc(ffi_cif *cif, void *result, void **args, void *context)
{
        const struct rmmsim_bound *bound = context;
        struct rmmsim_regs regs;

        (void)cif;
        if (bound->form == RMMSIM_BIND_IN_PLACE || bound->form == RMMSIM_BIND_IN_OUT) {
                memcpy(&regs, pointer(args, 0), sizeof(regs));
        } else {
                load_eight(&regs, args);
        }
        perform(bound, &regs);
        switch (bound->form) {
        case RMMSIM_BIND_IN_PLACE:
                memcpy(pointer(args, 0), &regs, sizeof(regs));
                break;
        case RMMSIM_BIND_IN_OUT:
                memcpy(pointer(args, 1), &regs, sizeof(regs));
                break;
        case RMMSIM_BIND_X0:
                memcpy(result, regs.x, sizeof(regs.x[0]));
                break;
        case RMMSIM_BIND_FOUR:
                if (pointer(args, 8) != NULL) {
                        memcpy(pointer(args, 8), regs.x, 4 * sizeof(regs.x[0]));
                }
                break;
        default:
                memcpy(result, regs.x, 8 * sizeof(regs.x[0]));
                break;
        }
}

static void on_command(ffi_cif *cif, void *result, void **args, void *context)
{
        const struct rmmsim_bound *bound = context;
        struct rmmsim_regs regs = { .x = { bound->fid } };

        (void)cif;
        for (unsigned i = 0; i < bound->num_inputs; i++) {
                regs.x[1 + i] = word(args, i);
        }
        perform(bound, &regs);
        for (unsigned i = 0; i < bound->num_outputs; i++) {
                uint64_t *output = pointer(args, bound->num_inputs + i);

                if (output != NULL) {
                        *output = regs.x[1 + i];
                }
        }
        memcpy(result, regs.x, sizeof(regs.x[0]));
}

/* ---- making one ----------------------------------------------------------------------------------------------------------- */

static struct rmmsim_bound *fail(struct rmmsim_error *error, enum rmmsim_error_code code, const char *text)
{
        if (error != NULL) {
                error->code = code;
                snprintf(error->text, sizeof(error->text), "%s", text);
        }
        return NULL;
}

static struct rmmsim_bound *make(struct rmmsim *sim, unsigned pe, struct rmmsim_error *error)
{
        struct rmmsim_bound *bound;

        if (sim != NULL && !sim_has_pe(sim, pe)) {
                return fail(error, RMMSIM_ERROR_MISUSE, "that PE does not exist: raise num_pes in the configuration");
        }
        bound = calloc(1, sizeof(*bound));
        if (bound == NULL) {
                return fail(error, RMMSIM_ERROR_MEMORY, "the system has no memory for a function pointer");
        }
        bound->selection = (struct rmmsim_selection){ .sim = sim, .pe = pe };
        return bound;
}

typedef void closure_fn(ffi_cif *cif, void *result, void **args, void *context);

/*
 * libffi keeps one pool of closures for the whole program, and sets it up at the first one in a way that counts on nobody else coming
 * at the same time (3.4: the check for that is made without its lock). Hence a lock around it; no other state is shared.
 */
static pthread_mutex_t pool = PTHREAD_MUTEX_INITIALIZER;

static ffi_closure *closure_new(void **code)
{
        ffi_closure *closure;

        (void)pthread_mutex_lock(&pool);
        closure = ffi_closure_alloc(sizeof(ffi_closure), code);
        (void)pthread_mutex_unlock(&pool);
        return closure;
}

static void closure_drop(ffi_closure *closure)
{
        (void)pthread_mutex_lock(&pool);
        ffi_closure_free(closure);
        (void)pthread_mutex_unlock(&pool);
}

/* The closure's two addresses: where it is written, and where it is executed. */
static struct rmmsim_bound *finish(struct rmmsim_bound *bound, rmmsim_fn **fn, ffi_type *result, unsigned num_args,
                                   closure_fn *run, struct rmmsim_error *error)
{
        void *code = NULL;

        bound->closure = closure_new(&code);
        if (bound->closure == NULL ||
            ffi_prep_cif(&bound->cif, FFI_DEFAULT_ABI, num_args, result, bound->args) != FFI_OK ||
            ffi_prep_closure_loc(bound->closure, &bound->cif, run, bound, code) != FFI_OK) {
                rmmsim_unbind(bound);
                return fail(error, RMMSIM_ERROR_MEMORY, "libffi has no memory that can be executed");
        }
        memcpy(fn, &code, sizeof(code));
        return bound;
}

/* Eight words, and then one pointer more if there is a place for results. */
static unsigned list_words(struct rmmsim_bound *bound, bool with_pointer)
{
        for (unsigned i = 0; i < 8; i++) {
                bound->args[i] = &ffi_type_uint64;
        }
        bound->args[8] = &ffi_type_pointer;
        return with_pointer ? 9 : 8;
}

static ffi_type *eight(struct rmmsim_bound *bound)
{
        for (unsigned i = 0; i < 8; i++) {
                bound->eight_words[i] = &ffi_type_uint64;
        }
        bound->eight = (ffi_type){ .type = FFI_TYPE_STRUCT, .elements = bound->eight_words };
        return &bound->eight;
}

struct rmmsim_bound *rmmsim_bind_smc(struct rmmsim *sim, rmmsim_fn **fn, unsigned pe, enum rmmsim_bind_form form,
                                     struct rmmsim_error *error)
{
        struct rmmsim_bound *bound;

        if (fn == NULL || (unsigned)form >= RMMSIM_NUM_BIND_FORMS) {
                return fail(error, RMMSIM_ERROR_CONFIG, "fn must not be NULL, and form must be one of RMMSIM_BIND_*");
        }
        if ((bound = make(sim, pe, error)) == NULL) {
                return NULL;
        }
        bound->form = form;
        switch (form) {
        case RMMSIM_BIND_IN_PLACE:
        case RMMSIM_BIND_IN_OUT:
                bound->args[0] = bound->args[1] = &ffi_type_pointer;
                return finish(bound, fn, &ffi_type_void, form == RMMSIM_BIND_IN_OUT ? 2 : 1, on_smc, error);
        case RMMSIM_BIND_X0:
                return finish(bound, fn, &ffi_type_uint64, list_words(bound, false), on_smc, error);
        case RMMSIM_BIND_FOUR:
                return finish(bound, fn, &ffi_type_void, list_words(bound, true), on_smc, error);
        default:
                return finish(bound, fn, eight(bound), list_words(bound, false), on_smc, error);
        }
}

struct rmmsim_bound *rmmsim_bind_command(struct rmmsim *sim, rmmsim_fn **fn, unsigned pe, enum rmmsim_command command,
                                         struct rmmsim_error *error)
{
        struct rmmsim_bound *bound;
        unsigned num_args = 0;

        if (fn == NULL || (unsigned)command >= RMMSIM_NUM_COMMANDS) {
                return fail(error, RMMSIM_ERROR_CONFIG,
                            "fn must not be NULL, and command must be one of RMMSIM_COMMAND_*");
        }
        if ((bound = make(sim, pe, error)) == NULL) {
                return NULL;
        }
        bound->fid = command_rows[command].fid;
        bound->num_inputs = command_rows[command].num_inputs;
        bound->num_outputs = command_rows[command].num_outputs;
        while (num_args < bound->num_inputs) {
                bound->args[num_args++] = &ffi_type_uint64;
        }
        while (num_args < bound->num_inputs + bound->num_outputs) {
                bound->args[num_args++] = &ffi_type_pointer;
        }
        return finish(bound, fn, &ffi_type_uint64, num_args, on_command, error);
}

void rmmsim_unbind(struct rmmsim_bound *bound)
{
        if (bound == NULL) {
                return;
        }
        if (bound->closure != NULL) {
                closure_drop(bound->closure);
        }
        free(bound);
}
