"""The mutants: each a defect that somebody might well write, and the tests that ought to see it.

``old`` stands exactly once in ``file``; ``tests`` are few and fast, for each is run alone.
Where the model is drawn, not run, the tables are broken as well as the event loop.
"""

from dataclasses import dataclass

DISPATCH = "sim/engine/dispatch.py"
PICKING = "sim/engine/picking.py"
ELIGIBLE = "sim/engine/eligible.py"
QUEUE = "sim/engine/queue.py"
ROUTING = "sim/engine/routing.py"
SENDING = "sim/engine/sending.py"
SHIFTS = "sim/engine/shifts.py"
DUTY = "sim/engine/duty.py"
DESKS = "sim/engine/desks.py"
SENSING = "sim/engine/sensing.py"
RESIDENTS = "sim/engine/residents.py"
SURGE = "sim/engine/surge.py"
REFORM = "sim/engine/reform.py"
RULES = "sim/engine/rules.py"
STATE = "sim/engine/state.py"
TABLES = "sim/engine/tables.py"
UNITS = "sim/units.py"

T_DISPATCH = "tests/policy/test_dispatch.py"
T_ROUTING = "tests/policy/test_routing.py"
T_STAFFING = "tests/policy/test_staffing.py"
T_DUTY = "tests/engine/test_duty.py"
T_UNITS = "tests/engine/test_units.py"
T_EDGES = "tests/engine/test_edges.py"
T_DESKS = "tests/engine/test_desks.py"
T_PARTS = "tests/engine/test_parts.py"
T_PREEMPTION = "tests/engine/test_preemption.py"
T_REFORM = "tests/engine/test_reform.py"
T_RESIDENTS = "tests/engine/test_residents.py"
T_VISIBILITY = "tests/engine/test_visibility.py"
T_SENSING = "tests/policy/test_sensing.py"
T_SURGE = "tests/policy/test_surge.py"
T_WHISTLE = "tests/policy/test_whistle.py"
T_REFERENCE = "tests/reference/test_mechanisms.py"
T_SERVICE = "tests/world/test_service.py"


