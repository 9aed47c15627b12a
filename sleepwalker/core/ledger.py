"""What the ledger is told: facts, each of which may be told twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sleepwalker.core.plan import Plan
from sleepwalker.core.record import Record
from sleepwalker.core.targets import Demand, Ref, Snapshot, Span, Workload


@dataclass(frozen=True, slots=True)
class SpanOpened:
    """An object fell asleep at `record.since`, or the record of its sleep has changed. `freed` is what one replica asked for."""

    ref: Ref
    uid: str
    record: Record
    freed: Demand


@dataclass(frozen=True, slots=True)
class SpanClosed:
    """A sleep that began at `since` has ended. `how` is `woken`, `deleted` or `changed` (by others, without us)."""

    ref: Ref
    uid: str
    since: datetime
    until: datetime
    how: str
    because: str


Entry = SpanOpened | SpanClosed


def opened(workload: Workload, record: Record) -> SpanOpened:
    """Return the entry about a workload that sleeps."""
    return SpanOpened(workload.ref, workload.uid, record, workload.demand)


def closed(span: Span, until: datetime, how: str, because: str) -> SpanClosed:
    """Return the entry about a sleep that has ended."""
    return SpanClosed(span.ref, span.uid, span.record.since, until, how, because)


def settle(now: datetime, snapshot: Snapshot, plans: Iterable[Plan], busy: frozenset[Ref]) -> list[Entry]:
    """Return what the ledger lacks, or has too much, by what the objects of the planned namespaces say.

    The objects hold the truth. A span whose object is in `busy` (an action about it did not succeed) stays as it is.
    """
    entries: list[Entry] = []
    released: set[Ref] = set()
    names: set[str] = set()
    for each in plans:
        names |= each.namespaces
        released |= {left.ref for left in each.left if not left.held and left.ref in snapshot.spans}
    for name in sorted(names):
        for workload in snapshot.workloads.get(name, {}).values():
            span = snapshot.spans.get(workload.ref)
            if workload.record and (span is None or span.uid != workload.uid or span.record != workload.record):
                entries.append(opened(workload, workload.record))
    for span in snapshot.spans.values():
        looked_at = span.ref.namespace in names or span.ref.namespace not in snapshot.namespaces
        if looked_at and span.ref not in busy and (span.ref.group, span.ref.kind) in snapshot.seen:
            found = snapshot.workload(span.ref)
            if found is None or found.uid != span.uid:
                entries.append(closed(span, now, "deleted", "the object was deleted"))
            elif span.ref in released and found.record is None:
                entries.append(closed(span, now, "changed", "awake, and its record is gone"))
    return entries
