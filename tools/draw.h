/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw.h - a trace as a picture: steps, lanes, objects, and every change of a state.
 *
 * A trace is read once (draw_read.c), what it leaves unsaid about states is worked out (draw_states.c), and then each kind of picture
 * is written from the same model: text, Mermaid, SVG, and a page to step through. Nothing here runs an RMM.
 */
#ifndef TOOLS_DRAW_H
#define TOOLS_DRAW_H

#include <rmmsim/spec.h>
#include <rmmsim/trace.h>
#include <stdbool.h>
#include <stdio.h>

/* States that no object has. */
#define DRAW_ABSENT  (-1) /* it is not there: a Realm that does not exist, an entry of a table that does not */
#define DRAW_UNKNOWN (-2) /* it is there, and the trace does not say                                      */

#define DRAW_NONE     UINT32_MAX /* no object, no step, no lane */
#define DRAW_NO_LEVEL (-9)       /* of a Granule                */

/* How a step looks. The page knows these numbers. */
enum draw_shape {
        DRAW_CALL,     /* an arrow from who asks to the RMM                         */
        DRAW_ENTER,    /* from the PE through the RMM to the REC                    */
        DRAW_EXIT,     /* from the RMM back to the PE                               */
        DRAW_ANSWER,   /* from the RMM back to the REC, at a later entry            */
        DRAW_LOCAL,    /* within a lane: an instruction that the RMM has no part in */
        DRAW_WORLD,    /* outside: the host's memory, interrupts, time              */
        DRAW_SNAPSHOT, /* across all lanes */
        DRAW_RESTORE,
        DRAW_NUM_SHAPES
};

enum draw_tone {
        DRAW_PLAIN,
        DRAW_SERVED,
        DRAW_REFUSED,
        DRAW_EXITED,
        DRAW_NUM_TONES
};

/* How the line of a lane looks. The page knows these numbers too. */
enum draw_style {
        DRAW_GONE,    /* before a REC is made                   */
        DRAW_OFF,     /* a REC that is not runnable             */
        DRAW_ON,      /* there                                  */
        DRAW_INSIDE,  /* a PE inside RMI_REC_ENTER              */
        DRAW_RUNNING, /* a REC that runs                        */
        DRAW_NUM_STYLES
};

enum draw_actor {
        DRAW_PE,
        DRAW_RMM,
        DRAW_REC
};

/* Who does something: the number of a PE, or the address of a REC. */
struct draw_who {
        enum draw_actor actor;
        uint64_t number;
};

struct draw_lane {
        struct draw_who who;
        uint32_t object; /* of a REC, or DRAW_NONE */
        char name[32];
        char address[24]; /* of a REC, else "" */
};

/* What a trace says of a change, as it stands there. */
struct draw_edge {
        enum rmmsim_object machine;
        uint64_t address;
        uint64_t rd;
        int level;
        int from;
        int to;
};

/* A Granule that a step names, or an object that it changes. */
struct draw_touch {
        uint64_t address; /* before there are objects */
        uint32_t object;
};

/* A range of one of the model's arrays. */
struct draw_range {
        uint32_t first;
        uint32_t count;
};

struct draw_step {
        uint32_t line; /* 0: of no file that anybody has */
        enum draw_shape shape;
        enum draw_tone tone;
        struct draw_who from;
        struct draw_who to;
        uint32_t from_lane; /* indices of lanes, once there are lanes */
        uint32_t to_lane;
        char *asked;  /* what is asked or done, in names              */
        char *answer; /* "SUCCESS top=0x1000", or ""                 */
        char *why;    /* a sentence, for what is refused; or ""       */
        char *source; /* the line of the trace                        */
        int power;    /* of a REC that is created: whether it is runnable; or DRAW_UNKNOWN */
        struct draw_range edges;
        struct draw_range touches;
        struct draw_range changes;
};

/* Whatever has states: a Granule and what is in it, or an entry of a translation table. */
struct draw_object {
        uint64_t address;
        uint64_t rd;      /* of an entry */
        int level;        /* of an entry, else DRAW_NO_LEVEL */
        uint32_t realm;   /* the object that is the entry's RD, or DRAW_NONE */
        uint32_t parent;  /* the entry that becomes a table with this entry in it, or DRAW_NONE: the Realm itself */
        uint32_t touched; /* the last step that touches it */
        char *name;       /* "rec0", or "" */
        uint32_t last[RMMSIM_NUM_OBJECTS]; /* its latest change, by machine; or DRAW_NONE */
        int before[RMMSIM_NUM_OBJECTS];    /* `from` of its first edge, by machine; or DRAW_ABSENT */
};

