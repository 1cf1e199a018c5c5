"""The ten hypotheses, all fixed before their answers."""

from experiments.hypotheses.fatigue import FATIGUE
from experiments.hypotheses.finding import ANYONE, PASSING
from experiments.hypotheses.merging import EMERGENCIES, HEADS, LOW_LOAD, NARROW, OVERFLOW
from experiments.hypotheses.pooling import POOLING
from experiments.hypotheses.study import Hypothesis
from experiments.hypotheses.walking import WALKING

TEN: dict[int, Hypothesis] = {
    item.number: item
    for item in (
        LOW_LOAD,
        WALKING,
        NARROW,
        OVERFLOW,
        EMERGENCIES,
        POOLING,
        HEADS,
        ANYONE,
        PASSING,
        FATIGUE,
    )
}
