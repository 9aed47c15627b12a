"""The controller on a real API server: what is annotated sleeps, and wakes exactly as it was."""

from __future__ import annotations

import pytest

from tests.cluster import objects
from tests.cluster.controller import (
    Controller,
    annotate,
    asleep,
    essence,
    from_now,
    note,
    owners,
    replicas,
)

KINDS = ("Deployment", "StatefulSet", "CronJob")


def one_of_each(namespace):
    report = objects.cron_job("report", namespace)
    report["spec"]["suspend"] = False
    return [
        objects.deployment("web", namespace, replicas=3),
        objects.stateful_set("db", namespace, replicas=2),
        report,
    ]


def each_in(bed, namespace):
    return [thing for kind in KINDS for thing in bed.items(kind, namespace)]


def all_asleep(bed, namespace):
    return all(note(thing, "asleep") for thing in each_in(bed, namespace))


def test_a_downtime_puts_every_kind_to_sleep_and_wakes_it_exactly_as_it_was(bed, namespace, tmp_path):
    bed.apply(one_of_each(namespace), manager="helm")
    before = [essence(thing) for thing in each_in(bed, namespace)]

    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        annotate(bed, namespace, downtime=f"{from_now(1)} - {from_now(3)}")
        bed.until("all sleep", lambda: all_asleep(bed, namespace))
        web, db, report = each_in(bed, namespace)
        assert (web["spec"]["replicas"], db["spec"]["replicas"], report["spec"]["suspend"]) == (0, 0, True)
        bed.until(
            "all are as before", lambda: [essence(thing) for thing in each_in(bed, namespace)] == before, limit=10
        )

        delays = controller.metric("sleepwalker_edge_delay_seconds_sum")
        assert controller.metric("sleepwalker_edge_delay_seconds_count") == 6
        assert delays / 6 < 1


def test_an_annotation_edited_takes_effect_at_once_both_ways(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))

    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        annotate(bed, namespace, uptime="never")
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0, limit=3)
        annotate(bed, namespace, uptime="always")
        bed.until("it wakes", lambda: replicas(bed, "web", namespace) == 3, limit=3)


def test_a_new_object_in_a_sleeping_namespace_sleeps(bed, namespace, tmp_path):
    annotate(bed, namespace, uptime="never")

    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        bed.create(objects.deployment("web", namespace, replicas=3))
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0, limit=3)


def test_an_annotation_on_the_object_wins_over_the_namespace(bed, namespace, tmp_path):
    annotate(bed, namespace, uptime="never")
    bed.create(objects.deployment("kept", namespace, replicas=2, **{"sleepwalker.dev/uptime": "always"}))
    bed.create(objects.deployment("web", namespace, replicas=3))

    with Controller(bed, tmp_path):
        bed.until("web sleeps", lambda: replicas(bed, "web", namespace) == 0)

        assert replicas(bed, "kept", namespace) == 2


def test_an_override_ends_by_itself_and_leaves_no_trace(bed, namespace, tmp_path):
    [made] = bed.apply(objects.deployment("web", namespace, replicas=3), manager="helm")

    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        annotate(bed, namespace, "web", asleep_until=from_now(2), override_by="me", override_reason="trying")
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)
        bed.until("it wakes", lambda: replicas(bed, "web", namespace) == 3)

        bed.until("it is as before", lambda: essence(bed.get("Deployment", "web", namespace)) == essence(made), limit=5)


def test_a_floor_stays_up_and_a_smaller_count_is_left_alone(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=5))
    bed.create(objects.deployment("one", namespace, replicas=1))
    annotate(bed, namespace, uptime="never", floor="2")

    with Controller(bed, tmp_path):
        bed.until("web is at its floor", lambda: replicas(bed, "web", namespace) == 2)

        assert asleep(bed, "one", namespace) is None
        assert replicas(bed, "one", namespace) == 1


def test_one_pass_with_once_puts_to_sleep_and_ends(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    annotate(bed, namespace, uptime="never")

    with Controller(bed, tmp_path, "--once") as controller:
        assert controller.wait() == 0

    assert replicas(bed, "web", namespace) == 0


def test_observe_mode_says_what_it_would_do_and_writes_nothing(bed, namespace, tmp_path):
    bed.apply(one_of_each(namespace), manager="helm")
    annotate(bed, namespace, uptime="never")
    before = each_in(bed, namespace)

    with Controller(bed, tmp_path, mode="observe") as controller:
        controller.until_line("would act; this is observe mode", ref=f"{namespace}/CronJob/report")

        assert each_in(bed, namespace) == before
        assert bed.items("Event", namespace) == []
        assert controller.metric("sleepwalker_api_requests", verb="PATCH") == 0


POLICY = """
apiVersion: sleepwalker.dev/v1alpha1
kind: SleepPolicy
metadata: {{name: office-hours}}
spec:
  namespaces: {{names: [{namespace}]}}
  uptime: {uptime}
"""


@pytest.fixture
def policy(namespace, tmp_path):
    """Writes the policy anew, as an editor does: a whole file at once."""
    folder = tmp_path / "policies"
    folder.mkdir()

    def write(uptime):
        draft = tmp_path / "draft"
        draft.write_text(POLICY.format(namespace=namespace, uptime=uptime))
        draft.replace(folder / "office-hours.yaml")
        return folder

    return write


def test_a_policy_that_is_edited_takes_effect_within_5_seconds(bed, namespace, tmp_path, policy):
    bed.create(objects.deployment("web", namespace, replicas=3))

    with Controller(bed, tmp_path / "home", policies=policy("always")) as controller:
        controller.until_ready()
        policy("never")
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0, limit=5)
        policy("always")
        bed.until("it wakes", lambda: replicas(bed, "web", namespace) == 3, limit=5)


