"""One turn of the controller: observe → plan → apply → record."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from sleepwalker.app.apply import Applier
from sleepwalker.app.outcome import Outcome
from sleepwalker.app.ports import Cluster, Ledger, LedgerError
from sleepwalker.core.action import Action, GiveBack, KeepAwake, Left, Sleep, Tidy, Wake
from sleepwalker.core.decision import Decider
from sleepwalker.core.ledger import Entry, SpanClosed, SpanOpened, closed, opened, settle
from sleepwalker.core.plan import Plan, merge, plan_namespace, tidied
from sleepwalker.core.policy import Policies
from sleepwalker.core.problem import Problem
from sleepwalker.core.record import Record
from sleepwalker.core.step import step
from sleepwalker.core.targets import NAMESPACE, Namespace, Ref, Snapshot, Span, Workload

Mode = Literal["observe", "enforce"]
_BATCH = 256
_LEDGER_LAG = 0.25
_LEDGER_PATIENCE = 1.0
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass saw and did: the plan of the namespaces that it looked at, and what became of each action.

    `next_change` is over all namespaces; `ledger_error` is a sentence, where the ledger could not be written.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    next_change: datetime | None
    ledger_error: str = ""

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes that somebody may have to look at."""
        return tuple(each for each in self.outcomes if each.status == "failed")


