"""The port `Cluster` on a Kubernetes API server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from sleepwalker.adapters.kubernetes.cache import Cache
from sleepwalker.adapters.kubernetes.paths import NAMESPACES, Served
from sleepwalker.adapters.kubernetes.session import MERGE_PATCH, Session
from sleepwalker.adapters.kubernetes.shelves import NamespaceShelf, Shelves, WorkloadShelf
from sleepwalker.adapters.kubernetes.watches import Watches
from sleepwalker.app.ports import Denied, Missing, Unavailable, Written
from sleepwalker.core.foreign import OURS
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import NAMESPACE, Ref, Snapshot, Workload

_WHOLE = ("", "status")
"""Subresources whose PATCH is answered with the whole object."""


class KubernetesCluster:
    """The recipes' kinds in a cluster, or in some of its namespaces; start it before use, and close it.

    Given namespaces, it asks for nothing outside them: a Role in each is enough.
    Every `look_again_seconds` it looks whether the cluster has got a kind that it lacked.
    """

    def __init__(
        self,
        session: Session,
        recipes: Iterable[Recipe],
        zone: str = "UTC",
        namespaces: tuple[str, ...] = (),
        look_again_seconds: float = 300.0,
    ) -> None:
        self._session = session
        self._cache = Cache()
        self._shelves = Shelves(self._cache, recipes, zone)
        self._moved = asyncio.Event()
        self._watches = Watches(session, self._shelves, namespaces, self._moved.set, look_again_seconds)
        self._task: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ the port

    def snapshot(self) -> Snapshot:
        """Return the latest look: a view of the caches, made without a request; `spans` is empty."""
        return Snapshot(self._cache.namespaces, self._cache.workloads, seen=self._watches.seen)

    def problems(self) -> tuple[Problem, ...]:
        """Return what cannot be seen, and why: a kind that the cluster lacks, a namespace that is forbidden."""
        return self._watches.problems()

    def take_changed(self) -> frozenset[str]:
        """Return the names of the namespaces in which something changed since this was last asked."""
        return self._cache.take_changed()

    async def wait_changed(self) -> None:
        """Return when take_changed() would not be empty."""
        while not self._cache.changed:
            await self._cache.stirred.wait()
            self._fail_if_ended()

    async def wait_newer(self, ref: Ref, than: str, seconds: float) -> Workload | None:
        """Return the workload once its resourceVersion is another than `than`, or as it is after so many seconds."""
        return await self._cache.wait_newer(ref, than, seconds)

    async def patch(self, ref: Ref, body: Mapping[str, Any], resource_version: str, subresource: str = "") -> Written:
        """Send a JSON merge patch that the server refuses if the object has another version; raise ClusterError.

        An empty `resource_version` means: whatever the version. What the server answers is in the next snapshot.
        """
        if resource_version:
            body = {**body, "metadata": {**(body.get("metadata") or {}), "resourceVersion": resource_version}}
        path = f"{self._home_of(ref).item(ref, subresource)}?fieldManager={OURS}"
        answer = await self._session.request("PATCH", path, body, content_type=MERGE_PATCH)
        metadata = answer["metadata"]
        if subresource in _WHOLE:
            self._shelf_of(ref).put_answer(answer)
        return Written(metadata["resourceVersion"], metadata.get("managedFields") or [])

    # ------------------------------------------------------------------ its life

    async def start(self) -> None:
        """Begin to watch; return at once."""
        self._task = asyncio.create_task(self._watches.run(), name="watch the cluster")
        self._task.add_done_callback(self._ended)

    async def ready(self, seconds: float = 60.0) -> None:
        """Return once it is known of every kind what there is, or why that cannot be seen; raise ClusterError."""
        try:
            async with asyncio.timeout(seconds):
                while not self.synced:
                    self._moved.clear()
                    await self._moved.wait()
                    self._fail_if_ended()
                    if refusal := self._watches.refusal():
                        raise Denied(refusal)
        except TimeoutError as error:
            what = f"{self._session.host} has not shown everything within {seconds:g} s"
            raise Unavailable(f"{what}: {self._watches.waiting()}") from error

    async def close(self) -> None:
        """Stop watching. The session stays open: it is its owner's."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def synced(self) -> bool:
        """Whether namespaces have been seen, and of every kind all, or why not."""
        return self._watches.synced

    def silence(self) -> Mapping[Ref, float | None]:
        """Return for each watch for how many seconds the server has said nothing; None if it never spoke."""
        now = asyncio.get_running_loop().time()
        watches = self._watches.reflectors.items()
        return {ref: None if each.heard is None else now - each.heard for ref, each in watches}

    def counts(self) -> Mapping[str, int]:
        """Return how often watches failed, met a garbled line, resumed after breaking off, started over."""
        watches = self._watches.reflectors.values()
        return {
            name: sum(each.counts[name] for each in watches)
            for name in ("failed", "garbled", "resumed", "started over")
        }

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._cache.stirred.set()
        self._moved.set()

    def _fail_if_ended(self) -> None:
        if self._task and self._task.done():
            if self._task.cancelled():
                raise Unavailable("the cluster is not watched any more: it was closed")
            self._task.result()  # a bug of ours: let it out

    def _home_of(self, ref: Ref) -> Served:
        if ref.kind == NAMESPACE and not ref.group:
            return NAMESPACES
        if served := self._watches.served.get((ref.group, ref.kind)):
            return served
        raise Missing(f"PATCH {ref}: the cluster has no {ref.kind}, or it is not among the kinds that are used")

    def _shelf_of(self, ref: Ref) -> NamespaceShelf | WorkloadShelf:
        if ref.kind == NAMESPACE and not ref.group:
            return self._shelves.namespaces()
        return self._shelves.workloads((ref.group, ref.kind))
