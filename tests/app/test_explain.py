"""Why a workload is as it is."""

from __future__ import annotations

import pytest

from sleepwalker.app.explain import explain, find
from sleepwalker.core.instants import show_instant
from tests.builders import (
    EVENING,
    HOUR,
    NEXT_MORNING,
    NIGHT,
    NO_POLICY,
    asleep,
    cronjob,
    namespace,
    policies,
    ref,
    snapshot,
    workload,
)

LAYERS = ["protected", "override", "namespace override", "annotation", "namespace annotation", "named policy", "policy"]


def test_every_layer_has_its_say_and_one_decides():
    it = workload(annotations={"keep-awake-until": show_instant(NIGHT + HOUR)})

    made = explain(NIGHT, it, snapshot(it), policies())

    assert [each.layer for each in made.layers] == LAYERS
    assert (made.decision.layer, made.decision.awake) == ("override", True)
    assert made.now.startswith("override keep-awake-until")


def test_it_says_what_would_be_done_now():
    it = workload()

    made = explain(NIGHT, it, snapshot(it), policies())

    assert made.now.startswith("sleep: policy office:")


def test_the_next_changes_are_those_of_awake_and_asleep():
    it = asleep()

    made = explain(NIGHT, it, snapshot(it), policies(), count=3)

    assert [(each.at, each.awake) for each in made.next] == [
        (NEXT_MORNING, True),
        (NEXT_MORNING + 12 * HOUR, False),
        (NEXT_MORNING + 24 * HOUR, True),
    ]


def test_an_override_that_ends_when_nothing_changes_is_no_change():
    it = workload(annotations={"asleep-until": show_instant(NIGHT + HOUR)})

    made = explain(NIGHT, it, snapshot(it), policies(), count=1)

    assert made.next[0].at == NEXT_MORNING


@pytest.mark.parametrize("by", [NO_POLICY], ids=["nobody says anything"])
def test_what_never_changes_has_no_next(by):
    it = workload()

    made = explain(EVENING, it, snapshot(it), by)

    assert made.next == ()


LOOK = snapshot(workload("web"), cronjob("report"), namespace("empty"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("deployment", "web"),
        ("Deployments", "web"),
        ("deploy", "web"),
        ("deployments.apps", "web"),
        ("", "web"),
        ("cj", "report"),
    ],
)
def test_a_workload_is_found_as_people_name_it(kind, name):
    found, hint = find(LOOK, kind, "team", name)

    assert found.ref.name == name
    assert hint == ""


@pytest.mark.parametrize(
    ("kind", "home", "name", "hint"),
    [
        ("deploy", "team", "wbe", "there is no deploy 'wbe' in namespace 'team'; is Deployment/web meant?"),
        ("", "team", "zzzzz", "there is no workload 'zzzzz' in namespace 'team'"),
        ("sts", "team", "web", "there is no sts 'web' in namespace 'team'; is Deployment/web meant?"),
        ("deploy", "teem", "web", "there is no namespace 'teem'; is 'team' meant?"),
        ("deploy", "zzz", "web", "there is no namespace 'zzz'"),
        ("deploy", "empty", "web", "there is no deploy 'web' in namespace 'empty'"),
    ],
)
def test_what_is_not_there_is_told_with_what_was_perhaps_meant(kind, home, name, hint):
    assert find(LOOK, kind, home, name) == (None, hint)


def test_what_is_explained_is_named():
    it = workload()

    assert explain(NIGHT, it, snapshot(it), policies()).ref == ref()