/* From a step on, an object is in another state. Those of step 0 are how all begins. */
struct draw_change {
        uint32_t step;
        uint32_t object;
        uint32_t previous; /* of the same object and machine, or DRAW_NONE */
        uint32_t same;     /* a change that is to the same state, whatever that proves to be; or DRAW_NONE */
        enum rmmsim_object machine;
        int from;
        int to;
};

/* From a step on, a lane looks otherwise. */
struct draw_span {
        uint32_t lane;
        uint32_t first;
        enum draw_style style;
};

#define DRAW_LIST(type)                                                                                                \
        struct {                                                                                                       \
                type *at;                                                                                              \
                uint32_t count;                                                                                        \
                uint32_t room;                                                                                         \
        }

struct draw_name {
        char *name;
        uint64_t value;
};

struct draw_region {
        uint64_t base;
        uint64_t size;
};

struct draw_model {
        const char *title;
        bool used;   /* the recording began late */
        bool is_cut; /* not all steps are drawn: those from `first` to `last` */
        uint32_t first;
        uint32_t last;
        DRAW_LIST(struct draw_region) regions;
        uint64_t params; /* the page that holds parameters of a REC, and what its flag says */
        int params_runnable;
        DRAW_LIST(struct draw_step) steps; /* step n is at [n - 1] */
        DRAW_LIST(struct draw_edge) edges;
        DRAW_LIST(struct draw_touch) touches;
        DRAW_LIST(struct draw_edge) begin; /* of a used trace: states before its first step, as `to` */
        DRAW_LIST(struct draw_name) lets;
        DRAW_LIST(struct draw_object) objects; /* Granules by address, then entries by Realm, level and IPA */
        DRAW_LIST(struct draw_change) changes; /* by step */
        DRAW_LIST(struct draw_lane) lanes;
        DRAW_LIST(struct draw_span) spans; /* by lane, then by step */
        uint32_t gaps; /* changes from a state that was not the one before: the trace has been cut */
};

/* Room for one more at the end of a list, zeroed. */
#define DRAW_ADD(list)                                                                                                 \
        ((list).at = draw_grow((list).at, &(list).room, (list).count, sizeof(*(list).at)), &(list).at[(list).count++])

void *draw_grow(void *at, uint32_t *room, uint32_t count, size_t size);

/* So many elements, zeroed; never NULL, even of none. */
void *draw_zeroed(uint32_t count, size_t size) __attribute__((returns_nonnull));
char *draw_copy(const char *text);

/* A text that grows. `at` is terminated, or NULL while it is empty. */
struct draw_text {
        char *at;
        size_t size;
        size_t room;
};
__attribute__((format(printf, 2, 3))) void draw_print(struct draw_text *text, const char *format, ...);
char *draw_take(struct draw_text *text);

void draw_free(struct draw_model *model);

struct script;

/*
 * draw_read.c: a trace that has been read, as a model; names are those of another script, if it is not NULL. draw_free() takes the model,
 * and it needs neither any more.
 */
void draw_read(struct draw_model *model, const struct script *trace, const struct script *names, const char *title);

/* draw_states.c: objects and changes, from the edges of the steps. */
void draw_states(struct draw_model *model);
uint32_t draw_granule(const struct draw_model *model, uint64_t address); /* an object, or DRAW_NONE */
int draw_state(const struct draw_model *model, uint32_t object, enum rmmsim_object machine, uint32_t step);

/* draw_names.c: what objects are called, by `let` or by what they become; and what their states are called. */
void draw_names(struct draw_model *model);
const char *draw_state_name(int state, enum rmmsim_object machine); /* "READY", "?", "none" */

/* The name, or the address of what has none; at least 48 bytes. */
const char *draw_label(const struct draw_model *model, char *text, uint32_t object);

/* Does it go without saying: what comes and goes with its Granule, Realm or table? */
bool draw_is_implied(const struct draw_model *model, const struct draw_change *change);

/* draw_lanes.c: who has a lane, and how it looks at each step. */
void draw_lanes(struct draw_model *model);

/* What a picture says of itself: "41 steps, 2 refused", and what there is to know about what it leaves out. */
void draw_summary(const struct draw_model *model, struct draw_text *text);

/* 0 to 7: lanes that stand side by side differ. The RMM has a colour of its own. */
unsigned draw_colour(const struct draw_model *model, uint32_t lane);

/* Text of the trace as text of HTML and XML, and as a string of JSON within HTML. */
void draw_markup(FILE *to, const char *text);
void draw_json(FILE *to, const char *text);

/* Pictures, of the steps from `first` to `last`. */
void draw_as_text(const struct draw_model *model, FILE *to, unsigned width, bool colours);
void draw_as_mermaid(const struct draw_model *model, FILE *to);
void draw_as_svg(const struct draw_model *model, FILE *to);
void draw_as_html(const struct draw_model *model, FILE *to);

#endif
