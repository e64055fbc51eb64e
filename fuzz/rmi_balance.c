/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_balance.c - the books of all Granules after commands that went on at a time.
 */
#include "rmi_balance.h"
#include <inttypes.h>
#include <string.h>

enum {
        NUM_STATES = RMMSIM_GRANULE_RTT + 1
};

/* How often each Granule has come into a state, less how often it has left it. */
static struct {
        int8_t net[RMI_GRANULES_MAX][NUM_STATES];
        bool unsure[RMI_GRANULES_MAX]; /* who owned it last is a question of the order */
        const struct rmi_machine *machine;
        const struct rmi_result *results;
        unsigned num_results;
} books;

static void move(uint64_t pa, unsigned from, unsigned to)
{
        int number = rmi_number(&books.machine->start, pa);

        if (number != RMI_NOWHERE) {
                books.net[number][from]--;
                books.net[number][to]++;
        } else {
                rmi_fail("a command succeeded with 0x%" PRIx64 ", which is no Granule", pa);
        }
}

static void put_back(uint64_t pa, unsigned state)
{
        move(pa, state, RMMSIM_GRANULE_DELEGATED);
}

/* ---- what comes and goes with an RD or a REC ------------------------------------------------------------------------------- */

/* Granules that one REALM_CREATE or REC_CREATE took besides the one that names the object. */
struct company {
        uint64_t pas[16];
        unsigned count;
};

static struct company of_realm(uint64_t base, uint64_t count)
{
        struct company company = { .count = count <= 16 ? (unsigned)count : 0 };

        for (unsigned i = 0; i < company.count; i++) {
                company.pas[i] = base + i * RMI_PAGE;
        }
        return company;
}

static struct company of_rec(const uint64_t *aux)
{
        struct company company = { .count = RMI_NUM_AUX };

        memcpy(company.pas, aux, RMI_NUM_AUX * sizeof(*aux));
        return company;
}

/* From the start, if there was an object at the address. */
static bool find_first(struct company *company, uint64_t pa, unsigned state)
{
        const struct rmi_shadow *start = &books.machine->start;
        int number = rmi_number(start, pa);

        for (unsigned i = 0; i < RMI_REALMS_MAX && state == RMMSIM_GRANULE_RD; i++) {
                if (start->realms[i].rd == number) {
                        *company = of_realm(rmi_pa((unsigned)start->realms[i].root), start->realms[i].num_roots);
                        return true;
                }
        }
        for (unsigned i = 0; i < RMI_RECS_MAX && state == RMMSIM_GRANULE_REC; i++) {
                if (start->recs[i].granule == number) {
                        uint64_t aux[RMI_NUM_AUX] = { rmi_pa((unsigned)start->recs[i].aux[0]),
                                                      rmi_pa((unsigned)start->recs[i].aux[1]) };

                        *company = of_rec(aux);
                        return true;
                }
        }
        return false;
}

/*
 * All objects that were made or unmade at one address. Made once: its company went with it. Made more often, and one is left:
 * which one, only the order tells.
 */
static void count_object(uint64_t pa, unsigned state, unsigned create, unsigned destroy)
{
        struct company companies[RMI_NUM_PARAMS + 2];
        unsigned created = find_first(&companies[0], pa, state);
        unsigned first = created, destroyed = 0;
        unsigned of_company = state == RMMSIM_GRANULE_RD ? RMMSIM_GRANULE_RTT : RMMSIM_GRANULE_REC_AUX;

        for (unsigned i = 0; i < books.num_results; i++) {
                const struct rmi_call *call = &books.results[i].call;
                bool succeeded = books.results[i].done && books.results[i].out.x[0] == RMMSIM_RMI_SUCCESS;

                if (succeeded && call->command == create && call->in.x[state == RMMSIM_GRANULE_RD ? 1 : 2] == pa) {
                        companies[created++] = state == RMMSIM_GRANULE_RD
                                                       ? of_realm(call->rtt_base, call->rtt_num_start)
                                                       : of_rec(call->aux);
                }
                destroyed += succeeded && call->command == destroy && call->in.x[1] == pa;
        }
        for (unsigned i = 0; i < created; i++) {
                for (unsigned n = 0; n < companies[i].count; n++) {
                        int number = rmi_number(&books.machine->start, companies[i].pas[n]);

                        if (number == RMI_NOWHERE) {
                                continue;
                        }
                        books.unsure[number] |= created > 1 && destroyed != created;
                        if (i >= first) {
                                move(companies[i].pas[n], RMMSIM_GRANULE_DELEGATED, of_company);
                        }
                        if (destroyed == created) {
                                put_back(companies[i].pas[n], of_company);
                        }
                }
        }
}

