/* The plain model in C: what a compiler makes of the same work.

   One function, simulate(), from the tables of a state to who came to each request and when.
   Events lie in a binary heap ordered by (time, code), as the engine's do; requests and the
   calendar are sorted beforehand. Luck is hashed by name with the engine's own bits, so this
   must be compiled without contraction of products and sums (-ffp-contract=off). */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define DAY 1440.0
#define OFFICE_OPENS 510.0
#define OFFICE_DAY 540.0
enum { JOB_END, SHIFT_START, SHIFT_END, RELEASE, ARRIVAL };
enum { LOOK_FOR_WORK = 1 };

typedef struct {
    double t;
    int64_t code;
} Entry;

/* The order of the fields is that of FIELDS in in_c.py. */
typedef struct {
    int64_t requests, workers, zones, domains, classes, cells, width;
    int64_t arrivals, calendar, delays;
    double patrol_min, metres, misnamed;
    uint64_t lucky_name, lucky_handoff, lucky_tie, lucky_patrol;
    /* requests */
    const uint64_t *key;
    const double *t_enter, *work;
    const int64_t *cell, *domain, *urgency, *arrival;
    /* workers */
    const uint64_t *worker_key;
    const int64_t *role, *unit, *area, *home_x, *home_y;
    const int64_t *stretch, *post_first, *post;
    const double *duty_end;
    /* teams by zone and domain; owners by domain and cell; units by area and cell */
    const int64_t *team_first, *team, *owner, *unit_at;
    /* classes, roles, zones */
    const double *opens, *closes, *handoff;
    const int64_t *office;
    const double *delay, *startup, *metres_per_min, *slower, *dilution;
    const int64_t *able;
    /* the calendar */
    const double *calendar_t;
    const int64_t *calendar_code;
    /* what comes out */
    int64_t *who;
    double *t_dispatch, *t_arrive, *t_close;
} City;

typedef struct {
    int64_t x, y, on_duty, late, job, stretch;
    double until, seen;
} Worker;

typedef struct {
    int64_t head, tail;
} Queue;

typedef struct {
    const City *c;
    Worker *worker;
    Queue *queue;
    int64_t *waiting, *zone, *hops, *before, *after, *asking;
    double *t_ready, *t_served;
    Entry *heap;
    int64_t size, room;
} Run;

/* --- luck ----------------------------------------------------------------------------- */

static inline uint64_t mix(uint64_t h) {
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBu;
    return h ^ (h >> 31);
}

static inline double uniform(uint64_t stream, uint64_t entity, uint64_t k) {
    uint64_t h = mix(stream + entity * 0x9E3779B97F4A7C15u);
    h = mix(h ^ ((k + 0xBF58476D1CE4E5B9u) * 0xD1B54A32D192ED03u));
    return (double)(h >> 11) * 0x1p-53 + 0x1p-54;
}

/* --- time ----------------------------------------------------------------------------- */

static double office_clock(double t) {
    double week = floor(t / (7 * DAY)), rest = t - week * 7 * DAY, day = floor(rest / DAY);
    if (day >= 5.0) return week * 5 * OFFICE_DAY + 5 * OFFICE_DAY;
    double within = rest - day * DAY - OFFICE_OPENS;
    within = within < 0.0 ? 0.0 : within > OFFICE_DAY ? OFFICE_DAY : within;
    return week * 5 * OFFICE_DAY + day * OFFICE_DAY + within;
}

static double add_office_minutes(double t, double minutes) {
    if (minutes <= 0.0) return t;
    double total = office_clock(t) + minutes, week = floor(total / (5 * OFFICE_DAY));
    double rest = total - week * 5 * OFFICE_DAY, day = floor(rest / OFFICE_DAY);
    return week * 7 * DAY + day * DAY + OFFICE_OPENS + (rest - day * OFFICE_DAY);
}

static inline int is_open(const City *c, int64_t k, double t) {
    double minute = t - floor(t / DAY) * DAY;
    return c->opens[k] <= minute && minute < c->closes[k];
}

/* --- the heap ------------------------------------------------------------------------- */

