"""Both maps and both medians in one figure, made once and moved every tick."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.agents import worker_cells
from sim.engine.state import MOVING, WAITING
from sim.figures.style import BASELINE, FOCUS, INK, Look
from sim.model import CityModel
from sim.units import DAY
from sim.view.pair import PairModel
from sim.words import Lang, say, term

LOOKS = (BASELINE, FOCUS)
MARKERS = {
    "cadre": "o",
    "police": "^",
    "city_officer": "s",
    "property_staff": "D",
    "volunteer": "v",
}
WAITS, MOVES, FREE = "#B00020", "#6A1B9A", "#9A9A9A"


class Picture:
    """The figure of a pair and what moves in it.

    Parameters
    ----------
    names : of both arms, as a config has them
    """

    def __init__(self, pair: PairModel, names: tuple[str, str], lang: Lang) -> None:
        self.lang, self.names = lang, names
        self.figure = Figure(figsize=(11.5, 7.4), dpi=110)
        grid = self.figure.add_gridspec(
            2,
            2,
            height_ratios=(3.4, 1),
            left=0.07,
            right=0.99,
            top=0.95,
            bottom=0.075,
            hspace=0.32,
            wspace=0.03,
        )
        self.maps = [
            _Map(self.figure.add_subplot(grid[0, place]), city, LOOKS[place], lang, names[place])
            for place, city in enumerate(pair.cities)
        ]
        self.below = self.figure.add_subplot(grid[1, :])
        self._name_signs(pair.cities[0].plan.roles)
        self.lines = [
            self.below.plot([], [], color=look.color, linestyle=look.dash)[0] for look in LOOKS
        ]
        self.ends = [
            self.below.text(0, 0, "", color=look.text, va="center", fontsize=9) for look in LOOKS
        ]
        self.below.set_xlabel(say(lang, "view.axis.day"))
        self.below.set_ylabel(say(lang, "view.axis.median"))
        self.move(pair)

    def _name_signs(self, roles: tuple[str, ...]) -> None:
        """Between maps and medians: what the signs mean, in both maps."""
        named = [
            (MARKERS[role], INK, say(self.lang, "view.busy", role=term(self.lang, "role", role)))
            for role in roles
            if role in MARKERS
        ]
        named.append((".", FREE, say(self.lang, "view.free")))
        named.append(("x", WAITS, say(self.lang, "view.waits")))
        named.append(("+", MOVES, say(self.lang, "view.moves")))
        signs = [
            Line2D([], [], color=color, marker=marker, linestyle="none", markersize=5, label=words)
            for marker, color, words in named
        ]
        where: dict[str, Any] = {"loc": "center", "bbox_to_anchor": (0.53, 0.315)}
        self.figure.legend(handles=signs, ncols=4, frameon=False, fontsize=8, **where)

    def move(self, pair: PairModel) -> None:
        """Put everything where it is now."""
        for place, city in zip(self.maps, pair.cities, strict=True):
            place.move(city)
        days = np.array(pair.minutes) / DAY
        medians = np.array(pair.medians)
        for number, line in enumerate(self.lines):
            line.set_data(days, medians[:, number])
            now = float(medians[-1, number])
            self.ends[number].set_position((days[-1], 0.0 if np.isnan(now) else now))
            name = term(self.lang, "arm", self.names[number])
            self.ends[number].set_text("" if np.isnan(now) else f"  {name} {now:.0f}")
            above = now >= np.nanmax(medians[-1])
            self.ends[number].set_verticalalignment("bottom" if above else "top")
        top = np.nanmax(medians, initial=1.0)
        self.below.set(
            xlim=(0, max(1.0, float(days[-1]) * 1.3)), ylim=(-0.09 * float(top), 1.1 * float(top))
        )


class _Map:
    """One city: who is where, and which requests wait."""

    def __init__(self, ax: Axes, city: CityModel, look: Look, lang: Lang, name: str) -> None:
        self.ax, self.lang, self.name, self.look = ax, lang, term(lang, "arm", name), look
        place = city.plan.world.city
        self.width = place.width
        density = place.density.reshape(place.height, place.width)
        ax.imshow(density, cmap="Greys", vmax=2 * density.max(), origin="lower", zorder=0)
        roles = city.plan.roles
        self.free = _dots(ax, ".", FREE, 5)
        self.busy = {
            number: _dots(ax, MARKERS[role], look.color, 15)
            for number, role in enumerate(roles)
            if role in MARKERS
        }
        self.waits = _dots(ax, "x", WAITS, 22)
        self.moves = _dots(ax, "+", MOVES, 26)
        ax.set(
            xticks=[], yticks=[], xlim=(-0.5, place.width - 0.5), ylim=(-0.5, place.height - 0.5)
        )

    def move(self, city: CityModel) -> None:
        """Workers and open requests."""
        state = city.state
        worker, cells = state.worker, worker_cells(state)
        busy = worker.job >= 0
        self._put(self.free, cells[(worker.on_duty == 1) & ~busy])
        for role, dots in self.busy.items():
            self._put(dots, cells[busy & (worker.role == role)])
        rows = city.tally.open
        status, where = state.request.status[rows], city.plan.world.tape.cell[rows]
        self._put(self.waits, where[status == WAITING])
        self._put(self.moves, where[status == MOVING])
        now = {"waiting": int((status == WAITING).sum()), "moving": int((status == MOVING).sum())}
        clock = f"{int(city.minute % DAY) // 60:02d}:{int(city.minute) % 60:02d}"
        day = int(city.minute // DAY) + 1
        words = say(self.lang, "view.title", name=self.name, day=day, clock=clock, **now)
        self.ax.set_title(words, color=self.look.text, fontsize=9)

    def _put(self, dots: PathCollection, cells: Any) -> None:
        dots.set_offsets(np.column_stack([cells % self.width, cells // self.width]).astype(float))


def _dots(ax: Axes, marker: str, color: str, size: float) -> PathCollection:
    """Markers that will be moved."""
    edge: dict[str, Any] = {} if marker in "x+" else {"edgecolors": INK, "linewidths": 0.3}
    return ax.scatter([], [], s=size, c=color, marker=marker, **edge)
