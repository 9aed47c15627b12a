"""An object as the API server shows it → the few fields that a decision needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sleepwalker.core.annotations import ASLEEP, read
from sleepwalker.core.fields import FieldOwner, Fields, shared_fields, shared_owners
from sleepwalker.core.instants import InstantError, parse_instant
from sleepwalker.core.ownership import owners_of
from sleepwalker.core.quantity import parse_quantity
from sleepwalker.core.recipe import Recipe, lookup
from sleepwalker.core.record import Record, RecordError, parse_record
from sleepwalker.core.targets import NO_DEMAND, Demand, Namespace, Ref, Workload

Requests = tuple[tuple[str, str], ...]
"""Name and quantity of each resource that a container asks for."""

_SCALARS = (int, float, str, bool)
_CRITICAL = frozenset({"system-cluster-critical", "system-node-critical"})
_ACCELERATORS = (
    "nvidia.com/",
    "amd.com/gpu",
    "gpu.intel.com/",
    "aws.amazon.com/neuron",
    "google.com/tpu",
    "habana.ai/",
)


def project(thing: Mapping[str, Any], recipe: Recipe, zone: str = "UTC") -> Workload:
    """Return an object of the recipe's kind as a Workload. `zone` is that of schedules that name none."""
    metadata = _mapping(thing.get("metadata"))
    annotations = _mapping(metadata.get("annotations"))
    record, wrong = _record(annotations.get(ASLEEP), recipe)
    template = lookup(thing, recipe.demand) if recipe.demand else None
    count = lookup(thing, recipe.count.pointer) if recipe.count else None
    return Workload(
        ref=Ref(_text(metadata, "namespace"), recipe.kind, _text(metadata, "name"), recipe.group),
        uid=_text(metadata, "uid"),
        resource_version=_text(metadata, "resourceVersion"),
        created=_instant(metadata.get("creationTimestamp")),
        labels=_labels(metadata.get("labels")),
        wishes=read(annotations, "workload", zone),
        fields=_values(thing, recipe),
        record=record,
        record_wrong=wrong,
        owners=_owners(metadata.get("managedFields"), recipe),
        controller=_controller(metadata.get("ownerReferences"), _text(metadata, "namespace")),
        demand=_demand(template) if template else NO_DEMAND,
        replicas=count if isinstance(count, int) else 0,
        ready=all(each.holds(thing) for each in recipe.ready),
        rolling=any(all(each.holds(thing) for each in some) for some in recipe.rolling),
        critical=str(lookup(template, "/spec/priorityClassName")) in _CRITICAL,
        deleting=bool(metadata.get("deletionTimestamp")),
    )


def project_namespace(thing: Mapping[str, Any], zone: str = "UTC") -> Namespace:
    """Return a Namespace object as a Namespace."""
    metadata = _mapping(thing.get("metadata"))
    return Namespace(
        name=_text(metadata, "name"),
        labels=_labels(metadata.get("labels")),
        wishes=read(_mapping(metadata.get("annotations")), "namespace", zone),
        resource_version=_text(metadata, "resourceVersion"),
        deleting=bool(metadata.get("deletionTimestamp")),
    )


def _mapping(thing: object) -> Mapping[str, Any]:
    return thing if isinstance(thing, dict) or isinstance(thing, Mapping) else {}  # noqa: SIM101 - the first is cheap


def _text(thing: Mapping[str, Any], key: str) -> str:
    return str(thing.get(key) or "")


def _values(thing: Mapping[str, Any], recipe: Recipe) -> Fields:
    found = ((f.pointer, lookup(thing, f.pointer)) for f in recipe.fields)
    return shared_fields((pointer, value if isinstance(value, _SCALARS) else None) for pointer, value in found)


def _labels(thing: object) -> Mapping[str, str]:
    return _interned(tuple(sorted((str(k), str(v)) for k, v in _mapping(thing).items()))) if thing else {}


@lru_cache(maxsize=8192)
def _interned(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return dict(pairs)


def _record(text: object, recipe: Recipe) -> tuple[Record | None, str]:
    if text is None:
        return None, ""
    try:
        return parse_record(text if isinstance(text, str) else repr(text), recipe), ""
    except RecordError as error:
        return None, str(error)


@lru_cache(maxsize=8192)
def _instant_of(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except InstantError:
        return None


def _instant(text: object) -> datetime | None:
    return _instant_of(text) if isinstance(text, str) else None


def _owners(managed: object, recipe: Recipe) -> Mapping[str, tuple[FieldOwner, ...]]:
    if not isinstance(managed, list):
        return {}
    return shared_owners(tuple((f.pointer, owners_of(managed, f.pointer)) for f in recipe.fields))


def _controller(references: object, namespace: str) -> Ref | None:
    if not isinstance(references, list):
        return None
    for each in references:
        if isinstance(each, Mapping) and each.get("controller") is True:
            group, slash, _ = _text(each, "apiVersion").partition("/")
            return Ref(namespace, _text(each, "kind"), _text(each, "name"), group if slash else "")
    return None


def _demand(template: object) -> Demand:
    spec = _mapping(_mapping(template).get("spec"))
    return _demand_of(
        tuple(_requests(each) for each in _listed(spec.get("containers"))),
        tuple(_requests(each) for each in _listed(spec.get("initContainers"))),
    )


@lru_cache(maxsize=4096)
def _demand_of(own: tuple[Requests, ...], first: tuple[Requests, ...]) -> Demand:
    containers = [{name: parse_quantity(amount) for name, amount in each} for each in own]
    init = [{name: parse_quantity(amount) for name, amount in each} for each in first]
    names = {name for each in (*containers, *init) for name in each}
    total = {
        name: max(sum(c.get(name, 0.0) for c in containers), max((i.get(name, 0.0) for i in init), default=0.0))
        for name in names
    }
    return Demand(
        total.pop("cpu", 0.0),
        int(total.pop("memory", 0.0)),
        tuple(sorted((name, amount) for name, amount in total.items() if name.startswith(_ACCELERATORS))),
    )


def _listed(thing: object) -> list[Any]:
    return thing if isinstance(thing, list) else []


def _requests(container: object) -> Requests:
    resources = _mapping(_mapping(container).get("resources"))
    asked = {**_mapping(resources.get("limits")), **_mapping(resources.get("requests"))}
    return tuple((str(name), str(amount)) for name, amount in asked.items() if isinstance(amount, str | int | float))
