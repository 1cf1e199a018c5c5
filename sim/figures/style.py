"""One look for every figure: sizes, colours, words, and how a figure is written.

A new figure is a function that returns a :class:`Drawing`: a table, a figure drawn from
that table alone, and a caption made by :func:`caption`. Nothing here touches pyplot, so
drawing changes no state outside.

Every figure is drawn once per language. To make a module speak both: take ``facts`` (its
``lang`` is the language) down to where words are written; name arms by ``facts.name(arm)``,
metrics by ``metric_words``, units by ``unit_of`` and ``unit_label``, verdicts by
``verdict_words``; move every other word to ``sim/words/figures.yaml`` below the module's own
name and fetch it with ``say(facts.lang, "figures.module.key", ...)``, whole sentences with
placeholders, never pieces glued in English order. The table stays as it is, English and the
same in both languages: translate where words are drawn, not where rows are made. Fold with
``labels.fold``, which also breaks Chinese lines, and join lists with ``listed``. A call with
``"en"`` written out is what is left to translate.
"""

import logging
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import PercentFormatter
from scipy.stats import t as student

from sim.comparison import HEADLINE_GROUP, LEVEL
from sim.figures.letters import shorten_letters
from sim.figures.slim import slim
from sim.metrics import METRICS
from sim.words import Lang, catalogue, say, term
from sim.words.font import font_path

ONE_COLUMN, TWO_COLUMNS = 89.0, 183.0  # mm · widths journals print
LABEL, TICK = 8.0, 7.0  # pt
INK, FAINT = "#333333", "#8C8C8C"
SETTINGS: dict[str, Any] = {
    "axes.labelcolor": INK,
    "axes.labelsize": LABEL,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": LABEL,
    "font.family": ["DejaVu Sans"],
    "font.size": LABEL,
    "hatch.linewidth": 0.4,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.5,
    "savefig.dpi": 96,  # of what is one picture inside a figure
    "svg.fonttype": "path",  # looks the same where the font is missing
    "svg.hashsalt": "onegrid",
    "text.color": INK,
    "text.parse_math": False,  # a name may hold a dollar sign
    "xtick.color": INK,
    "xtick.labelsize": TICK,
    "xtick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.color": INK,
    "ytick.labelsize": TICK,
    "ytick.major.size": 2.5,
    "ytick.major.width": 0.6,
}
WHOLE = 100  # numbers from here on are shown without decimals
BETWEEN: dict[Lang, str] = {"en": " ", "zh": ""}  # two sentences
CHINESE = "Noto Sans SC"  # for what DejaVu Sans has no glyph of
NO_FONT = "no Chinese font (package zhplot is not installed): Chinese figures are in English"


@dataclass(frozen=True)
class Facts:
    """What figures need to know of a study.

    Attributes
    ----------
    replications : paired replications, in each world
    digest : the study's digest; captions show its beginning
    rival : an arm that the focus is also held against where the study contrasts the two
    lang : the language of every word on the figure and below it
    """

    baseline: str
    focus: str
    arms: tuple[str, ...]
    replications: int
    digest: str
    rival: str = "central"
    lang: Lang = "en"

    def spoken(self, lang: Lang) -> "Facts":
        """The same study in another language."""
        return replace(self, lang=lang)

    def name(self, arm: str) -> str:
        """An arm as a reader knows it."""
        return term(self.lang, "arm", arm)

    @property
    def difference(self) -> str:
        """Which arm minus which, in words."""
        return self.minus(self.baseline)

    def minus(self, arm: str) -> str:
        """The focus minus some arm, in words."""
        after, before = self.name(self.focus), self.name(arm)
        return say(self.lang, "figures.style.minus", after=after, before=before)


class Look(NamedTuple):
    """How an arm looks, in every figure."""

    color: str
    text: str
    dash: Any
    marker: str
    filled: bool

    @property
    def face(self) -> str:
        """The colour inside a marker or bar."""
        return self.color if self.filled else "white"

    def line(self) -> dict[str, Any]:
        """Arguments of ``Axes.plot``."""
        return {
            "color": self.color,
            "linestyle": self.dash,
            "marker": self.marker,
            "markerfacecolor": self.face,
            "markeredgewidth": 0.9,
        }


BASELINE = Look("#D55E00", "#B54A00", (0, (4, 1.6)), "o", filled=False)
FOCUS = Look("#0072B2", "#0072B2", "-", "o", filled=True)
OTHERS = (
    Look("#737373", "#595959", (0, (1, 1.2)), "s", filled=False),
    Look("#737373", "#595959", (0, (5, 1.5, 1, 1.5)), "^", filled=False),
    Look("#737373", "#595959", (0, (8, 2)), "D", filled=False),
    Look("#737373", "#595959", (0, (2.5, 1.2)), "v", filled=False),
    Look("#737373", "#595959", (0, (5, 1.2, 1, 1.2, 1, 1.2)), "P", filled=False),
)


def look_of(facts: Facts, arm: str) -> Look:
    """The look of an arm: baseline and focus have their own, the others share grey."""
    if arm == facts.baseline:
        return BASELINE
    if arm == facts.focus:
        return FOCUS
    return OTHERS[others_of(facts).index(arm) % len(OTHERS)]


