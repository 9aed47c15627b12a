"""Objects as the server shows them → their place in the cache, one shelf a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sleepwalker.adapters.kubernetes.cache import Cache
from sleepwalker.adapters.kubernetes.discovery import Kind
from sleepwalker.core.projection import project, project_namespace
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import Ref

Thing = Mapping[str, Any]
"""An object as the server shows it."""

Name = tuple[str, str]
"""Namespace and name."""


class Shelf(Protocol):
    """The place in the cache for the objects of one kind."""

    def put(self, thing: Thing) -> Name:
        """Keep an object as it is, whatever was kept of it."""
        ...

    def put_newer(self, thing: Thing) -> None:
        """Keep an object unless what is kept is as new."""
        ...

    def is_echo(self, version: str) -> bool:
        """Return whether this is what a write of ours was answered with; true once for each."""
        ...

    def drop(self, name: Name) -> None:
        """Forget an object."""
        ...

    def keep_only(self, names: set[Name]) -> None:
        """Forget all others."""
        ...


@dataclass(frozen=True, slots=True)
class WorkloadShelf:
    """The workloads of one kind, everywhere or in one namespace. `zone` is that of schedules that name none."""

    cache: Cache
    recipe: Recipe
    zone: str
    namespace: str = ""

    def put(self, thing: Thing) -> Name:
        """Keep an object as it is, whatever was kept of it."""
        new = project(thing, self.recipe, self.zone)
        old = self.cache.workload(new.ref)
        if old is None or old.resource_version != new.resource_version:
            self.cache.put(new)
        return (new.ref.namespace, new.ref.name)

    def put_newer(self, thing: Thing) -> None:
        """Keep an object unless what is kept is as new."""
        metadata = thing["metadata"]
        ref = self._ref((metadata.get("namespace", ""), metadata["name"]))
        old = self.cache.workload(ref)
        if old is None or is_newer(metadata["resourceVersion"], old.resource_version):
            self.cache.put(project(thing, self.recipe, self.zone))

    def put_answer(self, thing: Thing) -> None:
        """Keep what a write was answered with; but what has been deleted meanwhile does not come back."""
        metadata = thing["metadata"]
        version = metadata["resourceVersion"]
        old = self.cache.workload(self._ref((metadata.get("namespace", ""), metadata["name"])))
        if old and old.uid == metadata.get("uid") and is_newer(version, old.resource_version):
            self.cache.put(project(thing, self.recipe, self.zone))
            self.cache.answered.add(version)

    def is_echo(self, version: str) -> bool:
        """Return whether this is what a write of ours was answered with; true once for each."""
        if version not in self.cache.answered:
            return False
        self.cache.answered.discard(version)
        return True

    def drop(self, name: Name) -> None:
        """Forget an object."""
        self.cache.drop(self._ref(name))

    def keep_only(self, names: set[Name]) -> None:
        """Forget all others."""
        spaces = [self.namespace] if self.namespace else list(self.cache.workloads)
        for space in spaces:
            for ref in list(self.cache.workloads.get(space, ())):
                mine = ref.kind == self.recipe.kind and ref.group == self.recipe.group
                if mine and (ref.namespace, ref.name) not in names:
                    self.cache.drop(ref)
        self.cache.answered.clear()

    def _ref(self, name: Name) -> Ref:
        return Ref(name[0], self.recipe.kind, name[1], self.recipe.group)


@dataclass(frozen=True, slots=True)
class NamespaceShelf:
    """The namespaces, or one of them."""

    cache: Cache
    zone: str
    only: str = ""

    def put(self, thing: Thing) -> Name:
        """Keep an object as it is, whatever was kept of it."""
        new = project_namespace(thing, self.zone)
        self.cache.put_namespace(new)
        return ("", new.name)

    def put_newer(self, thing: Thing) -> None:
        """Keep an object unless what is kept is as new."""
        metadata = thing["metadata"]
        old = self.cache.namespaces.get(metadata["name"])
        if old is None or is_newer(metadata["resourceVersion"], old.resource_version):
            self.cache.put_namespace(project_namespace(thing, self.zone))

    def put_answer(self, thing: Thing) -> None:
        """Keep what a write was answered with; but what has been deleted meanwhile does not come back."""
        if thing["metadata"]["name"] in self.cache.namespaces:
            self.put_newer(thing)

    def is_echo(self, _version: str) -> bool:
        """Return False: namespaces are few, and read again."""
        return False

    def drop(self, name: Name) -> None:
        """Forget an object."""
        self.cache.drop_namespace(name[1])

    def keep_only(self, names: set[Name]) -> None:
        """Forget all others."""
        for name in [self.only] if self.only else list(self.cache.namespaces):
            if ("", name) not in names:
                self.cache.drop_namespace(name)


class Shelves:
    """Makes the places in the cache. `zone` is that of schedules that name none."""

    def __init__(self, cache: Cache, recipes: Iterable[Recipe], zone: str) -> None:
        self.recipes: Mapping[Kind, Recipe] = {(each.group, each.kind): each for each in recipes}
        self._cache = cache
        self._zone = zone

    def namespaces(self, only: str = "") -> NamespaceShelf:
        """Return the place of the namespaces, or of one."""
        return NamespaceShelf(self._cache, self._zone, only)

    def workloads(self, kind: Kind, namespace: str = "") -> WorkloadShelf:
        """Return the place of a kind's workloads, everywhere or in one namespace."""
        return WorkloadShelf(self._cache, self.recipes[kind], self._zone, namespace)


def is_newer(version: str, than: str) -> bool:
    """Return whether a resourceVersion is a later one; one that is no number is later if it is another."""
    if version.isdigit() and than.isdigit():
        return int(version) > int(than)
    return version != than
