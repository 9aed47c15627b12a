"""What every Cluster promises. The in-memory one is held to it in test_memory.py, the real one in tests/cluster.

A World is a cluster with other people in it. To hold another adapter to the contract, open a World around it:

    @pytest.mark.parametrize("promise", PROMISES, ids=name_of)
    def test_the_real_cluster_keeps(promise, bed):
        asyncio.run(keep(promise, lambda: real_world(bed)))
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Protocol, TypeVar

import pytest

from sleepwalker.app.ports import Cluster, Conflict, Missing, Rejected
from sleepwalker.core.fields import FieldOwner
from sleepwalker.core.foreign import OURS
from sleepwalker.core.ownership import given_back
from sleepwalker.core.targets import Ref, Workload

REPLICAS = "/spec/replicas"
SUSPEND = "/spec/suspend"
_PATIENCE = 20.0
_SHORT = 0.3

Found = TypeVar("Found")


class World(Protocol):
    """A cluster, and what others do in it. `namespace` exists, is empty, and belongs to the test."""

    cluster: Cluster
    namespace: str

    async def create(self, thing: Mapping[str, Any], manager: str) -> None: ...

    async def apply(self, thing: Mapping[str, Any], manager: str) -> None:
        """Server-side, without force; raise Conflict if a field is somebody else's."""

    async def edit(self, ref: Ref, body: Mapping[str, Any], manager: str) -> None:
        """JSON merge patch, whatever the version."""

    async def delete(self, ref: Ref) -> None: ...


Promise = Callable[[World], Awaitable[None]]


async def keep(promise: Promise, open_world: Callable[[], AbstractAsyncContextManager[World]]) -> None:
    async with open_world() as world:
        await promise(world)


def name_of(promise: Promise) -> str:
    return promise.__name__.replace("_", " ")


def deployment(world: World, replicas: int | None = 3, **metadata: object) -> dict[str, Any]:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": world.namespace, "labels": labels, **metadata},
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "250m"}}}]},
            },
        },
    }


def cron_job(world: World) -> dict[str, Any]:
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "run", "image": "run:1"}]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "report", "namespace": world.namespace},
        "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": pod}}},
    }


def web(world: World) -> Ref:
    return Ref(world.namespace, "Deployment", "web", "apps")


async def until(world: World, look: Callable[[], Found]) -> Found:
    """Return what `look` returns as soon as it is something; the watches may lag behind."""
    async with asyncio.timeout(_PATIENCE):
        while not (found := look()):
            world.cluster.take_changed()
            with suppress(TimeoutError):
                async with asyncio.timeout(_SHORT):
                    await world.cluster.wait_changed()
    return found


async def created(world: World, replicas: int | None = 3, **metadata: object) -> Workload:
    await world.create(deployment(world, replicas, **metadata), "kubectl-create")
    return await until(world, lambda: world.cluster.snapshot().workload(web(world)))


async def a_created_object_is_seen(world: World) -> None:
    seen = await created(world, labels={"app": "web", "tier": "dev"})

    assert seen.ref == web(world)
    assert seen.uid
    assert seen.resource_version
    assert seen.labels["tier"] == "dev"
    assert seen.fields[REPLICAS] == 3
    assert seen.demand.cpu_cores == 0.25


async def an_absent_field_has_its_default(world: World) -> None:
    seen = await created(world, replicas=None)

    assert seen.fields[REPLICAS] == 1


async def the_kinds_that_are_watched_are_named(world: World) -> None:
    seen = world.cluster.snapshot().seen

    assert {("apps", "Deployment"), ("batch", "CronJob")} <= seen


async def a_patch_is_written_and_seen(world: World) -> None:
    before = await created(world)

    written = await world.cluster.patch(before.ref, {"spec": {"replicas": 0}}, before.resource_version)
    after = await world.cluster.wait_newer(before.ref, before.resource_version, _PATIENCE)

    assert written.resource_version != before.resource_version
    assert after
    assert after.fields[REPLICAS] == 0


async def a_patch_of_an_old_version_is_a_conflict_and_writes_nothing(world: World) -> None:
    old = await created(world)
    await world.edit(old.ref, {"spec": {"replicas": 5}}, "kubectl-edit")
    await world.cluster.wait_newer(old.ref, old.resource_version, _PATIENCE)

    with pytest.raises(Conflict):
        await world.cluster.patch(old.ref, {"spec": {"replicas": 0}}, old.resource_version)

    seen = world.cluster.snapshot().workload(old.ref)
    assert seen
    assert seen.fields[REPLICAS] == 5