def others_of(facts: Facts) -> list[str]:
    """The arms that are neither baseline nor focus, in the study's order."""
    return [arm for arm in facts.arms if arm not in (facts.baseline, facts.focus)]


@dataclass(frozen=True)
class Drawing:
    """A figure, the numbers in it and the words under it.

    Attributes
    ----------
    name : end of the file name
    title : what a screen reader says
    plotted : exactly the numbers drawn
    """

    name: str
    title: str
    figure: Figure
    plotted: pd.DataFrame
    caption: str

    def _repr_html_(self) -> str:
        """The figure and its caption, for a notebook."""
        with styled():
            svg = _svg(self)
        words = f"<figcaption>{escape(self.caption)}</figcaption>"
        return f"<figure>{svg[svg.index('<svg') :]}{words}</figure>"


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's defaults and the settings above, whatever the user's own are."""
    family = [*SETTINGS["font.family"], *([CHINESE] if chinese_font() else [])]
    with matplotlib.style.context(["default", SETTINGS, {"font.family": family}]):
        yield


@lru_cache(maxsize=1)
def chinese_font() -> bool:
    """Whether Chinese can be drawn; says so once where it cannot."""
    path = font_path()
    if path is None:
        logging.getLogger("onegrid").warning(NO_FONT)
        return False
    fontManager.addfont(path)
    return True


def sheet(width_mm: float, height_mm: float) -> Figure:
    """An empty figure that lays itself out."""
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(w_pad=0.03, h_pad=0.03, wspace=0.03, hspace=0.03)  # type: ignore[call-arg]
    return figure


def write_all(folder: Path, draw: Callable[[Lang], Iterable[Drawing]]) -> list[Path]:
    """Write every drawing in every language, with its numbers and its caption.

    English goes to ``figN_name`` .svg, .csv and .txt, Chinese to ``figN_name.zh`` .svg and
    .txt: the numbers are the same. Without a Chinese font those are in English too.

    Parameters
    ----------
    draw : the drawings in a language

    Returns
    -------
    The English .svg files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    english = list(draw("en"))
    chinese = list(draw("zh" if chinese_font() else "en"))
    paths = []
    for place, (one, other) in enumerate(zip(english, chinese, strict=True), start=1):
        if one.name != other.name or not one.plotted.equals(other.plotted):
            raise ValueError(f"figure {one.name}: numbers differ between languages")
        stem = folder / f"fig{place}_{one.name}"
        one.plotted.to_csv(f"{stem}.csv", index=False, float_format="%.6g", lineterminator="\n")
        paths.append(_write(stem, one))
        _write(Path(f"{stem}.zh"), other)
    return paths


def _write(stem: Path, drawing: Drawing) -> Path:
    """The drawing and its caption."""
    text = drawing.caption + "\n"
    Path(f"{stem}.txt").write_text(text, encoding="utf-8", newline="\n")
    path = Path(f"{stem}.svg")
    path.write_text(_svg(drawing), encoding="utf-8", newline="\n")
    return path


def _svg(drawing: Drawing) -> str:
    """The drawing as a file holds it; laid out at most once."""
    figure = drawing.figure
    if figure.get_layout_engine() is not None:
        for _ in range(2):  # the layout of the first pass moves ticks, which moves the layout
            figure.draw_without_rendering()
        figure.set_layout_engine("none")
        for ax in figure.axes:  # the solver's last digits differ from run to run
            ax.set_position(tuple(np.round(ax.get_position(original=True).bounds, 6)))
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Title": drawing.title, **nothing})
    return slim(shorten_letters(file.getvalue()))


