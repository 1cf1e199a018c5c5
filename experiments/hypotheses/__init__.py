"""``onegrid hypotheses``: ten hypotheses, fixed beforehand, each a small study of its own."""

from experiments.hypotheses.command import answer_hypotheses, chosen, prepare

__all__ = ["answer_hypotheses", "chosen", "prepare"]