async def a_patch_without_a_version_is_written_whatever_the_version(world: World) -> None:
    old = await created(world)
    await world.edit(old.ref, {"spec": {"replicas": 5}}, "kubectl-edit")

    await world.cluster.patch(old.ref, {"spec": {"replicas": 0}}, "")

    seen = await until(world, lambda: _with_replicas(world, 0))
    assert seen.fields[REPLICAS] == 0


async def a_patch_of_what_is_not_there_is_missing(world: World) -> None:
    with pytest.raises(Missing):
        await world.cluster.patch(web(world), {"spec": {"replicas": 0}}, "")


async def a_patch_that_makes_no_sense_is_rejected(world: World) -> None:
    seen = await created(world)

    with pytest.raises(Rejected):
        await world.cluster.patch(seen.ref, {"spec": {"replicas": -1}}, seen.resource_version)


async def null_removes_an_annotation(world: World) -> None:
    seen = await created(world, annotations={"sleepwalker.dev/floor": "2"})
    assert seen.wishes.floor == 2

    await world.cluster.patch(seen.ref, {"metadata": {"annotations": {"sleepwalker.dev/floor": None}}}, "")

    after = await world.cluster.wait_newer(seen.ref, seen.resource_version, _PATIENCE)
    assert after
    assert after.wishes.floor is None


async def an_empty_patch_changes_nothing_and_tells_who_owns_what(world: World) -> None:
    seen = await created(world)

    written = await world.cluster.patch(seen.ref, {}, seen.resource_version)

    assert written.resource_version == seen.resource_version
    assert "kubectl-create" in [entry["manager"] for entry in written.managed_fields]


async def the_owner_of_a_field_is_who_wrote_it_last(world: World) -> None:
    before = await created(world)
    assert [owner.manager for owner in before.owners[REPLICAS]] == ["kubectl-create"]

    await world.cluster.patch(before.ref, {"spec": {"replicas": 0}}, before.resource_version)

    after = await world.cluster.wait_newer(before.ref, before.resource_version, _PATIENCE)
    assert after
    assert [(owner.manager, owner.operation) for owner in after.owners[REPLICAS]] == [(OURS, "Update")]


async def what_sleepwalker_wrote_conflicts_with_an_apply_until_it_is_given_back(world: World) -> None:
    await world.apply(deployment(world, 3), "helm")
    before = await until(world, lambda: world.cluster.snapshot().workload(web(world)))
    await world.cluster.patch(before.ref, {"spec": {"replicas": 0}}, "")
    woken = await world.cluster.patch(before.ref, {"spec": {"replicas": 3}}, "")
    with pytest.raises(Conflict):
        await world.apply(deployment(world, 5), "helm")

    fields = given_back(woken.managed_fields, before.owners)
    await world.cluster.patch(before.ref, {"metadata": {"managedFields": fields}}, woken.resource_version)

    await world.apply(deployment(world, 5), "helm")
    seen = await until(world, lambda: _with_replicas(world, 5))
    assert [(owner.manager, owner.operation) for owner in seen.owners[REPLICAS]] == [("helm", "Apply")]


async def a_subresource_is_patched_apart(world: World) -> None:
    ref = Ref(world.namespace, "CronJob", "report", "batch")
    await world.create(cron_job(world), "kubectl-create")
    before = await until(world, lambda: world.cluster.snapshot().workload(ref))
    body = {"status": {"lastScheduleTime": "2026-11-24T03:00:00Z"}, "spec": {"suspend": True}}

    written = await world.cluster.patch(ref, body, before.resource_version, "status")

    after = await world.cluster.wait_newer(ref, before.resource_version, _PATIENCE)
    assert after
    assert after.resource_version == written.resource_version
    assert after.fields[SUSPEND] is False
    assert FieldOwner(OURS, "Update", "status") in [
        FieldOwner(entry["manager"], entry["operation"], entry.get("subresource", ""))
        for entry in written.managed_fields
    ]


async def wait_newer_returns_as_soon_as_somebody_has_written(world: World) -> None:
    before = await created(world)
    waiting = asyncio.ensure_future(world.cluster.wait_newer(before.ref, before.resource_version, _PATIENCE))
    await asyncio.sleep(0)

    await world.edit(before.ref, {"spec": {"replicas": 7}}, "kubectl-edit")

    after = await waiting
    assert after
    assert after.fields[REPLICAS] == 7


