"""What can sleep, as it was observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sleepwalker.core.annotations import Wishes
from sleepwalker.core.fields import FieldOwner, Fields
from sleepwalker.core.record import Record


class Ref(NamedTuple):
    """An object's name. `namespace` is empty for what has none.

    A tuple, because it is hashed and compared more than anything else.
    """

    namespace: str
    kind: str
    name: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}" if self.namespace else f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Demand:
    """What one replica asks for: requests, the larger of its containers together and of its largest init container."""

    cpu_cores: float = 0.0
    memory_bytes: int = 0
    accelerators: tuple[tuple[str, float], ...] = ()


NO_DEMAND = Demand()


@dataclass(frozen=True, slots=True)
class Workload:
    """One object of a kind that has a recipe, projected to what a decision needs."""

    ref: Ref
    uid: str
    resource_version: str
    created: datetime | None
    labels: Mapping[str, str]
    wishes: Wishes
    fields: Fields
    record: Record | None = None
    record_wrong: str = ""
    owners: Mapping[str, tuple[FieldOwner, ...]] = field(default_factory=dict)
    controller: Ref | None = None
    demand: Demand = NO_DEMAND
    replicas: int = 0
    ready: bool = True
    rolling: bool = False
    critical: bool = False
    deleting: bool = False


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace with what its annotations wish for."""

    name: str
    labels: Mapping[str, str]
    wishes: Wishes
    resource_version: str = ""
    deleting: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The ledger's copy of a record: one stretch asleep that has not ended, of the object with this `uid`."""

    ref: Ref
    uid: str
    record: Record


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at the cluster, or at a part of it: whole namespaces.

    `seen` are the kinds, as (group, kind), that can be seen now: of these, what is not here does not exist.
    """

    namespaces: Mapping[str, Namespace]
    workloads: Mapping[str, Mapping[Ref, Workload]]
    spans: Mapping[Ref, Span] = field(default_factory=dict)
    seen: frozenset[tuple[str, str]] = frozenset()

    def workload(self, ref: Ref) -> Workload | None:
        """Return the workload of that name, if it was seen."""
        return self.workloads.get(ref.namespace, {}).get(ref)

    def only(self, namespaces: frozenset[str]) -> Snapshot:
        """Return the part of this look that shows these namespaces."""
        return Snapshot(
            namespaces={name: self.namespaces[name] for name in namespaces if name in self.namespaces},
            workloads={name: self.workloads[name] for name in namespaces if name in self.workloads},
            spans=self.spans,
            seen=self.seen,
        )


NAMESPACE = "Namespace"


def namespace_ref(name: str) -> Ref:
    """Return the name of a namespace as an object."""
    return Ref(namespace="", kind=NAMESPACE, name=name)