static inline int64_t code_of(int64_t rank, int64_t k, int64_t number) {
    return (rank << 58) + (k << 54) + number;
}

static inline int sooner(Entry a, Entry b) { return a.t < b.t || (a.t == b.t && a.code < b.code); }

static void push(Run *s, double t, int64_t code) {
    if (s->size == s->room) s->heap = realloc(s->heap, (s->room *= 2) * sizeof(Entry));
    Entry entry = {t, code};
    int64_t at = s->size++;
    while (at > 0 && sooner(entry, s->heap[(at - 1) / 2])) {
        s->heap[at] = s->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    s->heap[at] = entry;
}

static void drop(Run *s) {
    Entry entry = s->heap[--s->size];
    int64_t at = 0, child = 1;
    while (child < s->size) {
        if (child + 1 < s->size && sooner(s->heap[child + 1], s->heap[child])) child++;
        if (!sooner(s->heap[child], entry)) break;
        s->heap[at] = s->heap[child];
        at = child;
        child = 2 * at + 1;
    }
    s->heap[at] = entry;
}

/* --- patrol --------------------------------------------------------------------------- */

static inline int inside(const City *c, int64_t w, int64_t x, int64_t y) {
    if (x < 0 || x >= c->width || y < 0 || y * c->width + x >= c->cells) return 0;
    return c->unit_at[c->area[w] * c->cells + y * c->width + x] == c->unit[w];
}

static void step(const City *c, Worker *p, int64_t w, int64_t tick) {
    if (inside(c, w, p->x, p->y)) {
        int64_t x = p->x, y = p->y;
        double luck = uniform(c->lucky_patrol, c->worker_key[w], (uint64_t)tick);
        if (luck < 0.25) x++;
        else if (luck < 0.5) x--;
        else if (luck < 0.75) y++;
        else y--;
        if (inside(c, w, x, y)) p->x = x, p->y = y;
    } else if (p->x != c->home_x[w]) {
        p->x += c->home_x[w] > p->x ? 1 : -1;
    } else if (p->y != c->home_y[w]) {
        p->y += c->home_y[w] > p->y ? 1 : -1;
    }
}

static void walk(Run *s, int64_t w, double t) {
    const City *c = s->c;
    Worker *p = &s->worker[w];
    if (c->patrol_min > 0.0) {
        int64_t last = (int64_t)(t / c->patrol_min);
        for (int64_t tick = (int64_t)(p->seen / c->patrol_min) + 1; tick <= last; tick++)
            step(c, p, w, tick);
    }
    p->seen = t;
}

/* --- requests and workers ------------------------------------------------------------- */

static inline double travel(const City *c, const Worker *p, int64_t w, int64_t r) {
    int64_t x = c->cell[r] % c->width, y = c->cell[r] / c->width;
    int64_t steps = llabs(x - p->x) + llabs(y - p->y);
    return c->startup[c->role[w]] + (double)steps * c->metres / c->metres_per_min[c->role[w]];
}

static void leave(Run *s, int64_t r) {
    const City *c = s->c;
    Queue *q = &s->queue[s->zone[r] * c->classes + c->urgency[r]];
    int64_t before = s->before[r], after = s->after[r];
    if (before >= 0) s->after[before] = after;
    else q->head = after;
    if (after >= 0) s->before[after] = before;
    else q->tail = before;
    s->waiting[c->urgency[r]]--;
}

static void send(Run *s, int64_t r, int64_t w, double t) {
    const City *c = s->c;
    Worker *p = &s->worker[w];
    int64_t domain = c->domain[r];
    double shared = c->dilution[s->zone[r] * c->domains + domain];
    double there = t + travel(c, p, w, r);
    p->job = r;
    c->who[r] = w;
    c->t_dispatch[r] = t;
    c->t_arrive[r] = there;
    s->t_served[r] = there + c->work[r] * c->slower[c->role[w] * c->domains + domain] * shared;
    push(s, s->t_served[r], code_of(JOB_END, c->urgency[r], r));
}

static int find_worker(Run *s, int64_t r, double t) {
    const City *c = s->c;
    int64_t row = s->zone[r] * c->domains + c->domain[r], best = -1, least = 0;
    for (int64_t at = c->team_first[row]; at < c->team_first[row + 1]; at++) {
        int64_t w = c->team[at];
        Worker *p = &s->worker[w];
        if (!p->on_duty || p->until <= t || p->job >= 0) continue;
        walk(s, w, t);
        int64_t price = (int64_t)(60.0 * travel(c, p, w, r) + 0.5);
        if (best < 0 || price < least) {
            best = w, least = price;
        } else if (price == least && uniform(c->lucky_tie, c->key[r], c->worker_key[w]) <
                                         uniform(c->lucky_tie, c->key[r], c->worker_key[best])) {
            best = w;
        }
    }
    if (best >= 0) send(s, r, best, t);
    return best >= 0;
}

static inline int ready_before(const Run *s, int64_t r, int64_t other) {
    if (s->t_ready[r] != s->t_ready[other]) return s->t_ready[r] < s->t_ready[other];
    return r < other;
}

static void join(Run *s, int64_t r) {
    const City *c = s->c;
    Queue *q = &s->queue[s->zone[r] * c->classes + c->urgency[r]];
    int64_t last = q->tail, next = -1;
    while (last >= 0 && ready_before(s, r, last)) next = last, last = s->before[last];
    s->before[r] = last, s->after[r] = next;
    if (last >= 0) s->after[last] = r;
    else q->head = r;
    if (next >= 0) s->before[next] = r;
    else q->tail = r;
    s->waiting[c->urgency[r]]++;
}

static void seek(Run *s, int64_t r, double t) {
    const City *c = s->c;
    int64_t domain = c->domain[r], named = domain, k = c->urgency[r];
    int64_t owner = c->owner[domain * c->cells + c->cell[r]];
    double luck = uniform(c->lucky_name, c->key[r], (uint64_t)s->hops[r]);
    if (luck < c->misnamed) {
        int64_t others = c->domains - 1, other = (int64_t)(luck / c->misnamed * (double)others);
        if (other > others - 1) other = others - 1;
        named = other < domain ? other : other + 1;
    }
    if (c->owner[named * c->cells + c->cell[r]] != owner) {
        luck = uniform(c->lucky_handoff, c->key[r], (uint64_t)s->hops[r]++);
        double minutes = c->handoff[k] * c->delay[(int64_t)(luck * (double)c->delays)];
        double until = c->office[k] ? add_office_minutes(t, minutes) : t + minutes;
        push(s, until, code_of(RELEASE, k, r + 1));
        return;
    }
    s->zone[r] = owner, s->t_ready[r] = t;
    if (!(is_open(c, k, t) && find_worker(s, r, t))) join(s, r);
}

static void pick_next(Run *s, int64_t w, double t) {
    const City *c = s->c;
    for (int64_t k = 0; k < c->classes; k++) {
        if (s->waiting[k] == 0 || !is_open(c, k, t)) continue;
        int64_t best = -1;
        for (int64_t at = c->post_first[w]; at < c->post_first[w + 1]; at++) {
            int64_t r = s->queue[c->post[at] * c->classes + k].head;
            while (r >= 0 && !c->able[c->role[w] * c->domains + c->domain[r]]) r = s->after[r];
            if (r >= 0 && (best < 0 || ready_before(s, r, best))) best = r;
        }
        if (best >= 0) {
            walk(s, w, t);
            leave(s, best);
            send(s, best, w, t);
            return;
        }
    }
}

static void go_home(Run *s, int64_t w, double t) {
    Worker *p = &s->worker[w];
    p->late = 0, p->x = s->c->home_x[w], p->y = s->c->home_y[w], p->seen = t;
}

static void end_job(Run *s, int64_t r, double t) {
    const City *c = s->c;
    int64_t w = c->who[r];
    Worker *p = &s->worker[w];
    c->t_close[r] = t;
    p->job = -1, p->seen = t;
    p->x = c->cell[r] % c->width, p->y = c->cell[r] / c->width;
    if (p->late) go_home(s, w, t);
    if (p->on_duty && p->until > t) pick_next(s, w, t);
}

static void start_shift(Run *s, int64_t w, double t) {
    Worker *p = &s->worker[w];
    p->on_duty = 1, p->until = s->c->duty_end[p->stretch];
    if (p->job >= 0) p->late = 1;
    else go_home(s, w, t);
}

static void end_shift(Run *s, int64_t w) {
    Worker *p = &s->worker[w];
    p->stretch++, p->on_duty = 0, p->late = 0;
}

static const Run *sorted_run;

static int by_readiness(const void *a, const void *b) {
    int64_t r = *(const int64_t *)a, other = *(const int64_t *)b;
    return ready_before(sorted_run, r, other) ? -1 : 1;
}

static void open_class(Run *s, int64_t k, double t) {
    const City *c = s->c;
    int64_t count = 0;
    for (int64_t zone = 0; zone < c->zones; zone++)
        for (int64_t r = s->queue[zone * c->classes + k].head; r >= 0; r = s->after[r])
            s->asking[count++] = r;
    sorted_run = s;
    qsort(s->asking, (size_t)count, sizeof(int64_t), by_readiness);
    for (int64_t at = 0; at < count; at++)
        if (find_worker(s, s->asking[at], t)) leave(s, s->asking[at]);
}

/* --- the loop ------------------------------------------------------------------------- */

static void happen(Run *s, double t, int64_t code) {
    int64_t rank = code >> 58, k = (code >> 54) & 15, number = code & (((int64_t)1 << 54) - 1);
    Worker *p = &s->worker[number];
    if (rank == JOB_END) end_job(s, number, t);
    else if (rank == SHIFT_START) start_shift(s, number, t);
    else if (rank == SHIFT_END && k == 0) end_shift(s, number);
    else if (rank == SHIFT_END && k == LOOK_FOR_WORK) {
        if (p->on_duty && p->until > t && p->job < 0) pick_next(s, number, t);
    } else if (rank == RELEASE && number > 0) seek(s, number - 1, t);
    else if (rank == RELEASE && k < s->c->classes) open_class(s, k, t);
    else if (rank == ARRIVAL) seek(s, number, t);
}

static void *numbers(int64_t count, int64_t value) {
    int64_t *made = malloc((size_t)(count + 1) * sizeof(int64_t));
    for (int64_t at = 0; at < count; at++) made[at] = value;
    return made;
}

void simulate(const City *c, double until) {
    Run run = {.c = c, .room = 1024}, *s = &run;
    int64_t call = 0, turn = 0;
    s->worker = calloc((size_t)c->workers + 1, sizeof(Worker));
    s->queue = numbers(2 * c->zones * c->classes, -1);
    s->waiting = numbers(c->classes, 0), s->hops = numbers(c->requests, 0);
    s->zone = numbers(c->requests, -1), s->asking = numbers(c->requests, 0);
    s->before = numbers(c->requests, -1), s->after = numbers(c->requests, -1);
    s->t_ready = numbers(c->requests, 0), s->t_served = numbers(c->requests, 0);
    s->heap = malloc((size_t)s->room * sizeof(Entry));
    for (int64_t w = 0; w < c->workers; w++)
        s->worker[w].job = -1, s->worker[w].stretch = c->stretch[w];
    for (;;) {
        Entry next = {INFINITY, 0};
        int source = 0;
        if (s->size > 0) next = s->heap[0];
        if (turn < c->calendar) {
            Entry entry = {c->calendar_t[turn], c->calendar_code[turn]};
            if (sooner(entry, next)) next = entry, source = 1;
        }
        if (call < c->arrivals) {
            int64_t r = c->arrival[call];
            Entry entry = {c->t_enter[r], code_of(ARRIVAL, c->urgency[r], r)};
            if (sooner(entry, next)) next = entry, source = 2;
        }
        if (!(next.t <= until)) break;
        if (source == 0) drop(s);
        else if (source == 1) turn++;
        else call++;
        happen(s, next.t, next.code);
    }
    free(s->worker), free(s->queue), free(s->waiting), free(s->hops), free(s->zone);
    free(s->asking), free(s->before), free(s->after), free(s->t_ready), free(s->t_served);
    free(s->heap);
}
