"""A cluster in memory with people, clocks and wires to pull; and an event loop that does not wait."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sleepwalker.adapters.ledger.memory import MemoryLedger
from sleepwalker.adapters.memory import MemoryCluster
from sleepwalker.app.ports import LedgerError, Written
from sleepwalker.app.simulate import VirtualClock
from sleepwalker.core.targets import Ref
from tests.builders import NIGHT, prefixed, recipes

T = TypeVar("T")


class JumpingLoop(asyncio.SelectorEventLoop):
    """When nobody is ready, its clock jumps to whoever wakes next."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def time(self) -> float:
        return super().time() + self._ahead

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self._ahead += max(self._scheduled[0].when() - self.time(), 0.0)
        super()._run_once()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, without waiting for any timer."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)


class WiredCluster(MemoryCluster):
    """Remembers every patch and when it was sent, by the loop's clock; a patch to a held object waits until it is let go."""

    def __init__(self, now: datetime = NIGHT) -> None:
        self.clock = VirtualClock(now)
        self.sent: list[Ref] = []
        self.bodies: list[Mapping[str, Any]] = []
        self.at: list[float] = []
        self.in_flight = self.most_in_flight = 0
        self._gates: dict[Ref, asyncio.Event] = defaultdict(lambda: _open(asyncio.Event()))
        super().__init__(recipes(), self.clock)

    async def patch(self, ref: Ref, body: Mapping[str, Any], resource_version: str, subresource: str = "") -> Written:
        self.sent.append(ref)
        self.bodies.append(body)
        self.at.append(asyncio.get_running_loop().time())
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self._gates[ref].wait()
            return await super().patch(ref, body, resource_version, subresource)
        finally:
            self.in_flight -= 1

    def forgive(self) -> None:
        """Let no patch fail any more."""
        self._failures.clear()

    def hold(self, ref: Ref) -> None:
        self._gates[ref].clear()

    def let_go(self, ref: Ref) -> None:
        self._gates[ref].set()


def _open(gate: asyncio.Event) -> asyncio.Event:
    gate.set()
    return gate


class BrokenLedger(MemoryLedger):
    """A ledger that can be broken, and mended."""

    broken = True

    async def open_spans(self):
        self._check()
        return await super().open_spans()

    async def last_spans(self):
        self._check()
        return await super().last_spans()

    async def write(self, entries):
        self._check()
        await super().write(entries)

    def _check(self) -> None:
        if self.broken:
            raise LedgerError("the disk is full")


def deployment(
    name: str = "web", namespace: str = "team", replicas: int = 3, annotations: dict[str, str] | None = None
) -> dict[str, Any]:
    """A Deployment as people write it. Annotations go without our prefix."""
    template = {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "annotations": {"team": "a", **prefixed(annotations)}},
        "spec": {"replicas": replicas, "template": template},
    }


def cronjob(name: str = "report", namespace: str = "team") -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": {"schedule": "0 6 * * *"}}


def namespace(name: str = "team", annotations: dict[str, str] | None = None) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": prefixed(annotations)}}
