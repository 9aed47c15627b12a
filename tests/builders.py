"""What tests are made of: namespaces, workloads, policies, looks at a cluster, each with what no test cares about filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

import sleepwalker.recipes
from sleepwalker.core.action import Action, Left
from sleepwalker.core.annotations import PREFIX, read
from sleepwalker.core.calendar import Rule
from sleepwalker.core.decision import Decider
from sleepwalker.core.fields import FieldOwner
from sleepwalker.core.plan import Plan, evolve, plan
from sleepwalker.core.policy import Policies, Policy
from sleepwalker.core.recipe import Recipe, parse_recipe
from sleepwalker.core.record import Record
from sleepwalker.core.schedule import parse_schedule
from sleepwalker.core.step import step
from sleepwalker.core.targets import Demand, Namespace, Ref, Snapshot, Span, Workload

REPLICAS = "/spec/replicas"
SUSPEND = "/spec/suspend"
OFFICE_HOURS = "Mon-Fri 08:00-20:00"

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 20, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 22, tzinfo=UTC)
NEXT_MORNING = MORNING + timedelta(days=1)
NEXT_NOON = NOON + timedelta(days=1)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

OURS = FieldOwner("sleepwalker", "Update", "", "2026-11-24T20:00:01Z", "apps/v1")
HELM = FieldOwner("helm", "Apply", "", "2026-11-20T10:00:00Z", "apps/v1")
ARGO = FieldOwner("argocd-controller", "Apply", "", "2026-11-24T21:00:00Z", "apps/v1")
KUBECTL_APPLY = FieldOwner("kubectl-client-side-apply", "Update", "", "2026-11-24T21:00:00Z", "apps/v1")
KUBECTL_SCALE = FieldOwner("kubectl", "Update", "scale", "2026-11-24T21:00:00Z", "autoscaling/v1")
AUTOSCALER = FieldOwner("kube-controller-manager", "Update", "scale", "2026-11-24T21:00:00Z", "autoscaling/v1")

ALL_GROUPS = MappingProxyType({"Deployment": "apps", "StatefulSet": "apps", "CronJob": "batch"})


class _Recipes(dict[tuple[str, str], Recipe]):
    """Shown in one word, so that a failing example can be read."""

    def __repr__(self) -> str:
        return "recipes()"


@cache
def recipes() -> dict[tuple[str, str], Recipe]:
    """The recipes that are shipped."""
    text = Path(sleepwalker.recipes.__file__).with_name("kubernetes.yaml").read_text(encoding="utf-8")
    found = [parse_recipe(document) for document in yaml.safe_load_all(text)]
    return _Recipes({(each.group, each.kind): each for each in found})


def recipe(kind: str = "Deployment") -> Recipe:
    return recipes()[ALL_GROUPS[kind], kind]


def ref(name: str = "web", namespace: str = "team", kind: str = "Deployment") -> Ref:
    return Ref(namespace, kind, name, ALL_GROUPS.get(kind, ""))


def workload(
    name: str = "web", replicas: int | None = 3, *, annotations: dict[str, object] | None = None, **parts: object
) -> Workload:
    """A Deployment of long ago that is awake, unless told otherwise. Annotations go without our prefix."""
    made = Workload(
        ref=ref(name),
        uid=f"uid-{name}",
        resource_version="1",
        created=LONG_AGO,
        labels={},
        wishes=read(prefixed(annotations), "workload"),
        fields={REPLICAS: replicas},
        demand=Demand(0.5, 2**30),
        replicas=replicas or 0,
    )
    return replace(made, **parts)


def cronjob(name: str = "report", suspend: bool | None = False, **parts: object) -> Workload:  # noqa: FBT001, FBT002 - as the field
    named = ref(name, kind="CronJob")
    made = workload(
        name, annotations=parts.pop("annotations", None), ref=named, fields={SUSPEND: suspend}, demand=Demand()
    )
    return replace(made, replicas=0, **parts)


def namespace(name: str = "team", *, annotations: dict[str, object] | None = None, **parts: object) -> Namespace:
    made = Namespace(name, labels={}, wishes=read(prefixed(annotations), "namespace"), resource_version="1")
    return replace(made, **parts)


def prefixed(annotations: dict[str, object] | None) -> dict[str, object]:
    return {PREFIX + key: value for key, value in (annotations or {}).items()}


def record(original: int = 3, asleep: int = 0, *, since: datetime = EVENING, **parts: object) -> Record:
    return Record(
        since=since, original={REPLICAS: original}, set={REPLICAS: asleep}, because="policy office: downtime", **parts
    )


def asleep(name: str = "web", original: int = 3, floor: int = 0, **parts: object) -> Workload:
    """A Deployment that we hold asleep since the evening."""
    held = parts.pop("record", record(original, floor))
    return workload(name, floor, **{"owners": {REPLICAS: (OURS,)}, **parts}, record=held)


def changed(sleeping: Workload, replicas: int, by: FieldOwner) -> Workload:
    """The same after somebody else has set its replicas."""
    return replace(sleeping, fields={REPLICAS: replicas}, owners={REPLICAS: (by,)})


def stripped(sleeping: Workload) -> Workload:
    """The same without its record."""
    return replace(sleeping, record=None)


def span(of: Workload, held: Record | None = None) -> Span:
    """The ledger's copy."""
    copy = held or of.record
    assert copy
    return Span(of.ref, of.uid, copy)


def policy(
    name: str = "office", uptime: str | None = OFFICE_HOURS, downtime: str | None = None, **parts: object
) -> Policy:
    return Policy(name=name, rule=rule(uptime, downtime), **parts)


def rule(uptime: str | None = OFFICE_HOURS, downtime: str | None = None) -> Rule:
    return Rule(
        uptime=parse_schedule(uptime, "UTC") if uptime else None,
        downtime=parse_schedule(downtime, "UTC") if downtime else None,
    )


def policies(*each: Policy, **parts: object) -> Policies:
    """Office hours for everything, unless told otherwise."""
    return Policies(policies=each or (policy(),), recipes=recipes(), **parts)


NO_POLICY = Policies(recipes=recipes())


def snapshot(*things: Workload | Namespace | Span) -> Snapshot:
    """A look at these; a namespace that is not given has no annotations."""
    namespaces = {each.name: each for each in things if isinstance(each, Namespace)}
    workloads: dict[str, dict[Ref, Workload]] = {}
    for each in things:
        if isinstance(each, Workload):
            namespaces.setdefault(each.ref.namespace, namespace(each.ref.namespace))
            workloads.setdefault(each.ref.namespace, {})[each.ref] = each
    spans = {each.ref: each for each in things if isinstance(each, Span)}
    return Snapshot(namespaces, workloads, spans, seen=frozenset(recipes()))


def outcome_of(
    now: datetime, it: Workload, by: Policies | None = None, home: Namespace | None = None, known: Span | None = None,
) -> Action | Left:  # fmt: skip
    """What to do with one workload now."""
    return step(it, home or namespace(it.ref.namespace), Decider(now, policies() if by is None else by), known)


def settled(now: datetime, look: Snapshot, by: Policies, passes: int = 10) -> Snapshot:
    """The look after as many passes as there is something to do."""
    for _ in range(passes):
        made = plan(now, look, by)
        if not made.actions:
            return look
        look = evolve(look, made.actions)
    raise AssertionError(f"after {passes} passes there is still {made.actions}")


def messages(made: Plan) -> list[str]:
    return [f"{each.ref}: {each.message}" for each in made.problems]
