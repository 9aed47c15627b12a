"""Who decides, when several layers have an opinion."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from sleepwalker.core.calendar import Calendar
from sleepwalker.core.decision import Decider
from sleepwalker.core.instants import show_instant
from sleepwalker.core.policy import NamespaceSelector
from tests.builders import (
    EVENING,
    HOUR,
    MORNING,
    NEXT_MORNING,
    NIGHT,
    NO_POLICY,
    NOON,
    namespace,
    policies,
    policy,
    ref,
    workload,
)
from tests.strategies import instants, policy_sets, snapshots

LATER = show_instant(NIGHT + HOUR)
AWAKE, ASLEEP = "always", "never"


def decide(own=None, shared=None, by=None, now=NIGHT):
    return Decider(now, by or policies()).decide(workload(annotations=own), namespace(annotations=shared))


PROTECTED = ({"protected": "true"}, {})
KEEP = ({"keep-awake-until": LATER}, {})
SLEEP = ({"asleep-until": LATER}, {})
KEEP_ALL = ({}, {"keep-awake-until": LATER})
SLEEP_ALL = ({}, {"asleep-until": LATER})
UP, DOWN = ({"uptime": AWAKE}, {}), ({"uptime": ASLEEP}, {})
UP_ALL, DOWN_ALL = ({}, {"uptime": AWAKE}), ({}, {"uptime": ASLEEP})
NAMED_UP, NAMED_DOWN = ({"policy": "up"}, {}), ({"policy": "down"}, {})


@pytest.mark.parametrize(
    ("higher", "lower", "layer", "awake"),
    [
        pytest.param(PROTECTED, SLEEP, "protected", True, id="protected before an override"),
        pytest.param(KEEP, SLEEP_ALL, "override", True, id="an override before the namespace's"),
        pytest.param(SLEEP, KEEP_ALL, "override", False, id="an override before the namespace's, to sleep"),
        pytest.param(KEEP_ALL, DOWN, "namespace override", True, id="the namespace's override before an annotation"),
        pytest.param(
            SLEEP_ALL, UP, "namespace override", False, id="the namespace's override before an annotation, to sleep"
        ),
        pytest.param(UP, DOWN_ALL, "annotation", True, id="an annotation before the namespace's"),
        pytest.param(DOWN, UP_ALL, "annotation", False, id="an annotation before the namespace's, to sleep"),
        pytest.param(
            UP_ALL, NAMED_DOWN, "namespace annotation", True, id="the namespace's annotation before a named policy"
        ),
        pytest.param(DOWN_ALL, NAMED_UP, "namespace annotation", False, id="the same, to sleep"),
        pytest.param(NAMED_UP, ({}, {}), "named policy", True, id="a named policy before a matching one"),
        pytest.param(({}, {}), ({}, {}), "policy", False, id="a matching policy, where nothing else speaks"),
    ],
)
def test_the_higher_of_two_layers_decides(higher, lower, layer, awake):
    by = policies(policy("office"), policy("up", AWAKE, priority=-1), policy("down", ASLEEP, priority=-1))

    made = decide({**lower[0], **higher[0]}, {**lower[1], **higher[1]}, by)

    assert (made.layer, made.awake) == (layer, awake)


@pytest.mark.parametrize(
    ("first", "second", "decides"),
    [
        pytest.param(policy("b", priority=5), policy("a"), "b", id="highest priority"),
        pytest.param(policy("b"), policy("a"), "a", id="then by name"),
        pytest.param(
            policy("a", namespaces=NamespaceSelector(names=("other",))), policy("b"), "b", id="only where it selects"
        ),
    ],
)
def test_of_the_matching_policies_one_decides(first, second, decides):
    made = decide(by=policies(first, second))

    assert made.because.startswith(f"policy {decides}:")


@pytest.mark.parametrize(
    ("own", "shared", "decides"),
    [
        pytest.param({"policy": "up"}, {"policy": "down"}, "policy up:", id="the object's"),
        pytest.param({}, {"policy": "down"}, "policy down:", id="the namespace's"),
    ],
)
def test_the_nearest_name_of_a_policy_counts(own, shared, decides):
    made = decide(own, shared, policies(policy("up", AWAKE), policy("down", ASLEEP)))

    assert made.because.startswith(decides)


@pytest.mark.parametrize(
    ("uptime", "downtime", "awake"),
    [
        (AWAKE, None, True),
        (ASLEEP, None, False),
        (None, AWAKE, False),
        (None, ASLEEP, True),
        (AWAKE, AWAKE, False),
        (AWAKE, ASLEEP, True),
        (ASLEEP, ASLEEP, False),
    ],
)
def test_at_one_layer_it_is_awake_in_uptime_and_not_in_downtime(uptime, downtime, awake):
    annotations = {k: v for k, v in (("uptime", uptime), ("downtime", downtime)) if v}

    made = decide(annotations)

    assert made.awake is awake


@pytest.mark.parametrize(
    ("own", "shared", "awake"),
    [
        pytest.param({"protected": "false"}, {"protected": "true"}, False, id="the object says that it is not"),
        pytest.param({}, {"protected": "true"}, True, id="the namespace says so"),
        pytest.param({}, {"protected": "false"}, False, id="the namespace says no"),
        pytest.param(
            {"protected": "true"}, {"protected": "maybe"}, True, id="the object says so, the namespace is in doubt"
        ),
    ],
)
def test_protected_by_the_nearest_annotation(own, shared, awake):
    made = decide(own, shared)

    assert made.awake is awake


def test_both_overrides_at_once_keep_awake():
    made = decide({"keep-awake-until": LATER, "asleep-until": LATER})

    assert made.awake


def test_an_override_that_has_ended_says_nothing():
    made = decide({"keep-awake-until": show_instant(NIGHT)})

    assert made.layer == "policy"


@pytest.mark.parametrize(
    ("own", "shared", "awake"),
    [
        pytest.param({"uptime": "?"}, {"uptime": AWAKE}, True, id="a lower layer may say awake"),
        pytest.param({"uptime": "?"}, {"uptime": ASLEEP}, None, id="a lower layer may not say asleep"),
        pytest.param({"asleep-until": LATER, "uptime": "?"}, {}, False, id="a higher layer may say asleep"),
        pytest.param({"keep-awake-until": "?", "uptime": AWAKE}, {}, True, id="a bad override, but awake by schedule"),
        pytest.param({"keep-awake-until": "?"}, {}, None, id="a bad override"),
        pytest.param({"nonsense": "1"}, {}, None, id="a key that is none: perhaps it was meant to keep it awake"),
        pytest.param({"policy": "offise"}, {}, None, id="a policy that is none"),
        pytest.param({"policy": "NOT A NAME"}, {"policy": "office"}, None, id="no name of a policy"),
        pytest.param({"calendar": "none=awake"}, {}, None, id="a calendar that is none"),
    ],
)
def test_in_doubt_only_waking_is_allowed(own, shared, awake):
    made = decide(own, shared)

    assert made.awake is awake
    assert bool(made.wrong) is (awake is None)


def test_a_policy_that_is_none_is_told_with_the_one_that_was_perhaps_meant():
    made = decide({"policy": "offise"})

    assert made.wrong == "sleepwalker.dev/policy: there is no policy 'offise'; is 'office' meant?"


def test_doubt_without_any_opinion_is_doubt():
    made = decide({"uptime": "?"}, by=NO_POLICY)

    assert (made.awake, made.layer) == (None, "nobody")
    assert made.because.startswith("in doubt: ")


def test_an_annotation_of_calendars_alone_says_nothing_on_other_days():
    calendar = Calendar("freeze", frozenset({NEXT_MORNING.date()}))
    by = policies(calendars={"freeze": calendar})

    today, tomorrow = (decide({"calendar": "freeze=awake"}, by=by, now=at) for at in (NIGHT, NIGHT + timedelta(days=1)))

    assert (today.layer, today.awake) == ("policy", False)
    assert (tomorrow.layer, tomorrow.awake) == ("annotation", True)


def test_a_schedule_without_zone_has_that_of_the_settings_for_calendars_days():
    calendar = Calendar("freeze", frozenset({NIGHT.date()}))
    by = policies(calendars={"freeze": calendar}, zone="Asia/Tokyo")

    made = decide({"calendar": "freeze=awake"}, by=by, now=NIGHT)

    assert made.layer == "policy"


@pytest.mark.parametrize(
    ("own", "now", "until", "since"),
    [
        pytest.param({}, NOON, EVENING, MORNING, id="the end of the uptime"),
        pytest.param({}, NIGHT, NEXT_MORNING, EVENING, id="the end of the downtime"),
        pytest.param({"keep-awake-until": LATER}, NIGHT, NIGHT + HOUR, None, id="the end of an override"),
        pytest.param({"uptime": AWAKE}, NIGHT, None, None, id="never"),
    ],
)
def test_a_decision_says_since_when_and_until_when(own, now, until, since):
    made = decide(own, now=now)

    assert (made.until, made.since) == (until, since)


def test_the_controller_itself_is_protected_wherever_it_runs():
    made = Decider(NIGHT, policies(itself=ref("web", "team"))).decide(workload(), namespace())

    assert made.because == "protected: team"


def test_one_policy_that_is_named_here_and_matches_there_speaks_as_what_it_is():
    decider = Decider(NIGHT, policies())

    named = decider.decide(workload("a", annotations={"policy": "office"}), namespace())
    matching = decider.decide(workload("b"), namespace())

    assert (named.layer, matching.layer) == ("named policy", "policy")


def test_one_policy_says_the_same_to_all():
    decider = Decider(NIGHT, policies())

    one, two = (decider.decide(workload(annotations={"wave": wave}), namespace()) for wave in ("1", "2"))

    assert one == two


def test_a_namespace_that_changes_meanwhile_is_decided_anew():
    decider = Decider(NIGHT, policies())
    decider.decide(workload(), namespace())

    made = decider.decide(workload(), namespace(annotations={"keep-awake-until": LATER}))

    assert made.awake


def test_a_namespaces_labels_that_change_meanwhile_select_anew():
    decider = Decider(NIGHT, policies(policy(namespaces=NamespaceSelector({"tier": "dev"}))))
    decider.decide(workload(), namespace(labels={"tier": "dev"}))

    made = decider.decide(workload(), namespace())

    assert made.awake is None


@given(now=instants, look=snapshots(), by=policy_sets())
def test_what_is_remembered_between_workloads_changes_no_decision(now, look, by):
    shared = Decider(now, by)

    for name, found in look.workloads.items():
        for it in found.values():
            assert shared.decide(it, look.namespaces[name]) == Decider(now, by).decide(
                it, replace(look.namespaces[name])
            )
