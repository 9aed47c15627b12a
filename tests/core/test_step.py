"""What is done with one workload, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sleepwalker.core.action import GiveBack, KeepAwake, Left, Sleep, Tidy, Wake
from sleepwalker.core.annotations import read
from sleepwalker.core.calendar import Calendar
from sleepwalker.core.instants import show_instant
from sleepwalker.core.recipe import parse_recipe
from sleepwalker.core.record import Yielded
from sleepwalker.core.targets import FieldOwner
from tests.builders import (
    ARGO,
    AUTOSCALER,
    EVENING,
    HELM,
    HOUR,
    KUBECTL_APPLY,
    KUBECTL_SCALE,
    MINUTE,
    MORNING,
    NEXT_MORNING,
    NEXT_NOON,
    NIGHT,
    NO_POLICY,
    NOON,
    OURS,
    REPLICAS,
    SECOND,
    SUSPEND,
    asleep,
    changed,
    cronjob,
    namespace,
    outcome_of,
    policies,
    policy,
    prefixed,
    record,
    ref,
    span,
    stripped,
    workload,
)

TONIGHT_9 = NIGHT - HOUR


# -- the plain night ---------------------------------------------------------------------------------------------------


def test_in_downtime_it_goes_to_sleep_and_remembers_what_was_there():
    made = outcome_of(NIGHT, workload(replicas=3, owners={REPLICAS: (HELM,)}))

    assert isinstance(made, Sleep)
    assert made.set == {REPLICAS: 0}
    assert made.original == {REPLICAS: 3}
    assert made.record.owners == {REPLICAS: (HELM,)}
    assert made.because == "policy office: uptime Mon-Fri 08:00-20:00 UTC"


def test_the_moment_of_falling_asleep_is_whole_seconds_so_that_the_record_reads_back_the_same():
    made = outcome_of(NIGHT + timedelta(microseconds=7), workload())

    assert made.record.since == NIGHT


def test_in_uptime_it_wakes_to_what_was_there():
    made = outcome_of(NEXT_NOON, asleep(original=3))

    assert isinstance(made, Wake)
    assert made.set == {REPLICAS: 3}


@pytest.mark.parametrize(
    ("it", "now", "because"),
    [
        pytest.param(workload(), NOON, "policy office: uptime", id="awake in uptime"),
        pytest.param(asleep(), NIGHT, "asleep since 2026-11-24T20:00:00Z", id="asleep in downtime"),
        pytest.param(workload(replicas=0), NIGHT, "not by us", id="somebody else scaled it to zero: not ours"),
        pytest.param(workload(replicas=0), NOON, "policy office", id="at zero in uptime: not ours to wake"),
        pytest.param(cronjob(suspend=True), NIGHT, "not by us", id="a CronJob suspended by others"),
        pytest.param(workload(deleting=True), NIGHT, "being deleted", id="going away"),
        pytest.param(workload(ref=ref(kind="Job")), NIGHT, "no recipe for Job", id="a kind without recipe"),
        pytest.param(
            workload(controller=ref("cd", kind="StatefulSet")),
            NIGHT,
            "its owner StatefulSet/cd",
            id="owned by what sleeps",
        ),
    ],
)
def test_it_is_left_as_it_is(it, now, because):
    made = outcome_of(now, it)

    assert isinstance(made, Left)
    assert because in made.because
    assert made.problem == ""


def test_an_owner_without_recipe_does_not_keep_it_awake():
    made = outcome_of(NIGHT, workload(controller=ref("thing", kind="Widget")))

    assert isinstance(made, Sleep)


def test_a_value_that_could_not_be_restored_keeps_it_awake():
    made = outcome_of(NIGHT, workload(fields={REPLICAS: "three"}))

    assert isinstance(made, Left)
    assert made.problem == "/spec/replicas is 'three', which could not be restored"


def test_a_cronjob_without_suspend_gets_it_and_loses_it_again():
    slept = outcome_of(NIGHT, cronjob(suspend=None))

    woken = outcome_of(NEXT_NOON, cronjob(suspend=True, record=slept.record))

    assert (slept.set, slept.original) == ({SUSPEND: True}, {SUSPEND: None})
    assert woken.set == {SUSPEND: None}


# -- the floor ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replicas", "own", "shared", "by", "asleep_at"),
    [
        pytest.param(5, None, None, None, 0, id="nobody says: zero"),
        pytest.param(5, None, None, 1, 1, id="the policy"),
        pytest.param(5, None, "2", 1, 2, id="the namespace before the policy"),
        pytest.param(5, "3", "2", 1, 3, id="the object before the namespace"),
        pytest.param(5, "0", "2", 1, 0, id="zero is a floor too"),
    ],
)
def test_the_nearest_floor_counts(replicas, own, shared, by, asleep_at):
    it = workload(replicas=replicas, annotations={"floor": own} if own else {})
    home = namespace(annotations={"floor": shared} if shared else {})

    made = outcome_of(NIGHT, it, policies(policy(floor=by)), home)

    assert made.set == {REPLICAS: asleep_at}


@pytest.mark.parametrize("replicas", [1, 2])
def test_what_is_at_or_below_its_floor_is_left_alone(replicas):
    made = outcome_of(NIGHT, workload(replicas=replicas, annotations={"floor": "2"}))

    assert isinstance(made, Left)


@pytest.mark.parametrize(("floor", "asleep_at"), [("2", 2), ("0", 0)])
def test_a_floor_that_changes_in_the_night_is_followed_and_the_original_kept(floor, asleep_at):
    sleeping = asleep(original=5, floor=1, wishes=workload(annotations={"floor": floor}).wishes)

    made = outcome_of(NIGHT, sleeping)

    assert isinstance(made, Sleep)
    assert (made.set, made.original) == ({REPLICAS: asleep_at}, {REPLICAS: 5})
    assert made.record.since == EVENING


def test_a_floor_above_what_was_there_wakes_it():
    made = outcome_of(NIGHT, asleep(original=2, wishes=workload(annotations={"floor": "4"}).wishes))

    assert isinstance(made, Wake)
    assert made.set == {REPLICAS: 2}
    assert made.because.startswith("its floor is not below what it was")


def test_a_floor_above_what_was_there_does_not_make_an_autoscalers_count_the_original():
    grown = changed(asleep(original=2, wishes=workload(annotations={"floor": "4"}).wishes), 6, AUTOSCALER)

    made = outcome_of(NIGHT, grown)

    assert isinstance(made, Wake)
    assert made.set == {REPLICAS: 2}


# -- guards ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "shared", "by", "everywhere", "waits"),
    [
        pytest.param("30m", None, None, timedelta(0), True, id="the object's own grace"),
        pytest.param("0", "30m", None, HOUR, False, id="none, said by the object"),
        pytest.param(None, "30m", None, timedelta(0), True, id="the namespace's"),
        pytest.param(None, None, timedelta(minutes=30), timedelta(0), True, id="the policy's"),
        pytest.param(None, None, None, HOUR, True, id="everybody's"),
        pytest.param(None, None, None, timedelta(0), False, id="nobody's"),
    ],
)
def test_a_new_object_has_its_grace(own, shared, by, everywhere, waits):
    it = workload(created=NIGHT - 10 * MINUTE, annotations={"grace": own} if own else {})
    home = namespace(annotations={"grace": shared} if shared else {})

    made = outcome_of(NIGHT, it, policies(policy(grace=by), grace=everywhere), home)

    assert isinstance(made, Left) is waits


def test_grace_ends():
    made = outcome_of(NIGHT, workload(created=NIGHT - 10 * MINUTE, annotations={"grace": "30m"}))

    assert made.until == NIGHT + 20 * MINUTE
    assert made.because == "new: its grace ends 2026-11-24T22:20:00Z"


def test_an_object_from_the_end_of_time_is_new_and_nothing_breaks():
    made = outcome_of(NIGHT, workload(created=NIGHT.replace(year=9999), annotations={"grace": "366d"}))

    assert isinstance(made, Left | Sleep)


def test_a_rollout_delays_sleep_within_its_bound():
    rolling = workload(rolling=True)

    waits, sleeps = outcome_of(EVENING + MINUTE, rolling), outcome_of(EVENING + 10 * MINUTE, rolling)

    assert isinstance(waits, Left)
    assert waits.delayed
    assert waits.until == EVENING + 10 * MINUTE
    assert isinstance(sleeps, Sleep)


def test_a_rollout_does_not_delay_waking():
    made = outcome_of(NEXT_NOON, asleep(rolling=True))

    assert isinstance(made, Wake)


# -- protection and doubt ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("it", "by", "home"),
    [
        pytest.param(asleep(ref=ref(namespace="kube-system")), policies(), namespace("kube-system"), id="kube-system"),
        pytest.param(asleep(), policies(protected=("te*",)), namespace(), id="by the settings"),
        pytest.param(asleep(), policies(itself=ref()), namespace(), id="the controller itself"),
        pytest.param(asleep(), policies(itself=ref("other")), namespace(), id="the controller's namespace"),
        pytest.param(asleep(critical=True), policies(), namespace(), id="of a critical priority class"),
        pytest.param(
            asleep(wishes=workload(annotations={"protected": "true"}).wishes), policies(), namespace(), id="annotated"
        ),
        pytest.param(asleep(), policies(), namespace(annotations={"protected": "true"}), id="its namespace annotated"),
    ],
)
def test_what_is_protected_is_woken_if_held_and_never_put_to_sleep(it, by, home):
    awake = replace(it, record=None, fields={REPLICAS: 3}, owners={})

    held, left = outcome_of(NIGHT, it, by, home), outcome_of(NIGHT, awake, by, home)

    assert isinstance(held, Wake)
    assert isinstance(left, Left)
    assert left.because.startswith("protected")


@pytest.mark.parametrize(
    ("own", "shared"),
    [
        pytest.param({"uptime": "25:00"}, {}, id="a schedule"),
        pytest.param({"floor": "-1"}, {}, id="a floor"),
        pytest.param({"uptme": "always"}, {}, id="a key that is none"),
        pytest.param({"protected": "maybe"}, {}, id="protected"),
        pytest.param({"keep-awake-until": "tomorrow"}, {}, id="an override"),
        pytest.param({"policy": "no-such"}, {}, id="a policy that is none"),
        pytest.param({"calendar": "no-such"}, {}, id="a calendar that is none"),
        pytest.param({}, {"downtime": "?"}, id="a schedule on the namespace"),
        pytest.param({}, {"grace": "soon"}, id="a grace on the namespace"),
        pytest.param({}, {"asleep": "{}"}, id="a record on the namespace"),
        pytest.param({}, {"asleep-until": "x"}, id="an override on the namespace"),
        pytest.param({}, {"polcy": "office"}, id="a key that is none on the namespace"),
        pytest.param({}, {"protected": "perhaps"}, id="protected on the namespace"),
    ],
)
def test_in_doubt_it_is_left_as_it_is_with_a_problem(own, shared):
    home = namespace(annotations=shared)

    awake = outcome_of(NIGHT, workload(annotations=own), home=home)
    held = outcome_of(NIGHT, asleep(wishes=workload(annotations=own).wishes), home=home)

    for made in (awake, held):
        assert isinstance(made, Left)
        assert made.because.startswith("in doubt: ")
        assert made.problem
    assert held.held


def test_in_doubt_it_may_still_wake():
    made = outcome_of(NEXT_NOON, asleep(wishes=workload(annotations={"uptime": "25:00"}).wishes))

    assert isinstance(made, Wake)


def test_a_bad_setting_of_the_namespace_does_not_matter_where_the_object_has_its_own():
    made = outcome_of(NIGHT, workload(annotations={"floor": "0"}), home=namespace(annotations={"floor": "few"}))

    assert isinstance(made, Sleep)


def test_a_policy_whose_rule_cannot_be_read_puts_what_it_selects_in_doubt():
    made = outcome_of(NIGHT, workload(), policies(policy(wrong="spec.uptime: no")))

    assert isinstance(made, Left)
    assert made.problem == "spec.uptime: no"


# -- nobody says -------------------------------------------------------------------------------------------------------


def test_a_policy_that_is_gone_leaves_nothing_asleep():
    made = outcome_of(NIGHT, asleep(), NO_POLICY)

    assert isinstance(made, Wake)
    assert made.because == "nothing says when it shall sleep"


def test_a_policy_that_is_gone_leaves_nothing_asleep_even_if_the_record_was_stripped():
    sleeping = asleep()

    made = outcome_of(NIGHT, stripped(sleeping), NO_POLICY, known=span(sleeping))

    assert isinstance(made, Wake)
    assert made.set == {REPLICAS: 3}


def test_what_nobody_decides_is_left():
    made = outcome_of(NIGHT, workload(), NO_POLICY)

    assert made == Left(ref(), "nothing says when it shall sleep")


# -- overrides ---------------------------------------------------------------------------------------------------------


def test_an_override_keeps_awake_and_says_who_and_why():
    until = show_instant(NIGHT + HOUR)
    it = workload(annotations={"keep-awake-until": until, "override-by": "alice", "override-reason": "demo"})

    made = outcome_of(NIGHT, it)

    assert made == Left(ref(), f"override keep-awake-until={until} by alice: demo", NIGHT + HOUR)


def test_an_override_puts_to_sleep_in_uptime():
    made = outcome_of(NOON, workload(annotations={"asleep-until": show_instant(EVENING)}))

    assert isinstance(made, Sleep)


@pytest.mark.parametrize(
    ("annotations", "drop"),
    [
        pytest.param(
            {"keep-awake-until": show_instant(NOON), "override-by": "alice", "override-reason": "x"},
            ("keep-awake-until", "override-by", "override-reason"),
            id="with who and why",
        ),
        pytest.param(
            {"keep-awake-until": show_instant(NOON), "asleep-until": show_instant(NIGHT + HOUR), "override-by": "alice"},
            ("keep-awake-until",),
            id="but not what the other one still needs",
        ),
    ],
)  # fmt: skip
def test_an_override_that_has_ended_is_removed(annotations, drop):
    made = outcome_of(NIGHT, asleep(wishes=workload(annotations=annotations).wishes))

    assert isinstance(made, Tidy)
    assert made.drop == drop


def test_an_override_that_has_ended_goes_in_the_same_write_as_the_sleep():
    made = outcome_of(NIGHT, workload(annotations={"keep-awake-until": show_instant(NIGHT)}))

    assert isinstance(made, Sleep)
    assert made.drop == ("keep-awake-until",)


def test_who_and_why_alone_are_left():
    made = outcome_of(NIGHT, asleep(wishes=workload(annotations={"override-by": "alice"}).wishes))

    assert isinstance(made, Left)


# -- waves -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "shared", "wave"),
    [
        pytest.param(None, None, 0, id="nobody says"),
        pytest.param(None, "5", 5, id="the namespace"),
        pytest.param("0", "5", 0, id="zero on the object is a wave too"),
        pytest.param("-2", "5", -2, id="the object"),
    ],
)
def test_the_nearest_wave_counts(own, shared, wave):
    it = workload(annotations={"wave": own} if own else {})

    made = outcome_of(NIGHT, it, home=namespace(annotations={"wave": shared} if shared else {}))

    assert made.wave == wave


# -- CronJobs ----------------------------------------------------------------------------------------------------------


def sleeping_cronjob(**annotations):
    held = outcome_of(NIGHT, cronjob()).record
    return cronjob(suspend=True, record=held, annotations=annotations or None)


def test_a_cronjob_is_woken_without_making_up_for_what_it_missed():
    made = outcome_of(NEXT_NOON, sleeping_cronjob())

    assert made.set == {SUSPEND: False}
    assert made.first == ("status", {"/status/lastScheduleTime": "2026-11-25T07:59:59Z"})


def test_a_cronjob_woken_by_hand_counts_from_now():
    until = show_instant(NIGHT + HOUR)

    made = outcome_of(NIGHT, sleeping_cronjob(**{"keep-awake-until": until}))

    assert made.first == ("status", {"/status/lastScheduleTime": "2026-11-24T21:59:59Z"})


def test_a_cronjob_that_makes_up_for_missed_runs_waits_its_turn():
    it = sleeping_cronjob(**{"missed-runs": "run"})

    waits, wakes = outcome_of(NEXT_MORNING, it), outcome_of(NEXT_MORNING + MINUTE, it)

    assert isinstance(waits, Left)
    assert waits.held
    assert NEXT_MORNING < waits.until < NEXT_MORNING + MINUTE
    assert isinstance(wakes, Wake)
    assert wakes.first is None


def test_a_cronjob_that_is_woken_by_hand_does_not_wait():
    made = outcome_of(NIGHT, sleeping_cronjob(**{"missed-runs": "run", "keep-awake-until": show_instant(NEXT_NOON)}))

    assert isinstance(made, Wake)


def test_missed_runs_are_said_by_object_namespace_or_policy():
    it = sleeping_cronjob()

    by_namespace = outcome_of(NEXT_NOON, it, home=namespace(annotations={"missed-runs": "run"}))
    by_policy = outcome_of(NEXT_NOON, it, policies(policy(missed_runs="run")))

    assert by_namespace.first is None
    assert by_policy.first is None


# -- changed by others while asleep: the table of the design -----------------------------------------------------------


@pytest.mark.parametrize(
    "by",
    [KUBECTL_APPLY, replace(KUBECTL_APPLY, manager="kubectl", operation="Apply")],
    ids=["client-side", "server-side"],
)
def test_what_a_person_declares_is_respected_until_the_next_uptime_and_becomes_the_original(by):
    made = outcome_of(NIGHT, changed(asleep(original=3), 5, by))

    assert isinstance(made, KeepAwake)
    assert made.until == NEXT_MORNING
    assert made.by == by.manager
    assert made.original == {REPLICAS: 5}
    assert made.set == {}
    assert made.record.yielded == Yielded(by.manager, NEXT_MORNING)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(KUBECTL_SCALE, id="kubectl scale"),
        pytest.param(FieldOwner("k9s", "Update", "scale", "2026-11-24T21:00:00Z"), id="k9s"),
        pytest.param(FieldOwner("kubectl-patch", "Update", "", "2026-11-24T21:00:00Z"), id="kubectl patch"),
        pytest.param(FieldOwner("Mozilla", "Update", "", "2026-11-24T21:00:00Z"), id="a console"),
        pytest.param(FieldOwner("somebodys-script", "Update", "", "2026-11-24T21:00:00Z"), id="unknown"),
    ],
)
def test_what_a_person_scales_is_respected_and_the_original_kept(by):
    made = outcome_of(NIGHT, changed(asleep(original=3), 1, by))

    assert isinstance(made, KeepAwake)
    assert made.original == {REPLICAS: 3}


def test_what_nobody_owns_counts_as_a_persons():
    made = outcome_of(NIGHT, replace(changed(asleep(), 1, HELM), owners={}))

    assert isinstance(made, KeepAwake)
    assert made.by == "unknown"


@pytest.mark.parametrize(
    ("by", "to", "original"),
    [
        pytest.param(ARGO, 5, 5, id="declared by a machine: theirs"),
        pytest.param(replace(HELM, operation="Update"), 1, 1, id="upgraded by Helm: theirs"),
        pytest.param(AUTOSCALER, 5, 3, id="scaled by a machine: kept"),
        pytest.param(AUTOSCALER, 1, 3, id="scaled to less by a machine: kept"),
    ],
)
def test_what_a_machine_changes_is_put_back_to_sleep(by, to, original):
    made = outcome_of(NIGHT, changed(asleep(original=3), to, by))

    assert isinstance(made, Sleep)
    assert (made.set, made.original) == ({REPLICAS: 0}, {REPLICAS: original})
    assert made.record.put_back == 1
    assert made.because.startswith("put back to sleep, ")


def test_a_field_that_a_machine_has_applied_since_goes_back_to_that_machine():
    made = outcome_of(NIGHT, changed(asleep(record=record(owners={REPLICAS: (HELM,)})), 5, ARGO))

    assert made.record.owners == {REPLICAS: (ARGO,)}


@pytest.mark.parametrize(
    ("by", "advice"),
    [
        pytest.param(
            ARGO,
            "set spec.ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]",
            id="Argo CD",
        ),
        pytest.param(
            replace(ARGO, manager="kustomize-controller"), "In the Flux Kustomization, set spec.patches:", id="Flux"
        ),
        pytest.param(replace(ARGO, manager="helm"), "Leave /spec/replicas out of the chart's Deployment", id="Helm"),
        pytest.param(AUTOSCALER, "An autoscaler scales it", id="an autoscaler"),
        pytest.param(
            replace(ARGO, manager="pulumi"), "Let pulumi leave /spec/replicas of Deployment/web alone.", id="another"
        ),
    ],
)
def test_after_three_put_backs_it_is_left_awake_with_a_problem_that_says_what_would_do(by, advice):
    tired = changed(asleep(record=record(put_back=3)), 5, by)

    made = outcome_of(NIGHT, tired)

    assert isinstance(made, Left)
    assert made.held
    assert by.manager in made.problem
    assert advice in made.problem


@pytest.mark.parametrize(
    ("by", "to", "woken"),
    [
        pytest.param(KUBECTL_APPLY, 1, 1, id="declared by a person: theirs, though less"),
        pytest.param(KUBECTL_APPLY, 0, 0, id="declared to be nothing: theirs"),
        pytest.param(ARGO, 5, 5, id="declared by a machine: theirs"),
        pytest.param(KUBECTL_SCALE, 1, 3, id="scaled to less by a person: the original"),
        pytest.param(KUBECTL_SCALE, 5, 5, id="scaled to more by a person: theirs"),
        pytest.param(AUTOSCALER, 1, 3, id="scaled to less by a machine: the original"),
        pytest.param(AUTOSCALER, 5, 5, id="scaled to more by a machine: theirs"),
    ],
)
def test_at_waking_theirs_and_the_original_are_merged(by, to, woken):
    it = changed(asleep(original=3, floor=2), to, by)

    made = outcome_of(NEXT_NOON, it)

    assert isinstance(made, Wake)
    assert {**it.fields, **made.set} == {REPLICAS: woken}


def test_a_cronjob_that_a_person_resumed_is_kept_awake():
    made = outcome_of(NIGHT, replace(sleeping_cronjob(), fields={SUSPEND: False}))

    assert isinstance(made, KeepAwake)


def test_what_is_scaled_below_its_floor_stays_so_and_is_held():
    made = outcome_of(NIGHT, changed(asleep(original=3, floor=2), 0, KUBECTL_SCALE))

    assert isinstance(made, Left)
    assert made.held
    assert "to no more than its floor" in made.because


# -- giving way to a person --------------------------------------------------------------------------------------------


def giving_way(replicas=5, until=NEXT_MORNING, by="kubectl", original=3):
    wishes = workload(
        annotations={"keep-awake-until": show_instant(until), "override-by": by, "override-reason": "x"}
    ).wishes
    held = record(original, yielded=Yielded("kubectl", NEXT_MORNING))
    return replace(changed(asleep(record=held), replicas, KUBECTL_SCALE), wishes=wishes)


def test_while_it_gives_way_the_record_is_kept():
    made = outcome_of(NIGHT, giving_way())

    assert isinstance(made, Left)
    assert made.held


def test_a_person_who_scales_down_again_is_not_woken_by_the_override_that_we_wrote():
    made = outcome_of(NIGHT, giving_way(replicas=0))

    assert isinstance(made, Left)
    assert made.held


def test_when_the_uptime_begins_it_wakes_and_the_override_goes():
    made = outcome_of(NEXT_MORNING, giving_way(replicas=1))

    assert isinstance(made, Wake)
    assert made.set == {REPLICAS: 3}
    assert made.drop == ("keep-awake-until", "asleep-until", "override-by", "override-reason")


@pytest.mark.parametrize(("until", "by"), [(NIGHT + timedelta(days=3), "kubectl"), (NEXT_MORNING, "alice")])
def test_an_override_that_a_person_has_written_since_is_theirs_and_stays(until, by):
    made = outcome_of(NIGHT, giving_way(until=until, by=by))

    assert isinstance(made, Wake)
    assert made.drop == ()


def test_an_override_that_was_cleared_puts_it_back_to_sleep_and_a_later_change_is_respected_again():
    cleared = replace(giving_way(), wishes=workload().wishes)

    made = outcome_of(NIGHT, cleared)
    again = outcome_of(NIGHT, replace(cleared, record=made.record))

    assert isinstance(made, Sleep)
    assert made.record.yielded is None
    assert made.record.put_back == 0
    assert isinstance(again, KeepAwake)


def test_a_record_that_was_stripped_while_it_gives_way_is_written_again():
    it = giving_way()

    made = outcome_of(NIGHT, stripped(it), known=span(it))

    assert isinstance(made, KeepAwake)
    assert made.record == it.record


def test_it_gives_way_until_the_uptime_begins_and_not_only_until_some_layer_changes_its_mind():
    home = namespace(annotations={"asleep-until": show_instant(NIGHT + HOUR)})

    made = outcome_of(NIGHT, changed(asleep(), 5, KUBECTL_SCALE), home=home)

    assert made.until == NEXT_MORNING


@pytest.mark.parametrize("schedule", ["never", "2026-11-24T08:00Z - 2026-11-24T20:00Z"])
def test_without_another_uptime_it_gives_way_for_a_day(schedule):
    made = outcome_of(
        NIGHT + timedelta(microseconds=1), changed(asleep(), 5, KUBECTL_SCALE), policies(policy(uptime=schedule))
    )

    assert made.until == NIGHT + timedelta(days=1)


def test_it_does_not_look_for_an_uptime_for_ever():
    days = frozenset(NIGHT.date() + timedelta(days=2 * number) for number in range(1, 500))
    by = policies(policy(uptime="never"), calendars={"dull": Calendar("dull", days)})
    it = changed(asleep(wishes=workload(annotations={"calendar": "dull=sleep"}).wishes), 5, KUBECTL_SCALE)

    made = outcome_of(NIGHT, it, by)

    assert made.until == NIGHT + timedelta(days=1)


# -- the record: stripped, lost, unreadable ----------------------------------------------------------------------------


def test_a_stripped_record_is_written_again_from_the_ledger():
    sleeping = asleep(original=3)

    made = outcome_of(NIGHT, stripped(sleeping), known=span(sleeping))

    assert isinstance(made, Sleep)
    assert made.record == sleeping.record
    assert "stripped" in made.because


def test_with_its_record_stripped_it_wakes_by_the_ledger():
    sleeping = asleep(original=3)

    made = outcome_of(NEXT_NOON, stripped(sleeping), known=span(sleeping))

    assert isinstance(made, Wake)
    assert made.set == {REPLICAS: 3}


@pytest.mark.parametrize("now", [NIGHT, NEXT_NOON])
@pytest.mark.parametrize("by", [policies(), NO_POLICY], ids=["a policy", "no policy"])
def test_asleep_by_us_with_nothing_to_restore_it_is_left_with_a_problem(now, by):
    made = outcome_of(now, stripped(asleep()), by)

    assert isinstance(made, Left)
    assert made.problem == (
        "/spec/replicas was set by sleepwalker, but its record was removed and the ledger has no copy; "
        "set the value that you want by hand, and it is yours"
    )


@pytest.mark.parametrize("now", [NIGHT, NEXT_NOON])
def test_a_record_that_cannot_be_read_is_left_with_a_problem(now):
    made = outcome_of(now, replace(stripped(asleep()), record_wrong="'{' is not a record"))

    assert isinstance(made, Left)
    assert made.problem == "its asleep annotation cannot be read and the ledger has no copy: '{' is not a record"


def test_a_record_that_cannot_be_read_is_written_again_from_the_ledger():
    sleeping = asleep()

    made = outcome_of(NIGHT, replace(stripped(sleeping), record_wrong="'{' is not a record"), known=span(sleeping))

    assert isinstance(made, Sleep)
    assert made.record == sleeping.record


def test_the_ledgers_copy_for_an_object_that_was_made_again_does_not_count():
    made = outcome_of(NIGHT, workload(replicas=2, uid="new"), known=span(asleep(original=7)))

    assert isinstance(made, Sleep)
    assert made.original == {REPLICAS: 2}


@pytest.mark.parametrize(
    ("owner", "replicas"),
    [
        pytest.param(OURS, 3, id="woken by us"),
        pytest.param(replace(KUBECTL_SCALE, time="2026-11-24T15:00:00Z"), 2, id="scaled in the afternoon"),
    ],
)
def test_what_was_awake_by_day_sleeps_anew_though_the_ledger_missed_its_waking(owner, replicas):
    sleeping = asleep(record=record(3, since=EVENING - timedelta(days=1)))

    made = outcome_of(NIGHT, stripped(changed(sleeping, replicas, owner)), known=span(sleeping))

    assert isinstance(made, Sleep)
    assert made.original == {REPLICAS: replicas}
    assert made.record.since == NIGHT


def test_what_a_person_set_to_zero_by_day_is_not_taken_for_asleep_though_the_ledger_missed_its_waking():
    sleeping = asleep(record=record(3, since=EVENING - timedelta(days=1)))
    zero = stripped(changed(sleeping, 0, replace(KUBECTL_SCALE, time="2026-11-24T15:00:00Z")))

    by_day, by_night = (outcome_of(now, zero, known=span(sleeping)) for now in (NOON, NIGHT))

    assert isinstance(by_day, Left)
    assert isinstance(by_night, Left)
    assert not by_day.held


def test_what_a_person_set_to_zero_in_the_night_gets_its_stripped_record_again():
    sleeping = asleep(original=3)

    made = outcome_of(NIGHT, stripped(changed(sleeping, 0, KUBECTL_SCALE)), known=span(sleeping))

    assert isinstance(made, Sleep)
    assert made.record == sleeping.record


@pytest.mark.parametrize(
    ("by", "to", "woken"),
    [
        pytest.param(KUBECTL_SCALE, 1, 3, id="scaled to less: the original"),
        pytest.param(KUBECTL_SCALE, 0, 3, id="scaled to nothing: the original"),
        pytest.param(AUTOSCALER, 5, 5, id="scaled to more: theirs"),
        pytest.param(ARGO, 1, 1, id="declared: theirs"),
    ],
)
def test_what_was_stripped_and_changed_in_the_night_is_merged_in_the_morning(by, to, woken):
    sleeping = asleep(original=3)
    it = stripped(changed(sleeping, to, by))

    made = outcome_of(NEXT_NOON, it, known=span(sleeping))

    assert isinstance(made, Wake)
    assert {**it.fields, **made.set} == {REPLICAS: woken}


@pytest.mark.parametrize("by", [replace(KUBECTL_SCALE, time="2026-11-25T09:00:00Z"), replace(KUBECTL_SCALE, time="")])
def test_what_was_changed_since_the_morning_or_nobody_knows_when_is_left_as_it_is(by):
    sleeping = asleep(original=3)

    made = outcome_of(NEXT_NOON, stripped(changed(sleeping, 1, by)), known=span(sleeping))

    assert isinstance(made, Left)


def test_without_owners_what_is_as_we_set_it_is_asleep():
    sleeping = asleep(original=3, owners={})

    made = outcome_of(NEXT_NOON, stripped(sleeping), known=span(sleeping))

    assert isinstance(made, Wake)


@pytest.mark.parametrize(("now", "verb"), [(NIGHT, "sleep"), (NEXT_NOON, "wake")])
def test_stripped_at_a_floor_that_the_ledger_does_not_know_of_it_is_still_ours(now, verb):
    sleeping = asleep(original=3, floor=1)

    made = outcome_of(now, stripped(sleeping), known=span(sleeping, record(3, 0)))

    assert made.verb == verb
    assert made.original == {REPLICAS: 3}


def test_what_was_stripped_and_scaled_in_the_night_is_a_change_of_the_night():
    sleeping = asleep(original=3)

    made = outcome_of(NIGHT, stripped(changed(sleeping, 1, KUBECTL_SCALE)), known=span(sleeping))

    assert isinstance(made, KeepAwake)
    assert made.original == {REPLICAS: 3}


def test_a_field_that_a_newer_recipe_adds_is_left_until_the_next_night():
    old = record(3)
    both = replace(policies(), recipes={("apps", "Deployment"): _with_paused()})
    it = asleep(record=old, fields={REPLICAS: 0, "/spec/paused": False})

    by_night, by_day = outcome_of(NIGHT, it, both), outcome_of(NEXT_NOON, it, both)

    assert isinstance(by_night, Left)
    assert by_day.set == {REPLICAS: 3}


def test_of_two_fields_one_that_was_asleep_before_us_does_not_hide_that_the_other_is_ours():
    both = replace(policies(), recipes={("apps", "Deployment"): _with_paused()})
    fields = {REPLICAS: 3, "/spec/paused": True}
    held = outcome_of(NIGHT, workload(fields=fields, owners={"/spec/paused": (KUBECTL_APPLY,)}), both).record
    owners = {REPLICAS: (OURS,), "/spec/paused": (KUBECTL_APPLY,)}
    it = workload(fields=dict(held.set), owners=owners)

    by_night, by_day = (outcome_of(now, it, both, known=span(it, held)) for now in (NIGHT, NEXT_NOON))

    assert by_night.record == held
    assert by_day.set == {REPLICAS: 3}


def _with_paused():
    return parse_recipe({"recipe": "apps/v1/Deployment", "sleep": {REPLICAS: "{floor}", "/spec/paused": True}})


# -- giving ownership back ---------------------------------------------------------------------------------------------


def test_a_wake_gives_a_field_back_to_the_server_side_applier():
    made = outcome_of(NEXT_NOON, asleep(record=record(owners={REPLICAS: (HELM,)})))

    assert made.returns == {REPLICAS: (HELM,)}


def test_a_wake_gives_nothing_back_to_a_client_side_applier_who_meets_no_conflict():
    made = outcome_of(NEXT_NOON, asleep(record=record(owners={REPLICAS: (KUBECTL_APPLY,)})))

    assert made.returns == {}


def test_a_wake_leaves_a_field_that_nobody_owned_to_nobody():
    made = outcome_of(NEXT_NOON, asleep(original=3))

    assert made.returns == {REPLICAS: ()}


def woken_but_not_given_back(owners=(HELM,)):
    held = record(3, owners={REPLICAS: owners})
    return workload(replicas=3, owners={REPLICAS: (OURS,)}), replace(span(asleep(record=held)), uid="uid-web")


def test_stopped_between_waking_and_giving_back_it_gives_back():
    it, known = woken_but_not_given_back()

    made = outcome_of(NEXT_NOON, it, known=known)

    assert isinstance(made, GiveBack)
    assert made.owners == {REPLICAS: (HELM,)}


def test_there_is_nothing_to_give_back_to_a_client_side_applier():
    it, known = woken_but_not_given_back((KUBECTL_APPLY,))

    made = outcome_of(NEXT_NOON, it, known=known)

    assert isinstance(made, Left)


def test_what_was_not_given_back_by_evening_is_still_owed_to_who_had_it():
    it, known = woken_but_not_given_back()

    made = outcome_of(NIGHT + timedelta(days=1), it, known=known)

    assert isinstance(made, Sleep)
    assert made.record.owners == {REPLICAS: (HELM,)}


# -- late --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [timedelta(0), SECOND, HOUR, 11 * HOUR], ids=str)
def test_sleep_is_executed_late_and_not_skipped(late):
    made = outcome_of(EVENING + late, workload())

    assert isinstance(made, Sleep)


@pytest.mark.parametrize("late", [timedelta(0), SECOND, HOUR, 11 * HOUR], ids=str)
def test_waking_is_executed_late_and_not_skipped(late):
    made = outcome_of(NEXT_MORNING + late, asleep())

    assert isinstance(made, Wake)


def test_windows_are_half_open():
    assert isinstance(outcome_of(EVENING, workload()), Sleep)
    assert isinstance(outcome_of(EVENING - timedelta(microseconds=1), workload()), Left)
    assert isinstance(outcome_of(MORNING, asleep()), Wake)


def test_wishes_of_no_annotations_are_shared():
    assert read(prefixed({}), "workload") is workload().wishes
