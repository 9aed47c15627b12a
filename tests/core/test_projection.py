"""What of an object, as the API server shows it, a decision sees; odd objects too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.core.annotations import NO_WISHES
from sleepwalker.core.projection import project, project_namespace
from sleepwalker.core.record import show_record
from sleepwalker.core.targets import NO_DEMAND, Demand, Ref
from tests.builders import HELM, LONG_AGO, REPLICAS, SUSPEND, prefixed, recipe, record


def deployment(**spec):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "team",
            "uid": "u-1",
            "resourceVersion": "42",
            "generation": 2,
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": "web"},
        },
        "spec": {"replicas": 3, **spec},
        "status": {"observedGeneration": 2, "availableReplicas": 3, "updatedReplicas": 3, "replicas": 3},
    }


def changed(thing, **parts):
    return {**thing, **parts}


def with_metadata(**parts):
    thing = deployment()
    return changed(thing, metadata={**thing["metadata"], **parts})


def test_a_deployment_is_seen():
    made = project(deployment(), recipe())

    assert made.ref == Ref("team", "Deployment", "web", "apps")
    assert (made.uid, made.resource_version, made.created) == ("u-1", "42", LONG_AGO)
    assert made.labels == {"app": "web"}
    assert made.fields == {REPLICAS: 3}
    assert made.replicas == 3
    assert made.wishes is NO_WISHES
    assert made.record is None
    assert (made.ready, made.rolling, made.critical, made.deleting) == (True, False, False, False)


def test_its_record_is_read():
    thing = with_metadata(annotations=prefixed({"asleep": show_record(record(5))}))

    made = project(thing, recipe())

    assert made.record == record(5)
    assert made.wishes is NO_WISHES


@pytest.mark.parametrize("text", ["{", "", 5, None, ["x"]], ids=repr)
def test_a_record_that_cannot_be_read_is_told(text):
    made = project(with_metadata(annotations=prefixed({"asleep": text})), recipe())

    assert made.record is None
    assert bool(made.record_wrong) is (text is not None)


@pytest.mark.parametrize(
    ("status", "ready", "rolling"),
    [
        pytest.param({}, False, False, id="nobody reports anything"),
        pytest.param(
            {"observedGeneration": 2, "availableReplicas": 3, "updatedReplicas": 3, "replicas": 3},
            True,
            False,
            id="done",
        ),
        pytest.param(
            {"observedGeneration": 2, "availableReplicas": 2, "updatedReplicas": 3, "replicas": 3},
            False,
            False,
            id="not ready",
        ),
        pytest.param(
            {"observedGeneration": 1, "availableReplicas": 3, "updatedReplicas": 3, "replicas": 3},
            True,
            True,
            id="not seen yet",
        ),
        pytest.param(
            {"observedGeneration": 2, "availableReplicas": 3, "updatedReplicas": 1, "replicas": 3},
            True,
            True,
            id="half way",
        ),
        pytest.param(
            {"observedGeneration": 2, "availableReplicas": 3, "updatedReplicas": 3, "replicas": 4},
            True,
            True,
            id="old ones left",
        ),
    ],
)
def test_its_status_says_whether_it_is_ready_or_rolling(status, ready, rolling):
    made = project(changed(deployment(), status=status), recipe())

    assert (made.ready, made.rolling) == (ready, rolling)


def test_owners_of_its_fields_are_read():
    entry = {
        "manager": "helm",
        "operation": "Apply",
        "apiVersion": "apps/v1",
        "time": HELM.time,
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
    }

    made = project(with_metadata(managedFields=[entry, {"manager": "x"}, "odd"]), recipe())

    assert made.owners == {REPLICAS: (HELM,)}


@pytest.mark.parametrize(
    ("references", "owner"),
    [
        (
            [{"apiVersion": "example.com/v1", "kind": "Thing", "name": "t", "controller": True}],
            Ref("team", "Thing", "t", "example.com"),
        ),
        ([{"apiVersion": "v1", "kind": "Thing", "name": "t", "controller": True}], Ref("team", "Thing", "t")),
        ([{"kind": "Thing", "name": "t"}, "odd", {"controller": "true"}], None),
        ("odd", None),
        (None, None),
    ],
)
def test_its_controller_is_read(references, owner):
    made = project(with_metadata(ownerReferences=references), recipe())

    assert made.controller == owner


def container(requests=None, limits=None):
    return {"resources": {"requests": requests, "limits": limits}}


@pytest.mark.parametrize(
    ("spec", "demand"),
    [
        pytest.param({}, NO_DEMAND, id="nothing"),
        pytest.param({"containers": [container({"cpu": "500m", "memory": "1Gi"})]}, Demand(0.5, 2**30), id="requests"),
        pytest.param({"containers": [container(None, {"cpu": "2"})]}, Demand(2.0), id="limits stand for requests"),
        pytest.param({"containers": [container({"cpu": "1"}, {"cpu": "2"})]}, Demand(1.0), id="but requests count"),
        pytest.param(
            {"containers": [container({"cpu": 1}), container({"cpu": 0.5})]}, Demand(1.5), id="containers together"
        ),
        pytest.param(
            {
                "containers": [container({"cpu": "1"})],
                "initContainers": [container({"cpu": "3"}), container({"cpu": "2"})],
            },
            Demand(3.0),
            id="the largest init container, if that is more",
        ),
        pytest.param(
            {"containers": [container({"nvidia.com/gpu": "4", "hugepages-2Mi": "1Gi", "cpu": "1"})]},
            Demand(1.0, 0, (("nvidia.com/gpu", 4.0),)),
            id="accelerators",
        ),
        pytest.param(
            {"containers": [None, 5, {"resources": []}, container({"cpu": ["1"], "memory": "much"})]},
            NO_DEMAND,
            id="odd",
        ),
        pytest.param({"containers": {"a": "b"}, "initContainers": "x"}, NO_DEMAND, id="no lists"),
    ],
)
def test_what_one_replica_asks_for(spec, demand):
    made = project(deployment(template={"spec": spec}), recipe())

    assert made.demand == demand


@pytest.mark.parametrize(
    ("name", "critical"),
    [
        ("system-cluster-critical", True),
        ("system-node-critical", True),
        ("high", False),
        (None, False),
        (["a"], False),
        ({"a": 1}, False),
    ],
)
def test_a_critical_priority_class_is_seen(name, critical):
    made = project(deployment(template={"spec": {"priorityClassName": name}}), recipe())

    assert made.critical is critical


def test_an_object_that_is_going_away_is_seen():
    assert project(with_metadata(deletionTimestamp="2026-01-01T00:00:00Z"), recipe()).deleting


@pytest.mark.parametrize("text", ["long ago", "", None, 5])
def test_an_object_whose_age_cannot_be_read_is_not_new(text):
    assert project(with_metadata(creationTimestamp=text), recipe()).created is None


def test_true_and_one_are_told_apart_whatever_was_seen_before():
    odd = project(deployment(replicas=True), recipe())
    plain = project(deployment(replicas=1), recipe())

    assert odd.fields[REPLICAS] is True
    assert type(plain.fields[REPLICAS]) is int
    assert (
        project(deployment(template={"spec": {"containers": [container({"cpu": True})]}}), recipe()).demand == NO_DEMAND
    )
    assert (
        project(deployment(template={"spec": {"containers": [container({"cpu": 1})]}}), recipe()).demand.cpu_cores
        == 1.0
    )


def test_objects_that_say_the_same_share_what_they_say():
    one, two = project(deployment(), recipe()), project(deployment(), recipe())

    assert one.fields is two.fields
    assert one.labels is two.labels


def test_a_cronjob_is_seen():
    thing = {"metadata": {"name": "report", "namespace": "team"}, "spec": {"suspend": False}}

    made = project(thing, recipe("CronJob"))

    assert made.fields == {SUSPEND: False}
    assert made.ready
    assert (made.replicas, made.created, made.demand) == (0, None, NO_DEMAND)


def test_a_namespace_is_seen():
    thing = {
        "metadata": {
            "name": "team",
            "resourceVersion": "7",
            "labels": {"tier": "dev"},
            "annotations": prefixed({"floor": "1"}),
        }
    }

    made = project_namespace(thing)

    assert (made.name, made.resource_version, made.labels, made.wishes.floor) == ("team", "7", {"tier": "dev"}, 1)


odd_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([10**400, "2026-13-01T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "metadata",
    "spec",
    "status",
    "labels",
    "annotations",
    "managedFields",
    "ownerReferences",
    "replicas",
    "template",
    "containers",
]
odd_objects = st.dictionaries(
    st.sampled_from(["metadata", "spec", "status"]),
    st.dictionaries(st.sampled_from([*KEYS, "name", "generation"]), odd_values),
)


@given(thing=odd_objects, kind=st.sampled_from(["Deployment", "StatefulSet", "CronJob"]))
def test_the_oddest_object_is_seen_without_raising(thing, kind):
    made = project(thing, recipe(kind))

    assert made.ref.kind == kind


@given(thing=odd_objects)
def test_the_oddest_namespace_is_seen_without_raising(thing):
    assert isinstance(project_namespace(thing).name, str)
