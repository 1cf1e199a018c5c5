"""The command ``onegrid view``: both layouts live in a browser on this machine."""

import argparse
import sys
from importlib.util import find_spec

from experiments.compose import ConfigError, resolve, session
from experiments.kinds import load_study
from experiments.study import plan_worlds
from sim.case import Case
from sim.guards import check_one_world

NEEDED = ("solara", "ipyvuetify", "altair")
PORTS = range(1024, 65536)


def view(options: argparse.Namespace) -> None:
    """Compose the baseline and the focus of a study and show them until stopped.

    Raises
    ------
    CaseError
        The extra is missing, the port cannot be used, or a word is wrong; one line.
    """
    if not all(find_spec(name) for name in NEEDED):
        raise ConfigError("view: the live view is an extra; to get it: uv sync --extra view")
    if options.port not in PORTS:
        raise ConfigError(f"--port = {options.port}: allowed: {PORTS[0]} to {PORTS[-1]}")
    names, cases = _pair(options)
    from sim.engine.compiled import is_cached  # noqa: PLC0415
    from sim.view.page import ask  # noqa: PLC0415 - loads Mesa and solara
    from sim.view.pair import PairModel  # noqa: PLC0415
    from sim.view.server import serve  # noqa: PLC0415

    ask(cases, names, "zh" if options.lang == "zh" else "en")
    if not is_cached():
        print("Compiling the engine, once per version: about a minute ...", file=sys.stderr)
    PairModel(cases)  # so that the first visitor does not wait for it
    try:
        serve(options.port, lambda url: print(f"{url} (Ctrl-C stops)", file=sys.stderr, flush=True))
    except OSError as error:
        raise ConfigError(
            f"--port = {options.port}: {error.strerror}; allowed: another, as in --port "
            f"{options.port + 1}"
        ) from None


def _pair(options: argparse.Namespace) -> tuple[tuple[str, str], tuple[Case, Case]]:
    """The two arms that the study sets against each other first."""
    words = options.overrides[1:]
    with session(options.config_dir):
        study = load_study(resolve(words)["study"])
        names = (study.baseline, study.focus)
        both = {name: study.all_arms()[name] for name in names}
        pair = study.model_copy(update={"arms": both, "contrasts": ()})
        found = next(plan_worlds(pair, words)).cases
    first, second = (found[name] for name in names)
    check_one_world(dict(zip(names, (first, second), strict=True)))
    return names, (first, second)
