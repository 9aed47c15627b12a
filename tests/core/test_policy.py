"""Which policy holds for which workload."""

from __future__ import annotations

import pytest

from sleepwalker.core.policy import NamespaceSelector, WorkloadSelector, ordered
from tests.builders import cronjob, namespace, policies, policy, ref, workload


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        (NamespaceSelector(), True),
        (NamespaceSelector(names=("team-*",)), True),
        (NamespaceSelector(names=("other", "team-a")), True),
        (NamespaceSelector(names=("team",)), False),
        (NamespaceSelector(names=("team-*",), exclude=("team-a",)), False),
        (NamespaceSelector(exclude=("*",)), False),
        (NamespaceSelector({"tier": "dev"}), True),
        (NamespaceSelector({"tier": "prod"}), False),
        (NamespaceSelector({"tier": "dev", "x": "y"}), False),
    ],
)
def test_a_namespace_is_selected_by_name_and_labels(selector, selects):
    assert selector.selects(namespace("team-a", labels={"tier": "dev"})) is selects


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        (WorkloadSelector(), True),
        (WorkloadSelector(frozenset({"CronJob"})), True),
        (WorkloadSelector(frozenset({"Deployment"})), False),
        (WorkloadSelector(match_labels={"app": "x"}), True),
        (WorkloadSelector(match_labels={"app": "y"}), False),
    ],
)
def test_a_workload_is_selected_by_kind_and_labels(selector, selects):
    assert selector.selects(cronjob(labels={"app": "x"})) is selects


def test_policies_are_asked_by_priority_then_by_name():
    asked = ordered((policy("c"), policy("b", priority=1), policy("a"), policy("d", priority=-1)))

    assert [each.name for each in asked] == ["b", "a", "c", "d"]


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("kube-system", "protected: kube-system"),
        ("kube-public", "protected: kube-public"),
        ("kube-node-lease", "protected: kube-node-lease"),
        ("sleepwalker", "protected: sleepwalker"),
        ("infra-1", "protected: infra-1 (settings)"),
        ("kube-green", None),
    ],
)
def test_some_namespaces_never_sleep(name, because):
    by = policies(protected=("infra-*",), itself=ref("sleepwalker", "sleepwalker"))

    assert by.protects(name) == because


@pytest.mark.parametrize(("name", "hint"), [("offise", "; is 'office' meant?"), ("zzz", "")])
def test_a_name_that_is_nearly_one_is_hinted_at(name, hint):
    assert policies().near(name) == hint


def test_a_kind_without_recipe_has_none():
    assert policies().recipe(workload(ref=ref(kind="Job")).ref) is None
