"""The command ``onegrid``: Hydra overrides in, a study's results out."""

import argparse
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import yaml

from experiments.compose import CASE, ConfigError, groups, resolve, session
from experiments.own_words import COMMANDS, run_command
from sim.base import CaseError

EXAMPLES = """\
examples:
  onegrid
      Chibi before and after the reform, and the arms between
  onegrid study.replications=5 clock=week study.name=quick
      the same, smaller, in a folder of its own
  onegrid world.demand.misnamed=0.10 study.name=misnamed
      with more misnamed requests, in every arm
  onegrid study=ladder
      one change of the world at a time; study=multiverse takes them all together
  onegrid "+study.arms.slow=['policy=merged','policy.staffing.slowdown=0.4']" \\
          study.focus=slow study.name=slow
      with an arm of your own
  onegrid calibrate
      what volunteers and riders find, from the two counts there are; with residuals
  onegrid ledger status results/compare/chibi.ledger
      what is finished, what failed; failures lists them; merge TO FROM ... joins machines
  onegrid hypotheses
      ten hypotheses fixed beforehand, each with its interval; hypotheses 3 5: those two
  onegrid view --lang zh
      both layouts live in a browser, on one clock, with dials (an extra: uv sync --extra view)
  onegrid report results/compare/chibi --pdf
      the page of a study again, from what is saved; --lang zh: in Chinese only
  onegrid evidence study=ladder
      every number of a study with unit, grade, source and range; --csv FILE
  onegrid claims
      the article's statements: reproduced, reproduced only if, or not identifiable
  onegrid reproduce --quick
      part of the published studies again from nothing, compared; without --quick: all of them
  onegrid verify
      the published studies against their digests, offline; verify FOLDER: those in it
  onegrid publish --results FOLDER
      run the studies behind the README and put them in their place
  onegrid benchmark
      the engine against Mesa, SimPy, a plain heap and C on the same work; benchmark quick: a toy
"""


