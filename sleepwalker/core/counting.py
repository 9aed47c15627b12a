"""What is freed: capacity that is no longer asked for. Not what is saved: a node may stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sleepwalker.core.targets import Snapshot, Workload

_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Amount:
    """Amounts of capacity, or of capacity-hours: the unit is that of the field that holds it."""

    cpu_cores: float = 0.0
    memory_gib: float = 0.0
    accelerators: float = 0.0
    replicas: float = 0.0

    def plus(self, other: Amount, times: float = 1.0) -> Amount:
        """Return this and `times` the other."""
        return Amount(
            self.cpu_cores + other.cpu_cores * times,
            self.memory_gib + other.memory_gib * times,
            self.accelerators + other.accelerators * times,
            self.replicas + other.replicas * times,
        )


@dataclass(frozen=True, slots=True)
class Freed:
    """Capacity-hours freed, by namespace."""

    hours: Mapping[str, Amount] = field(default_factory=dict)

    def plus(self, now: Mapping[str, Amount], span: timedelta) -> Freed:
        """Return this, and what is freed `now` for so long."""
        hours = span.total_seconds() / _SECONDS_PER_HOUR
        if not now or not hours:
            return self
        total = dict(self.hours)
        for namespace, amount in now.items():
            total[namespace] = total.get(namespace, Amount()).plus(amount, hours)
        return Freed(total)

    @property
    def total(self) -> Amount:
        """The sum over all namespaces."""
        total = Amount()
        for amount in self.hours.values():
            total = total.plus(amount)
        return total


def freed_by(workload: Workload) -> Amount:
    """Return the capacity that a sleeping workload does not ask for now."""
    if workload.record is None:
        return Amount()
    missing = 0
    for pointer, original in workload.record.original.items():
        current = workload.fields.get(pointer)
        if type(original) is int and type(current) is int:
            missing = max(missing, original - current)
    demand = workload.demand
    return Amount(
        demand.cpu_cores * missing,
        demand.memory_bytes * missing / 2**30,
        sum(amount for _, amount in demand.accelerators) * missing,
        float(missing),
    )


def freed_now(snapshot: Snapshot) -> dict[str, Amount]:
    """Return the capacity that each namespace does not ask for now, since it sleeps."""
    freed: dict[str, Amount] = {}
    for namespace, workloads in snapshot.workloads.items():
        for workload in workloads.values():
            if workload.record:
                freed[namespace] = freed.get(namespace, Amount()).plus(freed_by(workload))
    return freed