async def wait_newer_returns_what_there_is_when_time_is_up(world: World) -> None:
    before = await created(world)

    after = await world.cluster.wait_newer(before.ref, before.resource_version, 0.05)

    assert after == before


async def wait_newer_returns_none_for_what_was_deleted(world: World) -> None:
    before = await created(world)
    await world.delete(before.ref)

    assert await world.cluster.wait_newer(before.ref, before.resource_version, _PATIENCE) is None


async def a_deleted_object_is_no_longer_seen(world: World) -> None:
    seen = await created(world)

    await world.delete(seen.ref)

    assert await until(world, lambda: world.cluster.snapshot().workload(seen.ref) is None)


async def a_change_is_told_once(world: World) -> None:
    seen = await created(world)
    await _calm(world)
    await world.edit(seen.ref, {"metadata": {"labels": {"new": "label"}}}, "kubectl-label")

    async with asyncio.timeout(_PATIENCE):
        await world.cluster.wait_changed()

    assert world.namespace in world.cluster.take_changed()
    assert world.namespace not in world.cluster.take_changed()


async def wait_changed_waits(world: World) -> None:
    await created(world)
    await _calm(world)

    waiting = asyncio.ensure_future(world.cluster.wait_changed())
    await asyncio.wait({waiting}, timeout=_SHORT)

    assert not waiting.done() or world.namespace not in world.cluster.take_changed()
    waiting.cancel()


async def a_namespace_is_seen_and_can_be_patched(world: World) -> None:
    ref = Ref("", "Namespace", world.namespace)
    before = await until(world, lambda: world.cluster.snapshot().namespaces.get(world.namespace))

    body = {"metadata": {"annotations": {"sleepwalker.dev/uptime": "Mon-Fri 08:00-20:00"}}}
    await world.cluster.patch(ref, body, before.resource_version)

    after = await until(world, lambda: _namespace_with_uptime(world))
    assert after.labels["kubernetes.io/metadata.name"] == world.namespace
    assert after.resource_version != before.resource_version


async def a_namespace_that_has_changed_is_a_conflict(world: World) -> None:
    ref = Ref("", "Namespace", world.namespace)
    before = await until(world, lambda: world.cluster.snapshot().namespaces.get(world.namespace))
    await world.edit(ref, {"metadata": {"labels": {"tier": "dev"}}}, "kubectl-label")

    with pytest.raises(Conflict):
        await world.cluster.patch(ref, {"metadata": {"labels": {"tier": "prod"}}}, before.resource_version)


PROMISES: tuple[Promise, ...] = (
    a_created_object_is_seen,
    an_absent_field_has_its_default,
    the_kinds_that_are_watched_are_named,
    a_patch_is_written_and_seen,
    a_patch_of_an_old_version_is_a_conflict_and_writes_nothing,
    a_patch_without_a_version_is_written_whatever_the_version,
    a_patch_of_what_is_not_there_is_missing,
    a_patch_that_makes_no_sense_is_rejected,
    null_removes_an_annotation,
    an_empty_patch_changes_nothing_and_tells_who_owns_what,
    the_owner_of_a_field_is_who_wrote_it_last,
    what_sleepwalker_wrote_conflicts_with_an_apply_until_it_is_given_back,
    a_subresource_is_patched_apart,
    wait_newer_returns_as_soon_as_somebody_has_written,
    wait_newer_returns_what_there_is_when_time_is_up,
    wait_newer_returns_none_for_what_was_deleted,
    a_deleted_object_is_no_longer_seen,
    a_change_is_told_once,
    wait_changed_waits,
    a_namespace_is_seen_and_can_be_patched,
    a_namespace_that_has_changed_is_a_conflict,
)


def _with_replicas(world: World, replicas: int) -> Workload | None:
    seen = world.cluster.snapshot().workload(web(world))
    return seen if seen and seen.fields[REPLICAS] == replicas else None


def _namespace_with_uptime(world: World) -> Any:
    seen = world.cluster.snapshot().namespaces.get(world.namespace)
    return seen if seen and seen.wishes.uptime else None


async def _calm(world: World) -> None:
    """Return when our namespace has been quiet for a moment."""
    async with asyncio.timeout(_PATIENCE):
        while world.namespace in world.cluster.take_changed():  # noqa: ASYNC110 - what comes late is what we wait for
            await asyncio.sleep(_SHORT)
