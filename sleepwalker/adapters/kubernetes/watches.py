"""All that is watched: the namespaces and each kind, everywhere or in some namespaces only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from sleepwalker.adapters.kubernetes.discovery import Kind, discover, kind_ref
from sleepwalker.adapters.kubernetes.paths import NAMESPACES, Served
from sleepwalker.adapters.kubernetes.patience import Backoff
from sleepwalker.adapters.kubernetes.reflector import Reflector, Source
from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.adapters.kubernetes.shelves import Shelf, Shelves
from sleepwalker.app.ports import ClusterError
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import NAMESPACE, Ref, namespace_ref

_LOOK_SOON_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Watches:
    """What is asked for, and how far each answer has come. `changed` is called when that moves."""

    def __init__(
        self,
        session: Session,
        shelves: Shelves,
        namespaces: tuple[str, ...],
        changed: Callable[[], None],
        look_again_seconds: float,
    ) -> None:
        self.seen: frozenset[Kind] = frozenset()
        """The kinds of which all there is has been seen, in all the namespaces."""
        self.served: dict[Kind, Served] = {}
        """Where the kinds are kept that the cluster has."""
        self.reflectors: dict[Ref, Reflector] = {}
        self._session = session
        self._shelves = shelves
        self._namespaces = namespaces or ("",)
        self._changed = changed
        self._looks = Backoff(look_again_seconds)
        self._lacking: dict[Kind, Problem] = {}
        self._trouble = "the server has not answered yet"

    async def run(self) -> None:
        """Watch for ever; look every few minutes whether the cluster has got a kind that it lacked."""
        async with asyncio.TaskGroup() as group:
            for name in self._namespaces:
                self._start(group, namespace_ref(name or "*"), _namespaces(name), self._shelves.namespaces(name))
            wait = 0.0
            while True:
                await asyncio.sleep(wait)
                wait = await self._look(group)

    @property
    def synced(self) -> bool:
        """Whether namespaces have been seen, and of every kind all, or why not."""
        shown = any(ref.kind == NAMESPACE and each.synced for ref, each in self.reflectors.items())
        return shown and not self._trouble and all(each.settled for each in self.reflectors.values())

    def problems(self) -> tuple[Problem, ...]:
        """Return what cannot be seen, and why."""
        unseen = (Problem(ref, each.problem) for ref, each in self.reflectors.items() if each.problem)
        return tuple(sorted({*self._lacking.values(), *unseen}))

    def refusal(self) -> str:
        """Say why nothing at all can be seen, or nothing: no namespace may be looked at."""
        refused = [each for ref, each in self.reflectors.items() if ref.kind == NAMESPACE]
        if not refused or not all(each.settled and each.problem for each in refused):
            return ""
        return refused[0].problem

    def waiting(self) -> str:
        """Say what is not known yet, and why."""
        refs = ", ".join(str(ref) for ref, each in self.reflectors.items() if not each.settled)
        problems = [each.problem for each in self.reflectors.values() if each.problem]
        return "; ".join(filter(None, (self._trouble, *problems, refs and f"waiting for {refs}")))

    async def _look(self, group: asyncio.TaskGroup) -> float:
        """Look for the kinds that are not known yet; return for how long not to look again."""
        unknown = [recipe for kind, recipe in self._shelves.recipes.items() if kind not in self.served]
        try:
            found = await discover(self._session, unknown)
        except ClusterError as error:
            self._trouble = str(error)
            log.debug("kinds unknown", because=self._trouble)
            return _LOOK_SOON_SECONDS
        self._trouble = ""
        self._lacking = found.problems
        self.served.update(found.served)
        for kind, served in found.served.items():
            for name in self._namespaces:
                path = served.collection(name)
                ref = kind_ref(self._shelves.recipes[kind], name)
                self._start(group, ref, Source(path, path), self._shelves.workloads(kind, name))
        self._refresh()
        return self._looks.longer()  # one that has just started shows some kinds a little later

    def _start(self, group: asyncio.TaskGroup, ref: Ref, source: Source, shelf: Shelf) -> None:
        self.reflectors[ref] = reflector = Reflector(self._session, source, shelf, self._refresh)
        group.create_task(reflector.run(), name=f"watch {ref}")

    def _refresh(self) -> None:
        self.seen = frozenset(kind for kind in self.served if self._is_seen(self._shelves.recipes[kind]))
        self._changed()

    def _is_seen(self, recipe: Recipe) -> bool:
        return all((each := self.reflectors.get(kind_ref(recipe, name))) and each.synced for name in self._namespaces)


def _namespaces(only: str) -> Source:
    """Return where to ask; for one, paths that a Role within it can allow: a field selector takes a ClusterRole."""
    if not only:
        return Source(NAMESPACES.collection(), NAMESPACES.collection())
    path = NAMESPACES.item(namespace_ref(only))
    return Source(path, path.replace("/api/v1/", "/api/v1/watch/", 1))
