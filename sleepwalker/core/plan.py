"""The product: what to do now, in one pure function, and the pure model of having done it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from sleepwalker.core.action import Action, GiveBack, KeepAwake, Left, Sleep, Tidy, Wake
from sleepwalker.core.annotations import NO_WISHES, Wishes
from sleepwalker.core.decision import Decider
from sleepwalker.core.fields import FieldOwner
from sleepwalker.core.foreign import OURS
from sleepwalker.core.policy import Policies
from sleepwalker.core.problem import Problem
from sleepwalker.core.step import ended_overrides, step
from sleepwalker.core.targets import NAMESPACE, Namespace, Ref, Snapshot, Span, Workload, namespace_ref

_WAKES_FIRST = {"wake": 0, "keep-awake": 0, "give-back": 1, "sleep": 2, "tidy": 3}


@dataclass(frozen=True, slots=True)
class Plan:
    """All moves at one moment, in the order in which they are made, and what is left and why.

    `next_change` is the first instant after `now` at which the plan may differ; None: never, as things stand.
    `namespaces` are those that were looked at.
    """

    now: datetime
    actions: tuple[Action, ...] = ()
    left: tuple[Left, ...] = ()
    problems: tuple[Problem, ...] = ()
    next_change: datetime | None = None
    namespaces: frozenset[str] = frozenset()


def plan(now: datetime, snapshot: Snapshot, policies: Policies) -> Plan:
    """Return what to do now. Total: any text anywhere ends in a Problem about its own object, never in an error."""
    decider = Decider(now, policies)
    parts = [plan_namespace(decider, snapshot, name) for name in sorted(snapshot.namespaces)]
    return merge(now, parts, policies.problems)


def merge(now: datetime, parts: Iterable[Plan], problems: Sequence[Problem] = ()) -> Plan:
    """Return several namespaces' plans as one."""
    parts = list(parts)
    return Plan(
        now=now,
        actions=tuple(sorted((a for part in parts for a in part.actions), key=order)),
        left=tuple(each for part in parts for each in part.left),
        problems=tuple(sorted({*problems, *(p for part in parts for p in part.problems)})),
        next_change=min((part.next_change for part in parts if part.next_change), default=None),
        namespaces=frozenset(name for part in parts for name in part.namespaces),
    )


def plan_namespace(decider: Decider, snapshot: Snapshot, name: str) -> Plan:
    """Return one namespace's plan."""
    namespace = snapshot.namespaces[name]
    if namespace.deleting:
        return Plan(decider.now, namespaces=frozenset((name,)))
    actions: list[Action] = []
    left: list[Left] = []
    told = [*(sentence for _, sentence in namespace.wishes.wrong), *decider.unknown(namespace.wishes)]
    problems = [Problem(namespace_ref(name), sentence) for sentence in told]
    told += [each.wrong for each in decider.policies.policies if each.wrong]
    next_change: datetime | None = None
    spans = snapshot.spans
    for workload in snapshot.workloads.get(name, {}).values():
        wrong = [sentence for _, sentence in workload.wishes.wrong]
        problems += [Problem(workload.ref, sentence) for sentence in wrong]
        outcome = step(workload, namespace, decider, spans.get(workload.ref))
        if isinstance(outcome, Left):
            left.append(outcome)
            until = outcome.until
            if outcome.problem and not any(sentence in outcome.problem for sentence in (*wrong, *told)):
                problems.append(Problem(workload.ref, outcome.problem))
        else:
            actions.append(outcome)
            until = decider.decide(workload, namespace).until
        until = _sooner(decider.now, until, workload.wishes)
        if until and (next_change is None or until < next_change):
            next_change = until
    if isinstance(tidy := tidied(namespace, decider.now), Tidy):
        actions.append(tidy)
    next_change = _sooner(decider.now, next_change, namespace.wishes)
    return Plan(
        decider.now, tuple(actions), tuple(left), tuple(dict.fromkeys(problems)), next_change, frozenset((name,))
    )


