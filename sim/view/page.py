"""The page of the live view: Mesa's controls, and the picture below."""

from base64 import b64encode
from typing import Any

import solara
from mesa.visualization import Slider, SolaraViz
from mesa.visualization.utils import update_counter

from sim.case import Case
from sim.view.pair import DIALS, PairModel, dials_of
from sim.view.picture import Picture
from sim.words import Lang, catalogue, say
from sim.words.font import FAMILY, font_part

PLAY_MS = 150  # a shorter one outruns the browser
asked: dict[str, Any] = {}  # what the command was asked for; the server imports this module


def ask(cases: tuple[Case, Case], names: tuple[str, str], lang: Lang) -> None:
    """Say what every visitor is shown, before the server starts."""
    asked.update(cases=cases, names=names, lang=lang)


def sliders() -> dict[str, Any]:
    """Parameters of the pair as Mesa wants them: the cases fixed, the dials to be turned."""
    start = dials_of(asked["cases"])
    made = {
        name: Slider(
            say(asked["lang"], f"view.dial.{name}"),
            value=start[name],
            min=dial.low,
            max=max(dial.high, start[name]),
            step=dial.step,
            dtype=float,
        )
        for name, dial in DIALS.items()
    }
    return {"cases": asked["cases"], **made}


def font_style() -> str:
    """Chinese characters for machines that have none, as a style."""
    signs = [words.zh for key, words in catalogue().items() if key.startswith("view.")]
    part = font_part(signs) if asked["lang"] == "zh" else None
    if part is None:
        return ""
    kind, file = part
    source = f"url(data:font/{kind};base64,{b64encode(file).decode()})"
    face = f"@font-face {{ font-family: '{FAMILY}'; src: {source}; }}"
    return f"{face} .v-application {{ font-family: Roboto, '{FAMILY}', sans-serif !important; }}"


@solara.component
def Page() -> None:  # noqa: N802 - the name by which solara finds it
    """Everything a visitor sees; each has a pair of his own."""
    lang: Lang = asked["lang"]
    pair = solara.use_memo(lambda: solara.reactive(PairModel(asked["cases"])), [])
    parameters = solara.use_memo(sliders, [])
    SolaraViz(
        pair,
        components=[],
        model_params=parameters,
        name=say(lang, "view.name"),
        play_interval=PLAY_MS,
    )
    with solara.Column():
        solara.Style(solara.use_memo(font_style, []))
        solara.Text(say(lang, "view.how"))  # Markdown would ask the network for katex
        Maps(pair.value)


@solara.component
def Maps(pair: PairModel) -> None:  # noqa: N802 - components are named like classes
    """The picture, drawn anew whenever the pair has moved."""
    count = update_counter.get()
    picture = solara.use_memo(lambda: Picture(pair, asked["names"], asked["lang"]), [id(pair)])
    picture.move(pair)
    solara.FigureMatplotlib(
        picture.figure, format="png", dependencies=[id(pair), count, len(pair.minutes)]
    )
