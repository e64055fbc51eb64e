/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_lane.c - PEs that are inside RMI_REC_ENTER: each a thread, of which one at a time has the turn.
 *
 * A call returns only when its vCPU has exited, but the script goes on in the meantime. So it is made on a thread of its own, which gives the
 * turn back wherever the script has a say: in the step function, when the vCPU needs its next line; there too, before an interrupted
 * instruction is carried out again; at the event of the exit, when the REC is still REC_RUNNING; and when the call has returned. At none of
 * these places is a lock held in the library.
 */
#include "run.h"
#include <stdlib.h>
#include <string.h>

/* The turn goes from one thread to another, which has been waiting for it. */
static void hand_over(struct runner *runner, struct lane *from, struct lane *to)
{
        pthread_cond_t *mine = from == NULL ? &runner->wake : &from->wake;

        pthread_mutex_lock(&runner->lock);
        runner->turn = to;
        pthread_cond_signal(to == NULL ? &runner->wake : &to->wake);
        while (runner->turn != from) {
                pthread_cond_wait(mine, &runner->lock);
        }
        pthread_mutex_unlock(&runner->lock);
}

void lane_go_on(struct lane *lane)
{
        hand_over(lane->runner, NULL, lane);
}

static void pause_at(struct lane *lane, enum lane_state state)
{
        lane->state = state;
        hand_over(lane->runner, lane, NULL);
}

static void *lane_main(void *arg)
{
        struct lane *lane = arg;
        struct runner *runner = lane->runner;

        pthread_mutex_lock(&runner->lock);
        while (runner->turn != lane) {
                pthread_cond_wait(&lane->wake, &runner->lock);
        }
        pthread_mutex_unlock(&runner->lock);
        while (!lane->ends) {
                lane->error = rmmsim_smc(runner->sim, lane->pe, &lane->regs);
                pause_at(lane, LANE_IDLE);
        }
        pthread_mutex_lock(&runner->lock);
        runner->turn = NULL;
        pthread_cond_signal(&runner->wake);
        pthread_mutex_unlock(&runner->lock);
        return NULL;
}

struct lane *lane_of(const struct runner *runner, uint64_t pe)
{
        return pe < runner->script->num_pes ? runner->lanes[pe] : NULL;
}

static struct lane *lane_create(struct runner *runner, unsigned pe)
{
        struct lane *lane = ARENA_NEW(runner->arena, struct lane);

        lane->runner = runner;
        lane->pe = pe;
        pthread_cond_init(&lane->wake, NULL);
        if (pthread_create(&lane->thread, NULL, lane_main, lane) != 0) {
                pthread_cond_destroy(&lane->wake);
                (void)run_error(runner, "the system gives no more threads");
                return NULL;
        }
        runner->lanes[pe] = lane;
        return lane;
}

bool lane_call(struct runner *runner, const struct script_statement *statement, unsigned pe,
               const struct rmmsim_regs *regs)
{
        struct lane *lane = lane_of(runner, pe);

        if (lane == NULL && (lane = lane_create(runner, pe)) == NULL) {
                return false;
        }
        lane->in = lane->regs = *regs;
        lane->error = 0;
        lane->admitted = false;
        lane->statement = statement;
        lane->vcpu = run_vcpu_at(runner, regs->x[1]);
        lane_go_on(lane);
        return true;
}

/* ---- inside ------------------------------------------------------------------------------------------------------------- */

static void note_refusal(struct vcpu *vcpu, const struct rmmsim_vcpu *running)
{
        const struct rmmsim_refusal *refusal = rmmsim_guest_why(running);

        vcpu->condition[0] = vcpu->sentence[0] = 0;
        if (refusal != NULL) {
                snprintf(vcpu->condition, sizeof(vcpu->condition), "%s", refusal->condition);
                snprintf(vcpu->sentence, sizeof(vcpu->sentence), "%s", refusal->sentence);
        }
}

/* The step function of all vCPUs: on the thread of the PE. */
void run_step(struct rmmsim_vcpu *running, void *arg, int result, struct rmmsim_trap *next)
{
        struct runner *runner = arg;
        struct lane *lane = runner->turn;
        struct vcpu *vcpu = lane->vcpu;

        for (unsigned i = 0; i < RUN_GPRS; i++) {
                vcpu->x[i] = rmmsim_guest_x(running, i);
        }
        vcpu->result = result;
        vcpu->esr = rmmsim_guest_exception(running).esr;
        note_refusal(vcpu, running);
        pause_at(lane, result == RMMSIM_GUEST_AGAIN ? LANE_AGAIN : LANE_WAITS);
        for (unsigned i = 0; i < RUN_GPRS; i++) {
                if ((vcpu->sets & 1u << i) != 0) {
                        rmmsim_guest_set_x(running, i, vcpu->set[i]);
                }
        }
        vcpu->sets = 0;
        *next = lane->next;
}

void lane_instruct(struct lane *lane, const struct rmmsim_trap *trap)
{
        lane->next = *trap;
        lane_go_on(lane);
}

void lane_on_event(struct runner *runner, const struct rmmsim_event *event)
{
        struct lane *lane = lane_of(runner, event->pe);

        if (event->kind == RMMSIM_EVENT_EDGE && event->of.edge.object == RMMSIM_OBJECT_REC &&
            event->of.edge.to == RMMSIM_REC_REC_RUNNING) {
                lane->admitted = true;
                lane->vcpu->lane = lane;
        } else if (event->kind == RMMSIM_EVENT_EXIT) {
                lane->reason = event->of.exit.reason;
                pause_at(lane, LANE_EXITED);
        }
}

/* ---- the end ------------------------------------------------------------------------------------------------------------ */

static void leave(struct lane *lane)
{
        static const struct rmmsim_trap nop = { .kind = RMMSIM_TRAP_NOP };

        while (lane->state == LANE_WAITS || lane->state == LANE_AGAIN) {
                (void)rmmsim_irq_raise(lane->runner->sim, lane->pe);
                lane_instruct(lane, &nop);
        }
        if (lane->state == LANE_EXITED) {
                lane_go_on(lane);
        }
}

void lanes_end(struct runner *runner)
{
        for (unsigned pe = 0; pe < runner->script->num_pes; pe++) {
                struct lane *lane = runner->lanes[pe];

                if (lane != NULL) {
                        leave(lane);
                        lane->ends = true;
                        pthread_mutex_lock(&runner->lock);
                        runner->turn = lane;
                        pthread_cond_signal(&lane->wake);
                        pthread_mutex_unlock(&runner->lock);
                        pthread_join(lane->thread, NULL);
                        pthread_cond_destroy(&lane->wake);
                }
        }
}