static bool is_first_of(unsigned command, unsigned n, unsigned i)
{
        for (unsigned j = 0; j < i; j++) {
                if (books.results[j].call.command == command &&
                    books.results[j].call.in.x[n] == books.results[i].call.in.x[n]) {
                        return false;
                }
        }
        return true;
}

static void count_objects(void)
{
        static const struct {
                unsigned state, create, destroy;
        } kinds[] = {
                { RMMSIM_GRANULE_RD, RMMSIM_COMMAND_rmi_realm_create, RMMSIM_COMMAND_rmi_realm_destroy },
                { RMMSIM_GRANULE_REC, RMMSIM_COMMAND_rmi_rec_create, RMMSIM_COMMAND_rmi_rec_destroy },
        };
        uint64_t seen[2 * RMI_NUM_PARAMS];

        for (unsigned k = 0; k < 2; k++) {
                unsigned num_seen = 0;

                for (unsigned i = 0; i < books.num_results; i++) {
                        const struct rmi_call *call = &books.results[i].call;
                        unsigned n = call->command == kinds[k].create && k == 1 ? 2 : 1;
                        bool known = (call->command != kinds[k].create && call->command != kinds[k].destroy) ||
                                     !is_first_of(call->command, n, i);

                        for (unsigned j = 0; j < num_seen; j++) {
                                known |= seen[j] == call->in.x[n];
                        }
                        if (!known) {
                                seen[num_seen++] = call->in.x[n];
                                count_object(call->in.x[n], kinds[k].state, kinds[k].create, kinds[k].destroy);
                        }
                }
        }
}

/* ---- one command ---------------------------------------------------------------------------------------------------------- */

static void count(const struct rmi_call *call, const struct rmmsim_regs *out)
{
        switch (call->command) {
        case RMMSIM_COMMAND_rmi_granule_delegate:
                move(call->in.x[1], RMMSIM_GRANULE_UNDELEGATED, RMMSIM_GRANULE_DELEGATED);
                break;
        case RMMSIM_COMMAND_rmi_granule_undelegate:
                move(call->in.x[1], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_UNDELEGATED);
                break;
        case RMMSIM_COMMAND_rmi_realm_create:
                move(call->in.x[1], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_RD);
                break;
        case RMMSIM_COMMAND_rmi_realm_destroy:
                put_back(call->in.x[1], RMMSIM_GRANULE_RD);
                break;
        case RMMSIM_COMMAND_rmi_rec_create:
                move(call->in.x[2], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_REC);
                break;
        case RMMSIM_COMMAND_rmi_rec_destroy:
                put_back(call->in.x[1], RMMSIM_GRANULE_REC);
                break;
        case RMMSIM_COMMAND_rmi_rtt_create:
                move(call->in.x[2], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_RTT);
                break;
        case RMMSIM_COMMAND_rmi_rtt_destroy:
        case RMMSIM_COMMAND_rmi_rtt_fold:
                put_back(out->x[1], RMMSIM_GRANULE_RTT);
                break;
        case RMMSIM_COMMAND_rmi_data_create:
        case RMMSIM_COMMAND_rmi_data_create_unknown:
                move(call->in.x[2], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_DATA);
                break;
        case RMMSIM_COMMAND_rmi_data_destroy:
                put_back(out->x[1], RMMSIM_GRANULE_DATA);
                break;
        default:
                break;
        }
}

static void compare(unsigned number)
{
        struct rmmsim_granule granule = { 0 };
        unsigned start = books.machine->start.granules[number].state;

        (void)rmmsim_granule(books.machine->sim, &granule, rmi_pa(number));
        books.net[number][start]++;
        books.net[number][granule.state]--;
        for (unsigned state = 0; state < NUM_STATES && !books.unsure[number]; state++) {
                if (books.net[number][state] != 0) {
                        rmi_fail("0x%" PRIx64 " began as %s and is %s, made so by %s: that does not follow from what "
                                 "succeeded",
                                 rmi_pa(number), rmmsim_state_name(RMMSIM_OBJECT_GRANULE, start),
                                 rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state),
                                 rmmsim_command_name(granule.taker));
                        return;
                }
        }
}

void rmi_balance_check(const struct rmi_machine *machine, const struct rmi_result *results, unsigned num_results)
{
        unsigned num_granules = machine->start.num_granules;

        memset(books.net, 0, num_granules * sizeof(books.net[0]));
        memset(books.unsure, 0, sizeof(books.unsure));
        books.machine = machine;
        books.results = results;
        books.num_results = num_results;
        for (unsigned i = 0; i < num_results; i++) {
                if (results[i].done && results[i].out.x[0] == RMMSIM_RMI_SUCCESS) {
                        count(&results[i].call, &results[i].out);
                }
        }
        count_objects();
        for (unsigned i = 0; i < num_granules; i++) {
                compare(i);
        }
}
