"""Rapid response: while many emergencies are open, some of the police do nothing else."""

from sim.engine.compiled import kernel
from sim.engine.picking import look_about
from sim.engine.state import State


@kernel
def emergency_opens(s: State) -> None:
    """One more emergency is open; it may tip the city into rapid response."""
    s.run.emergencies[0] += 1
    if s.run.emergencies[0] >= s.run.surge_from[0]:
        s.run.surge[0] = 1


@kernel
def emergency_closes(s: State, t: float) -> None:
    """One less is open; when few are left, those who had switched turn to what waits."""
    s.run.emergencies[0] -= 1
    if s.run.surge[0] == 1 and s.run.emergencies[0] <= s.run.surge_to[0]:
        s.run.surge[0] = 0
        release_reserve(s, t)


@kernel
def release_reserve(s: State, t: float) -> None:
    """Those who had switched look for work; who is in a task looks when it ends."""
    for w in range(len(s.worker)):
        if s.worker.switches[w] == 1 and s.worker.on_duty[w] == 1 and s.worker.job[w] < 0:
            look_about(s, w, t)
