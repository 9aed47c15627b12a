"""What the server has shown, projected: the latest of each object, what changed since, and who waits for news."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

from sleepwalker.core.targets import Namespace, Ref, Workload

_SUBSTANCE = attrgetter(*(each.name for each in fields(Workload) if each.name != "resource_version"))
"""All that decisions see of a workload."""


@dataclass(slots=True)
class Cache:
    """Objects by namespace. A change of nothing but the version is no change to those who decide."""

    namespaces: dict[str, Namespace] = field(default_factory=dict)
    workloads: dict[str, dict[Ref, Workload]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    answered: set[str] = field(default_factory=set)
    """Versions that writes of ours were answered with, and that no watch has shown yet."""
    _waiting: dict[Ref, list[asyncio.Future[None]]] = field(default_factory=dict)

    def workload(self, ref: Ref) -> Workload | None:
        """Return the latest of it."""
        there = self.workloads.get(ref.namespace)
        return there.get(ref) if there else None

    def put(self, new: Workload) -> None:
        """Keep a workload."""
        there = self.workloads.setdefault(new.ref.namespace, {})
        old = there.get(new.ref)
        there[new.ref] = new
        if old is None or _SUBSTANCE(old) != _SUBSTANCE(new):
            self.mark(new.ref.namespace)
        self._tell(new.ref)

    def drop(self, ref: Ref) -> None:
        """Forget a workload."""
        there = self.workloads.get(ref.namespace, {})
        if there.pop(ref, None):
            if not there:
                del self.workloads[ref.namespace]
            self.mark(ref.namespace)
            self._tell(ref)

    def put_namespace(self, new: Namespace) -> None:
        """Keep a namespace."""
        old = self.namespaces.get(new.name)
        self.namespaces[new.name] = new
        if old is None or replace(old, resource_version=new.resource_version) != new:
            self.mark(new.name)

    def drop_namespace(self, name: str) -> None:
        """Forget a namespace; its workloads go by their own watches."""
        if self.namespaces.pop(name, None):
            self.mark(name)

    def mark(self, namespace: str) -> None:
        """Remember that something changed there."""
        self.changed.add(namespace)
        self.stirred.set()

    def take_changed(self) -> frozenset[str]:
        """Return where something changed since this was last asked."""
        taken = frozenset(self.changed)
        self.changed.clear()
        self.stirred.clear()
        return taken

    async def wait_newer(self, ref: Ref, than: str, seconds: float) -> Workload | None:
        """Return the workload once its version is another, or it is gone, or the seconds are over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (now := self.workload(ref)) and now.resource_version == than and (left := end - loop.time()) > 0:
            news = loop.create_future()
            self._waiting.setdefault(ref, []).append(news)
            await asyncio.wait((news,), timeout=left)
            self._forget(ref, news)
        return now

    def _tell(self, ref: Ref) -> None:
        for news in self._waiting.get(ref, ()):
            if not news.done():
                news.set_result(None)

    def _forget(self, ref: Ref, news: asyncio.Future[None]) -> None:
        waiting = self._waiting[ref]
        waiting.remove(news)
        if not waiting:
            del self._waiting[ref]
