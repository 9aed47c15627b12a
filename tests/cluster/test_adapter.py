"""The port `Cluster`, kept on a real API server."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import time

import pytest

from sleepwalker.adapters.kubernetes.cluster import KubernetesCluster
from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.app.ports import Conflict, Denied, Missing, Rejected, Unavailable
from sleepwalker.core.ownership import given_back
from sleepwalker.core.recipe import parse_recipe
from sleepwalker.core.targets import Ref, namespace_ref
from tests.cluster import objects

RECIPES = [
    parse_recipe({"recipe": "apps/v1/Deployment", "sleep": {"/spec/replicas": "{floor}"}}),
    parse_recipe({"recipe": "apps/v1/StatefulSet", "sleep": {"/spec/replicas": "{floor}"}}),
    parse_recipe({"recipe": "batch/v1/CronJob", "sleep": {"/spec/suspend": True}}),
]
ROLLOUT = parse_recipe({"recipe": "argoproj.io/v1alpha1/Rollout", "sleep": {"/spec/replicas": "{floor}"}})

ROLLOUTS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.argoproj.io}
spec:
  group: argoproj.io
  names: {kind: Rollout, plural: rollouts, singular: rollout, listKind: RolloutList}
  scope: Namespaced
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def ref(namespace, name, kind="Deployment", group="apps"):
    return Ref(namespace, kind, name, group)


@contextlib.asynccontextmanager
async def watching(kubeconfig, recipes=RECIPES, namespaces=(), ready=True, look_again=300.0):  # noqa: FBT002
    async with await Session.open(str(kubeconfig)) as session:
        cluster = KubernetesCluster(session, recipes, "UTC", namespaces, look_again)
        await cluster.start()
        try:
            if ready:
                await cluster.ready(30)
            yield cluster
        finally:
            await cluster.close()


async def until(predicate, seconds=20):
    async with asyncio.timeout(seconds):
        while not (seen := predicate()):  # noqa: ASYNC110 - of anything at all
            await asyncio.sleep(0.01)
    return seen


def test_everything_there_is_is_seen_at_the_start(bed, namespace):
    for i in range(60):
        bed.create(objects.deployment(f"web-{i}", namespace, replicas=i % 4))
    bed.create(objects.cron_job("nightly", namespace))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            snapshot = cluster.snapshot()

            assert cluster.problems() == ()
            assert snapshot.seen == {("apps", "Deployment"), ("apps", "StatefulSet"), ("batch", "CronJob")}
            assert namespace in snapshot.namespaces
            assert len(snapshot.workloads[namespace]) == 61
            assert snapshot.workload(ref(namespace, "web-7")).fields == {"/spec/replicas": 3}
            assert namespace in cluster.take_changed()
            assert cluster.take_changed() == frozenset()

    asyncio.run(run())


def test_a_change_is_seen_and_names_its_namespace(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            cluster.take_changed()

            bed.patch("Deployment", "web", namespace, {"spec": {"replicas": 5}})
            async with asyncio.timeout(5):
                await cluster.wait_changed()
            assert cluster.take_changed() == {namespace}
            assert cluster.snapshot().workload(ref(namespace, "web")).fields == {"/spec/replicas": 5}

            bed.patch(
                "Namespace", namespace, None, {"metadata": {"annotations": {"sleepwalker.dev/protected": "true"}}}
            )
            async with asyncio.timeout(5):
                await cluster.wait_changed()
            assert cluster.take_changed() == {namespace}
            assert cluster.snapshot().namespaces[namespace].wishes.protected

            bed.delete("Deployment", "web", namespace)
            async with asyncio.timeout(5):
                await cluster.wait_changed()
            assert cluster.snapshot().workload(ref(namespace, "web")) is None

    asyncio.run(run())


def test_what_no_decision_depends_on_is_no_change_but_a_newer_version(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            before = cluster.snapshot().workload(ref(namespace, "web")).resource_version
            cluster.take_changed()

            bed.patch("Deployment", "web", namespace, {"metadata": {"annotations": {"else": "where"}}}, manager="other")
            now = await cluster.wait_newer(ref(namespace, "web"), before, 5)

            assert int(now.resource_version) > int(before)
            assert cluster.take_changed() == frozenset()

    asyncio.run(run())


def test_a_patch_is_ours_in_the_managed_fields_and_in_the_next_snapshot(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            web = ref(namespace, "web")
            cluster.take_changed()

            version = cluster.snapshot().workload(web).resource_version
            written = await cluster.patch(web, {"spec": {"replicas": 0}}, version)

            assert cluster.snapshot().workload(web).resource_version == written.resource_version
            assert cluster.snapshot().workload(web).fields == {"/spec/replicas": 0}
            assert cluster.take_changed() == {namespace}
            assert "sleepwalker" in {entry["manager"] for entry in written.managed_fields}
            await asyncio.sleep(0.3)
            assert cluster.take_changed() == frozenset(), "its echo is no news"

    asyncio.run(run())


def test_a_patch_of_what_has_changed_since_is_a_conflict_and_the_newer_comes(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            web = ref(namespace, "web")
            stale = cluster.snapshot().workload(web).resource_version
            bed.patch("Deployment", "web", namespace, {"spec": {"replicas": 9}})

            with pytest.raises(Conflict, match=f"PATCH .*/{namespace}/deployments/web: 409"):
                await cluster.patch(web, {"spec": {"replicas": 0}}, stale)

            assert (await cluster.wait_newer(web, stale, 5)).fields == {"/spec/replicas": 9}
            assert bed.get("Deployment", "web", namespace)["spec"]["replicas"] == 9

    asyncio.run(run())


def test_an_invalid_patch_and_a_missing_object_are_told_apart(bed, namespace):
    bed.create(objects.deployment("web", namespace))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            with pytest.raises(Rejected, match="422"):
                await cluster.patch(ref(namespace, "web"), {"spec": {"replicas": -1}}, "")
            with pytest.raises(Missing, match="404"):
                await cluster.patch(ref(namespace, "none"), {"spec": {"replicas": 1}}, "")
            with pytest.raises(Missing, match="the cluster has no Rollout"):
                await cluster.patch(ref(namespace, "none", "Rollout", "argoproj.io"), {}, "")

    asyncio.run(run())


def test_a_namespace_and_a_subresource_can_be_patched(bed, namespace):
    bed.create(objects.cron_job("nightly", namespace))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            await cluster.patch(
                namespace_ref(namespace), {"metadata": {"annotations": {"sleepwalker.dev/floor": "1"}}}, ""
            )
            assert cluster.snapshot().namespaces[namespace].wishes.floor == 1

            nightly = ref(namespace, "nightly", "CronJob", "batch")
            status = {"status": {"lastScheduleTime": "2026-11-24T19:00:00Z"}}
            version = cluster.snapshot().workload(nightly).resource_version
            written = await cluster.patch(nightly, status, version, "status")
            assert cluster.snapshot().workload(nightly).resource_version == written.resource_version

    asyncio.run(run())
    assert bed.get("CronJob", "nightly", namespace)["status"]["lastScheduleTime"] == "2026-11-24T19:00:00Z"


def test_waiting_for_a_newer_version_ends_with_the_object_or_the_time(bed, namespace):
    bed.create(objects.deployment("web", namespace))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            web = ref(namespace, "web")
            version = cluster.snapshot().workload(web).resource_version

            began = time.perf_counter()
            assert (await cluster.wait_newer(web, version, 0.2)).resource_version == version
            assert 0.15 < time.perf_counter() - began < 2
            assert (await cluster.wait_newer(web, "another", 20)).resource_version == version
            waiting = asyncio.create_task(cluster.wait_newer(web, version, 20))
            await asyncio.sleep(0)
            bed.delete("Deployment", "web", namespace)
            assert await asyncio.wait_for(waiting, 5) is None

    asyncio.run(run())


def test_a_restart_of_the_api_server_is_survived(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(objects.deployment("old", namespace, replicas=3))

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            web = ref(namespace, "web")

            await asyncio.to_thread(bed.restart_apiserver, 0.3)
            bed.patch("Deployment", "web", namespace, {"spec": {"replicas": 8}})
            bed.delete("Deployment", "old", namespace)

            await until(lambda: cluster.snapshot().workload(web).fields == {"/spec/replicas": 8})
            await until(lambda: cluster.snapshot().workload(ref(namespace, "old")) is None)
            await cluster.patch(web, {"spec": {"replicas": 0}}, "")
            await until(lambda: cluster.problems() == ())

    asyncio.run(run())


def test_an_api_server_that_is_away_is_unavailable_and_is_waited_for(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))

    async def run():
        bed.stop("apiserver")
        try:
            async with watching(bed.kubeconfig, ready=False) as cluster:
                with pytest.raises(Unavailable, match=r"has not shown everything within 0\.5 s: .*no answer"):
                    await cluster.ready(0.5)
                assert not cluster.synced
                await asyncio.to_thread(bed.start, "apiserver")
                await cluster.ready(30)
                assert cluster.snapshot().workload(ref(namespace, "web"))
        finally:
            if "apiserver" not in bed.pids():
                bed.start("apiserver")

    asyncio.run(run())


def test_a_kind_that_the_cluster_lacks_is_a_problem_and_nothing_more(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))

    async def run():
        async with watching(bed.kubeconfig, [*RECIPES, ROLLOUT]) as cluster:
            [problem] = cluster.problems()
            assert problem.ref.kind == "Rollout"
            assert "the cluster has no argoproj.io/v1alpha1/Rollout" in problem.message
            assert ("argoproj.io", "Rollout") not in cluster.snapshot().seen
            assert cluster.snapshot().workload(ref(namespace, "web"))

    asyncio.run(run())


def test_a_kind_that_is_installed_later_is_seen(bed, namespace):
    async def run():
        async with watching(bed.kubeconfig, [*RECIPES, ROLLOUT], look_again=0.3) as cluster:
            assert cluster.problems()
            await asyncio.to_thread(bed.apply, ROLLOUTS)
            await until(lambda: ("argoproj.io", "Rollout") in cluster.snapshot().seen)
            assert cluster.problems() == ()
            one = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": {"replicas": 2}}
            bed.create(one | {"metadata": {"name": "canary", "namespace": namespace}})
            canary = ref(namespace, "canary", "Rollout", "argoproj.io")
            await until(lambda: cluster.snapshot().workload(canary))
            await cluster.patch(canary, {"spec": {"replicas": 0}}, cluster.snapshot().workload(canary).resource_version)
            assert cluster.snapshot().workload(canary).fields == {"/spec/replicas": 0}

            bed.delete("CustomResourceDefinition", "rollouts.argoproj.io")
            await until(lambda: cluster.snapshot().workload(canary) is None)
            await until(lambda: ("argoproj.io", "Rollout") not in cluster.snapshot().seen)
            assert len(cluster.snapshot().seen) == 3

    asyncio.run(run())


def test_a_kind_that_is_forbidden_costs_only_that_kind(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(objects.service_account("robot", namespace))
    kinds = "--resource=namespaces,deployments.apps"
    bed.kubectl("create", "clusterrole", f"r-{namespace}", "--verb=list,watch", kinds)
    account = f"--serviceaccount={namespace}:robot"
    bed.kubectl("create", "clusterrolebinding", f"r-{namespace}", f"--clusterrole=r-{namespace}", account)
    kubeconfig = bed.kubeconfig_for(bed.token(namespace, "robot"), f"robot-{namespace}")

    async def run():
        async with watching(kubeconfig) as cluster:
            assert cluster.snapshot().seen == {("apps", "Deployment")}
            assert cluster.snapshot().workload(ref(namespace, "web"))
            assert [problem.ref.kind for problem in cluster.problems()] == ["CronJob", "StatefulSet"]
            assert "cannot watch resource" in cluster.problems()[0].message
            with pytest.raises(Denied):
                await cluster.patch(ref(namespace, "web"), {"spec": {"replicas": 0}}, "")

    try:
        asyncio.run(run())
    finally:
        bed.delete("ClusterRoleBinding", f"r-{namespace}")
        bed.delete("ClusterRole", f"r-{namespace}")


def test_in_namespaced_mode_a_role_in_the_namespace_is_enough(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(objects.service_account("robot", namespace))
    bed.create(objects.deployment("elsewhere", "default", replicas=3))
    kinds = "--resource=namespaces,deployments.apps,statefulsets.apps,cronjobs.batch"
    bed.kubectl("create", "role", "r", "-n", namespace, "--verb=get,list,watch,patch", kinds)
    bed.kubectl("create", "rolebinding", "r", "-n", namespace, "--role=r", f"--serviceaccount={namespace}:robot")
    kubeconfig = bed.kubeconfig_for(bed.token(namespace, "robot"), f"robot-{namespace}")

    async def run():
        async with watching(kubeconfig, namespaces=(namespace,)) as cluster:
            assert cluster.problems() == ()
            assert set(cluster.snapshot().namespaces) == {namespace}
            assert set(cluster.snapshot().workloads) == {namespace}
            assert len(cluster.snapshot().seen) == 3

            bed.patch("Namespace", namespace, None, {"metadata": {"annotations": {"sleepwalker.dev/floor": "2"}}})
            await until(lambda: cluster.snapshot().namespaces[namespace].wishes.floor == 2)
            await cluster.patch(
                namespace_ref(namespace), {"metadata": {"annotations": {"sleepwalker.dev/floor": "3"}}}, ""
            )
            await cluster.patch(ref(namespace, "web"), {"spec": {"replicas": 0}}, "")

    try:
        asyncio.run(run())
    finally:
        bed.delete("Deployment", "elsewhere", "default")


def test_at_rest_nothing_is_sent_but_the_watches(bed):
    async def run():
        async with watching(bed.kubeconfig) as cluster:
            await asyncio.sleep(0.3)
            before = cluster._session.requests.copy()  # noqa: SLF001 - what the metrics show
            await asyncio.sleep(2)
            assert cluster._session.requests == before  # noqa: SLF001
            assert {verb for verb, _ in before} == {"WATCH", "GET"}
            assert sum(before.values()) == 4 + 3, "four watches; the groups, and what is in the two of them"

    asyncio.run(run())


def test_ownership_is_given_back_to_who_applied(bed, namespace):
    web = objects.deployment("web", namespace, replicas=3)
    bed.apply(web, manager="helm")
    before = bed.get("Deployment", "web", namespace)["metadata"]["managedFields"]

    async def run():
        async with watching(bed.kubeconfig) as cluster:
            it = ref(namespace, "web")
            owners = cluster.snapshot().workload(it).owners
            for replicas in (0, 3):
                version = cluster.snapshot().workload(it).resource_version
                written = await cluster.patch(it, {"spec": {"replicas": replicas}}, version)
            after = given_back(written.managed_fields, owners)
            await cluster.patch(it, {"metadata": {"managedFields": after}}, written.resource_version)

    asyncio.run(run())

    assert bed.get("Deployment", "web", namespace)["metadata"]["managedFields"] == before
    more = copy.deepcopy(web)
    more["spec"]["replicas"] = 5
    [applied] = bed.apply(more, manager="helm")
    assert applied["spec"]["replicas"] == 5
