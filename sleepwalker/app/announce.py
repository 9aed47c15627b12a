"""What is said aloud about a pass: each thing once, not at every pass that finds it so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from sleepwalker.app.outcome import Outcome
from sleepwalker.app.reconcile import Pass
from sleepwalker.core.action import KeepAwake, Left, Sleep, Wake
from sleepwalker.core.problem import Problem
from sleepwalker.core.targets import Ref

Reason = Literal["Slept", "Woken", "KeptAwake", "SleepDelayed", "ForeignChange", "Problem"]


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to be said about one object, as a Kubernetes Event has it."""

    ref: Ref
    reason: Reason
    message: str
    uid: str = ""

    @property
    def warning(self) -> bool:
        """Whether somebody should look at it."""
        return self.reason == "Problem"


@dataclass(slots=True)
class Announcer:
    """Turns passes into announcements, and remembers what was said. `uid_of` knows an object's uid."""

    uid_of: Callable[[Ref], str]
    _problems: frozenset[Problem] = frozenset()
    _delayed: dict[Ref, str] = field(default_factory=dict)
    _planned: dict[Ref, str] = field(default_factory=dict)

    def announce(self, done: Pass, problems: Iterable[Problem]) -> Iterator[Announcement]:
        """Yield what is new since the last pass."""
        for outcome in done.outcomes:
            if outcome.status == "done" and (said := self._of(outcome)):
                yield said
        for left in done.plan.left:
            if self._newly_delayed(left):
                yield Announcement(left.ref, "SleepDelayed", left.because, self.uid_of(left.ref))
        now = frozenset(problems)
        for problem in sorted(now - self._problems):
            yield Announcement(problem.ref, "Problem", problem.message, self.uid_of(problem.ref))
        self._problems = now

    def newly_planned(self, outcome: Outcome) -> bool:
        """Return whether an action that is only observed was not observed before."""
        said = f"{outcome.action.verb} {outcome.action.because}"
        if self._planned.get(outcome.action.ref) == said:
            return False
        self._planned[outcome.action.ref] = said
        return True

    def _of(self, outcome: Outcome) -> Announcement | None:
        action = outcome.action
        uid = self.uid_of(action.ref)
        match action:
            case Sleep() if action.record.put_back:
                return Announcement(action.ref, "ForeignChange", action.because, uid)
            case Sleep():
                return Announcement(action.ref, "Slept", action.because, uid)
            case Wake():
                return Announcement(action.ref, "Woken", action.because, uid)
            case KeepAwake():
                return Announcement(action.ref, "KeptAwake", action.because, uid)
            case _:
                return None

    def _newly_delayed(self, left: Left) -> bool:
        if not left.delayed:
            self._delayed.pop(left.ref, None)
            return False
        if self._delayed.get(left.ref) == left.because:
            return False
        self._delayed[left.ref] = left.because
        return True
