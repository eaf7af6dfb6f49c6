"""OVERLOAD.md: what a service did at its capacity and beyond it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loadtest.environment import facts_line
from loadtest.generator.load_result import LoadResult
from loadtest.overload.callers import EARLY, CallerRecord

#: A wait that was told counts as right within this share of what it was.
_TOLERANCE = 0.3


@dataclass(frozen=True, slots=True)
class OverloadFigures:
    """What counts of the callers of an overload.

    Attributes:
        callers: that came.
        refused: those of them that were told to come back.
        per_s: whole answers a second while callers came.
        p99_ms: of those answers, from the request that was taken.
        told_s: the longest wait that was told.
        on_time: share of the refused that were taken when they first came back.
        within: share that were taken before ``told / 0.7``.
        early: share of the twins that were taken at 0.7 of the wait.
        never: callers that were not taken or not answered.
        errors: what was neither an answer nor a refusal.
    """

    callers: int
    refused: int
    per_s: float
    p99_ms: float
    told_s: int
    on_time: float
    within: float
    early: float
    never: int
    errors: int

    @property
    def right(self) -> float:
        """Share of the refused who were told the truth: taken then, and not much earlier."""
        return self.within * (1 - self.early)


def figures_of(
    records: Sequence[CallerRecord], errors: Sequence[str], seconds: float
) -> OverloadFigures:
    """The figures of callers that came in so many seconds."""
    refused = [each for each in records if each.told_s is not None]
    waits = [(_wait_s(each), each.told_s or 0) for each in refused]
    times_s = [
        each.answered_at - each.taken_at
        for each in records
        if each.taken_at is not None and each.answered_at is not None and each.taken_at < seconds
    ]
    answered = sum(each.answered_at is not None and each.answered_at < seconds for each in records)
    twins = [each.twin_taken for each in records if each.twin_taken is not None]
    return OverloadFigures(
        callers=len(records),
        refused=len(refused),
        per_s=answered / seconds,
        p99_ms=float(np.percentile(times_s, 99)) * 1000 if times_s else float("inf"),
        told_s=max((told for _, told in waits), default=0),
        on_time=_share([wait < told + 1 for wait, told in waits]),
        within=_share([told >= (1 - _TOLERANCE) * wait for wait, told in waits]),
        early=_share(twins),
        never=sum(each.answered_at is None for each in records),
        errors=len(errors),
    )


def _wait_s(record: CallerRecord) -> float:
    return float("inf") if record.taken_at is None else record.taken_at - record.came_at


def _share(outcomes: Sequence[bool]) -> float:
    return sum(outcomes) / len(outcomes) if outcomes else 0.0


@dataclass(frozen=True, slots=True)
class OverloadRun:
    """An overload, and the capacity before and after it.

    Attributes:
        title: which processors the service and its callers had.
        capacity: of which the mean counts.
        overload: what became of its callers.
    """

    title: str
    capacity: tuple[LoadResult, LoadResult]
    overload: OverloadFigures

    def markdown(self) -> str:
        """Its part of the page."""
        (before, after), overload = self.capacity, self.overload
        goodput = 2 * overload.per_s / (before.per_s + after.per_s)
        slower = 2 * overload.p99_ms / (before.percentile_ms(99) + after.percentile_ms(99))
        return _RUN.format(
            title=self.title, before=before, after=after, overload=overload, early_at=EARLY,
            before_p99=before.percentile_ms(99), after_p99=after.percentile_ms(99),
            goodput=goodput, slower=slower,
            goodput_held=_held(goodput >= 0.9), slower_held=_held(slower <= 1.5),
            right_held=_held(overload.right >= 0.9),
        )  # fmt: skip


def markdown(
    facts: dict[str, str],
    runs: Sequence[OverloadRun],
    *,
    clients: int,
    factor: float,
    seconds: float,
    characters: int,
) -> str:
    """The page."""
    head = _HEAD.format(
        facts=facts_line(facts),
        clients=clients,
        factor=factor,
        seconds=seconds,
        characters=characters,
    )
    return "\n".join([head, *(run.markdown() for run in runs)])


def _held(held: bool) -> str:
    return "yes" if held else "no"


_HEAD = """\
# Beyond the capacity

Made by `python -m loadtest.overload`; do not edit. {facts}

New posts of {characters} characters, none of them sent twice but by callers who come back.
Capacity: {clients} clients, each of which sends the next post when the last is answered.
Overload: {factor:g} times as many posts a second for {seconds:.0f} s, at random moments (Poisson),
whatever becomes of the earlier ones; whoever is refused sends his post again at `Retry-After`,
until it is taken. All figures of a table are of one run, so that their ratios tell, to the mean of
the capacity before and after. Where these two differ, the machine was another one meanwhile.
"""

_RUN = """\
## {title}

| | whole answers/s | p99 ms |
|---|---:|---:|
| capacity, before | {before.per_s:.1f} | {before_p99:.0f} |
| overload | {overload.per_s:.1f} | {overload.p99_ms:.0f} |
| capacity, after | {after.per_s:.1f} | {after_p99:.0f} |

| goal | measured | held |
|---|---:|---|
| answers at least 0.9 of the capacity | {goodput:.2f} | {goodput_held} |
| p99 of what is taken at most 1.5 of that at capacity | {slower:.2f} | {slower_held} |
| `Retry-After` right for 90 % | {overload.right:.0%} | {right_held} |

Of {overload.callers} callers {overload.refused} were refused, and told to come back after 1 to
{overload.told_s} s. {overload.on_time:.0%} of them were taken when they first came back,
{overload.within:.0%} within 30 % of the wait that they were told. For each tenth a twin with
another new post asked at {early_at:g} of that wait: {overload.early:.0%} of these were taken, so
the others could not have come much earlier. *Right* is those within 30 %, times the share of twins
that were refused.
Never answered: {overload.never}; errors: {overload.errors}.
"""
