"""Who is in charge, when several controllers run: a Lease that one holds and renews, and the others watch expire.

The holder's clock is not believed: a lease has expired when nobody has seen it change for its duration, measured here.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.app.ports import Clock, ClusterError, Conflict, Missing

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """Which lease, and in whose name: an identity that no other process has."""

    namespace: str
    name: str
    identity: str
    seconds: int = 15


class Lease:
    """One claim to a lease. `is_held` is true from hold() until it is lost or released."""

    def __init__(self, session: Session, claim: Claim, clock: Clock) -> None:
        self.is_held = False
        self._session = session
        self._claim = claim
        self._clock = clock
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{claim.namespace}/leases"
        self._seen: dict[str, Any] = {}
        self._seen_at = 0.0
        self._renewed_at = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def holder(self) -> str:
        """Who was seen to hold it last, or nothing."""
        return str((self._seen.get("spec") or {}).get("holderIdentity") or "")

    async def hold(self, on_lost: Callable[[], None]) -> None:
        """Return once it is ours, and keep it so; if it cannot be kept, `on_lost` is called before another has it."""
        while True:
            if await self._acquired():
                break
            await asyncio.sleep(self._claim.seconds / 5 * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load
        self.is_held = True
        self._task = asyncio.create_task(self._keep(on_lost), name="renew the lease")

    async def release(self) -> None:
        """Let the next one have it at once."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.is_held:
            self.is_held = False
            try:
                await self._write(self._mine(holder=""))
            except ClusterError as error:
                log.warning("lease not released: it expires by itself", because=str(error))

    async def _acquired(self) -> bool:
        try:
            await self._look()
            if self.holder not in ("", self._claim.identity) and not self._has_expired():
                return False
            await self._write(self._mine(self._claim.identity))
        except ClusterError as error:
            log.debug("lease not acquired", because=str(error))
            return False
        return True

    async def _keep(self, on_lost: Callable[[], None]) -> None:
        """Renew every third of the duration; give up when two thirds have passed without success."""
        loop = asyncio.get_running_loop()
        pause = self._claim.seconds / 3
        because = ""
        while (left := self._renewed_at + 2 * pause - loop.time()) > 0:
            await asyncio.sleep(min(left, pause if not because else pause / 5))
            try:
                await self._renew(min(pause, max(left, 0.1)))
                because = ""
            except (Conflict, Missing) as error:
                because = str(error)
                if await self._is_anothers():
                    break
            except ClusterError as error:
                because = str(error)
        self.is_held = False
        log.error("lease lost", holder=self.holder, because=because)
        on_lost()

    async def _renew(self, seconds: float) -> None:
        await self._write(self._mine(self._claim.identity), seconds)

    async def _is_anothers(self) -> bool:
        try:
            await self._look()
        except ClusterError:
            return False
        return self.holder != self._claim.identity

    async def _look(self) -> None:
        try:
            seen = await self._session.get(f"{self._path}/{self._claim.name}", self._claim.seconds / 3)
        except Missing:
            seen = {}
        self._see(seen)

    def _see(self, seen: dict[str, Any]) -> None:
        if seen.get("metadata", {}).get("resourceVersion") != self._seen.get("metadata", {}).get("resourceVersion"):
            self._seen_at = asyncio.get_running_loop().time()
        self._seen = seen

    def _has_expired(self) -> bool:
        duration = (self._seen.get("spec") or {}).get("leaseDurationSeconds") or self._claim.seconds
        return asyncio.get_running_loop().time() - self._seen_at > float(duration)

    def _mine(self, holder: str) -> dict[str, Any]:
        """Return the lease as it should be; its version guards against another who writes at the same time."""
        now = self._clock.now().strftime(_TIME)
        spec = dict(self._seen.get("spec") or {})
        if holder and spec.get("holderIdentity") != holder:
            spec |= {"acquireTime": now, "leaseTransitions": (spec.get("leaseTransitions") or 0) + 1}
        spec |= {
            "holderIdentity": holder,
            "renewTime": now,
            "leaseDurationSeconds": self._claim.seconds if holder else 1,
        }
        metadata = self._seen.get("metadata") or {"name": self._claim.name, "namespace": self._claim.namespace}
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}

    async def _write(self, lease: dict[str, Any], seconds: float = 5.0) -> None:
        asked_at = asyncio.get_running_loop().time()
        there = "resourceVersion" in lease["metadata"]
        method, path = ("PUT", f"{self._path}/{self._claim.name}") if there else ("POST", self._path)
        self._see(await self._session.request(method, path, lease, seconds=seconds))
        self._renewed_at = asked_at
