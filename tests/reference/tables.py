"""What a run leaves behind, in the columns of a record."""

import math

import pandas as pd

from sim.base import CLASSES, DOMAINS
from sim.units import DAY
from tests.reference.model import City
from tests.reference.request import NOT_YET, Request
from tests.reference.spans import Span, Spans
from tests.reference.worker import Worker


def requests(city: City) -> pd.DataFrame:
    """One row per reported need, in their order on the tape."""
    return pd.DataFrame([request_row(city, request) for request in city.requests])


def request_row(city: City, request: Request) -> dict[str, object]:
    """One request, by the names of a record's columns."""
    clock = city.plan.case.clock
    start, end = clock.warmup_days * DAY, clock.total_days * DAY
    map_ = city.plan.world.city
    worker, owned = request.worker, not math.isnan(request.t_ready)
    row = {
        "request": request.key,
        "kind": "call",
        "t_onset": NOT_YET,
        "t_reported": request.t_reported,
        "measured": start <= request.t_reported < start + clock.days * DAY,
        "cell": request.cell,
        "community": map_.communities[map_.community[request.cell]],
        "domain": DOMAINS[request.domain],
        "urgency": CLASSES[request.urgency],
        "vulnerable": bool(city.plan.world.tape.vulnerable[request.number]),
        "zone": request.zone.number if owned else -1,
        "line": request.zone.line.name if owned else None,
        "worker": -1 if worker is None else worker.number,
        "role": None if worker is None else worker.role,
        "tier": request.tier,
        "status": request.status,
        "handoffs": request.handoffs,
        "repeats": 0,
        "outdoor": False,
        "found_by": None,
        "t_ready": request.t_ready,
        "t_dispatch": request.t_dispatch,
        "t_arrive": request.t_arrive if request.t_arrive <= end else NOT_YET,
        "t_served": request.t_served if request.t_served <= end else NOT_YET,
        "t_desk": NOT_YET,
        "t_attended": NOT_YET,
        "t_close": request.t_close,
        "triage": request.t_triaged - request.t_reported,
        "unclear": request.unclear,
        "handoff": request.handoff,
    }
    return (
        row
        | waits(city, request)
        | {
            "travel": request.t_arrive - request.t_dispatch,
            "service": request.t_served - request.t_arrive,
            "coordination": request.t_close - request.t_served,
        }
    )


def waits(city: City, request: Request) -> dict[str, float]:
    """From ready to dispatch: the class is closed, else nobody is on duty, else a queue."""
    since, until = request.t_ready, request.t_dispatch
    if math.isnan(until):
        return {"deferred": NOT_YET, "off_duty": NOT_YET, "queue": NOT_YET}
    hours = city.hours[request.urgency]
    served = hours & request.zone.manned[request.domain]
    is_open, queue = hours.minutes(since, until), served.minutes(since, until)
    return {"deferred": until - since - is_open, "off_duty": is_open - queue, "queue": queue}


def work(city: City) -> pd.DataFrame:
    """One row per worker: minutes in the measured part."""
    clock = city.plan.case.clock
    start = clock.warmup_days * DAY
    window = (start, start + clock.days * DAY)
    return pd.DataFrame(
        [work_row(worker, window, clock.total_days * DAY) for worker in city.workers]
    )


def work_row(worker: Worker, window: Span, end: float) -> dict[str, object]:
    """One worker, by the names of a record's columns."""
    seen, shifts = Spans([window]), Spans([window]) & worker.duty
    jobs = Spans(span for kind, span in worker.log if kind != "background")
    since = worker.task_began
    in_hand = [(since, end)] if worker.task is not None else []
    done = {
        kind: [span for name, span in worker.log if name == kind]
        for kind in ("travel", "service", "background")
    }
    done["background"] += in_hand
    minutes = {kind: sum(seen.minutes(*span) for span in spans) for kind, spans in done.items()}
    left = sum(task.length for task in worker.tasks)
    begun = sum(window[0] <= span[0] < window[1] for span in done["travel"])
    busy = (jobs & seen).minutes(*window)
    return {
        "worker": worker.number,
        "role": worker.role,
        "unit": worker.unit,
        "requests": begun,
        **minutes,
        "overtime": busy - (jobs & shifts).minutes(*window),
        "paid": worker.duty.minutes(*window),
        "undone": left - sum(stop - go for go, stop in done["background"]),
    }
