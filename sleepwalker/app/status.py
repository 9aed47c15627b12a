"""What is asleep now, since when, until when and why, and which overrides are in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sleepwalker.core.annotations import Wishes
from sleepwalker.core.decision import Decider
from sleepwalker.core.fields import Fields
from sleepwalker.core.policy import Policies
from sleepwalker.core.record import Record
from sleepwalker.core.targets import Namespace, Ref, Snapshot, Span, Workload, namespace_ref

_LOOKS = 400


@dataclass(frozen=True, slots=True)
class Asleep:
    """One workload that is held asleep. `until` is when it will be woken, as things stand; None: nothing says when."""

    ref: Ref
    since: datetime
    until: datetime | None
    because: str
    original: Fields


@dataclass(frozen=True, slots=True)
class InForce:
    """One override that has not ended."""

    ref: Ref
    awake: bool
    until: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """One look at what sleeps."""

    now: datetime
    asleep: tuple[Asleep, ...]
    overrides: tuple[InForce, ...]


def status(now: datetime, snapshot: Snapshot, policies: Policies, namespaces: frozenset[str] = frozenset()) -> Status:
    """Return what is asleep and which overrides are in force, in these namespaces, or in all."""
    names = [name for name in sorted(snapshot.namespaces) if not namespaces or name in namespaces]
    ahead = _Ahead(policies)
    asleep: list[Asleep] = []
    overrides: list[InForce] = []
    for name in names:
        namespace = snapshot.namespaces[name]
        overrides += _in_force(namespace_ref(name), namespace.wishes, now)
        for ref, workload in sorted(snapshot.workloads.get(name, {}).items()):
            overrides += _in_force(ref, workload.wishes, now)
            if held := held_asleep(workload, snapshot.spans.get(ref)):
                until = ahead.wakes(now, workload, namespace)
                asleep.append(Asleep(ref, held.since, until, held.because, held.original))
    return Status(now, tuple(asleep), tuple(overrides))


def held_asleep(workload: Workload, span: Span | None = None) -> Record | None:
    """Return the record of its sleep, its own or the ledger's, unless somebody else has woken it since."""
    held = workload.record or (span.record if span and span.uid == workload.uid else None)
    return held if held and not _woken_by_others(workload, held) else None


@dataclass(slots=True)
class _Ahead:
    """Looks ahead, with one Decider for each instant, since many workloads wake at the same."""

    policies: Policies
    _deciders: dict[datetime, Decider] = field(default_factory=dict)

    def wakes(self, now: datetime, workload: Workload, namespace: Namespace) -> datetime | None:
        at: datetime | None = now
        for _ in range(_LOOKS):
            if at is None:
                return None
            decision = self._at(at).decide(workload, namespace)
            if decision.awake is not False and not decision.wrong:
                return at
            at = decision.until
        return None

    def _at(self, at: datetime) -> Decider:
        if (decider := self._deciders.get(at)) is None:
            decider = self._deciders[at] = Decider(at, self.policies)
        return decider


def _woken_by_others(workload: Workload, held: Record) -> bool:
    """Whether a field is more awake than we left it; a count that somebody made smaller still is asleep."""
    return any(
        (now := workload.fields.get(pointer)) != value
        and not (isinstance(now, int) and isinstance(value, int) and now < value)
        for pointer, value in held.set.items()
    )


def _in_force(ref: Ref, wishes: Wishes, now: datetime) -> Iterator[InForce]:
    for awake, until in ((True, wishes.keep_awake_until), (False, wishes.asleep_until)):
        if until and until > now:
            yield InForce(ref, awake, until, wishes.override_by or "", wishes.override_reason or "")
            return
