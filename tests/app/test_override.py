"""Overrides: whom a person names, and what is written."""

from __future__ import annotations

import pytest

from sleepwalker.app.override import Override, TargetError, allowed, annotations_of, parse_target, write_override
from sleepwalker.app.ports import Missing
from sleepwalker.core.policy import NamespaceSelector
from sleepwalker.core.targets import Ref, namespace_ref
from tests.builders import HOUR, NIGHT, NO_POLICY, namespace, policies, policy, ref
from tests.fakes import WiredCluster, deployment, run

KINDS = [("apps", "Deployment"), ("apps", "StatefulSet"), ("batch", "CronJob"), ("", "ReplicationController")]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("ns/team", namespace_ref("team")),
        ("namespace/team", namespace_ref("team")),
        ("namespaces/team", namespace_ref("team")),
        ("team/Deployment/web", ref()),
        ("team/deployment/web", ref()),
        ("team/deployments/web", ref()),
        ("team/deploy/web", ref()),
        ("team/deployments.apps/web", ref()),
        ("team/sts/web", ref(kind="StatefulSet")),
        ("team/CJ/web", ref(kind="CronJob")),
        ("ns/deploy/web", ref(namespace="ns")),
        ("team/replicationcontroller/web", Ref("team", "ReplicationController", "web")),
    ],
)
def test_a_target_is_named(text, target):
    assert parse_target(text, KINDS) == target


@pytest.mark.parametrize(
    "text", ["", "team", "ns/", "team/web", "/deployment/web", "team//web", "team/deployment/", "a/b/c/d", "/"]
)
def test_what_names_no_target_is_refused_with_an_example(text):
    with pytest.raises(TargetError, match="is not like 'ns/team-a' or 'team-a/deployment/web'"):
        parse_target(text, KINDS)


def test_a_kind_that_cannot_sleep_is_refused_with_those_that_can():
    with pytest.raises(
        TargetError, match="there is no kind 'pods' that can sleep; there are Deployment, StatefulSet, CronJob"
    ):
        parse_target("team/pods/web", KINDS)


@pytest.fixture
def cluster():
    made = WiredCluster(NIGHT)
    made.create(deployment())
    return made


def annotations(cluster, it):
    return cluster.raw(it)["metadata"].get("annotations", {})


@pytest.mark.parametrize("target", [ref(), namespace_ref("team")], ids=["a workload", "a namespace"])
def test_an_override_is_written_and_cleared(cluster, target):
    before = annotations(cluster, target)

    run(write_override(cluster, target, Override(awake=True, until=NIGHT + HOUR, by="alice", reason="demo")))
    written = annotations(cluster, target)
    run(write_override(cluster, target, None))

    assert written == before | {
        "sleepwalker.dev/keep-awake-until": "2026-11-24T23:00:00Z",
        "sleepwalker.dev/override-by": "alice",
        "sleepwalker.dev/override-reason": "demo",
    }
    assert annotations(cluster, target) == before


def test_a_new_override_takes_the_place_of_the_old_one(cluster):
    run(write_override(cluster, ref(), Override(awake=True, until=NIGHT + HOUR, by="alice", reason="demo")))

    run(write_override(cluster, ref(), Override(awake=False, until=NIGHT + HOUR, by="bob")))

    assert annotations(cluster, ref()) == {
        "team": "a",
        "sleepwalker.dev/asleep-until": "2026-11-24T23:00:00Z",
        "sleepwalker.dev/override-by": "bob",
    }


def test_an_override_of_nothing_is_refused(cluster):
    with pytest.raises(Missing):
        run(write_override(cluster, ref("gone"), Override(awake=True, until=NIGHT, by="alice")))


LONG = Override(awake=True, until=NIGHT + 3 * HOUR, by="alice")
REFUSED = "policy office allows overrides of 2h: until 2026-11-25T00:00:00Z"


@pytest.mark.parametrize(
    ("by", "home", "because"),
    [
        pytest.param(policies(policy(max_override=2 * HOUR)), namespace(), REFUSED, id="too long"),
        pytest.param(policies(policy(max_override=3 * HOUR)), namespace(), "", id="just as long as is allowed"),
        pytest.param(policies(), namespace(), "", id="nobody says how long"),
        pytest.param(NO_POLICY, namespace(), "", id="no policy"),
        pytest.param(
            policies(policy(max_override=2 * HOUR), policy("strict", max_override=HOUR, priority=9)),
            namespace(annotations={"policy": "office"}),
            REFUSED,
            id="the policy that the namespace names",
        ),
        pytest.param(
            policies(
                policy(max_override=2 * HOUR),
                policy("other", namespaces=NamespaceSelector(names=("other",)), priority=9),
            ),
            namespace(),
            REFUSED,
            id="only policies of this namespace",
        ),
    ],
)
def test_a_policy_may_bound_how_long_an_override_lasts(by, home, because):
    assert allowed(NIGHT, LONG, home, by) == because


def test_taking_back_names_every_annotation_of_an_override():
    assert annotations_of(None) == {
        "sleepwalker.dev/keep-awake-until": None,
        "sleepwalker.dev/asleep-until": None,
        "sleepwalker.dev/override-by": None,
        "sleepwalker.dev/override-reason": None,
    }
