"""Raw objects as an API server keeps them: versions, generations, ownership; and the look at them, kept up to date."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sleepwalker.adapters.admission import Recipes, admit
from sleepwalker.adapters.managed_fields import Author, copied, updated
from sleepwalker.app.ports import Clock, Conflict, Missing, Rejected, Written
from sleepwalker.core.instants import show_instant
from sleepwalker.core.projection import project, project_namespace
from sleepwalker.core.recipe import Recipe, lookup, nest
from sleepwalker.core.targets import NAMESPACE, Namespace, Ref, Snapshot, Workload, namespace_ref

_SERVERS = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp")
"""Metadata that only the server writes."""


class Store:
    """The objects of a cluster in memory. A kept object is never changed in place."""

    def __init__(self, recipes: Recipes, clock: Clock, zone: str, *, with_status: bool) -> None:
        self.recipes = recipes
        self.changed: set[str] = set()
        self._clock = clock
        self._zone = zone
        self._with_status = with_status
        self._things: dict[Ref, dict[str, Any]] = {}
        self._implicit: set[Ref] = set()
        self._namespaces: dict[str, Namespace] = {}
        self._workloads: dict[str, dict[Ref, Workload]] = {}
        self._shown: dict[str, Mapping[Ref, Workload]] = {}
        self._stale: set[str] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._version = 0

    def __contains__(self, ref: Ref) -> bool:
        return ref in self._things and ref not in self._implicit

    def get(self, ref: Ref) -> dict[str, Any]:
        """Return an object; raise Missing."""
        if ref not in self._things:
            raise Missing(f"{ref} does not exist")
        return self._things[ref]

    def recipe(self, ref: Ref) -> Recipe | None:
        """Return how the kind sleeps, if it is known."""
        return self.recipes.get((ref.group, ref.kind))

    def workload(self, ref: Ref) -> Workload | None:
        """Return the object as it was observed."""
        return self._workloads.get(ref.namespace, {}).get(ref)

    def author(self, ref: Ref, manager: str, operation: str = "Update", subresource: str = "") -> Author:
        """Return somebody who writes this object now."""
        recipe = self.recipe(ref)
        time = show_instant(self._clock.now())
        return Author(manager, operation, subresource, time, recipe.api_version if recipe else "v1")

    def snapshot(self) -> Snapshot:
        """Return a look that later changes do not reach."""
        for name in self._stale:
            if workloads := self._workloads.get(name):
                self._shown[name] = dict(workloads)
            else:
                self._shown.pop(name, None)
        self._stale.clear()
        return Snapshot(dict(self._namespaces), dict(self._shown), seen=frozenset(self.recipes))

    def begin(self, ref: Ref, thing: dict[str, Any], author: Author) -> None:
        """Keep a new object, that was admitted; a namespace that nobody made is made for it."""
        metadata = thing["metadata"]
        if not isinstance(metadata.get("managedFields"), list):
            metadata["managedFields"] = updated([], {}, thing, author)
        metadata["uid"] = metadata.get("uid") or str(UUID(int=self._version + 1))
        metadata["generation"] = metadata.get("generation") if isinstance(metadata.get("generation"), int) else 1
        self._implicit.discard(ref)
        home = namespace_ref(ref.namespace)
        if ref.namespace and home not in self._things:
            named = {"apiVersion": "v1", "kind": NAMESPACE, "metadata": {"name": ref.namespace}}
            admit(named, home, None)
            self.begin(home, named, author)
            self._implicit.add(home)
        if not isinstance(thing.get("status"), Mapping):
            thing["status"] = {}
            self._follow(ref, thing)
        self._keep(ref, thing)

    def merge(self, ref: Ref, body: Mapping[str, Any], author: Author, version: str = "") -> Written:
        """Carry out a JSON merge patch; raise Missing, Conflict on another version, or Rejected."""
        before = self.get(ref)
        at = before["metadata"]["resourceVersion"]
        guard = version or lookup(body, "/metadata/resourceVersion") or at
        if guard != at:
            raise Conflict(f"{ref} has changed: it is at {at}, not at {guard}")
        after = merged(before, self._let_through(ref, body, author.subresource))
        if not isinstance(after.get("metadata"), dict):
            raise Rejected(f"{ref}: it would have no metadata")
        kept = {key: value for key, value in before["metadata"].items() if key in _SERVERS}
        after["metadata"] = {**{k: v for k, v in after["metadata"].items() if k not in _SERVERS}, **kept}
        if wrong := admit(after, ref, self.recipe(ref)):
            raise Rejected(f"{ref}: {wrong}")
        after["metadata"]["managedFields"] = updated(after["metadata"].get("managedFields"), before, after, author)
        return self.replace(ref, after)

    def replace(self, ref: Ref, after: dict[str, Any]) -> Written:
        """Keep an admitted object instead of what there is; what changes nothing makes no version."""
        before = self.get(ref)
        if after != before:
            if after.get("spec") != before.get("spec"):
                after["metadata"]["generation"] = before["metadata"]["generation"] + 1
                self._follow(ref, after)
            self._keep(ref, after)
        metadata = self.get(ref)["metadata"]
        return Written(metadata["resourceVersion"], copied(metadata["managedFields"]))

    def remove(self, ref: Ref) -> None:
        """Delete an object, a namespace with all that is in it."""
        self.get(ref)
        inside = [each for each in self._things if ref == namespace_ref(each.namespace)]
        for each in (*inside, ref):
            del self._things[each]
            self._workloads.get(each.namespace, {}).pop(each, None)
            self._notify(each)
        if ref == namespace_ref(ref.name):
            self._namespaces.pop(ref.name, None)
            self._implicit.discard(ref)

    async def next_write(self) -> None:
        """Return when something was written."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def _let_through(self, ref: Ref, body: Mapping[str, Any], subresource: str) -> Mapping[str, Any]:
        """Return the part of a body that its subresource lets through."""
        recipe = self.recipe(ref)
        match subresource:
            case "":
                return {key: value for key, value in body.items() if key != "status"}
            case "status":
                return {key: value for key, value in body.items() if key == "status"}
            case "scale" if recipe and recipe.count:
                return nest({recipe.count.pointer: lookup(body, "/spec/replicas")})
            case _:
                raise Missing(f"{ref} has no subresource {subresource}")

    def _follow(self, ref: Ref, thing: dict[str, Any]) -> None:
        """Let the status say that all is as the spec wants it."""
        recipe = self.recipe(ref)
        if self._with_status and recipe and recipe.count:
            names = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
            counts = dict.fromkeys(names, lookup(thing, recipe.count.pointer) or 0)
            thing["status"] = {**thing["status"], "observedGeneration": thing["metadata"]["generation"], **counts}

    def _keep(self, ref: Ref, thing: dict[str, Any]) -> None:
        self._version += 1
        thing["metadata"]["resourceVersion"] = str(self._version)
        self._things[ref] = thing
        if ref == namespace_ref(ref.name):
            self._namespaces[ref.name] = project_namespace(thing, self._zone)
        elif recipe := self.recipe(ref):
            self._workloads.setdefault(ref.namespace, {})[ref] = project(thing, recipe, self._zone)
        self._notify(ref)

    def _notify(self, ref: Ref) -> None:
        name = ref.name if ref == namespace_ref(ref.name) else ref.namespace
        self.changed.add(name)
        self._stale.add(name)
        for each in self._waiting:
            if not each.done():
                each.set_result(None)
        self._waiting.clear()


def merged(thing: object, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a thing after a JSON merge patch (RFC 7386). What the patch does not name is shared, not copied."""
    after: dict[str, Any] = dict(thing) if isinstance(thing, dict) else {}
    for key, value in body.items():
        if value is None:
            after.pop(key, None)
        elif isinstance(value, Mapping):
            after[key] = merged(after.get(key), value)
        else:
            after[key] = copied(value)
    return after
