"""Leaving without a trace: everything awake, every annotation of ours gone, every field back with who owned it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sleepwalker.app.apply import Applier
from sleepwalker.app.outcome import Outcome
from sleepwalker.app.ports import Cluster, Ledger, LedgerError
from sleepwalker.app.reconcile import Reconciler
from sleepwalker.core.action import Action, GiveBack, Left, Tidy
from sleepwalker.core.annotations import Wishes
from sleepwalker.core.fields import FieldOwner
from sleepwalker.core.foreign import owned_by_us
from sleepwalker.core.policy import Policies
from sleepwalker.core.problem import Problem
from sleepwalker.core.step import OVERRIDE_ANNOTATIONS
from sleepwalker.core.targets import Namespace, Ref, Snapshot, Span, Workload, namespace_ref

_PASSES = 5
_WATCH_LAG = 3.0
_BECAUSE = "sleepwalker is uninstalled"

Owners = Mapping[str, tuple[FieldOwner, ...]]


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """What was done, what failed, and what a person must look at."""

    outcomes: tuple[Outcome, ...]
    problems: tuple[Problem, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """What could not be done."""
        return tuple(each for each in self.outcomes if each.status == "failed")


async def uninstall(
    cluster: Cluster, ledger: Ledger, policies: Policies, now: datetime, tell: Callable[[Outcome], None],
) -> Uninstalled:  # fmt: skip
    """Wake everything and remove every trace. Annotations that people wrote (schedules, policies) stay theirs."""
    last: Mapping[Ref, Span] = {}
    awake = replace(policies, protected=("*",), policies=())
    reconciler = Reconciler(cluster, ledger, awake, mode="enforce", tell=tell)
    with contextlib.suppress(LedgerError):
        last = await ledger.last_spans()
        await reconciler.start()
    owners = _owners(cluster.snapshot(), last)
    outcomes: list[Outcome] = []
    for _ in range(_PASSES):
        done = await reconciler.once(now, full=True)
        outcomes += done.outcomes
        if not done.outcomes or done.failed:
            break
        await _seen(cluster, done.outcomes)
    traces = _traces(cluster.snapshot(), owners)

    def ended(outcome: Outcome) -> None:
        outcomes.append(outcome)
        tell(outcome)

    applier = Applier(cluster, reconciler.concurrency, now, lambda found: _trace(found, owners), ended)
    for action, version in traces:
        applier.add(action, version)
    await applier.finish()
    return Uninstalled(tuple(outcomes), reconciler.problems)


async def _seen(cluster: Cluster, outcomes: tuple[Outcome, ...]) -> None:
    """Wait until the caches show what was written."""
    for each in outcomes:
        workload = cluster.snapshot().workload(each.action.ref)
        if workload and workload.record:
            await cluster.wait_newer(each.action.ref, workload.resource_version, _WATCH_LAG)


def _owners(snapshot: Snapshot, last: Mapping[Ref, Span]) -> dict[Ref, Owners]:
    """Return who owned each object's fields before us: as its record says, or its latest sleep in the ledger."""
    found: dict[Ref, Owners] = {ref: span.record.owners for ref, span in last.items()}
    for workloads in snapshot.workloads.values():
        for ref, workload in workloads.items():
            if workload.record:
                found[ref] = workload.record.owners
    return found


def _traces(snapshot: Snapshot, owners: Mapping[Ref, Owners]) -> list[tuple[Action, str]]:
    traces: list[tuple[Action, str]] = []
    found: list[Workload | Namespace] = [*snapshot.namespaces.values()]
    found += [workload for workloads in snapshot.workloads.values() for workload in workloads.values()]
    for each in found:
        action = _trace(each, owners)
        if not isinstance(action, Left):
            traces.append((action, each.resource_version))
    return traces


def _trace(found: Workload | Namespace, owners: Mapping[Ref, Owners]) -> Action | Left:
    drop = _overrides(found.wishes)
    if isinstance(found, Namespace):
        ref = namespace_ref(found.name)
        return Tidy(ref, drop, _BECAUSE, {}, {}) if drop else Left(ref, "no trace")
    if found.record:
        return Left(found.ref, "it could not be woken, and needs its record")
    had = owners.get(found.ref, {})
    if ours := {p: had.get(p, ()) for p, held in found.owners.items() if owned_by_us(held)}:
        return GiveBack(found.ref, ours, 0, _BECAUSE, {}, {}, drop)
    return Tidy(found.ref, drop, _BECAUSE, {}, {}) if drop else Left(found.ref, "no trace")


def _overrides(wishes: Wishes) -> tuple[str, ...]:
    return tuple(key for key in OVERRIDE_ANNOTATIONS if getattr(wishes, key.replace("-", "_")) is not None)
