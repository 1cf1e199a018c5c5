"""What a reader must know before using a result."""

from sim.report.contrasts import LEAD, headline_rows
from sim.report.saved import Saved
from sim.report.voice import Voice

OBSERVED = 0.25  # largest relative fall that studies of real redistricting make plausible
FEW = 5  # paired replications


def caveats(voice: Voice, saved: Saved) -> list[str]:
    """At most three sentences, the one about the model first."""
    few = [voice.say("caveat.few", n=saved.replications)] if saved.replications < FEW else []
    return [voice.say("caveat.model"), *few, *_range(voice, saved)]


def _range(voice: Voice, saved: Saved) -> list[str]:
    if saved.kind in ("multiverse", "sweep", "sobol"):
        return [voice.say("caveat.grid")]
    if saved.beside("multiverse") is None:
        return [voice.say("caveat.no_range", command=saved.command("multiverse"))]
    return [voice.say("caveat.range")]


def size(voice: Voice, saved: Saved) -> list[str]:
    """A fall larger than any that has been observed needs a reason."""
    rows = [row for row in headline_rows(saved.main) if row.metric == LEAD and row.baseline > 0]
    if not rows or rows[0].difference / rows[0].baseline > -OBSERVED:
        return []
    share = voice.percent(rows[0].difference / rows[0].baseline)
    return [voice.say("caveat.size", metric=voice.metric(LEAD), share=share)]
