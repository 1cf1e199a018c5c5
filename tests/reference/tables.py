"""What a run leaves behind, in the columns of a record."""

import math

import pandas as pd

from sim.base import CLASSES, DOMAINS
from sim.units import DAY
from tests.reference.model import City
from tests.reference.request import NOT_YET, Request
from tests.reference.spans import Span, Spans, union
from tests.reference.worker import Worker
from tests.reference.zone import Zone


def requests(city: City) -> pd.DataFrame:
    """One row per need that may be spoken of, in their order on the tape."""
    present = Presence(city)
    rows = [request_row(city, present, request) for request in city.requests if kept(city, request)]
    return pd.DataFrame(rows)


def kept(city: City, request: Request) -> bool:
    """Calls made, or not yet triaged; what was hidden or fell due; what did follow."""
    unborn = request.status == "unborn"
    if request.kind == "call":
        made = bool(city.plan.world.tape.reported[request.number])
        return request.status != "unreported" and (made or not unborn)
    if request.kind in {"latent", "recurring"}:
        return request.t_enter <= city.end
    return not unborn


def request_row(city: City, present: "Presence", request: Request) -> dict[str, object]:
    """One request, by the names of a record's columns."""
    clock, end = city.plan.case.clock, city.end
    start = clock.warmup_days * DAY
    map_, tape = city.plan.world.city, city.plan.world.tape
    worker, owned = request.worker, not math.isnan(request.t_ready)
    begins = request.t_enter if request.kind == "latent" else request.t_reported
    inside = start <= begins < start + clock.days * DAY
    taken = not math.isnan(request.t_dispatch)
    return {
        "request": request.key,
        "kind": request.kind,
        "t_onset": request.t_enter if request.kind == "latent" else NOT_YET,
        "t_reported": request.t_reported,
        "measured": inside and request.kind in {"call", "latent"},
        "cell": request.cell,
        "community": map_.communities[map_.community[request.cell]],
        "domain": DOMAINS[request.domain],
        "urgency": CLASSES[request.urgency],
        "vulnerable": bool(tape.vulnerable[request.number]),
        **_resident(city, int(tape.resident[request.number])),
        "zone": request.zone.number if owned else -1,
        "line": request.zone.line.name if owned else None,
        "worker": -1 if worker is None else worker.number,
        "role": None if worker is None else worker.role,
        "tier": request.tier,
        "status": request.status,
        "handoffs": request.handoffs,
        "repeats": request.repeats,
        "outdoor": bool(tape.outdoor[request.number]),
        "found_by": request.found_by,
        "t_ready": request.t_ready,
        "t_dispatch": request.t_dispatch,
        "t_arrive": request.t_arrive if request.t_arrive <= end else NOT_YET,
        "t_served": request.t_served if request.t_served <= end else NOT_YET,
        "t_desk": request.t_desk,
        "t_attended": request.t_attended,
        "t_close": request.t_close,
        "triage": request.t_triaged - request.t_reported,
        "unclear": request.unclear,
        "handoff": request.handoff,
        **waits(city, present, request),
        "travel": sum(leg.there - leg.left for leg in request.legs) if taken else NOT_YET,
        "service": sum(leg.done - leg.there for leg in request.legs) if taken else NOT_YET,
        "coordination": request.t_close - request.t_served,
    }


def _resident(city: City, number: int) -> dict[str, object]:
    """Where the resident lives and whether he is old; a non-resident has no number."""
    if number < 0:
        return {"home": None, "elderly": False}
    people, map_ = city.plan.world.people, city.plan.world.city
    home = map_.communities[map_.community[people.home[number]]]
    return {"home": home, "elderly": bool(people.elderly[number])}


def waits(city: City, present: "Presence", request: Request) -> dict[str, float]:
    """From ready to dispatch: the class is closed, else nobody is on duty, else a queue.

    What an interruption took is queue too.
    """
    since, until = request.t_ready, request.t_dispatch
    if math.isnan(until):
        return {"deferred": NOT_YET, "off_duty": NOT_YET, "queue": NOT_YET}
    hours = city.hours[request.urgency]
    served = hours & present.of(request.zone, request.domain)
    is_open, queue = hours.minutes(since, until), served.minutes(since, until)
    away = sum(
        later.left - leg.done
        for leg, later in zip(request.legs, request.legs[1:], strict=False)
        if not math.isnan(request.t_served)
    )
    return {
        "deferred": until - since - is_open,
        "off_duty": is_open - queue,
        "queue": queue + away,
    }


class Presence:
    """When somebody eligible was on duty, by zone and domain."""

    def __init__(self, city: City) -> None:
        self._attended = {worker: Spans(worker.attended) for worker in city.workers}
        self._known: dict[tuple[Zone, int], Spans] = {}

    def of(self, zone: Zone, domain: int) -> Spans:
        """The shifts of those posted to a zone who can do a domain, laid over each other."""
        if (zone, domain) not in self._known:
            able = [worker for worker in zone.workers if worker.can_do(domain)]
            self._known[zone, domain] = union(self._attended[worker] for worker in able)
        return self._known[zone, domain]


def work(city: City) -> pd.DataFrame:
    """One row per worker: minutes in the measured part."""
    clock = city.plan.case.clock
    start = clock.warmup_days * DAY
    window = (start, start + clock.days * DAY)
    return pd.DataFrame([work_row(worker, window, city.end) for worker in city.workers])


def work_row(worker: Worker, window: Span, end: float) -> dict[str, object]:
    """One worker, by the names of a record's columns."""
    seen, shifts = Spans([window]), Spans([window]) & Spans(worker.attended)
    jobs = Spans((leg.left, leg.done) for leg in worker.legs)
    since = worker.task_began
    on_tasks = worker.on_tasks + ([(since, end)] if worker.task is not None else [])
    begun = sum(window[0] <= leg.left < window[1] for leg in worker.legs if not leg.resumed)
    busy = (jobs & seen).minutes(*window)
    return {
        "worker": worker.number,
        "role": worker.role,
        "unit": worker.unit,
        "requests": begun,
        "travel": sum(seen.minutes(leg.left, leg.there) for leg in worker.legs),
        "service": sum(seen.minutes(leg.there, leg.done) for leg in worker.legs),
        "background": sum(seen.minutes(*span) for span in on_tasks),
        "overtime": busy - (jobs & shifts).minutes(*window),
        "paid": worker.duty.minutes(*window),
        "undone": sum(task.length for task in worker.tasks)
        - sum(stop - go for go, stop in on_tasks),
    }


def facts(city: City) -> dict[str, float]:
    """Trust at the end, and the share of cells and residents that saw a uniform per day."""
    clock, density = city.plan.case.clock, city.plan.world.city.density
    measured = range(clock.warmup_days, clock.warmup_days + clock.days)
    shown = city.patrol.seen | {
        (int(leg.there // DAY), leg.request.cell)
        for worker in city.workers
        if worker.visible
        for leg in worker.legs
        if leg.arrived and leg.there <= city.end
    }
    inside = [cell for day, cell in shown if day in measured]
    return {
        "trust": city.trust.level,
        "visible_cells": len(inside) / len(density) / clock.days,
        "visible_residents": float(density[inside].sum() / density.sum() / clock.days),
    }
