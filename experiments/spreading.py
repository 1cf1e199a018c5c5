"""Give jobs to processes, and take back what they leave, whatever becomes of the processes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from experiments.clusters import Tell, client_of, silent
from experiments.executor import Executor, Serial, processes_of

if TYPE_CHECKING:
    from distributed import Client

AHEAD = 8  # jobs per process that are handed out before one is done
DIED = (
    "its process died again and again: out of memory? (executor.memory, fewer executor.processes)"
)


@dataclass(frozen=True)
class Done[J, O]:
    """A job that is over: what it left, or why nothing is left."""

    job: J
    outcome: O | None
    error: str = ""


def spread[J, O](
    work: Callable[[J], O],
    jobs: Sequence[J],
    executor: Executor,
    apart: Callable[[J], Sequence[J]] = lambda job: [job],
    tell: Tell = silent,
) -> Iterator[Done[J, O]]:
    """Do some work for every job and yield what is done, in any order.

    A process that dies is replaced and its jobs given to others. Jobs that were there when
    several died are done again at the end, one at a time, so that the guilty one is found;
    it is given up, with an error.

    Parameters
    ----------
    work : a function of a module, so that other processes find it
    apart : the jobs into which a job can be split when it is done again
    tell : one line for a person, of what happens to processes
    """
    if not jobs:
        return
    if isinstance(executor, Serial):
        for job in jobs:
            yield Done(job, work(job))
        return
    with client_of(executor, len(jobs), tell) as client:
        suspects: list[J] = []
        for done in _handed_out(client, work, jobs, AHEAD * processes_of(executor)):
            if done.outcome is None:
                suspects.extend(apart(done.job))
            else:
                yield done
        yield from _handed_out(client, work, suspects, 1)


def _handed_out[J, O](
    client: "Client", work: Callable[[J], O], jobs: Iterable[J], ahead: int
) -> Iterator[Done[J, O]]:
    """Keep up to so many jobs handed out and yield what comes back.

    They are given in bundles, whenever half are back: a message costs what ten jobs in it do.
    """
    from distributed import KilledWorker, as_completed  # noqa: PLC0415 - half a second

    waiting = iter(jobs)
    given: dict[Any, J] = {}

    def give() -> list[Any]:
        if len(given) > ahead // 2 or not (bundle := list(islice(waiting, ahead - len(given)))):
            return []
        futures = client.map(work, bundle, pure=False)
        given.update(zip((future.key for future in futures), bundle, strict=True))
        return futures

    running = as_completed(give())
    for back in running.batches():
        well = [future for future in back if future.status == "finished"]
        outcomes = dict(zip((future.key for future in well), client.gather(well), strict=True))
        for future in back:
            job = given.pop(future.key)
            if future.key not in outcomes:
                error = future.exception()
                if not isinstance(error, KilledWorker):
                    raise error
            yield Done(job, outcomes.get(future.key), "" if future.key in outcomes else DIED)
            future.release()
        running.update(give())
