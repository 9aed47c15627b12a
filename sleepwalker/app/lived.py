"""A span of time that was lived through: its steps, what was freed, and how much of each namespace slept when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sleepwalker.app.outcome import Outcome
from sleepwalker.app.simulate import Simulation, Step
from sleepwalker.app.status import held_asleep
from sleepwalker.core.counting import Freed, freed_now
from sleepwalker.core.plan import evolve, plan
from sleepwalker.core.policy import Policies
from sleepwalker.core.problem import Problem
from sleepwalker.core.schedule import DstNote
from sleepwalker.core.targets import Snapshot

_MOST_STEPS = 100_000

Watch = Callable[["Lived", Step], None]

Shares = dict[str, tuple[int, int]]
"""Namespace → how many workloads are asleep, of how many."""


@dataclass(slots=True)
class Lived:
    """What happened from `start` to `end`. `bands` has for each namespace since when which share of it slept."""

    start: datetime
    end: datetime
    steps: list[Step] = field(default_factory=list)
    bands: dict[str, list[tuple[datetime, int, int]]] = field(default_factory=dict)
    problems: set[Problem] = field(default_factory=set)
    freed: Freed = field(default_factory=Freed)
    dst: tuple[DstNote, ...] = ()

    def note(self, step: Step, snapshot: Snapshot) -> None:
        """Take in one step, and what the cluster looks like after it."""
        if step.plan.actions or step.scenes:
            self.steps.append(step)
        self.problems.update(step.plan.problems)
        self.freed = step.freed
        for name, (asleep, total) in shares(snapshot).items():
            band = self.bands.setdefault(name, [])
            if not band or band[-1][1:] != (asleep, total):
                band.append((step.plan.now, asleep, total))


def _nobody(_lived: Lived, _step: Step) -> None:
    """Watch nothing."""


async def live_through(simulation: Simulation, watch: Watch = _nobody) -> Lived:
    """Live through a simulation on the in-memory cluster; `watch` sees each step, and what came before it."""
    lived = Lived(simulation.clock.now(), simulation.until)
    async for step in simulation.steps():
        watch(lived, step)
        lived.note(step, simulation.reconciler.snapshot())
    lived.problems.update(simulation.reconciler.problems)
    return lived


def foresee(snapshot: Snapshot, policies: Policies, start: datetime, end: datetime, watch: Watch = _nobody) -> Lived:
    """Live through a span in which nobody else does anything, from one look at a cluster: plan, evolve, and hop.

    The same as living through it on the in-memory cluster (law L6), and many times as fast.
    """
    lived = Lived(start, end)
    for step, after in _hops(snapshot, policies, start, end):
        watch(lived, step)
        lived.note(step, after)
    return lived


def shares(snapshot: Snapshot) -> Shares:
    """Return how much of each namespace sleeps."""
    return {
        name: (sum(held_asleep(each) is not None for each in found.values()), len(found))
        for name, found in snapshot.workloads.items()
        if found
    }


def dst_notes(snapshot: Snapshot, policies: Policies, start: datetime, end: datetime) -> tuple[DstNote, ...]:
    """Return the days on which a clock change moves an edge of a schedule that is in use."""
    wishes = [each.wishes for each in snapshot.namespaces.values()]
    wishes += [each.wishes for found in snapshot.workloads.values() for each in found.values()]
    schedules = {schedule for each in wishes for schedule in (each.uptime, each.downtime) if schedule}
    schedules |= {s for each in policies.policies for s in (each.rule.uptime, each.rule.downtime) if s}
    return tuple(sorted({note for each in schedules for note in each.dst_notes(start, end)}))


def _hops(snapshot: Snapshot, policies: Policies, start: datetime, end: datetime) -> Iterator[tuple[Step, Snapshot]]:
    now, freed = start, Freed()
    for _ in range(_MOST_STEPS):
        made = plan(now, snapshot, policies)
        snapshot = evolve(snapshot, made.actions)
        if made.actions or now in (start, end):
            yield Step(made, tuple(Outcome(each, "would", now) for each in made.actions), (), freed), snapshot
        if now >= end:
            return
        ahead = min(end, made.next_change or end)
        freed = freed.plus(freed_now(snapshot), max(ahead - now, timedelta()))
        now = ahead