@dataclass(frozen=True)
class Mutant:
    """One defect: ``new`` stands in a file where ``old`` ought to."""

    name: str
    words: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    # --- shifts -------------------------------------------------------------------------
    Mutant(
        "shift_too_long",
        "whoever goes off duty at this instant is still sent",
        ELIGIBLE,
        "s.worker.until[w] > t",
        "s.worker.until[w] >= t",
        (f"{T_EDGES}::test_whose_job_ends_with_his_shift_takes_nothing_more",),
    ),
    Mutant(
        "leave_before_come",
        "at one instant shifts end before others start",
        STATE,
        "JOB_END, SHIFT_START, SHIFT_END, RELEASE, ARRIVAL = range(5)",
        "JOB_END, SHIFT_END, SHIFT_START, RELEASE, ARRIVAL = range(5)",
        (f"{T_EDGES}::test_whoever_relieves_a_colleague_comes_before_the_neighbour",),
    ),
    Mutant(
        "overtime_into_next_shift",
        "overtime counts up to the end of the job, also when the next shift has begun",
        SHIFTS,
        "measured(s, s.worker.off_since[w], t)\n        s.worker.late[w] = 1",
        "measured(\n"
        "            s, s.worker.off_since[w], s.request.t_served[s.worker.job[w]]\n"
        "        )\n"
        "        s.worker.late[w] = 1",
        (f"{T_PREEMPTION}::test_a_shift_that_begins_finds_him_still_at_it",),
    ),
    Mutant(
        "nobody_asks_for_cover",
        "what waits when the last of a zone go home asks nobody",
        SHIFTS,
        "if s.urgency.waiting[c] > 0 and class_open(s, c, t):",
        "if s.urgency.waiting[c] < 0 and class_open(s, c, t):",
        (f"{T_SERVICE}::test_a_request_left_by_the_last_worker_is_covered",),
    ),
    Mutant(
        "volunteers_always_come",
        "trust does not decide who comes of free will",
        SHIFTS,
        "return luck < s.daily.turnout[day]",
        "return True",
        (f"{T_RESIDENTS}::test_who_comes_of_free_will_stays_away_when_trust_is_lost",),
    ),
    # --- who goes -----------------------------------------------------------------------
    Mutant(
        "straight_way",
        "the way is the longer of the two sides, not their sum",
        RULES,
        "steps = abs(cell % width - x) + abs(cell // width - y)",
        "steps = max(abs(cell % width - x), abs(cell // width - y))",
        (f"{T_DISPATCH}::test_the_nearest_goes",),
    ),
    Mutant(
        "tie_by_rank",
        "of two equally near the lower number goes",
        DISPATCH,
        "tie(s, r, w) < tie(s, r, best)",
        "w < best",
        (f"{T_DISPATCH}::test_a_tie_is_drawn_by_lot",),
    ),
    Mutant(
        "tie_without_request",
        "the lot among equally near workers is the same for every request",
        DISPATCH,
        "uniform(s.run.lucky_tie[0], s.request.key[r], s.worker.key[w])",
        "uniform(s.run.lucky_tie[0], s.worker.key[w], s.worker.key[w])",
        (f"{T_DISPATCH}::test_a_tie_is_drawn_by_lot",),
    ),
    Mutant(
        "class_ignored",
        "a free worker takes the least urgent first",
        PICKING,
        "for rank in range(len(s.urgency)):",
        "for rank in range(len(s.urgency) - 1, -1, -1):",
        (f"{T_DISPATCH}::test_a_free_worker_takes_the_most_urgent_and_then_the_oldest",),
    ),
    Mutant(
        "waiting_brings_nobody_up",
        "a request never leaves its class, however fast it ages",
        PICKING,
        "return r if s.request.urgency[r] - steps <= rank else -1",
        "return -1",
        (f"{T_DISPATCH}::test_who_waits_long_enough_comes_before_a_more_urgent_class",),
    ),
    Mutant(
        "ageing_into_emergencies",
        "what has waited long comes before an emergency",
        PICKING,
        "if s.run.ageing[0] == 0.0 or s.urgency.citywide[rank] == 1:",
        "if s.run.ageing[0] == 0.0:",
        (f"{T_DISPATCH}::test_no_waiting_comes_before_an_emergency",),
    ),
    Mutant(
        "last_come_first_served",
        "of two requests the one ready last comes first",
        QUEUE,
        "return r if s.request.t_ready[r] < s.request.t_ready[other] else other",
        "return r if s.request.t_ready[r] > s.request.t_ready[other] else other",
        (f"{T_EDGES}::test_of_his_zones_a_worker_serves_the_one_that_has_waited_longest",),
    ),
    Mutant(
        "first_come_of_one_instant",
        "of two that are ready at one instant, the one that joined first is first",
        QUEUE,
        "while last >= 0 and earlier(s, last, r) == r:",
        "while last >= 0 and last < 0:",
        (f"{T_REFERENCE}::test_they_agree_when_everything_happens_in_whole_minutes[4]",),
    ),
    Mutant(
        "back_before_emergencies",
        "whoever was called off goes back although another emergency waits",
        SHIFTS,
        "if not pick_before_going_back(s, w, t):",
        "if w >= 0:",
        (f"{T_PREEMPTION}::test_an_emergency_that_waits_is_served_before_he_goes_back",),
    ),
    Mutant(
        "kept_back_and_forgotten",
        "whoever is kept by more than a task is not woken after the next",
        ELIGIBLE,
        "if s.run.overflow[0] == 1 or s.run.chain[0] == 1:",
        "if s.run.overflow[0] == 2:",
        (f"{T_REFERENCE}::test_they_agree_where_more_than_a_task_keeps_somebody_back",),
    ),
    Mutant(
        "capacity_plus_one",
        "a zone lets one more wait than it has room for",
        ROUTING,
        "if waiting >= s.run.capacity[0]:",
        "if waiting > s.run.capacity[0]:",
        (f"{T_DISPATCH}::test_beyond_its_capacity_a_zone_turns_requests_away",),
    ),
    # --- who stands in ------------------------------------------------------------------
    Mutant(
        "cover_always_open",
        "neighbours stand in although somebody of the owner is on duty",
        DISPATCH,
        "if s.run.best[0] < 0 and s.presence.count[zone, domain] == 0:\n        tier = COVER",
        "if s.run.best[0] < 0:\n        tier = COVER",
        (f"{T_SERVICE}::test_a_busy_worker_is_on_duty",),
    ),
    Mutant(
        "night_while_line_works",
        "responders take urgent requests although the line has people on duty",
        ELIGIBLE,
        "s.line_present[s.zone.line[zone], domain] == 0",
        "s.line_present[s.zone.line[zone], domain] >= 0",
        (f"{T_EDGES}::test_police_stay_out_while_anybody_of_the_line_is_on_duty",),
    ),
    Mutant(
        "reserve_ignored",
        "nobody is kept free for emergencies",
        ELIGIBLE,
        "return s.unit.free[s.worker.unit[w]] - 1 < s.role.reserve[s.worker.role[w]]",
        "return False",
        (f"{T_DISPATCH}::test_the_last_free_officer_is_kept_for_emergencies",),
    ),
    Mutant(
        "overflow_counts_itself",
        "a request that waits alone calls its neighbours",
        DISPATCH,
        "waiting_in(s, zone, t) - int(s.request.status[r] == WAITING) >= 1",
        "waiting_in(s, zone, t) >= 1",
        (f"{T_EDGES}::test_a_request_that_waits_alone_when_its_doors_open_is_no_overflow",),
    ),
    Mutant(
        "first_to_wait_forgotten",
        "a second request lets nobody help the one that waited alone",
        ROUTING,
        "if s.run.overflow[0] == 1 and waiting_in(s, zone, t) == 2:",
        "if s.run.overflow[0] == 1 and waiting_in(s, zone, t) == 0:",
        (f"{T_DISPATCH}::test_a_request_that_joins_another_opens_help_for_that_one_too",),
    ),
    Mutant(
        "helper_leaves_his_own",
        "a helper who becomes free leaves his own queue for his ward's",
        PICKING,
        "if helps and has_own_waiting(s, w, t):",
        "if False:",
        (
            f"{T_EDGES}::test_a_backup_who_becomes_free_serves_his_own_zone_first_whatever_is_urgent",
        ),
    ),
    Mutant(
        "backup_leaves_his_own",
        "a backup is sent to his ward although a request of his own zones waits",
        DISPATCH,
        "if at_post(s, w) and not has_own_waiting(s, w, t):",
        "if at_post(s, w):",
        (f"{T_DISPATCH}::test_a_backup_with_a_request_of_his_own_waiting_is_kept_by_it",),
    ),
    # --- background tasks and patrol ----------------------------------------------------
    Mutant(
        "interrupted_task_lost",
        "a task laid down for a request is not taken up again",
        DUTY,
        "s.worker.task_left[w] = s.worker.task_end[w] - t",
        "s.worker.task_left[w] = 0.0",
        (f"{T_EDGES}::test_an_interrupted_task_is_taken_up_again",),
    ),
    Mutant(
        "task_ends_unseen",
        "whoever ends a task that kept him from a request does not look for it",
        DUTY,
        "schedule(s, end, code_of(JOB_END, TASK_DONE, w))",
        "pass",
        (f"{T_EDGES}::test_a_request_that_may_not_interrupt_a_task_is_taken_when_it_ends",),
    ),
    Mutant(
        "patrol_leaves_unit",
        "a patrol walks out of its unit",
        DUTY,
        "stays = int(s.unit_at[area, cell] == unit)",
        "stays = int(cell < cells)",
        (f"{T_DUTY}::test_patrol_stays_in_the_unit",),
    ),
    Mutant(
        "everybody_in_uniform",
        "residents see whoever walks by, not only those in uniform",
        DUTY,
        "return s.role.visible[s.worker.role[w]] == 1",
        "return s.role.visible[s.worker.role[w]] >= 0",
        (f"{T_VISIBILITY}::test_who_wears_no_uniform_is_not_seen",),
    ),
    # --- the way to the owner -----------------------------------------------------------
    Mutant(
        "office_works_on_sundays",
        "the office clock runs at weekends",
        UNITS,
        "if day >= 5.0:",
        "if day >= 7.0:",
        (f"{T_UNITS}::test_the_office_is_closed_on_weekends",),
    ),
    Mutant(
        "lost_handoff",
        "a request handed on never arrives",
        ROUTING,
        "s.request.handoff[r] += until - t\n    schedule(s, until, code_of(RELEASE, c, r + 1))",
        "s.request.handoff[r] += until - t",
        (f"{T_ROUTING}::test_a_handoff_on_friday_evening_ends_on_monday",),
    ),
    Mutant(
        "handoff_luck_constant",
        "every handoff of a request takes as long as its first",
        ROUTING,
        "uniform(s.run.lucky_handoff[0], s.request.key[r], np.uint64(s.request.hops[r]))",
        "uniform(s.run.lucky_handoff[0], s.request.key[r], np.uint64(0))",
        (f"{T_EDGES}::test_a_wrong_name_is_never_right_and_every_handoff_takes_its_own_time",),
    ),
    Mutant(
        "wrong_name_is_right",
        "a wrong name may be the right one",
        ROUTING,
        "return other if other < domain else other + 1",
        "return other",
        (f"{T_EDGES}::test_a_wrong_name_is_never_right_and_every_handoff_takes_its_own_time",),
    ),
    Mutant(
        "scheduled_work_disputed",
        "an unclear area delays what knows its owner too",
        ROUTING,
        "if s.disputed[s.request.cell[r]] and s.urgency.unclear[c] > 0.0 and by_name(s, r):",
        "if s.disputed[s.request.cell[r]] and s.urgency.unclear[c] > 0.0:",
        (f"{T_EDGES}::test_scheduled_work_knows_its_owner",),
    ),
    Mutant(
        "door_opens_unseen",
        "when a class opens nothing that waits asks for a worker",
        ROUTING,
        "if other == c or (s.run.overflow[0] == 1 and class_open(s, other, t)):",
        "if s.run.overflow[0] == 1 and class_open(s, other, t):",
        (f"{T_SERVICE}::test_a_routine_request_at_night_waits_until_opening",),
    ),
    Mutant(
        "joint_without_handoff",
        "the second part of a joint case is at once at another zone's",
        ROUTING,
        "if owner == s.request.zone[r]:",
        "if owner >= 0:",
        (f"{T_PARTS}::test_another_owner_has_it_after_one_handoff",),
    ),
    Mutant(
        "reopened_at_once",
        "a closed case comes back the moment it is closed",
        SHIFTS,
        "schedule(s, t + s.run.reopen_after[0], code_of(RELEASE, REOPEN, s.request.again[r]))",
        "schedule(s, t, code_of(RELEASE, REOPEN, s.request.again[r]))",
        (f"{T_PARTS}::test_a_closed_case_comes_back_a_day_later",),
    ),
    Mutant(
        "parent_left_open",
        "a joint case stays open when its second part is done",
        SHIFTS,
        "parent[r]\n        s.request.status[r], s.request.t_close[r] = CLOSED, t",
        "parent[r]",
        (f"{T_PARTS}::test_the_second_part_is_ready_when_the_first_visit_ends",),
    ),
    # --- the times of a request ---------------------------------------------------------
    Mutant(
        "closed_doors_are_queue",
        "minutes behind closed doors count as waiting in a queue",
        SENDING,
        "s.request.deferred[r] = (t - ready) - open_minutes(s, c, ready, t)",
        "s.request.deferred[r] = 0.0",
        (f"{T_SERVICE}::test_a_routine_request_at_night_waits_until_opening",),
    ),
    Mutant(
        "absent_since_ever",
        "a request is charged the absence from before it was ready",
        SENDING,
        "absent_minutes(s, zone, domain, c, t) - s.request.absent_mark[r]",
        "absent_minutes(s, zone, domain, c, t)",
        (f"{T_SERVICE}::test_a_neighbour_comes_when_nobody_is_on_duty",),
    ),
    Mutant(
        "slow_in_own_domains",
        "work takes longer in one's own domains too",
        TABLES,
        'rows.extra = np.where(words != "own", plan.case.policy.staffing.slowdown, 0.0)',
        'rows.extra = np.where(words != "none", plan.case.policy.staffing.slowdown, 0.0)',
        (f"{T_STAFFING}::test_work_outside_ones_own_domains_takes_longer",),
    ),
    Mutant(
        "learning_grows",
        "practice makes work outside one's own domains slower",
        TABLES,
        "rows.learning = np.exp(-day / practice.learning_days)",
        "rows.learning = np.exp(day / practice.learning_days)",
        (f"{T_STAFFING}::test_the_slowdown_fades_with_practice",),
    ),
    Mutant(
        "diluted_by_all",
        "ownership is diluted by everybody posted to a zone, skilled or not",
        TABLES,
        "plan.posting.zones.T @ able.astype(np.int64)",
        "plan.posting.zones.T @ np.ones_like(able, dtype=np.int64)",
        (f"{T_STAFFING}::test_work_that_many_share_takes_longer",),
    ),
    # --- pre-emption and surge ----------------------------------------------------------
    Mutant(
        "remainder_lost",
        "a job one was called off is done when one comes back",
        SENDING,
        "s.request.work_left[r] = served - start",
        "s.request.work_left[r] = 0.0",
        (f"{T_PREEMPTION}::test_an_emergency_calls_an_officer_off_his_job",),
    ),
    Mutant(
        "first_arrival_overwritten",
        "the time of arrival is that of the last return",
        SENDING,
        "if np.isnan(s.request.t_arrive[r]):",
        "if True:",
        (f"{T_PREEMPTION}::test_an_emergency_calls_an_officer_off_his_job",),
    ),
    Mutant(
        "called_off_from_home",
        "whoever is called off on his way starts from where he set out",
        SENDING,
        "done = int((across + along) * (t - left) / (there - left))",
        "done = 0",
        (f"{T_PREEMPTION}::test_who_is_on_his_way_turns_round_where_he_is",),
    ),
    Mutant(
        "surge_never_ends",
        "those who switched to rapid response never switch back",
        SURGE,
        "if s.run.surge[0] == 1 and s.run.emergencies[0] <= s.run.surge_to[0]:",
        "if s.run.surge[0] == 1 and s.run.emergencies[0] < 0:",
        (f"{T_SURGE}::test_while_many_emergencies_are_open_routine_work_waits",),
    ),
    Mutant(
        "surge_keeps_nobody",
        "those who switched to rapid response take anything",
        ELIGIBLE,
        "return s.run.surge[0] == 1 and s.worker.switches[w] == 1 and",
        "return s.run.surge[0] < 0 and",
        (f"{T_SURGE}::test_while_many_emergencies_are_open_routine_work_waits",),
    ),
    Mutant(
        "called_off_by_equals",
        "an emergency calls somebody off an emergency",
        DISPATCH,
        "if s.request.urgency[job] > s.request.urgency[r]:",
        "if s.request.urgency[job] >= s.request.urgency[r]:",
        (f"{T_PREEMPTION}::test_nobody_is_called_off_an_emergency",),
    ),
    Mutant(
        "given_up_still_open",
        "an emergency whose caller has given up goes on counting for the surge",
        RESIDENTS,
        "if s.urgency.citywide[s.request.urgency[r]] == 1:",
        "if s.urgency.citywide[s.request.urgency[r]] < 0:",
        (f"{T_SURGE}::test_an_emergency_that_is_given_up_is_not_open",),
    ),
    # --- departments --------------------------------------------------------------------
    Mutant(
        "letters_last_come_first",
        "the letter that came last is opened first",
        DESKS,
        "last = s.desk.letter_tail[d]\n"
        "        s.desk.letter_tail[d] = r\n"
        "        if last < 0:\n"
        "            s.desk.letter_head[d] = r",
        "s.request.after[r] = s.desk.letter_head[d]\n"
        "        s.desk.letter_head[d] = r\n"
        "        last = -1",
        (f"{T_DESKS}::test_an_officer_takes_one_case_after_the_other",),
    ),
    Mutant(
        "whistle_waits_with_letters",
        "whistled cases queue among the letters",
        DESKS,
        "if whistled(s, r):\n        last",
        "if False:\n        last",
        (f"{T_DESKS}::test_whistled_cases_are_taken_before_letters",),
    ),
    Mutant(
        "officer_never_freed",
        "an officer who has closed a case is busy for good",
        DESKS,
        "s.desk.busy[d] -= 1",
        "s.desk.busy[d] -= 0",
        (f"{T_DESKS}::test_an_officer_takes_one_case_after_the_other",),
    ),
    Mutant(
        "nobody_signs",
        "cases go to the department without the leader's approval",
        DESKS,
        "if s.run.approval[0] > 0.0:",
        "if s.run.approval[0] < 0.0:",
        (f"{T_DESKS}::test_a_leader_signs_a_case_before_it_leaves",),
    ),
    Mutant(
        "limit_to_report_in_ignored",
        "a whistled department takes as long as it likes to report in",
        DESKS,
        "min(minutes, s.run.report_in[0])",
        "minutes",
        (f"{T_WHISTLE}::test_a_limit_to_report_in_holds_for_whistles_only",),
    ),
    # --- hidden problems ----------------------------------------------------------------
    Mutant(
        "found_at_first_look",
        "a patrol finds whatever lies hidden, searched for or not",
        SENSING,
        "if s.request.status[r] == HIDDEN and s.trail.target[node] <= reached:",
        "if s.request.status[r] == HIDDEN:",
        (f"{T_SENSING}::test_each_is_found_for_itself_however_many_there_are",),
    ),
    Mutant(
        "found_twice",
        "residents report again what a patrol has found",
        SENSING,
        "if s.request.status[r] != HIDDEN or s.request.t_known[r] != t:",
        "if s.request.t_known[r] != t:",
        (f"{T_SENSING}::test_whoever_is_first_reports_it",),
    ),
    Mutant(
        "busy_workers_search",
        "whoever is on a request goes on searching",
        SENDING,
        "set_out(s, r, w, t)\n    become_busy(s, w, t)",
        "set_out(s, r, w, t)",
        (f"{T_SENSING}::test_who_is_on_a_request_does_not_look",),
    ),
    Mutant(
        "ignition_keeps_class",
        "what ignites is no more urgent than before",
        SENSING,
        "        s.request.urgency[r] = s.request.then_urgency[r]\n",
        "",
        (f"{T_SENSING}::test_what_ignites_is_an_emergency",),
    ),
    # --- residents ----------------------------------------------------------------------
    Mutant(
        "repeat_not_counted",
        "patience is renewed without another call",
        RESIDENTS,
        "        s.request.calls[r] += 1\n",
        "",
        (f"{T_RESIDENTS}::test_who_loses_patience_calls_again",),
    ),
    Mutant(
        "abandoned_on_the_way",
        "a request whose caller has given up still comes to its owner",
        ROUTING,
        "if s.request.status[r] != MOVING:\n        return",
        "if s.request.status[r] < 0:\n        return",
        (f"{T_RESIDENTS}::test_who_gives_up_on_the_way_is_not_served_later",),
    ),
    Mutant(
        "abandoned_still_waits",
        "a request whose caller has given up stays in the queue",
        RESIDENTS,
        "if s.request.status[r] == WAITING:\n        leave_queue(s, r)",
        "if s.request.status[r] < 0:\n        leave_queue(s, r)",
        (f"{T_RESIDENTS}::test_who_gives_up_leaves_the_queue",),
    ),
    Mutant(
        "trust_updated_twice",
        "a day of answers moves trust twice",
        RESIDENTS,
        "        s.run.trust[0] += s.run.trust_gain[0] * (share - s.run.trust[0])\n",
        "        s.run.trust[0] += s.run.trust_gain[0] * (share - s.run.trust[0])\n" * 2,
        (f"{T_RESIDENTS}::test_trust_moves_towards_the_share_of_answers_that_came_in_time",),
    ),
    Mutant(
        "in_time_from_readiness",
        "an answer is in time by when the owner had the request, not by when it was reported",
        SENDING,
        "int(s.request.t_arrive[r] - s.request.t_reported[r] <= s.run.in_time_min[0])",
        "int(s.request.t_arrive[r] - s.request.t_ready[r] <= s.run.in_time_min[0])",
        (f"{T_EDGES}::test_an_answer_is_in_time_by_when_it_was_asked_for",),
    ),
    # --- the day of the reform ----------------------------------------------------------
    Mutant(
        "reform_loses_waiting",
        "what waits on the day of the reform is in no queue afterwards",
        REFORM,
        "        join_queue(new, int(r))\n",
        "",
        (f"{T_REFORM}::test_what_waits_goes_to_its_new_owner_who_may_be_free",),
    ),
    Mutant(
        "reform_keeps_owner",
        "what waits on the day of the reform stays with its old zone",
        REFORM,
        "zone = int(new.owner[domain, old.request.cell[r]])",
        "zone = min(int(old.request.zone[r]), len(new.zone) - 1)",
        (f"{T_EDGES}::test_what_waits_where_zones_change_hands_goes_to_the_new_owner",),
    ),
    Mutant(
        "reform_moves_at_once",
        "workers take their new posts in the middle of a shift",
        REFORM,
        "            new.worker.post_last[w] = new.worker.post_first[w]\n",
        "            pass\n",
        (f"{T_REFORM}::test_a_worker_in_the_middle_of_a_shift_takes_his_post_at_the_next_one",),
    ),
    Mutant(
        "reform_forgets_search",
        "what has been searched for a hidden problem is searched again after the reform",
        REFORM,
        "new.trail.target[node] = known.get(name, new.trail.target[node])",
        "new.trail.target[node] += 0.0 * known.get(name, 0.0)",
        (f"{T_REFORM}::test_hidden_problems_keep_what_has_been_searched",),
    ),
    Mutant(
        "dip_before_reform",
        "the dip after a reform is counted from the first day of the run",
        TABLES,
        "day = np.maximum(day - case.clock.reform_day, 0.0)",
        "day = np.maximum(day, 0.0)",
        (f"{T_REFORM}::test_practice_begins_with_the_reform",),
    ),
)
