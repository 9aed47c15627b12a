"""Events on the objects, for those who ask kubectl what happened. Nothing waits for them, or fails for them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog

from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.app.ports import ClusterError
from sleepwalker.core.foreign import OURS
from sleepwalker.core.instants import show_instant
from sleepwalker.core.targets import NAMESPACE, Ref, namespace_ref

Reason = Literal["Slept", "Woken", "KeptAwake", "SleepDelayed", "ForeignChange", "Problem"]

MOST_ALIKE = 10
"""More than this many of the same reason in one namespace at once are told as one, on the namespace."""
_NAMED = 5
_MOST_WAITING = 1000
_MESSAGE = 1024
_WARNINGS = ("ForeignChange", "Problem")
_ELSEWHERE = "default"
"""Where the events of objects without a namespace are kept."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to one object. `api_version` is as in its manifest, `uid` empty if it is not known."""

    ref: Ref
    api_version: str
    uid: str
    reason: Reason
    message: str


class EventWriter:
    """Writes Events one after the other, beside everything else. `outcomes` counts: written, failed, dropped."""

    def __init__(self, session: Session) -> None:
        self.outcomes: Counter[str] = Counter()
        self._session = session
        self._waiting: asyncio.Queue[tuple[datetime, Happening, int]] = asyncio.Queue(_MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="write events")

    async def close(self, seconds: float = 2.0) -> None:
        """Write what is waiting, for so many seconds, and stop."""
        if not self._task:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._waiting.join()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def write(self, now: datetime, batch: Iterable[Happening]) -> None:
        """Take what happened at one moment, to be written later. What is too much is dropped, and counted."""
        for happening, count in aggregated(batch):
            try:
                self._waiting.put_nowait((now, happening, count))
            except asyncio.QueueFull:
                self.outcomes["dropped"] += 1

    async def _run(self) -> None:
        while True:
            now, happening, count = await self._waiting.get()
            event = as_event(now, happening, count)
            try:
                await self._session.request(
                    "POST", f"/api/v1/namespaces/{event['metadata']['namespace']}/events", event
                )
                self.outcomes["written"] += 1
            except ClusterError as error:
                self.outcomes["failed"] += 1
                log.debug("event not written", ref=str(happening.ref), because=str(error))
            finally:
                self._waiting.task_done()


def aggregated(batch: Iterable[Happening]) -> list[tuple[Happening, int]]:
    """Return each happening with how many it stands for: many alike in one namespace become one, on the namespace."""
    alike: dict[tuple[str, Reason], list[Happening]] = {}
    for each in batch:
        alike.setdefault((each.ref.namespace, each.reason), []).append(each)
    told: list[tuple[Happening, int]] = []
    for (namespace, reason), some in alike.items():
        if not namespace or len(some) <= MOST_ALIKE:
            told += [(each, 1) for each in some]
            continue
        names = ", ".join(f"{each.ref.kind}/{each.ref.name}" for each in some[:_NAMED])
        message = f"{len(some)} objects: {names} and {len(some) - _NAMED} more; the first: {some[0].message}"
        told.append((Happening(namespace_ref(namespace), "v1", "", reason, message), len(some)))
    return told


def as_event(now: datetime, happening: Happening, count: int) -> dict[str, Any]:
    """Return the Event. One about a namespace stands in that namespace: there it is looked for, and may be written."""
    ref = happening.ref
    home = ref.name if ref.kind == NAMESPACE else ref.namespace or _ELSEWHERE
    at = show_instant(now)
    about = {"apiVersion": happening.api_version, "kind": ref.kind, "name": ref.name, "uid": happening.uid}
    about["namespace"] = home if ref.kind == NAMESPACE else ref.namespace
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{ref.name[:200]}.{secrets.token_hex(8)}", "namespace": home},
        "involvedObject": {key: value for key, value in about.items() if value},
        "reason": happening.reason,
        "message": _shortened(happening.message),
        "type": "Warning" if happening.reason in _WARNINGS else "Normal",
        "source": {"component": OURS},
        "reportingComponent": OURS,
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": count,
    }


def _shortened(message: str) -> str:
    """Return what fits: the limit is in bytes."""
    if len(message.encode()) <= _MESSAGE:
        return message
    return message.encode()[: _MESSAGE - 3].decode(errors="ignore") + "…"
