"""Giving fields back to who owned them: lists as an API server shows them (facts/bench.md)."""

from __future__ import annotations

from copy import deepcopy

import pytest

from sleepwalker.core.ownership import given_back, owners_of
from sleepwalker.core.targets import FieldOwner
from tests.builders import HELM, KUBECTL_SCALE, OURS, REPLICAS

TIME = "2026-11-24T20:00:01Z"


def entry(manager, fields, operation="Update", *, subresource="", time=TIME, api="apps/v1"):
    made = {
        "manager": manager,
        "operation": operation,
        "apiVersion": api,
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return {**made, "subresource": subresource} if subresource else made


def spec(*names):
    return {"f:spec": {f"f:{name}": {} for name in names}}


HELM_WITHOUT = entry("helm", spec("template"), "Apply", time=HELM.time)
HELM_WITH = entry("helm", spec("template", "replicas"), "Apply", time=HELM.time)
OURS_WITH = entry("sleepwalker", spec("replicas"))


@pytest.mark.parametrize(
    ("managed", "owners"),
    [
        ([], ()),
        ([HELM_WITHOUT], ()),
        ([HELM_WITH, OURS_WITH], (HELM, OURS)),
        (
            [entry("kubectl", spec("replicas"), subresource="scale", time=KUBECTL_SCALE.time, api="autoscaling/v1")],
            (KUBECTL_SCALE,),
        ),
        (["odd", {}, {"manager": "x", "fieldsV1": None}, {"fieldsV1": {"f:spec": []}}], ()),
    ],
)
def test_who_owns_a_field(managed, owners):
    assert owners_of(managed, REPLICAS) == owners


def test_a_field_goes_back_into_its_former_owners_entry():
    made = given_back([HELM_WITHOUT, OURS_WITH], {REPLICAS: (HELM,)})

    assert made == [HELM_WITH]


def test_what_is_given_is_not_changed_in_place():
    managed = [HELM_WITHOUT, OURS_WITH]
    before = deepcopy(managed)

    given_back(managed, {REPLICAS: (HELM,)})

    assert managed == before


def test_a_former_owner_whose_entry_is_gone_gets_a_new_one():
    made = given_back([OURS_WITH], {REPLICAS: (KUBECTL_SCALE,)})

    assert made == [
        entry("kubectl", spec("replicas"), subresource="scale", time=KUBECTL_SCALE.time, api="autoscaling/v1")
    ]


def test_a_former_owner_without_version_takes_ours_and_without_time_has_none():
    made = given_back([OURS_WITH], {REPLICAS: (FieldOwner("helm", "Apply"),)})

    expected = entry("helm", spec("replicas"), "Apply")
    del expected["time"]
    assert made == [expected]


def test_what_else_is_ours_stays_ours():
    annotations = {"f:metadata": {"f:annotations": {"f:x": {}}}}
    ours = entry("sleepwalker", {**spec("replicas", "paused"), **annotations})

    made = given_back([HELM_WITHOUT, ours], {REPLICAS: (HELM,)})

    assert made == [HELM_WITH, entry("sleepwalker", {**spec("paused"), **annotations})]


def test_a_map_of_which_only_the_dot_is_left_goes_as_well():
    ours = entry("sleepwalker", {"f:spec": {".": {}, "f:replicas": {}}})

    made = given_back([HELM_WITHOUT, ours], {REPLICAS: (HELM,)})

    assert made == [HELM_WITH]


def test_a_field_that_nobody_had_is_nobodys_again():
    made = given_back([HELM_WITHOUT, OURS_WITH], {REPLICAS: ()})

    assert made == [HELM_WITHOUT]


def test_we_are_no_former_owner_of_our_own():
    made = given_back([OURS_WITH], {REPLICAS: (OURS, HELM)})

    assert made == [entry("helm", spec("replicas"), "Apply", time=HELM.time)]


@pytest.mark.parametrize(
    ("managed", "owners"),
    [
        pytest.param([HELM_WITH], {REPLICAS: (HELM,)}, id="given back already"),
        pytest.param([entry("kubectl", spec("replicas"))], {REPLICAS: (HELM,)}, id="somebody has taken it since"),
        pytest.param([OURS_WITH], {}, id="nothing owed"),
        pytest.param([], {REPLICAS: (HELM,)}, id="no list"),
    ],
)
def test_there_is_nothing_to_give_back(managed, owners):
    assert given_back(managed, owners) is None


def test_the_others_keep_their_order_and_their_times():
    other = entry(
        "kube-controller-manager", {"f:status": {"f:replicas": {}}}, subresource="status", time="2026-11-24T21:00:00Z"
    )

    made = given_back([other, OURS_WITH, HELM_WITHOUT], {REPLICAS: (HELM,)})

    assert made == [other, HELM_WITH]
