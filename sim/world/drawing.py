"""Drawing the tape: every number is keyed by the name of the need it belongs to."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import gamma, poisson

from sim import keyed
from sim.base import CLASSES, DOMAINS, CaseError, minute_of_day
from sim.keyed import Floats, Purpose
from sim.units import DAY
from sim.world.city import Map
from sim.world.demand import Demand, Recurring, hourly_rates
from sim.world.people import People, Population, place, visiting
from sim.world.service import Service, desk_minutes, work_minutes
from sim.world.tape import (
    AGAIN,
    CALL,
    IGNITED,
    KINDS,
    KNOWN_BY,
    LATENT,
    NOTICED,
    PART,
    RECURRING,
    Tape,
    tape_of,
    tape_rows,
)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def draw_tape(
    spec: Demand,
    people_spec: People,
    service: Service,
    city: Map,
    people: Population,
    days: int,
    seed: int,
    replication: int,
) -> Tape:
    """Draw every need of ``days`` days, or lay out the injected ones."""
    if spec.tape:
        return _injected(spec, city.cells)
    artist = _Artist(spec, people_spec, service, city, people, days, seed, replication)
    first = _sorted([artist.calls(), artist.latent(), *map(artist.recurring, spec.recurring)])
    return tape_of(artist.following(first))


def _sorted(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True).sort_values(["t_enter", "key"], ignore_index=True)


class _Artist:
    """Draws the parts of a tape; every number is keyed by the name of its need."""

    def __init__(
        self,
        spec: Demand,
        people_spec: People,
        service: Service,
        city: Map,
        people: Population,
        days: int,
        seed: int,
        replication: int,
    ) -> None:
        self.spec, self.people_spec, self.service = spec, people_spec, service
        self.city, self.people, self.days = city, people, days
        self.seed, self.replication = seed, replication
        self.weights = np.cumsum(people.weight)

    def luck(self, purpose: Purpose, entity: Any, k: Any = 0) -> Floats:
        """Numbers of the demand seed."""
        return keyed.u(keyed.stream(self.seed, self.replication, purpose), entity, k)

    def calls(self) -> pd.DataFrame:
        """What residents call for."""
        spec = self.spec
        key, stream, t = self._arrivals()
        domain = _domains(spec, stream, self.luck(Purpose.DOMAIN, key))
        resident, cell, stranger = self._where(key, t)
        ready_if = self.luck(Purpose.READINESS, key)
        return tape_rows(
            key=key,
            t_enter=t + self._triage(key),
            t_reported=t,
            triage=self._triage(key),
            resident=np.where(stranger, -1, resident),
            cell=cell,
            domain=domain,
            urgency=_urgency(spec, domain, self.luck(Purpose.CLASS, key)),
            work=work_minutes(self.service, domain, self.luck(Purpose.WORK, key)),
            vulnerable=self.people.vulnerable[resident] & ~stranger,
            ready_if=ready_if,
            reported=ready_if < spec.readiness,
            desk_work=self._desk_work(key, domain),
        )

    def latent(self) -> pd.DataFrame:
        """Problems that begin unseen, anywhere people are, at any hour."""
        spec = self.spec.latent
        daily = spec.per_1000_per_day * len(self.people.home) / 1000
        key, t = self._hourly(np.full(168, daily / 24), np.ones(self.days), 0, LATENT)
        names = [name for name in DOMAINS if spec.shares.get(name, 0.0) > 0]
        limits = np.cumsum([spec.shares[name] for name in names])
        chosen = np.searchsorted(limits, self.luck(Purpose.DOMAIN, key) * limits[-1], "right")
        domain = np.array([DOMAINS.index(name) for name in names])[
            np.minimum(chosen, len(names) - 1)
        ]
        resident, cell, _ = self._where(key, t)
        notice = t + self._wait(Purpose.NOTICE, key, domain, spec.notice_hours, 60.0)
        ignition = t + self._wait(Purpose.IGNITION, key, domain, spec.ignition_days, DAY)
        outdoor = np.array([spec.outdoor_share.get(name, 0.0) for name in DOMAINS])[domain]
        emergency = np.full(len(key), DOMAINS.index("emergency"))
        return tape_rows(
            key=key,
            kind=LATENT,
            t_enter=t,
            triage=self._triage(key),
            cell=cell,
            domain=domain,
            urgency=np.array([CLASSES.index(self.spec.urgency[name]) for name in DOMAINS])[domain],
            work=work_minutes(self.service, domain, self.luck(Purpose.WORK, key)),
            vulnerable=self.people.vulnerable[resident],
            desk_work=self._desk_work(key, domain),
            t_known=np.minimum(notice, ignition),
            known_by=np.where(ignition < notice, IGNITED, NOTICED),
            outdoor=self.luck(Purpose.OUTDOOR, key) < outdoor,
            ignites_work=work_minutes(self.service, emergency, self.luck(Purpose.WORK, key, 1)),
        )

    def recurring(self, task: Recurring) -> pd.DataFrame:
        """One kind of scheduled work, every day at drawn moments of its hours."""
        number = self.spec.recurring.index(task)
        day = np.arange(self.days)
        chance = self.luck(Purpose.RECURRING, day, number)
        count: Ints = np.floor(task.per_day + chance).astype(np.int64)
        when = np.repeat(day, count)
        ordinal = np.arange(len(when)) - np.repeat(np.cumsum(count) - count, count)
        key = (RECURRING << 59) | (number << 56) | (when << 32) | ordinal
        opens, closes = minute_of_day(task.starts), minute_of_day(task.ends)
        t = DAY * when + opens + (closes - opens) * self.luck(Purpose.MINUTE, key)
        place_key = (RECURRING << 59) | (number << 56) | ordinal if task.fixed else key
        able = np.flatnonzero(self.people.vulnerable) if task.vulnerable else None
        pool = np.arange(len(self.people.home)) if able is None else able
        chosen = (self.luck(Purpose.RESIDENT, place_key) * len(pool)).astype(np.int64)
        resident = pool[np.minimum(chosen, len(pool) - 1)] if len(pool) else chosen[:0]
        kept = slice(None) if len(pool) else slice(0)
        return tape_rows(
            key=key[kept],
            kind=RECURRING,
            t_enter=t[kept],
            t_reported=t[kept],
            resident=resident,
            cell=self.people.home[resident],
            domain=DOMAINS.index(task.domain),
            urgency=CLASSES.index("routine"),
            work=task.work_min,
            vulnerable=self.people.vulnerable[resident],
        )

    def following(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows and, behind them, second parts and reopenings of calls."""
        spec, key = self.spec, rows.key.to_numpy()
        call = rows.kind.to_numpy() == CALL
        alone = rows.desk_work.to_numpy() <= 0.0
        plain = rows.domain.to_numpy() != DOMAINS.index("emergency")
        joint = call & alone & plain & (self.luck(Purpose.JOINT, key) < spec.joint_share)
        again = call & (self.luck(Purpose.REOPEN, key) < spec.reopen_share)
        part, reopened = self._parts(rows[joint]), self._reopened(rows[again])
        first = len(rows)
        rows.loc[joint, "part"] = first + np.arange(len(part))
        rows.loc[again, "again"] = first + len(part) + np.arange(len(reopened))
        return pd.concat([rows, part, reopened], ignore_index=True)

    def _parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The second part of a joint case: another domain; neither is an emergency."""
        key = rows.key.to_numpy()
        emergency = DOMAINS.index("emergency")
        others = np.array([number for number in range(len(DOMAINS)) if number != emergency])
        first = np.searchsorted(others, rows.domain.to_numpy())
        step = 1 + (self.luck(Purpose.JOINT, key, 1) * (len(others) - 1)).astype(np.int64)
        domain = others[(first + step) % len(others)]
        work = work_minutes(self.service, domain, self.luck(Purpose.WORK, key, 1))
        return self._follow(rows, PART, domain, work)

    def _reopened(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The same trouble a day after closure, with fresh work."""
        key, domain = rows.key.to_numpy(), rows.domain.to_numpy()
        work = work_minutes(self.service, domain, self.luck(Purpose.WORK, key, 2))
        return self._follow(rows, AGAIN, domain, work)

    def _follow(self, rows: pd.DataFrame, kind: int, domain: Ints, work: Floats) -> pd.DataFrame:
        return tape_rows(
            key=rows.key.to_numpy() + (kind << 59),
            kind=kind,
            t_enter=np.nan,
            resident=rows.resident.to_numpy(),
            cell=rows.cell.to_numpy(),
            domain=domain,
            urgency=rows.urgency.to_numpy(),
            work=work,
            vulnerable=rows.vulnerable.to_numpy(),
            parent=rows.index.to_numpy(),
        )

    def _triage(self, key: Ints) -> Floats:
        wait: Floats = np.exp(self.spec.triage_sigma * ndtri(self.luck(Purpose.TRIAGE, key)))
        return self.spec.triage_median_min * wait

    def _desk_work(self, key: Ints, domain: Ints) -> Floats:
        share = np.array([self.spec.specialist_share.get(name, 0.0) for name in DOMAINS])[domain]
        needed = self.luck(Purpose.SPECIALIST, key) < share
        minutes = desk_minutes(self.service, domain, self.luck(Purpose.DESK_WORK, key))
        return np.where(needed, minutes, 0.0)

    def _wait(
        self, purpose: Purpose, key: Ints, domain: Ints, mean: dict[Any, float], unit: float
    ) -> Floats:
        """Exponential waits with a mean per domain [min]; never where none is given."""
        means = np.array([mean.get(name, np.inf) for name in DOMAINS]) * unit
        wait: Floats = -np.log(self.luck(purpose, key)) * means[domain]
        return wait

    def _where(self, key: Ints, t: Floats) -> tuple[Ints, Ints, Bools]:
        """The resident, his cell at that hour, and whether it is a stranger instead."""
        people, spec = self.people, self.people_spec
        luck = self.luck(Purpose.RESIDENT, key) * self.weights[-1]
        resident = np.searchsorted(self.weights, luck, side="right")
        resident = np.minimum(resident, len(people.home) - 1)
        cell = place(spec, people, resident, t, self.luck(Purpose.VISIT, key))
        stranger = (
            visiting(spec, t)
            & (self.luck(Purpose.VISIT, key, 1) < self.spec.visitor_share)
            & (people.visited[resident] >= 0)
        )
        return resident, np.where(stranger, people.visited[resident], cell), stranger

    def _arrivals(self) -> tuple[Ints, Ints, Floats]:
        """Key, stream and moment of every call: Poisson per hour, under a gamma day level."""
        keys, streams, times = [], [], []
        for number, rate in enumerate(hourly_rates(self.spec, len(self.people.home))):
            level = np.ones(self.days)
            if self.spec.day_cv > 0:
                shape = self.spec.day_cv**-2
                chance = self.luck(Purpose.DAY_LEVEL, np.arange(self.days), number)
                level = gamma.ppf(chance, shape) / shape
            key, t = self._hourly(rate, level, number, CALL)
            keys.append(key)
            streams.append(np.full(len(key), number))
            times.append(t)
        return np.concatenate(keys), np.concatenate(streams), np.concatenate(times)

    def _hourly(self, rate: Floats, level: Floats, number: int, kind: int) -> tuple[Ints, Floats]:
        """Key and moment of one stream's needs; ``rate`` by hour of the week [1/h]."""
        hour = np.arange(self.days * 24)
        mean = rate[hour % 168] * level[hour // 24]
        name = number + 16 * kind
        draw = poisson.ppf(self.luck(Purpose.COUNT, hour, name), mean)
        count: Ints = np.asarray(draw, dtype=np.int64)
        when = np.repeat(hour, count)
        ordinal = np.arange(len(when)) - np.repeat(np.cumsum(count) - count, count)
        key = (kind << 59) | (number << 56) | (when << 32) | ordinal
        return key, 60.0 * (when + self.luck(Purpose.MINUTE, key))


def _domains(spec: Demand, stream: Ints, luck: Floats) -> Ints:
    """The domain of each need, by the shares within its profile."""
    domain = np.zeros(len(stream), dtype=np.int64)
    for number, profile in enumerate(spec.profiles):
        names = np.array([DOMAINS.index(name) for name in profile.domains])
        shares = np.array([spec.shares[name] for name in profile.domains])
        chosen = stream == number
        if not chosen.any():
            continue
        cumulated = np.cumsum(shares)
        found = np.searchsorted(cumulated, luck[chosen] * cumulated[-1], side="right")
        domain[chosen] = names[np.minimum(found, len(names) - 1)]
    return domain


def _urgency(spec: Demand, domain: Ints, luck: Floats) -> Ints:
    """Class of each need: its domain's, or urgent for a share of the routine ones."""
    usual = np.array([CLASSES.index(spec.urgency[name]) for name in DOMAINS])[domain]
    routine = sum(spec.shares[name] for name in DOMAINS if spec.urgency[name] == "routine")
    chance = min(spec.urgent_share / routine, 1.0) if routine > 0 else 0.0
    raised = (usual == CLASSES.index("routine")) & (luck < chance)
    return np.where(raised, CLASSES.index("urgent"), usual)


def _injected(spec: Demand, cells: int) -> Tape:
    """The needs written down, each with what follows from it."""
    ordered = sorted(enumerate(spec.tape), key=lambda row: (row[1].t_min, row[0]))
    outside = [row.cell for _, row in ordered if row.cell >= cells]
    if outside:
        raise CaseError(f"world.demand.tape: no cell {outside[0]}; allowed: 0..{cells - 1}")
    rows = tape_rows(
        key=np.array([number for number, _ in ordered], dtype=np.int64),
        kind=[KINDS.index(row.kind) for _, row in ordered],
        t_enter=[row.t_min for _, row in ordered],
        t_reported=[np.nan if row.kind == "latent" else row.t_min for _, row in ordered],
        reported=[row.kind == "call" for _, row in ordered],
        cell=[row.cell for _, row in ordered],
        domain=[DOMAINS.index(row.domain) for _, row in ordered],
        urgency=[CLASSES.index(row.urgency) for _, row in ordered],
        work=[row.work_min for _, row in ordered],
        desk_work=[row.desk_min for _, row in ordered],
        t_known=[row.t_min + row.known_after_min for _, row in ordered],
        known_by=[KNOWN_BY.index(row.known_by) for _, row in ordered],
        outdoor=[bool(row.outdoor) for _, row in ordered],
        ignites_work=[row.work_min for _, row in ordered],
    )
    following: list[pd.DataFrame] = []
    for kind, name in ((PART, "part"), (AGAIN, "again")):
        parents = [at for at, (_, row) in enumerate(ordered) if getattr(row, name) is not None]
        chosen = [(at, getattr(ordered[at][1], name)) for at in parents]
        count = len(rows) + sum(len(item) for item in following)
        rows.loc[parents, name] = count + np.arange(len(chosen))
        following.append(
            tape_rows(
                key=rows.key.to_numpy()[parents] + (kind << 59),
                kind=kind,
                t_enter=np.nan,
                cell=rows.cell.to_numpy()[parents],
                domain=[DOMAINS.index(item.domain) for _, item in chosen],
                urgency=rows.urgency.to_numpy()[parents],
                work=[item.work_min for _, item in chosen],
                parent=np.array(parents, dtype=np.int64),
            )
        )
    return tape_of(pd.concat([rows, *following], ignore_index=True))