GROUPS = {
    "world": "what the reform does not decide, the same in every arm",
    "world/city": "lattice, density, communities, special areas",
    "world/people": "who lives and works where, and when they are there",
    "world/demand": "how many needs, of what kind, and how often they are misnamed",
    "world/service": "job lengths, opening hours, cover, background duties, speeds",
    "policy": "what the reform decides: seven levers; the arms of a study choose it",
    "policy/layout": "lines, their domains and zones, what stays in dispute",
    "policy/staffing": "heads, rotas, skills, units",
    "policy/routing": "delays of handoffs and disputes",
    "policy/dispatch": "who goes, who helps, what is kept in reserve",
    "policy/whistle": "calls to departments, by letter or by whistle",
    "policy/sensing": "who reports what he comes across; riders",
    "policy/surge": "police between patrol and rapid response",
    "before": "the policy up to clock.reform_day, where it changes in mid-run",
    "clock": "warm-up, measured days, follow-up, the day of a reform",
    "study": "what is run and compared",
    "executor": "in this process, on this machine's cores, or on a SLURM cluster",
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; allowed: key=value and the options of --help")


def parser() -> argparse.ArgumentParser:
    """The command line, its help generated from the configs."""
    listing = "\n".join(
        f"  {name:<16} {GROUPS.get(name, '')}\n{'':<19}{', '.join(options)}"
        for name, options in groups().items()
    )
    made = _Parser(
        prog="onegrid",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Compare how a city answers requests under fragmented and merged grids.",
        epilog=f"groups (choose with group=option):\n{listing}\n\nvalues: any key of the "
        f"config, as in world.demand.misnamed=0.10; --cfg job prints them all.\n\n{EXAMPLES}",
    )
    made.add_argument("overrides", nargs="*", metavar="key=value", help="changes to the config")
    made.add_argument("--version", action="version", version=f"onegrid {version('onegrid')}")
    made.add_argument("--cfg", choices=["job"], help="print the resolved config and stop")
    made.add_argument("--config-dir", type=Path, help="a folder of your own configs, used first")
    made.add_argument("--results", type=Path, default=Path("results"), help="default: results")
    change = made.add_mutually_exclusive_group()
    change.add_argument(
        "--extend",
        action="store_const",
        dest="on_change",
        const="extend",
        default="refuse",
        help="another study or code: use the runs that still hold",
    )
    change.add_argument(
        "--fresh",
        action="store_const",
        dest="on_change",
        const="fresh",
        help="another study or code: put the old runs aside",
    )
    made.add_argument(
        "--lang", choices=["en", "zh", "both"], default="both", help="of report; default: both"
    )
    made.add_argument("--port", type=int, default=8765, help="of view; default: 8765")
    made.add_argument("--pdf", action="store_true", help="of report: print it with Chromium, too")
    made.add_argument("-m", "--multirun", action="store_true", help=argparse.SUPPRESS)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code (2: something in it cannot be right)."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if words[:1] and words[0] in COMMANDS:
            return _shown(lambda: run_command(words[0], words[1:]))
        return _run(parser().parse_intermixed_args(words))
    except (CaseError, ConfigError) as error:
        print(f"onegrid: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "onegrid: stopped; what is finished is kept, the same command goes on", file=sys.stderr
        )
        return 130
    except BrokenPipeError:  # whoever read our lines has seen enough, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: argparse.Namespace) -> int:
    commands = {
        "calibrate": _calibrate,
        "hypotheses": _hypotheses,
        "ledger": _ledger,
        "benchmark": _benchmark,
        "report": _report,
        "view": _view,
    }
    for word in options.overrides[:1]:
        if word in commands:
            return commands[word](options)
    if options.multirun:
        raise ConfigError(
            "-m: one job at a time; a study runs many: study=ladder, study=multiverse"
        )
    words = list(options.overrides)
    with session(options.config_dir):
        resolved = resolve(words)
        if options.cfg:
            _validate(resolved)
            print(yaml.safe_dump(resolved, allow_unicode=True, sort_keys=False), end="")
            return 0
        return _study(resolved, words, options)


def _calibrate(options: argparse.Namespace) -> int:
    from experiments.calibrate import calibrate  # noqa: PLC0415 - after cheap answers
    from experiments.terminal import Screen  # noqa: PLC0415

    if len(options.overrides) > 1:
        raise ConfigError(f"calibrate {options.overrides[1]}: no words; allowed: onegrid calibrate")
    calibrate(options.results, Screen())
    return 0


def _hypotheses(options: argparse.Namespace) -> int:
    from experiments import hypotheses  # noqa: PLC0415 - after cheap answers
    from experiments.terminal import Screen  # noqa: PLC0415

    prepared = hypotheses.prepare(hypotheses.chosen(options.overrides[1:]), options.results)
    return _shown(lambda: hypotheses.answer_hypotheses(prepared, Screen()))


def _ledger(options: argparse.Namespace) -> int:
    from experiments.ledger import answer  # noqa: PLC0415 - after cheap answers
    from sim.ledger import LedgerError  # noqa: PLC0415

    try:
        print(answer(options.overrides[1:]))
    except LedgerError as error:
        raise ConfigError(str(error)) from None
    return 0


def _view(options: argparse.Namespace) -> int:
    from experiments.view import view  # noqa: PLC0415 - after cheap answers

    view(options)
    return 0


def _report(options: argparse.Namespace) -> int:
    from experiments.report import answer  # noqa: PLC0415 - after cheap answers
    from experiments.terminal import Screen  # noqa: PLC0415

    for path in answer(options, Screen()):
        print(path)
    return 0


def _benchmark(options: argparse.Namespace) -> int:
    from experiments import benchmark  # noqa: PLC0415 - after cheap answers
    from experiments.terminal import Screen  # noqa: PLC0415

    prepared = benchmark.prepare(options.overrides[1:], options.results)
    try:
        benchmark.measure_speed(prepared, Screen())
    except benchmark.UnequalError as error:
        print(f"onegrid: nothing was timed: {error}", file=sys.stderr)
        return 1
    return 0


def _shown(show: Callable[[], object]) -> int:
    """Exit code of what shows effects, which it does not where they cannot be trusted.

    What ``show`` returns, where that is a number: some commands have a code of their own.
    """
    from sim.guards import GuardError  # noqa: PLC0415 - after cheap answers
    from sim.ledger import LedgerError, LockedError  # noqa: PLC0415
    from sim.runner import RunError  # noqa: PLC0415

    try:
        code = show()
    except (GuardError, RunError) as error:
        print(f"onegrid: no effect is shown: {error}", file=sys.stderr)
        return 1
    except LedgerError as error:
        print(f"onegrid: {error}", file=sys.stderr)
        return 2 if isinstance(error, LockedError) else 1
    except OSError as error:
        print(
            f"onegrid: {error.filename or 'results'}: cannot be written: {error.strerror}; what is "
            "finished is kept, the same command goes on",
            file=sys.stderr,
        )
        return 1
    return code if isinstance(code, int) else 0


def _validate(resolved: dict[str, object]) -> None:
    """Refuse to print what could not run."""
    from experiments.executor import load_executor  # noqa: PLC0415 - after cheap answers
    from experiments.kinds import load_study  # noqa: PLC0415
    from sim.case import load  # noqa: PLC0415

    load({key: resolved[key] for key in CASE})
    load_study(resolved["study"])
    load_executor(resolved["executor"])


def _study(resolved: dict[str, object], words: list[str], options: argparse.Namespace) -> int:
    from experiments.finished import finished_by  # noqa: PLC0415 - after cheap answers

    if lines := finished_by(resolved, words, options.results):
        print("\n".join(lines))
        return 0

    from experiments.executor import load_executor  # noqa: PLC0415 - after that one, too
    from experiments.kinds import load_study  # noqa: PLC0415
    from experiments.prepared import prepare  # noqa: PLC0415
    from experiments.run_study import run_study  # noqa: PLC0415
    from experiments.terminal import Screen  # noqa: PLC0415

    study = load_study(resolved["study"])
    executor = load_executor(resolved["executor"])
    prepared = prepare(study, words, options.results, executor, options.on_change)
    return _shown(lambda: run_study(prepared, Screen()))


if __name__ == "__main__":
    sys.exit(main())