def tidied(namespace: Namespace, now: datetime) -> Tidy | Left:
    """Return the removal of a namespace's overrides that have ended."""
    if ended := ended_overrides(namespace.wishes, now):
        return Tidy(namespace_ref(namespace.name), ended, "the override has ended", {}, {})
    return Left(namespace_ref(namespace.name), "no override has ended")


def evolve(snapshot: Snapshot, actions: Iterable[Action]) -> Snapshot:
    """Return the snapshot as it would be with these actions carried out, and nobody else doing anything."""
    namespaces = dict(snapshot.namespaces)
    workloads = {name: dict(found) for name, found in snapshot.workloads.items()}
    spans = dict(snapshot.spans)
    for action in actions:
        if action.ref.kind == NAMESPACE and not action.ref.namespace:
            namespaces[action.ref.name] = _tidied_namespace(namespaces[action.ref.name], action.drop)
            continue
        before = workloads.get(action.ref.namespace, {}).get(action.ref)
        if before is None:
            continue
        after = apply_to(before, action)
        workloads[action.ref.namespace][action.ref] = after
        if after.record:
            spans[action.ref] = Span(action.ref, after.uid, after.record)
        elif not isinstance(action, Tidy):
            spans.pop(action.ref, None)
    return replace(snapshot, namespaces=namespaces, workloads=workloads, spans=spans)


def apply_to(workload: Workload, action: Action) -> Workload:
    """Return the workload as it would be after the action."""
    wishes = _without(workload.wishes, action.drop)
    fields = {**workload.fields, **action.set}
    ours = {p: (FieldOwner(OURS, "Update"),) for p, v in action.set.items() if v != workload.fields.get(p)}
    owners = {**workload.owners, **ours}
    match action:
        case Sleep():
            return replace(workload, wishes=wishes, fields=fields, owners=owners, record=action.record, record_wrong="")
        case Wake():
            back = {p: had for p, had in action.returns.items() if p in ours or workload.owners.get(p)}
            return replace(workload, wishes=wishes, fields=fields, owners=owners | back, record=None, record_wrong="")
        case KeepAwake():
            wishes = replace(
                wishes,
                keep_awake_until=action.until,
                override_by=action.by,
                override_reason=action.because[:256],
            )
            return replace(workload, wishes=wishes, record=action.record, record_wrong="")
        case GiveBack():
            return replace(workload, wishes=wishes, owners={**workload.owners, **action.owners})
        case Tidy():
            return replace(workload, wishes=wishes)
        case _:
            assert_never(action)


def order(action: Action) -> tuple[int, int, str, str, str, str]:
    """Return the sort key: wakes before sleeps; wakes go up the waves, sleeps down."""
    rank = _WAKES_FIRST[action.verb]
    wave, ref = -action.wave if isinstance(action, Sleep) else action.wave, action.ref
    return rank, wave, ref.namespace, ref.kind, ref.name, ref.group


def _sooner(now: datetime, at: datetime | None, wishes: Wishes) -> datetime | None:
    """Return the earlier of an instant and the ends of overrides, which are removed then even if they decide nothing."""
    if wishes is NO_WISHES:
        return at
    ends = (at, wishes.keep_awake_until, wishes.asleep_until)
    return min((each for each in ends if each and each > now), default=None)


def _without(wishes: Wishes, drop: tuple[str, ...]) -> Wishes:
    if not drop:
        return wishes
    gone: dict[str, Any] = {key.replace("-", "_"): None for key in drop}
    left = replace(wishes, **gone)
    return NO_WISHES if left == NO_WISHES else left


def _tidied_namespace(namespace: Namespace, drop: tuple[str, ...]) -> Namespace:
    return replace(namespace, wishes=_without(namespace.wishes, drop))


def asleep_in(snapshot: Snapshot) -> Mapping[Ref, Workload]:
    """Return what we hold asleep."""
    return {ref: w for found in snapshot.workloads.values() for ref, w in found.items() if w.record}
