"""The in-memory cluster beyond its contract: what is loaded, what others do, what tests set up."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.adapters.memory import MemoryCluster
from sleepwalker.app.ports import Conflict, Missing, Rejected, Unavailable
from sleepwalker.app.simulate import VirtualClock
from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.core.fields import FieldOwner
from sleepwalker.core.targets import Ref

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEB = Ref("team", "Deployment", "web", "apps")


def cluster(*objects, with_status=True):
    made = MemoryCluster(bundled_recipes(), VirtualClock(NOON), with_status=with_status)
    made.load((thing, f"web.yaml:{line}") for line, thing in enumerate(objects, 1))
    return made


def deployment(name="web", spec=..., **metadata):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "team", **metadata},
        "spec": {"replicas": 3} if spec is ... else spec,
    }


def workload(of, ref=WEB):
    return of.snapshot().workload(ref)


# What is loaded


def test_a_namespace_that_nobody_wrote_is_there_for_its_workloads():
    loaded = cluster(deployment())

    assert loaded.snapshot().namespaces["team"].labels == {"kubernetes.io/metadata.name": "team"}
    assert loaded.problems() == ()


def test_a_namespace_that_comes_after_its_workloads_counts():
    named = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": {"tier": "dev"}}}

    loaded = cluster(deployment(), named)

    assert loaded.snapshot().namespaces["team"].labels["tier"] == "dev"
    assert loaded.problems() == ()


def test_without_a_namespace_it_is_the_default_one():
    loaded = cluster({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}})

    assert list(loaded.snapshot().workloads) == ["default"]


def test_a_kind_without_a_recipe_is_passed_over():
    loaded = cluster({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}})

    assert loaded.snapshot().workloads == {}
    assert loaded.problems() == ()


def test_a_group_that_only_looks_alike_is_another_kind():
    loaded = cluster({**deployment(), "apiVersion": "example.com/v1"})

    assert loaded.snapshot().workloads == {}


def test_of_two_with_one_name_the_last_counts_and_the_problem_says_where_both_stand():
    loaded = cluster(deployment(), deployment(spec={"replicas": 5}))

    assert workload(loaded).fields["/spec/replicas"] == 5
    [problem] = loaded.problems()
    assert problem.ref == WEB
    assert problem.message == "web.yaml:2: team/Deployment/web stands at web.yaml:1 as well; this one counts"


def test_it_was_not_created_just_now():
    assert workload(cluster(deployment())).created is None


def test_what_the_object_says_of_its_owners_is_kept():
    owned = [{"manager": "helm", "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}}]

    loaded = cluster(deployment(managedFields=owned))

    assert workload(loaded).owners["/spec/replicas"] == (FieldOwner("helm", "Apply"),)


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param(deployment(spec=None), id="spec null"),
        pytest.param(deployment(spec={}), id="spec empty"),
        pytest.param(deployment(spec={"replicas": None}), id="replicas null"),
        pytest.param(deployment(labels=None, annotations=None), id="labels and annotations null"),
        pytest.param(deployment(annotations={"a": None}), id="an annotation null"),
        pytest.param(deployment(managedFields="x", ownerReferences="x", finalizers=3), id="odd metadata"),
        pytest.param({**deployment(), "status": [1]}, id="odd status"),
        pytest.param(deployment(spec={"replicas": 3.0}), id="replicas a whole float"),
    ],
)
def test_what_is_only_odd_is_taken(thing):
    loaded = cluster(thing)

    assert workload(loaded)
    assert loaded.problems() == ()


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        pytest.param(deployment(spec={"replicas": "3"}), "its /spec/replicas is '3', not a number", id="text"),
        pytest.param(deployment(spec={"replicas": True}), "its /spec/replicas is True, not a number", id="bool"),
        pytest.param(deployment(spec={"replicas": 1.5}), "its /spec/replicas is 1.5, not a number", id="fraction"),
        pytest.param(deployment(spec={"replicas": -1}), "its /spec/replicas is -1; it can be 0 to", id="negative"),
        pytest.param(deployment(spec={"replicas": 2**40}), "it can be 0 to 2147483647", id="too many"),
        pytest.param(deployment(spec=[]), "its spec is [], not an object", id="spec a list"),
        pytest.param(deployment(spec="x"), "its spec is 'x', not an object", id="spec text"),
        pytest.param(deployment("{{ .name }}"), "fill in the placeholder", id="a placeholder for a name"),
        pytest.param(deployment("Web"), "its name 'Web' is none that Kubernetes takes", id="capital letters"),
        pytest.param(deployment("a/b"), "its name 'a/b' is none that Kubernetes takes", id="a slash"),
        pytest.param(deployment("w" * 254), "is none that Kubernetes takes", id="a name too long"),
        pytest.param(deployment(""), "its name '' is none", id="an empty name"),
        pytest.param(deployment(None), "its name None is none", id="no name"),
        pytest.param(deployment(7), "its name 7 is none", id="a number for a name"),
        pytest.param(deployment(namespace="$NS"), "fill in the placeholder", id="a placeholder for a namespace"),
        pytest.param(deployment(labels={"version": 1.0}), "version: 1.0, which is not text", id="a label's number"),
        pytest.param(deployment(annotations={"a": True}), "its annotations have a: True", id="an annotation's bool"),
        pytest.param(deployment(annotations=["a"]), "its annotations are ['a']", id="annotations a list"),
        pytest.param(deployment(annotations={"a": "x" * 2**20}), "at most 262144 are kept", id="annotations too long"),
        pytest.param({**deployment(), "metadata": None}, "it has no metadata", id="metadata null"),
        pytest.param({**deployment(), "metadata": "x"}, "it has no metadata", id="metadata text"),
        pytest.param({**deployment(), "metadata": {"generateName": "x-"}}, "only a generateName", id="generateName"),
        pytest.param(
            {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}, "spec": {"suspend": "no"}},
            "its /spec/suspend is 'no', neither true nor false",
            id="suspend text",
        ),
    ],
)
def test_what_an_api_server_would_refuse_is_left_out_with_a_sentence_and_its_place(thing, sentence):
    loaded = cluster(thing, deployment("other"))

    [problem] = loaded.problems()
    assert problem.message.startswith("web.yaml:1: ")
    assert sentence in problem.message
    assert [each.name for each in loaded.snapshot().workloads["team"]] == ["other"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
metadata = st.dictionaries(
    st.sampled_from(["name", "namespace", "labels", "annotations", "managedFields", "ownerReferences", "uid",
                     "generation", "creationTimestamp", "deletionTimestamp", "resourceVersion"]),
    json_values,
)  # fmt: skip


@given(
    metadata=metadata | json_values,
    spec=json_values | st.dictionaries(st.sampled_from(["replicas", "template"]), json_values),
    status=json_values,
)
def test_no_object_whatever_is_in_it_makes_it_stumble(metadata, spec, status):
    if isinstance(metadata, dict):
        metadata = {"name": "web", **metadata}
    thing = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec, "status": status}

    loaded = cluster(thing)

    assert bool(loaded.problems()) != bool(loaded.snapshot().workloads)


# What others do


def test_what_is_created_now_is_new():
    world = cluster()

    world.create(deployment())

    assert workload(world).created == NOON


def test_what_is_there_cannot_be_created():
    world = cluster(deployment())

    with pytest.raises(Conflict, match="team/Deployment/web exists already"):
        world.create(deployment())


def test_what_is_deleted_and_created_again_is_another_object():
    world = cluster(deployment())
    before = workload(world)
    world.delete(WEB)

    world.create(deployment())

    assert workload(world).uid != before.uid


def test_a_deleted_namespace_takes_its_workloads_with_it():
    world = cluster(deployment())

    world.delete(Ref("", "Namespace", "team"))

    assert world.snapshot().namespaces == {}
    assert world.snapshot().workloads == {}


def test_scaling_is_told_from_editing_by_its_subresource():
    world = cluster(deployment())

    world.scale(WEB, 5)

    [owner] = workload(world).owners["/spec/replicas"]
    assert (owner.manager, owner.subresource) == ("kubectl", "scale")


def test_a_cron_job_cannot_be_scaled():
    world = cluster({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"}})

    with pytest.raises(Missing):
        world.scale(Ref("default", "CronJob", "a", "batch"), 1)


def test_an_apply_with_the_same_value_shares_the_field():
    world = cluster(deployment())

    world.apply(deployment(), "helm")

    owners = workload(world).owners["/spec/replicas"]
    assert {each.manager for each in owners} == {"helm", "kubectl-client-side-apply"}


def test_an_apply_with_another_value_is_a_conflict_that_names_field_and_owner():
    world = cluster(deployment())

    with pytest.raises(Conflict, match=r"\.spec\.replicas of kubectl-client-side-apply"):
        world.apply(deployment(spec={"replicas": 5}), "helm")


def test_a_forced_apply_takes_the_field():
    world = cluster(deployment())

    world.apply(deployment(spec={"replicas": 5}), "helm", force=True)

    seen = workload(world)
    assert seen.fields["/spec/replicas"] == 5
    assert [each.manager for each in seen.owners["/spec/replicas"]] == ["helm"]


def test_what_an_apply_no_longer_names_goes_away():
    world = cluster()
    world.apply(deployment(annotations={"a": "1", "b": "2"}), "helm")

    world.apply(deployment(annotations={"b": "2"}), "helm")

    assert world.raw(WEB)["metadata"]["annotations"] == {"b": "2"}


def test_what_an_apply_no_longer_names_stays_if_somebody_else_owns_it():
    world = cluster()
    world.apply(deployment(), "helm")
    world.apply(deployment(), "argo")

    world.apply(deployment(spec={}), "helm")

    assert [each.manager for each in workload(world).owners["/spec/replicas"]] == ["argo"]


def test_a_night_and_a_tidying_up_leave_nothing_behind():
    world = cluster()
    world.apply(deployment(), "helm")
    before = world.raw(WEB)

    async def night():
        asleep = {"spec": {"replicas": 0}, "metadata": {"annotations": {"sleepwalker.dev/asleep": "{}"}}}
        awake = {"spec": {"replicas": 3}, "metadata": {"annotations": {"sleepwalker.dev/asleep": None}}}
        await world.patch(WEB, asleep, "")
        await world.patch(WEB, awake, "")
        await world.patch(WEB, {"metadata": {"managedFields": before["metadata"]["managedFields"]}}, "")

    asyncio.run(night())

    after = world.raw(WEB)
    assert after["spec"] == before["spec"]
    assert "annotations" not in after["metadata"]
    assert after["metadata"]["managedFields"] == before["metadata"]["managedFields"]


def test_the_managers_time_is_that_of_its_last_change():
    clock = VirtualClock(NOON)
    world = MemoryCluster(bundled_recipes(), clock)
    world.create(deployment())
    clock.at += timedelta(hours=1)

    world.scale(WEB, 4)

    assert workload(world).owners["/spec/replicas"][0].time == "2026-11-24T13:00:00Z"


def test_only_a_changed_spec_is_a_new_generation():
    world = cluster(deployment())

    world.annotate(WEB, {"a": "b"})
    annotated = world.raw(WEB)["metadata"]["generation"]
    world.scale(WEB, 4)

    assert annotated == 1
    assert world.raw(WEB)["metadata"]["generation"] == 2


def test_what_changes_nothing_is_no_change():
    world = cluster(deployment())
    world.take_changed()

    world.update(WEB, {"spec": {"replicas": 3}}, "kubectl-edit")

    assert world.take_changed() == frozenset()


def test_with_a_status_it_is_ready_as_soon_as_it_is_written():
    world = cluster(deployment())

    world.scale(WEB, 9)

    assert workload(world).ready
    assert not workload(world).rolling


def test_without_a_status_it_is_not_ready():
    assert not workload(cluster(deployment(), with_status=False)).ready


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"spec": None}, id="no spec: the default comes back"),
        pytest.param({"spec": {"replicas": None}}, id="no replicas: the default comes back"),
    ],
)
def test_a_field_that_is_taken_away_has_its_default(body):
    world = cluster(deployment())

    world.update(WEB, body, "kubectl-edit")

    assert workload(world).fields["/spec/replicas"] == 1


def test_names_and_versions_are_not_for_people_to_write():
    world = cluster(deployment())
    before = world.raw(WEB)["metadata"]
    theirs = {"uid": "x", "name": "y", "creationTimestamp": "z", "labels": {"a": "b"}}
    world.update(WEB, {"metadata": theirs}, "kubectl")
    world.update(
        WEB, {"metadata": {"uid": "x", "name": "y", "creationTimestamp": "z", "labels": {"a": "b"}}}, "kubectl"
    )

    after = world.raw(WEB)["metadata"]
    assert (after["uid"], after["name"]) == (before["uid"], "web")
    assert "creationTimestamp" not in after


def test_a_change_that_would_be_refused_changes_nothing():
    world = cluster(deployment())
    before = world.raw(WEB)

    with pytest.raises(Rejected):
        world.annotate(WEB, {"a": 1})

    assert world.raw(WEB) == before


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda world: world.create(deployment("Other")), id="create"),
        pytest.param(lambda world: world.apply(deployment("Other"), "helm"), id="apply what is new"),
        pytest.param(lambda world: world.apply(deployment(spec={"replicas": -1}), "helm", force=True), id="apply"),
        pytest.param(lambda world: world.update(WEB, {"metadata": None}, "kubectl"), id="take the metadata away"),
        pytest.param(lambda world: world.update(WEB, {"spec": {"replicas": "x"}}, "kubectl"), id="text for a number"),
    ],
)
def test_what_cannot_be_is_rejected(act):
    world = cluster(deployment())

    with pytest.raises(Rejected, match="team/Deployment/"):
        act(world)


def test_an_unknown_subresource_is_missing():
    world = cluster(deployment())

    with pytest.raises(Missing, match="has no subresource exec"):
        world.update(WEB, {"spec": {}}, "kubectl", "exec")


def test_what_is_missing_cannot_be_read():
    with pytest.raises(Missing, match="team/Deployment/web does not exist"):
        cluster().raw(WEB)


# What tests set up


def test_a_failure_instead_of_a_write_writes_nothing():
    world = cluster(deployment())
    world.fail_next(Unavailable("no answer"))

    with pytest.raises(Unavailable):
        asyncio.run(world.patch(WEB, {"spec": {"replicas": 0}}, ""))

    assert workload(world).fields["/spec/replicas"] == 3


def test_a_failure_after_a_write_has_written():
    world = cluster(deployment())
    world.fail_next(Unavailable("no answer"), written=True)

    with pytest.raises(Unavailable):
        asyncio.run(world.patch(WEB, {"spec": {"replicas": 0}}, ""))

    assert workload(world).fields["/spec/replicas"] == 0


def test_a_failure_is_for_one_object_and_one_patch():
    world = cluster(deployment(), deployment("other"))
    world.fail_next(Unavailable("no answer"), WEB)
    other = Ref("team", "Deployment", "other", "apps")

    asyncio.run(world.patch(other, {"spec": {"replicas": 0}}, ""))
    with pytest.raises(Unavailable):
        asyncio.run(world.patch(WEB, {"spec": {"replicas": 0}}, ""))
    asyncio.run(world.patch(WEB, {"spec": {"replicas": 0}}, ""))

    assert workload(world).fields["/spec/replicas"] == 0


def test_a_look_does_not_change_when_the_cluster_does():
    world = cluster(deployment())
    before = world.snapshot()

    world.scale(WEB, 9)
    world.delete(WEB)

    assert before.workload(WEB).fields["/spec/replicas"] == 3


def test_the_same_deeds_give_the_same_cluster():
    def lived():
        world = cluster(deployment())
        world.scale(WEB, 2)
        world.create(deployment("new"))
        return world.snapshot()

    assert lived() == lived()
