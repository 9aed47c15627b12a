"""A span of time lived through on the in-memory cluster: the same passes as the controller's, under a virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sleepwalker.app.outcome import Outcome
from sleepwalker.app.reconcile import Reconciler
from sleepwalker.core.counting import Freed, freed_now
from sleepwalker.core.plan import Plan

_MOST_STEPS = 100_000


@dataclass(slots=True)
class VirtualClock:
    """A clock that is set, not read."""

    at: datetime

    def now(self) -> datetime:
        """Return the instant to which it was set."""
        return self.at


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that somebody else does at a given instant."""

    at: datetime
    title: str
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One instant at which something happened. `freed` is what has been freed since the start, by namespace."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    scenes: tuple[str, ...] = ()
    freed: Freed = field(default_factory=Freed)


@dataclass(slots=True)
class Simulation:
    """One span of time, lived through by one reconciler."""

    reconciler: Reconciler
    clock: VirtualClock
    until: datetime
    scenes: Sequence[Scene] = ()

    async def steps(self) -> AsyncIterator[Step]:
        """Yield each instant at which there was something to do, and the last one."""
        freed = Freed()
        todo = sorted(self.scenes, key=lambda each: each.at)
        full = True
        for _ in range(_MOST_STEPS):
            now = self.clock.at
            played = [each for each in todo if each.at <= now]
            todo = todo[len(played) :]
            for scene in played:
                scene.act()
            done = await self.reconciler.once(now, full=full)
            full = False
            later = [at for at in (done.next_change, todo[0].at if todo else None) if at and at > now]
            acted = any(each.status == "done" for each in done.outcomes)
            ahead = now if acted else min([*later, self.until])
            if done.outcomes or played or now == self.until:
                yield Step(done.plan, done.outcomes, tuple(each.title for each in played), freed)
            if now >= self.until:
                return
            freed = freed.plus(freed_now(self.reconciler.snapshot()), max(ahead - now, timedelta(0)))
            self.clock.at = ahead