@dataclass(slots=True)
class Reconciler:
    """Makes passes over one cluster, and remembers between them only what saves work: nothing that a restart would miss."""

    cluster: Cluster
    ledger: Ledger
    policies: Policies
    mode: Mode = "observe"
    concurrency: int = 16
    tell: Callable[[Outcome], None] = lambda _: None
    _spans: dict[Ref, Span] = field(default_factory=dict)
    _plans: dict[str, Plan] = field(default_factory=dict)
    _retry: dict[Ref, tuple[datetime, timedelta]] = field(default_factory=dict)
    _unwritten: list[Entry] = field(default_factory=list)
    _full: bool = True
    _applier: Applier | None = None

    async def start(self) -> None:
        """Read the ledger's open sleeps; raise LedgerError."""
        self._spans = dict(await self.ledger.open_spans())

    def use(self, policies: Policies) -> None:
        """Decide by these policies from the next pass on, everywhere."""
        self.policies = policies
        self._full = True

    def stop(self) -> None:
        """Start no further write; what is in flight finishes."""
        if self._applier:
            self._applier.stop()

    def snapshot(self) -> Snapshot:
        """Return the cluster's latest look, with the ledger's open sleeps."""
        return replace(self.cluster.snapshot(), spans=self._spans)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that a person must fix, over all namespaces, as of their latest plans."""
        found = {problem for each in self._plans.values() for problem in each.problems}
        return tuple(sorted({*found, *self.policies.problems, *self.cluster.problems()}))

    async def once(self, now: datetime, *, full: bool = False) -> Pass:
        """Make one pass over what may have changed since the last, or over everything."""
        snapshot = self.snapshot()
        changed = self.cluster.take_changed()
        if full or self._full:
            self._plans.clear()
            names = sorted(snapshot.namespaces)
        else:
            names = sorted(self._due(now, changed))
        if self.mode == "enforce":
            await self._write_ahead(snapshot, names)
        outcomes: list[Outcome] = []
        finished = asyncio.Event()
        behind = asyncio.ensure_future(self._write_behind(outcomes, finished))
        try:
            parts = await self._plan_and_apply(now, snapshot, names, outcomes.append)
        finally:
            finished.set()
            told = await behind
        self._full = False
        made = merge(now, parts, self.policies.problems)
        error = await self._record(now, parts, outcomes, told) if self.mode == "enforce" else ""
        return Pass(made, tuple(outcomes), self._next_change(), error)

    def _due(self, now: datetime, changed: Iterable[str]) -> set[str]:
        known = self.cluster.snapshot().namespaces
        for name in set(self._plans) - set(known):
            del self._plans[name]
        due = {name for name, each in self._plans.items() if each.next_change and each.next_change <= now}
        due |= {ref.namespace or ref.name for ref, (at, _) in self._retry.items() if at <= now}
        return {name for name in due | set(changed) if name in known}

    async def _plan_and_apply(
        self, now: datetime, snapshot: Snapshot, names: list[str], done: Callable[[Outcome], None],
    ) -> list[Plan]:  # fmt: skip
        decider = Decider(now, self.policies)

        def decide(found: Workload | Namespace) -> Action | Left:
            if isinstance(found, Namespace):
                return tidied(found, now)
            namespace = self.cluster.snapshot().namespaces.get(found.ref.namespace)
            if namespace is None or namespace.deleting:
                return Left(found.ref, "its namespace is going")
            return step(found, namespace, decider, self._spans.get(found.ref))

        def ended(outcome: Outcome) -> None:
            self._after(outcome, now)
            done(outcome)
            self.tell(outcome)

        applier = self._applier = Applier(self.cluster, self.concurrency, now, decide, ended)
        parts: list[Plan] = []
        for name in names:
            part = plan_namespace(decider, snapshot, name)
            parts.append(part)
            self._plans[name] = replace(part, left=(), actions=())
            for action in part.actions:
                if self.mode == "observe":
                    ended(Outcome(action, "would", now))
                elif action.ref not in self._retry or self._retry[action.ref][0] <= now:
                    applier.add(action, self._version(snapshot, action.ref))
            await asyncio.sleep(0)
        await applier.finish()
        self._forget_retries(snapshot, parts)
        return parts

    def _version(self, snapshot: Snapshot, ref: Ref) -> str:
        if ref.kind == NAMESPACE and not ref.namespace:
            return snapshot.namespaces[ref.name].resource_version
        workload = snapshot.workload(ref)
        return workload.resource_version if workload else ""

    def _after(self, outcome: Outcome, now: datetime) -> None:
        """Remember what the next pass needs: what failed waits its turn, longer each time."""
        ref = outcome.action.ref
        if outcome.status == "failed" or outcome.owed:
            _, waited = self._retry.get(ref, (now, _FIRST_RETRY / 2))
            wait = min(waited * 2, _LONGEST_RETRY)
            self._retry[ref] = (now + wait, wait)
        else:
            self._retry.pop(ref, None)

    def _forget_retries(self, snapshot: Snapshot, parts: list[Plan]) -> None:
        """Forget what failed and is not wanted any more: it would ring for ever."""
        wanted = {action.ref for part in parts for action in part.actions}
        planned = {name for part in parts for name in part.namespaces}
        for ref in self._retry.keys() - wanted:
            home = ref.namespace or ref.name
            if home in planned or home not in snapshot.namespaces:
                del self._retry[ref]

    def _next_change(self) -> datetime | None:
        times = [each.next_change for each in self._plans.values() if each.next_change]
        return min([*times, *(at for at, _ in self._retry.values())], default=None)

    async def _write_ahead(self, snapshot: Snapshot, names: list[str]) -> None:
        """Tell the ledger of sleeps that it does not know, before they end.

        Whoever was stopped twice, once before it told of the sleep and once before it gave the fields back, would have
        lost whose they were.
        """
        entries = [
            opened(each, each.record)
            for name in names
            for ref, each in snapshot.workloads.get(name, {}).items()
            if each.record and not self._knows_of(ref, each.uid, each.record)
        ]
        if entries or self._unwritten:
            await asyncio.wait({asyncio.ensure_future(self._write(list(entries)))}, timeout=_LEDGER_PATIENCE)

    async def _write_behind(self, outcomes: list[Outcome], finished: asyncio.Event) -> int:
        """Keep the ledger close behind the writes while a long transition goes on; the last batch is `_record`'s.

        Return how many outcomes it was told.
        """
        told = 0
        while not finished.is_set():
            await asyncio.sleep(0)
            if len(outcomes) - told < _BATCH:
                await _wait(finished, _LEDGER_LAG)
                continue
            batch = outcomes[told : told + _BATCH]
            told += _BATCH
            await self._write([entry for each in batch for entry in self._entries(each)])
        return told

    async def _record(self, now: datetime, parts: list[Plan], outcomes: list[Outcome], told: int) -> str:
        entries = [entry for each in outcomes[told:] for entry in self._entries(each)]
        snapshot = self.snapshot()
        busy = frozenset(each.action.ref for each in outcomes if each.status == "failed" or each.owed) | frozenset(
            self._retry
        )
        acted = {each.action.ref for each in outcomes if each.status == "done" and not each.owed}
        entries += [entry for entry in settle(now, snapshot, parts, busy) if entry.ref not in acted]
        return await self._write(entries)

    def _entries(self, outcome: Outcome) -> Iterable[Entry]:
        if outcome.status != "done" or outcome.owed:
            return
        action = outcome.action
        match action:
            case Sleep() | KeepAwake():
                workload = self.cluster.snapshot().workload(action.ref)
                if workload:
                    yield opened(workload, action.record)
            case Wake() | GiveBack():
                span = self._spans.get(action.ref)
                record = action.record if isinstance(action, Wake) else (span.record if span else None)
                workload = self.cluster.snapshot().workload(action.ref)
                uid = span.uid if span else workload.uid if workload else ""
                if record:
                    yield SpanClosed(action.ref, uid, record.since, outcome.at, "woken", action.because)
            case Tidy():
                return

    async def _write(self, entries: list[Entry]) -> str:
        for entry in entries:
            if not self._knows(entry):
                self._unwritten += [*self._unended(entry), entry]
        if not self._unwritten:
            return ""
        for entry in self._unwritten:
            if isinstance(entry, SpanOpened):
                self._spans[entry.ref] = Span(entry.ref, entry.uid, entry.record)
            else:
                self._spans.pop(entry.ref, None)
        batch, self._unwritten = self._unwritten, []
        try:
            await self.ledger.write(batch)
        except LedgerError as error:
            self._unwritten = [*batch, *self._unwritten][-100_000:]
            return str(error)
        return ""

    def _knows_of(self, ref: Ref, uid: str, record: Record) -> bool:
        span = self._spans.get(ref)
        return span is not None and span.record.since == record.since and span.uid == uid

    def _unended(self, entry: Entry) -> Iterable[Entry]:
        """Return the end of the sleep before this one, if that was never told."""
        span = self._spans.get(entry.ref)
        if span and isinstance(entry, SpanOpened) and not self._knows_of(entry.ref, entry.uid, entry.record):
            yield closed(span, entry.record.since, "changed", "awake in between, which was not recorded")

    def _knows(self, entry: Entry) -> bool:
        span = self._spans.get(entry.ref)
        if isinstance(entry, SpanOpened):
            return span == Span(entry.ref, entry.uid, entry.record)
        return span is None


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
