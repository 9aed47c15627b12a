"""Carrying actions out: a bounded number at once, each guarded, each decided again at the moment of sending."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sleepwalker.app.outcome import Outcome
from sleepwalker.app.ports import Cluster, ClusterError, Conflict, Missing, Throttled, Unavailable
from sleepwalker.core.action import Action, GiveBack, Left, Wake
from sleepwalker.core.fields import FieldOwner
from sleepwalker.core.ownership import given_back
from sleepwalker.core.patch import body
from sleepwalker.core.plan import order
from sleepwalker.core.recipe import nest
from sleepwalker.core.targets import NAMESPACE, Namespace, Ref, Workload

_TRIES = 6
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 30.0
_WATCH_LAG = 3.0

Decide = Callable[[Workload | Namespace], Action | Left]
"""Decides about one object again, as it is now."""


@dataclass(eq=False, slots=True)
class _Item:
    """An action in the queue. First tries go before second tries, so that what is refused holds up nobody."""

    tries: int
    rank: tuple[object, ...]
    action: Action
    version: str
    error: str = ""

    def __lt__(self, other: _Item) -> bool:
        return (self.tries, self.rank) < (other.tries, other.rank)


@dataclass(slots=True)
class Applier:
    """Sends what is queued, most urgent first, by up to `concurrency` workers at once.

    `decide` decides again about an object that has changed since its action was queued; `done` is told each outcome.
    What has to wait before its next try waits beside the workers, and takes nobody's turn. When many objects in a row
    get no answer at all, nothing more is tried: that is not about the objects.
    """

    cluster: Cluster
    concurrency: int
    now: datetime
    decide: Decide
    done: Callable[[Outcome], None]
    _queue: list[_Item] = field(default_factory=list)
    _running: dict[asyncio.Task[None], _Item | None] = field(default_factory=dict)
    _workers: int = 0
    _silent: set[Ref] = field(default_factory=set)
    _stopping: bool = False
    _bug: BaseException | None = None

    def add(self, action: Action, version: str) -> None:
        """Queue an action that was decided on when the object had this version."""
        self._push(_Item(0, order(action), action, version))

    def stop(self) -> None:
        """Start nothing new; what is in flight finishes."""
        self._stopping = True
        for task, waits in self._running.items():
            if waits:
                task.cancel()

    async def finish(self) -> None:
        """Return when nothing is queued, waiting or in flight; raise what a worker raised."""
        while self._running:
            await asyncio.wait(self._running)
        if self._bug:
            raise self._bug
        for item in self._queue:
            self.done(
                Outcome(item.action, "failed", self.now, item.tries, item.error or "not tried: stopped before its turn")
            )
        self._queue.clear()

    def _push(self, item: _Item) -> None:
        heapq.heappush(self._queue, item)
        if self._workers < self.concurrency and not self._stopping:
            self._workers += 1
            self._start(self._work())

    def _start(self, work: Coroutine[None, None, None], waits: _Item | None = None) -> None:
        task = asyncio.ensure_future(work)
        self._running[task] = waits
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        waits = self._running.pop(task)
        if task.cancelled():
            self._queue += [waits] if waits else []
        elif bug := task.exception():
            self._bug = self._bug or bug
            self.stop()

    async def _work(self) -> None:
        try:
            while self._queue and not self._stopping:
                await self._try(heapq.heappop(self._queue))
        finally:
            self._workers -= 1

    async def _try(self, item: _Item) -> None:
        if not self._still_due(item):
            self._end(item, "overtaken")
            return
        item.tries += 1
        try:
            owed = await self._send(item.action, item.version)
        except Unavailable as unavailable:
            self._again(item, str(unavailable), pause=_FIRST_PAUSE * 2 ** (item.tries - 1))
            if not unavailable.answered:
                self._unheard(item.action.ref)
                return
        except Throttled as throttled:
            self._again(item, str(throttled), pause=throttled.retry_after)
        except Conflict as conflict:
            self._again(item, str(conflict), refused=item.version)
        except Missing:
            self._end(item, "overtaken")
        except ClusterError as refusal:
            self._end(item, "failed", str(refusal))
        else:
            self.done(Outcome(item.action, "done", self.now, item.tries, owed, bool(owed)))
        self._silent.clear()

    def _still_due(self, item: _Item) -> bool:
        """Return whether there is something to do; decide again if the object is another than was decided on."""
        target = self._target(item.action.ref)
        if target is None:
            return False
        if target.resource_version != item.version:
            again = self.decide(target)
            if isinstance(again, Left):
                return False
            item.action, item.version = again, target.resource_version
        return True

    def _unheard(self, ref: Ref) -> None:
        self._silent.add(ref)
        if len(self._silent) >= 2 * self.concurrency:
            self.stop()

    def _again(self, item: _Item, error: str, pause: float = 0.0, refused: str = "") -> None:
        item.error = error
        if item.tries >= _TRIES:
            self._end(item, "failed", error)
        elif self._stopping:
            self._queue.append(item)
        else:
            self._start(self._return(item, min(pause, _LONGEST_PAUSE), refused), item)

    async def _return(self, item: _Item, pause: float, refused: str) -> None:
        """Queue an item again after a pause, or once the object is newer than the version that was refused."""
        if refused:
            await self.cluster.wait_newer(item.action.ref, refused, _WATCH_LAG)
        else:
            await asyncio.sleep(pause)
        self._push(item)

    def _end(self, item: _Item, status: Literal["overtaken", "failed"], error: str = "") -> None:
        self.done(Outcome(item.action, status, self.now, item.tries, error))

    def _target(self, ref: Ref) -> Workload | Namespace | None:
        snapshot = self.cluster.snapshot()
        if ref.kind == NAMESPACE and not ref.namespace:
            return snapshot.namespaces.get(ref.name)
        return snapshot.workload(ref)

    async def _send(self, action: Action, version: str) -> str:
        """Send one action's writes. Return why ownership is still owed, or nothing."""
        if isinstance(action, GiveBack):
            unchanged = await self.cluster.patch(action.ref, body(action) if action.drop else {}, version)
            return await self._give_back(
                action.ref, unchanged.managed_fields, unchanged.resource_version, action.owners
            )
        if isinstance(action, Wake) and action.first:
            subresource, fields = action.first
            version = (await self.cluster.patch(action.ref, nest(fields), version, subresource)).resource_version
        written = await self.cluster.patch(action.ref, body(action), version)
        if isinstance(action, Wake) and (owners := action.returns):
            return await self._give_back(action.ref, written.managed_fields, written.resource_version, owners)
        return ""

    async def _give_back(
        self, ref: Ref, managed_fields: list[dict[str, object]], version: str, owners: Mapping[str, tuple[FieldOwner, ...]],
    ) -> str:  # fmt: skip
        fields = given_back(managed_fields, owners)
        if fields is None:
            return ""
        try:
            await self.cluster.patch(ref, {"metadata": {"managedFields": fields}}, version)
        except ClusterError as refusal:
            return f"awake, but its fields' ownership is not given back yet: {refusal}"
        return ""