def test_a_bad_edit_of_a_policy_keeps_the_last_good_version_and_is_told(bed, namespace, tmp_path, policy):
    bed.create(objects.deployment("web", namespace, replicas=3))

    with Controller(bed, tmp_path / "home", policies=policy("never")) as controller:
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)
        policy("sometimes")
        told = controller.until_line("Problem", limit=5)
        bed.create(objects.deployment("late", namespace, replicas=3))

        bed.until("the good version holds", lambda: replicas(bed, "late", namespace) == 0, limit=5)
        assert "sometimes" in told["because"]
        assert controller.metric("sleepwalker_problems") >= 1
        assert controller.metric("sleepwalker_policy_files_refused") == 1


def test_the_events_on_an_object_say_why(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    annotate(bed, namespace, uptime="never")

    with Controller(bed, tmp_path):
        [event] = bed.until("there is an Event", lambda: bed.items("Event", namespace))

    assert (event["reason"], event["involvedObject"]["name"]) == ("Slept", "web")
    assert "uptime" in event["message"]


def test_at_rest_it_sends_nothing(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    annotate(bed, namespace, uptime="never")

    with Controller(bed, tmp_path) as controller:
        bed.until("there is an Event", lambda: bed.items("Event", namespace))
        before = controller.metric("sleepwalker_api_requests")
        passes = controller.metric("sleepwalker_passes_total")
        until_quiet(bed)

        assert controller.metric("sleepwalker_api_requests") == before
        assert controller.metric("sleepwalker_passes_total") <= passes + 1


def until_quiet(bed):
    """Four seconds are two ticks of its metronome."""
    rest = from_now(4)
    bed.until("it was at rest for a while", lambda: from_now(0) > rest, limit=10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_and_recreated_object_is_new(bed, namespace, tmp_path, kind):
    makers = {"Deployment": objects.deployment, "StatefulSet": objects.stateful_set}
    thing = makers[kind]("it", namespace, replicas=3) if kind in makers else objects.cron_job("it", namespace)
    bed.create(thing)
    annotate(bed, namespace, uptime="never")

    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: asleep(bed, "it", namespace, kind))
        bed.delete(kind, "it", namespace)
        if kind in makers:
            thing["spec"]["replicas"] = 7
        bed.create(thing)
        record = bed.until("the new one sleeps", lambda: asleep(bed, "it", namespace, kind))
        annotate(bed, namespace, uptime="always")
        bed.until("it wakes", lambda: asleep(bed, "it", namespace, kind) is None)

    assert record["original"] in ({"/spec/replicas": 7}, {"/spec/suspend": False})
    assert bed.get(kind, "it", namespace)["spec"].get("replicas", 7) == 7


def test_a_protected_object_never_sleeps_and_one_that_becomes_protected_is_woken(bed, namespace, tmp_path):
    bed.create(objects.deployment("vault", namespace, replicas=2, **{"sleepwalker.dev/protected": "true"}))
    bed.create(objects.deployment("web", namespace, replicas=3))
    annotate(bed, namespace, uptime="never")

    with Controller(bed, tmp_path):
        bed.until("web sleeps", lambda: replicas(bed, "web", namespace) == 0)
        annotate(bed, namespace, "web", protected="true")
        bed.until("web wakes", lambda: replicas(bed, "web", namespace) == 3, limit=5)

        assert replicas(bed, "vault", namespace) == 2


def test_kube_system_is_left_alone_whatever_its_annotations_say(bed, namespace, tmp_path):
    dns = objects.deployment("dns", "kube-system", replicas=2)
    bed.create(dns)
    bed.create(objects.deployment("web", namespace, replicas=3))
    try:
        annotate(bed, "kube-system", uptime="never")
        annotate(bed, namespace, uptime="never")
        with Controller(bed, tmp_path):
            bed.until("web sleeps", lambda: replicas(bed, "web", namespace) == 0)

            assert replicas(bed, "dns", "kube-system") == 2
    finally:
        bed.delete("Deployment", "dns", "kube-system")
        annotate(bed, "kube-system", uptime=None)


def test_while_asleep_the_field_is_ours_and_the_record_says_whose_it_was(bed, namespace, tmp_path):
    bed.apply(objects.deployment("web", namespace, replicas=3), manager="helm")
    annotate(bed, namespace, uptime="never")

    with Controller(bed, tmp_path):
        record = bed.until("it sleeps", lambda: asleep(bed, "web", namespace))

    assert owners(bed.get("Deployment", "web", namespace)) == {("sleepwalker", "Update")}
    assert record["owners"]["/spec/replicas"][0][:2] == ["helm", "Apply"]