def spread(table: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """Mean over replications with its interval and the range.

    Returns
    -------
    DataFrame with ``by``, ``mean``, ``lo``, ``hi`` (95 % interval of the mean, Student's
    t; NaN for a single replication), ``least``, ``most`` and ``n`` (replications).
    """
    groups = table.groupby(by, sort=False)[value]
    frame = groups.agg(["mean", "sem", "min", "max", "count"]).reset_index()
    reach = frame.pop("sem") * student.ppf(0.5 + LEVEL / 2, np.maximum(frame["count"] - 1, 1))
    at = list(frame.columns).index("mean")
    frame.insert(at + 1, "lo", frame["mean"] - reach)
    frame.insert(at + 2, "hi", frame["mean"] + reach)
    return frame.rename(columns={"min": "least", "max": "most", "count": "n"})


def metric_rows(metrics: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One metric in the group its headline is about: a row per arm and replication."""
    group = HEADLINE_GROUP.get(metric, "all")
    return metrics[(metrics.metric == metric) & (metrics.group == group)]


def contrast_rows(summary: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """The headline rows of one contrast."""
    pair = (summary.baseline_arm == before) & (summary.alternative_arm == after)
    return summary[pair & summary.headline.astype(bool)]


def rows_by(table: pd.DataFrame, column: str) -> dict[str, dict[Any, Any]]:
    """The rows of a table by the name in one of its columns."""
    return {str(row[column]): row for row in table.to_dict("records")}


def shown(name: str) -> str:
    """A name from a config as a reader sees it."""
    return name.replace("_", " ")


def most_lines(texts: list[str]) -> int:
    """Lines of the longest of some folded texts."""
    return max(text.count("\n") + 1 for text in texts)


def number(value: float, *, signed: bool = False) -> str:
    """Three significant digits, none after the point from 100 on, with a real minus sign."""
    if math.isnan(value):
        return "?"
    if abs(value) >= WHOLE:
        text = f"{abs(value):.0f}"
    else:
        text = np.format_float_positional(abs(value), precision=3, fractional=False, trim="-")
    plus = "+" if signed else ""
    return ("\N{MINUS SIGN}" if value < 0 and text != "0" else plus if value > 0 else "") + text


def percent(lang: Lang, share: float) -> str:
    """A share as a whole percentage."""
    value = "?" if math.isnan(share) else f"{100 * share:.0f}"
    return say(lang, "figures.style.percent", value=value)


def with_interval(
    mean: float, lo: float, hi: float, unit: str = "", *, signed: bool = False
) -> str:
    """A mean and its interval, all with as many decimals: ``12.1 min [11.9, 12.0]``."""
    sizes = [abs(value) for value in (mean, lo, hi) if math.isfinite(value)]
    largest = max(sizes, default=0.0)
    decimals = max(0, 2 - math.floor(math.log10(largest))) if largest else 0
    first, low, high = (_fixed(value, decimals, signed=signed) for value in (mean, lo, hi))
    return f"{first}{f' {unit}' if unit else ''} [{low}, {high}]"


def _fixed(value: float, decimals: int, *, signed: bool) -> str:
    if not math.isfinite(value):
        return number(value, signed=signed)
    text = f"{abs(value):.{decimals}f}"
    plus = "+" if signed else ""
    sign = "\N{MINUS SIGN}" if value < 0 else plus if value > 0 else ""
    return (sign if float(text) else "") + text


def metric_words(lang: Lang, metric: str) -> str:
    """What a metric is called."""
    key = f"terms.metric.{metric}"
    return say(lang, key) if key in catalogue() else METRICS[metric].words


def unit_of(lang: Lang, metric: str) -> str:
    """The unit that follows a number, empty where the number needs none."""
    unit = METRICS[metric].unit
    return "" if unit in ("share", "gini") else term(lang, "unit", unit)


def unit_label(lang: Lang, metric: str) -> str:
    """The unit on an axis, never empty."""
    return term(lang, "unit", METRICS[metric].unit)


def verdict_seen(verdict: str, lo: float, hi: float) -> str:
    """A verdict in tables: an interval that holds 0 shows no difference, not none."""
    if verdict == "undecided" and lo <= 0 <= hi:
        return "no difference seen"
    return verdict


def verdict_words(lang: Lang, verdict: str) -> str:
    """A verdict of :func:`verdict_seen` for a reader."""
    return term(lang, "verdict", verdict.replace(" ", "_"))


def listed(lang: Lang, texts: Iterable[str], *, long: bool = False) -> str:
    """Texts after one another, with the stronger sign between ``long`` ones."""
    return say(lang, f"figures.style.{'semicolon' if long else 'comma'}").join(texts)


def head(ax: Axes, letter: str, words: str = "", above: float = 4.0) -> None:
    """The letter by which a caption names a panel, and words over it.

    Parameters
    ----------
    above : distance from the panel to the words [pt]
    """
    where: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    first = above + 1.2 * TICK * words.count("\n")  # the letter stands before the first line
    family = SETTINGS["font.family"]  # the Chinese font has no bold
    ax.annotate(
        letter, (0, 1), (-12, first), family=family, fontweight="bold", va="bottom", **where
    )
    ax.annotate(words, (0, 1), (0, above), fontsize=TICK, va="bottom", **where)


def in_percent(ax: Axes, which: str) -> None:
    """Show shares of an axis (x or y) as percentages from 0 to 100."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))
    ax.set(**{f"{which}lim": (0.0, 1.0)})


def bands(ax: Axes, x: pd.Series, rows: pd.DataFrame, look: Look) -> None:
    """The range of replications, light, and the interval of their mean, dark."""
    for low, high, alpha in (("least", "most", 0.15), ("lo", "hi", 0.35)):
        ax.fill_between(x, rows[low], rows[high], color=look.color, alpha=alpha, linewidth=0)


def caption(facts: Facts, sample: str, *sentences: str) -> str:
    """A caption: what is seen, then n and the digest.

    Parameters
    ----------
    sample : what n counts, such as ``n = 20 paired replications``
    """
    last = say(facts.lang, "figures.style.study", sample=sample, digest=facts.digest[:12])
    return BETWEEN[facts.lang].join([*sentences, last])


def band_words(facts: Facts) -> str:
    """What the two bands of :func:`bands` are."""
    return say(facts.lang, "figures.style.bands")


def paired(facts: Facts) -> str:
    """The n of a figure over replications."""
    return say(facts.lang, "figures.style.paired", n=facts.replications)
