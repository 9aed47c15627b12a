"""All moves at one moment: their order, what is told, when to look again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sleepwalker.core.action import GiveBack, Left, Sleep, Tidy, Wake
from sleepwalker.core.annotations import NO_WISHES, read
from sleepwalker.core.instants import show_instant
from sleepwalker.core.plan import Plan, asleep_in, evolve, merge, order, plan, tidied
from sleepwalker.core.problem import Problem
from sleepwalker.core.targets import namespace_ref
from tests.builders import (
    EVENING,
    HELM,
    HOUR,
    KUBECTL_SCALE,
    MINUTE,
    NEXT_MORNING,
    NEXT_NOON,
    NIGHT,
    NO_POLICY,
    NOON,
    OURS,
    REPLICAS,
    asleep,
    changed,
    messages,
    namespace,
    policies,
    policy,
    prefixed,
    record,
    ref,
    snapshot,
    span,
    stripped,
    workload,
)


def in_wave(it, wave):
    return replace(it, wishes=read(prefixed({"wave": str(wave)}), "workload"))


def test_wakes_go_up_the_waves_before_sleeps_go_down_them():
    look = snapshot(
        *(in_wave(workload(f"sleeps-{wave}"), wave) for wave in (0, 2, -1)),
        *(replace(in_wave(asleep(f"wakes-{wave}"), wave), critical=True) for wave in (0, 2, -1)),
    )

    made = plan(NIGHT, look, policies())

    assert [a.ref.name for a in made.actions] == ["wakes--1", "wakes-0", "wakes-2", "sleeps-2", "sleeps-0", "sleeps--1"]


def test_within_a_wave_the_order_is_that_of_the_names():
    made = plan(NIGHT, snapshot(workload("b"), workload("a"), workload("c")), policies())

    assert [a.ref.name for a in made.actions] == ["a", "b", "c"]


def test_nothing_there_is_nothing_to_do():
    assert plan(NIGHT, snapshot(), policies()) == Plan(NIGHT)


def test_a_namespace_that_is_going_away_is_left():
    made = plan(NIGHT, snapshot(namespace(deleting=True), workload()), policies())

    assert (made.actions, made.left) == ((), ())
    assert made.namespaces == {"team"}


def test_a_workload_whose_namespace_was_not_seen_is_left():
    look = snapshot(workload())

    made = plan(NIGHT, replace(look, namespaces={}), policies())

    assert made == Plan(NIGHT)


@pytest.mark.parametrize(
    ("look", "by", "now", "change"),
    [
        pytest.param(snapshot(workload()), policies(), NOON, EVENING, id="the end of the uptime"),
        pytest.param(snapshot(asleep()), policies(), NIGHT, NEXT_MORNING, id="the end of the downtime"),
        pytest.param(snapshot(workload()), policies(), NIGHT, NEXT_MORNING, id="with something to do as well"),
        pytest.param(
            snapshot(workload(created=NIGHT)), policies(grace=HOUR), NIGHT, NIGHT + HOUR, id="the end of a grace"
        ),
        pytest.param(
            snapshot(workload(rolling=True)), policies(), EVENING, EVENING + 10 * MINUTE, id="the end of patience"
        ),
        pytest.param(snapshot(workload()), NO_POLICY, NIGHT, None, id="never"),
        pytest.param(
            snapshot(workload(annotations={"protected": "true", "asleep-until": show_instant(NIGHT + HOUR)})),
            policies(),
            NIGHT,
            NIGHT + HOUR,
            id="the end of an override, though it decides nothing",
        ),
        pytest.param(
            snapshot(namespace(annotations={"keep-awake-until": show_instant(NIGHT + HOUR)})),
            policies(),
            NIGHT,
            NIGHT + HOUR,
            id="the end of a namespace's override, though nothing is in it",
        ),
        pytest.param(
            snapshot(
                workload(
                    annotations={
                        "keep-awake-until": show_instant(NEXT_NOON),
                        "asleep-until": show_instant(NIGHT + HOUR),
                    }
                )
            ),
            policies(),
            NIGHT,
            NIGHT + HOUR,
            id="the nearer of two overrides",
        ),
    ],
)
def test_it_says_when_to_look_again(look, by, now, change):
    assert plan(now, look, by).next_change == change


def test_every_problem_is_told_once_and_about_the_object_where_it_stands():
    look = snapshot(
        namespace(annotations={"uptime": "?", "policy": "offise"}),
        workload("a"),
        workload("b", annotations={"floor": "many", "calendar": "none"}),
    )

    made = plan(NIGHT, look, policies())

    assert [text[:60] for text in messages(made)] == [
        "Namespace/team: sleepwalker.dev/policy: there is no policy 'offise'"[:60],
        "Namespace/team: sleepwalker.dev/uptime: '?' is not like 'Mon-Fri"[:60],
        "team/Deployment/b: sleepwalker.dev/calendar: there is no calendar 'none'"[:60],
        "team/Deployment/b: sleepwalker.dev/floor: 'many' is not a number"[:60],
    ]


def test_a_policy_in_doubt_is_told_once_and_not_of_every_workload():
    problem = Problem(ref("office", "", "SleepPolicy"), "spec.uptime: no")
    by = replace(policies(policy(wrong="spec.uptime: no")), problems=(problem,))

    made = plan(NIGHT, snapshot(workload("a"), workload("b")), by)

    assert made.problems == (problem,)


def test_a_problem_of_one_workload_is_told():
    made = plan(NIGHT, snapshot(stripped(asleep())), policies())

    [text] = messages(made)
    assert text.startswith("team/Deployment/web: /spec/replicas was set by sleepwalker")


def test_a_namespaces_override_that_has_ended_is_removed():
    home = namespace(annotations={"keep-awake-until": show_instant(NOON), "override-by": "alice"})

    made = plan(NIGHT, snapshot(home, asleep()), policies())

    assert made.actions == (
        Tidy(namespace_ref("team"), ("keep-awake-until", "override-by"), "the override has ended", {}, {}),
    )


def test_a_namespaces_override_that_was_extended_meanwhile_is_left():
    home = namespace(annotations={"keep-awake-until": show_instant(NIGHT + HOUR)})

    assert isinstance(tidied(home, NIGHT), Left)


def test_plans_of_namespaces_become_one():
    one = plan(NIGHT, snapshot(workload("b")), policies())
    two = plan(NIGHT, snapshot(workload("a", ref=ref("a", "other"))), policies())

    made = merge(NIGHT, [one, two])

    assert [a.ref.namespace for a in made.actions] == ["other", "team"]
    assert made.namespaces == {"team", "other"}
    assert made.next_change == NEXT_MORNING


# -- the pure model of carrying it out ---------------------------------------------------------------------------------


def test_asleep_it_has_its_record_and_the_ledger_a_copy():
    look = snapshot(workload(replicas=3, owners={REPLICAS: (HELM,)}))
    [action] = plan(NIGHT, look, policies()).actions

    after = evolve(look, [action])

    it = after.workload(ref())
    assert (it.fields, it.record) == ({REPLICAS: 0}, action.record)
    assert it.owners[REPLICAS][0].manager == "sleepwalker"
    assert after.spans[ref()].record == action.record
    assert asleep_in(after) == {ref(): it}


def test_awake_it_has_its_owners_again_and_nothing_is_left():
    look = snapshot(asleep(record=record(owners={REPLICAS: (HELM,)})))
    [action] = plan(NEXT_NOON, look, policies()).actions

    after = evolve(look, [action])

    it = after.workload(ref())
    assert (it.fields, it.record, it.owners) == ({REPLICAS: 3}, None, {REPLICAS: (HELM,)})
    assert after.spans == {}


def test_giving_way_it_has_an_override_and_its_record():
    look = snapshot(changed(asleep(), 5, KUBECTL_SCALE))
    [action] = plan(NIGHT, look, policies()).actions

    after = evolve(look, [action])

    it = after.workload(ref())
    assert (it.fields, it.record) == ({REPLICAS: 5}, action.record)
    assert (it.wishes.keep_awake_until, it.wishes.override_by) == (NEXT_MORNING, "kubectl")
    assert after.spans[ref()].record == action.record


def test_given_back_it_is_the_former_owners():
    it = workload(owners={REPLICAS: (OURS,)})

    after = evolve(snapshot(it), [GiveBack(ref(), {REPLICAS: (HELM,)}, 0, "", {}, {}, ("override-by",))])

    assert after.workload(ref()).owners == {REPLICAS: (HELM,)}


def test_tidied_it_asks_for_nothing_more():
    look = snapshot(
        namespace(annotations={"override-by": "a"}), asleep(wishes=read(prefixed({"override-by": "a"}), "workload"))
    )

    after = evolve(
        look, [Tidy(namespace_ref("team"), ("override-by",), "", {}, {}), Tidy(ref(), ("override-by",), "", {}, {})]
    )

    assert after.namespaces["team"].wishes is NO_WISHES
    assert after.workload(ref()).wishes is NO_WISHES


def test_tidying_leaves_the_ledgers_copy_of_a_stripped_record():
    sleeping = asleep()
    look = snapshot(stripped(sleeping), span(sleeping))

    after = evolve(look, [Tidy(ref(), ("override-by",), "", {}, {})])

    assert after.spans == look.spans


def test_what_is_gone_is_passed_over():
    look = snapshot(namespace())

    after = evolve(look, [Wake(ref(), record(), {}, 0, ""), Sleep(ref("x", "gone"), record(), 0, "")])

    assert after == look


def test_giving_back_comes_after_waking_and_before_sleeping():
    actions = [Sleep(ref(), record(), 0, ""), GiveBack(ref(), {}, 0, "", {}, {}), Wake(ref(), record(), {}, 0, "")]

    assert [a.verb for a in sorted(actions, key=order)] == ["wake", "give-back", "sleep"]


def test_a_part_of_a_look_shows_only_these_namespaces():
    look = snapshot(workload(), workload("a", ref=ref("a", "other")), namespace("empty"))

    part = look.only(frozenset({"team", "empty", "gone"}))

    assert set(part.namespaces) == {"team", "empty"}
    assert set(part.workloads) == {"team"}


def test_late_by_days_it_sleeps_all_the_same():
    made = plan(NIGHT + timedelta(days=3), snapshot(workload()), policies())

    assert [a.verb for a in made.actions] == ["sleep"]
