"""Prometheus metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from sleepwalker.app.outcome import Outcome
from sleepwalker.app.reconcile import Pass
from sleepwalker.core.targets import Snapshot

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, float("inf"))


class Metrics:
    """What the controller counts. Counters never fall; gauges are as of the latest pass."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._passes = self._counter("passes", "Passes, by how they ended", "outcome")
        self._pass_seconds = Histogram(
            "sleepwalker_pass_seconds", "Length of a pass, writes included", buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._patches = self._counter("patches", "Actions, by what became of them", "verb", "kind", "outcome")
        self._delay = Histogram(
            "sleepwalker_edge_delay_seconds",
            "From the instant that a schedule names to the write, or its refusal",
            ["verb"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._patches_of = lru_cache(maxsize=256)(self._patches.labels)
        self._delay_of = lru_cache(maxsize=16)(self._delay.labels)
        self._asleep = self._gauge("asleep", "Objects held asleep", "kind", "namespace")
        self._problems = self._gauge("problems", "Things that a person must fix")
        self._bad_policies = self._gauge(
            "policy_files_refused", "Policy files of which the last good version is in use"
        )
        self._requests = self._gauge("api_requests", "Requests to the API server since the start", "verb", "resource")
        self._last_pass = self._gauge("last_pass_timestamp_seconds", "When the latest successful pass ended")
        self._ledger_errors = self._counter("ledger_errors", "Failed writes to the ledger")

    def _counter(self, name: str, sentence: str, *labels: str) -> Counter:
        return Counter(f"sleepwalker_{name}", sentence, labels, registry=self.registry)

    def _gauge(self, name: str, sentence: str, *labels: str) -> Gauge:
        return Gauge(f"sleepwalker_{name}", sentence, labels, registry=self.registry)

    def outcome(self, outcome: Outcome, edge: datetime | None, now: datetime) -> None:
        """Count an action. `edge` is the scheduled instant that this pass was for, if it was for one."""
        action = outcome.action
        self._patches_of(action.verb, action.ref.kind, outcome.status).inc()
        if edge and outcome.status in ("done", "failed"):
            self._delay_of(action.verb).observe(max((now - edge).total_seconds(), 0.0))

    def passed(self, done: Pass, seconds: float, now: datetime) -> None:
        """Count a pass that ended."""
        self._passes.labels("failed writes" if done.failed else "done").inc()
        self._pass_seconds.observe(seconds)
        self._last_pass.set(now.timestamp())
        if done.ledger_error:
            self._ledger_errors.inc()

    def crashed(self) -> None:
        """Count a pass that ended in an error of our own."""
        self._passes.labels("crashed").inc()

    def state(self, snapshot: Snapshot, problems: int, bad_policies: int) -> None:
        """Show what is asleep, and how much there is to fix."""
        asleep: dict[tuple[str, str], int] = {}
        for namespace, workloads in snapshot.workloads.items():
            for ref, workload in workloads.items():
                if workload.record:
                    asleep[ref.kind, namespace] = asleep.get((ref.kind, namespace), 0) + 1
        self._asleep.clear()
        for (kind, namespace), count in asleep.items():
            self._asleep.labels(kind, namespace).set(count)
        self._problems.set(problems)
        self._bad_policies.set(bad_policies)

    def requests(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show how many requests were sent."""
        for (verb, resource), count in counts.items():
            self._requests.labels(verb, resource).set(count)

    def text(self) -> bytes:
        """Return the exposition in Prometheus' text format."""
        return generate_latest(self.registry)
