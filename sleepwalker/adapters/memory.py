"""A cluster in memory: what simulations run on, and what tests use for a real one.

It keeps the promises of an API server that sleepwalker rests on: one rising resourceVersion, a guard against lost
updates, defaults and refusals, field ownership, namespaces. Time comes from the clock that it is given.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sleepwalker.adapters.admission import Recipes, admit, ref_of
from sleepwalker.adapters.managed_fields import Author, applied, conflicts, copied, dropped, leaves, remove_at, set_at
from sleepwalker.adapters.store import Store
from sleepwalker.app.ports import Clock, ClusterError, Conflict, Missing, Rejected, Written
from sleepwalker.core.foreign import OURS
from sleepwalker.core.instants import show_instant
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import nest
from sleepwalker.core.targets import NAMESPACE, Ref, Snapshot, Workload

LOADER = "kubectl-client-side-apply"
"""Who owns the fields of what was loaded, unless the objects say it themselves."""


@dataclass(frozen=True, slots=True)
class _Failure:
    error: ClusterError
    ref: Ref | None
    written: bool


class MemoryCluster:
    """The port Cluster over raw objects; what other people and machines do to them are plain methods.

    With `with_status`, a workload with a number of replicas is ready as soon as it is written.
    """

    def __init__(self, recipes: Recipes, clock: Clock, zone: str = "UTC", *, with_status: bool = True) -> None:
        self._store = Store(recipes, clock, zone, with_status=with_status)
        self._clock = clock
        self._problems: list[Problem] = []
        self._failures: list[_Failure] = []

    def snapshot(self) -> Snapshot:
        """Return a look that later changes do not reach."""
        return self._store.snapshot()

    def problems(self) -> tuple[Problem, ...]:
        """Return what was loaded and would be refused by an API server."""
        return tuple(self._problems)

    def take_changed(self) -> frozenset[str]:
        """Return the namespaces in which something changed since this was last asked."""
        changed = frozenset(self._store.changed)
        self._store.changed.clear()
        return changed

    async def wait_changed(self) -> None:
        """Return when there is a change to take."""
        while not self._store.changed:
            await self._store.next_write()

    async def wait_newer(self, ref: Ref, than: str, seconds: float) -> Workload | None:
        """Return the workload once its version is another, or as it is after so many seconds of the event loop."""
        try:
            async with asyncio.timeout(seconds):
                while (found := self._store.workload(ref)) and found.resource_version == than:
                    await self._store.next_write()
        except TimeoutError:
            pass
        return self._store.workload(ref)

    async def patch(self, ref: Ref, body: Mapping[str, Any], resource_version: str, subresource: str = "") -> Written:
        """Merge, as sleepwalker."""
        await asyncio.sleep(0)
        failure = next((each for each in self._failures if each.ref in (None, ref)), None)
        if failure:
            self._failures.remove(failure)
            if not failure.written:
                raise failure.error
        written = self._store.merge(ref, body, self._store.author(ref, OURS, subresource=subresource), resource_version)
        if failure:
            raise failure.error
        return written

    def load(self, objects: Iterable[tuple[Mapping[str, Any], str]]) -> None:
        """Take objects as they are, each with its place for messages.

        What an API server would refuse is a problem and left out; of two with one name the last counts. Kinds without
        a recipe are passed over.
        """
        places: dict[Ref, str] = {}
        for content, place in objects:
            ref, thing = ref_of(content, self._store.recipes), copied(dict(content))
            if (ref.group, ref.kind) != ("", NAMESPACE) and not self._store.recipe(ref):
                continue
            if wrong := admit(thing, ref, self._store.recipe(ref)):
                self._problems.append(Problem(ref, f"{place}: {wrong}"))
                continue
            if ref in places:
                self._problems.append(Problem(ref, f"{place}: {ref} stands at {places[ref]} as well; this one counts"))
            places[ref] = place
            self._store.begin(ref, thing, self._store.author(ref, LOADER))

    def fail_next(self, error: ClusterError, ref: Ref | None = None, *, written: bool = False) -> None:
        """Let the next patch (of that object) raise an error: instead of writing, or after it has written."""
        self._failures.append(_Failure(error, ref, written))

    def create(self, content: Mapping[str, Any], manager: str = "kubectl-create") -> Ref:
        """Create an object now; raise Conflict if there is one of that name, Rejected if it cannot be."""
        ref = ref_of(content, self._store.recipes)
        if ref in self._store:
            raise Conflict(f"{ref} exists already")
        self._create(ref, content, self._store.author(ref, manager))
        return ref

    def update(self, ref: Ref, body: Mapping[str, Any], manager: str, subresource: str = "") -> Written:
        """Merge, as somebody else."""
        return self._store.merge(ref, body, self._store.author(ref, manager, subresource=subresource))

    def scale(self, ref: Ref, replicas: int, manager: str = "kubectl", subresource: str = "scale") -> Written:
        """Set the number of replicas, as `kubectl scale` does; with no subresource, as an edit does."""
        recipe = self._store.recipe(ref)
        if not recipe or not recipe.count:
            raise Missing(f"{ref} cannot be scaled")
        body = {"spec": {"replicas": replicas}} if subresource == "scale" else nest({recipe.count.pointer: replicas})
        return self.update(ref, body, manager, subresource)

    def annotate(self, ref: Ref, annotations: Mapping[str, str | None], manager: str = "kubectl-annotate") -> Written:
        """Set annotations, or remove those that are None."""
        return self.update(ref, {"metadata": {"annotations": dict(annotations)}}, manager)

    def apply(self, config: Mapping[str, Any], manager: str, *, force: bool = False) -> Written:
        """Apply server-side; raise Conflict if a field with another value is somebody else's."""
        ref = ref_of(config, self._store.recipes)
        author = self._store.author(ref, manager, "Apply")
        if ref not in self._store:
            owned = applied([], {}, config, author)
            self._create(ref, config, author, owned)
            return Written(self.raw(ref)["metadata"]["resourceVersion"], owned)
        live = self._store.get(ref)
        managed = live["metadata"].get("managedFields")
        if (taken := conflicts(managed, live, config, author)) and not force:
            raise Conflict(f"{ref}: to apply this would take {', '.join(taken)}")
        after = copied(live)
        for path in dropped(managed, config, author):
            remove_at(after, path)
        for path, value in leaves(config).items():
            set_at(after, path, value)
        if wrong := admit(after, ref, self._store.recipe(ref)):
            raise Rejected(f"{ref}: {wrong}")
        after["metadata"]["managedFields"] = applied(managed, live, config, author)
        return self._store.replace(ref, after)

    def delete(self, ref: Ref) -> None:
        """Delete an object, a namespace with all that is in it; raise Missing."""
        self._store.remove(ref)

    def raw(self, ref: Ref) -> dict[str, Any]:
        """Return an object as it is kept; raise Missing."""
        return copied(self._store.get(ref))

    def _create(
        self, ref: Ref, content: Mapping[str, Any], author: Author, owned: list[dict[str, Any]] | None = None
    ) -> None:
        thing = copied(dict(content))
        if wrong := admit(thing, ref, self._store.recipe(ref)):
            raise Rejected(f"{ref}: {wrong}")
        given = {key: value for key, value in thing["metadata"].items() if key not in ("uid", "deletionTimestamp")}
        now = show_instant(self._clock.now())
        thing["metadata"] = {**given, "creationTimestamp": now, "managedFields": owned}
        self._store.begin(ref, thing, author)
