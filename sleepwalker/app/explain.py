"""Why one workload is awake or asleep, and when that changes next."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime

from sleepwalker.core.action import Left
from sleepwalker.core.decision import Decider, Decision, Opinion
from sleepwalker.core.policy import Policies
from sleepwalker.core.step import step
from sleepwalker.core.targets import Ref, Snapshot, Workload

_LOOKS = 400


@dataclass(frozen=True, slots=True)
class Change:
    """An instant from which something else holds."""

    at: datetime
    awake: bool | None
    because: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One workload's decision, every layer's opinion, what would be done now, and the next changes."""

    ref: Ref
    decision: Decision
    layers: tuple[Opinion, ...]
    now: str
    next: tuple[Change, ...]


def explain(now: datetime, workload: Workload, snapshot: Snapshot, policies: Policies, count: int = 5) -> Explanation:
    """Return why the workload is as it is at `now`, and its next `count` changes."""
    namespace = snapshot.namespaces[workload.ref.namespace]
    decider = Decider(now, policies)
    outcome = step(workload, namespace, decider, snapshot.spans.get(workload.ref))
    doing = outcome.because if isinstance(outcome, Left) else f"{outcome.verb}: {outcome.because}"
    decision = decider.decide(workload, namespace)
    changes: list[Change] = []
    at, awake = decision.until, decision.awake
    for _ in range(_LOOKS):
        if at is None or len(changes) == count:
            break
        later = Decider(at, policies).decide(workload, namespace)
        if later.awake != awake:
            changes.append(Change(at, later.awake, later.because))
        at, awake = later.until, later.awake
    return Explanation(workload.ref, decision, tuple(decider.opinions(workload, namespace)), doing, tuple(changes))


def find(snapshot: Snapshot, kind: str, namespace: str, name: str) -> tuple[Workload | None, str]:
    """Return the workload that a person named, or None and a hint at what was perhaps meant. Case and plural don't matter."""
    wanted = singular(kind)
    found = snapshot.workloads.get(namespace, {})
    for ref, workload in found.items():
        if ref.name == name and (not wanted or singular(ref.kind) == wanted):
            return workload, ""
    if namespace not in snapshot.namespaces:
        near = difflib.get_close_matches(namespace, list(snapshot.namespaces), n=1)
        return None, f"there is no namespace {namespace!r}{f'; is {near[0]!r} meant?' if near else ''}"
    near = difflib.get_close_matches(name, [ref.name for ref in found], n=1, cutoff=0.5)
    other = next((ref for ref in found if near and ref.name == near[0]), None)
    hint = f"; is {other.kind}/{other.name} meant?" if other else ""
    return None, f"there is no {kind or 'workload'} {name!r} in namespace {namespace!r}{hint}"


_SHORT = {"deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "cj": "cronjob"}


def singular(kind: str) -> str:
    """Return a kind's name as people type it, `deployments.apps` or `cj`, as one word to compare."""
    word = kind.casefold().partition(".")[0]
    word = _SHORT.get(word, word)
    return word.removesuffix("s")
