"""Others write what we hold asleep: Helm, Argo CD and Flux, people with kubectl."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.cluster import objects
from tests.cluster.api import BedError
from tests.cluster.controller import (
    Controller,
    annotate,
    asleep,
    essence,
    from_now,
    kubectl_apply,
    note,
    owners,
    replicas,
)

APPLIERS = ("helm", "argocd-controller", "kustomize-controller")


def web(namespace, count=3):
    return objects.deployment("web", namespace, replicas=count)


def night(bed, namespace, seconds):
    """It is night already; in the morning everything wakes."""
    annotate(bed, namespace, downtime=f"until {from_now(seconds)}")


def it(bed, namespace):
    return bed.get("Deployment", "web", namespace)


def until_asleep(bed, namespace):
    return bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)


def until_woken(bed, namespace, count):
    def woken():
        thing = it(bed, namespace)
        return thing["spec"]["replicas"] == count and note(thing, "asleep") is None

    return bed.until(f"it is awake with {count}", woken)


# ------------------------------------------------------------------ server-side appliers


@pytest.mark.parametrize("manager", APPLIERS)
def test_after_a_night_a_server_side_applier_owns_all_that_it_owned(bed, namespace, tmp_path, manager):
    [made] = bed.apply(web(namespace), manager=manager)
    with Controller(bed, tmp_path):
        annotate(bed, namespace, uptime="never")
        until_asleep(bed, namespace)
        annotate(bed, namespace, uptime="always")
        until_woken(bed, namespace, 3)
        bed.until("all is given back", lambda: essence(it(bed, namespace)) == essence(made), limit=5)

        bed.apply(web(namespace, 5), manager=manager)

    assert owners(it(bed, namespace)) == {(manager, "Apply")}
    assert replicas(bed, "web", namespace) == 5


def test_after_a_night_two_appliers_share_a_field_as_before(bed, namespace, tmp_path):
    bed.apply(web(namespace), manager="helm")
    [made] = bed.apply(web(namespace), manager="argocd-controller")
    with Controller(bed, tmp_path):
        annotate(bed, namespace, uptime="never")
        until_asleep(bed, namespace)
        annotate(bed, namespace, uptime="always")

        bed.until("all is given back", lambda: essence(it(bed, namespace)) == essence(made))


def test_after_a_night_a_count_that_nobody_owned_can_be_applied_without_force(bed, namespace, tmp_path):
    [made] = bed.apply(web(namespace, None), manager="helm")
    with Controller(bed, tmp_path):
        annotate(bed, namespace, uptime="never")
        until_asleep(bed, namespace)
        annotate(bed, namespace, uptime="always")
        bed.until("nobody owns it", lambda: essence(it(bed, namespace)) == essence(made), limit=5)

        bed.apply(web(namespace, 5), manager="helm")


@pytest.mark.parametrize("manager", APPLIERS)
def test_at_night_an_apply_without_force_is_refused_and_names_us(bed, namespace, tmp_path, manager):
    bed.apply(web(namespace), manager=manager)
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        until_asleep(bed, namespace)

        with pytest.raises(BedError, match=r'conflict with "sleepwalker" using apps/v1: \.spec\.replicas'):
            bed.apply(web(namespace, 5), manager=manager)


ADVICE = {
    "helm": "driftDetection.ignore",
    "argocd-controller": "spec.ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]",
    "kustomize-controller": "{op: remove, path: /spec/replicas}",
}


@pytest.mark.parametrize("manager", APPLIERS)
def test_a_machine_that_applies_again_and_again_is_put_back_three_times_and_then_left(
    bed, namespace, tmp_path, manager
):
    bed.apply(web(namespace), manager=manager)
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        for _ in range(4):
            until_asleep(bed, namespace)
            bed.apply(web(namespace), manager=manager, force=True)
        told = bed.until("it is told", lambda: controller.problems("web"))[-1]

        assert replicas(bed, "web", namespace) == 3
        assert len(controller.lines("action done", verb="sleep")) == 4
    assert manager in told
    assert ADVICE[manager] in told


def test_what_a_machine_applied_at_night_holds_in_the_morning(bed, namespace, tmp_path):
    bed.apply(web(namespace), manager="argocd-controller")
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        until_asleep(bed, namespace)
        bed.apply(web(namespace, 5), manager="argocd-controller", force=True)
        until_asleep(bed, namespace)
        annotate(bed, namespace, uptime="always")
        until_woken(bed, namespace, 5)

        bed.until("it is given back", lambda: owners(it(bed, namespace)) == {("argocd-controller", "Apply")}, limit=5)


def test_one_left_awake_after_a_machine_won_is_as_that_applied_it_in_the_morning(bed, namespace, tmp_path):
    bed.apply(web(namespace), manager="helm")
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        for count in (3, 3, 3, 5):
            until_asleep(bed, namespace)
            bed.apply(web(namespace, count), manager="helm", force=True)
        bed.until("it is told", lambda: controller.problems("web"))
        annotate(bed, namespace, uptime="always")
        until_woken(bed, namespace, 5)

        bed.until("all is given back", lambda: owners(it(bed, namespace)) == {("helm", "Apply")}, limit=5)
        bed.until("the problem is gone", lambda: controller.metric("sleepwalker_problems") == 0, limit=5)


# ------------------------------------------------------------------ people


def test_a_person_who_scales_at_night_is_respected_until_the_morning(bed, namespace, tmp_path):
    bed.apply(web(namespace), manager="helm")
    annotate(bed, namespace, uptime="Mon-Sun 00:00-00:01")
    with Controller(bed, tmp_path):
        until_asleep(bed, namespace)
        bed.kubectl("scale", "deployment/web", "-n", namespace, "--replicas=2")
        until = bed.until("it is respected", lambda: note(it(bed, namespace), "keep-awake-until"))

        assert note(it(bed, namespace), "override-by") == "kubectl"
        assert datetime.fromisoformat(until).strftime("%H:%M") == "00:00"
        assert replicas(bed, "web", namespace) == 2


@pytest.mark.parametrize(("theirs", "in_the_morning"), [(2, 3), (7, 7)])
def test_in_the_morning_the_larger_of_a_persons_count_and_the_original_holds(
    bed, namespace, tmp_path, theirs, in_the_morning
):
    bed.apply(web(namespace), manager="helm")
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        night(bed, namespace, 5)
        until_asleep(bed, namespace)
        bed.kubectl("scale", "deployment/web", "-n", namespace, f"--replicas={theirs}")
        bed.until("it is respected", lambda: note(it(bed, namespace), "keep-awake-until"))
        until_woken(bed, namespace, in_the_morning)

        assert not [key for key in it(bed, namespace)["metadata"].get("annotations", {}) if "sleepwalker" in key]


def test_a_person_who_applies_another_count_at_night_has_it_at_once_and_in_the_morning(bed, namespace, tmp_path):
    kubectl_apply(bed, web(namespace, 3))
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        night(bed, namespace, 5)
        until_asleep(bed, namespace)
        kubectl_apply(bed, web(namespace, 2))
        bed.until("it is respected", lambda: note(it(bed, namespace), "keep-awake-until"))
        assert replicas(bed, "web", namespace) == 2

        until_woken(bed, namespace, 2)


def test_a_person_who_edits_something_else_at_night_changes_nothing_about_the_sleep(bed, namespace, tmp_path):
    bed.create(web(namespace), manager="kubectl-create")
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        until_asleep(bed, namespace)
        bed.kubectl("set", "image", "deployment/web", "-n", namespace, "main=other:2")
        annotate(bed, namespace, uptime="always")
        until_woken(bed, namespace, 3)

    assert it(bed, namespace)["spec"]["template"]["spec"]["containers"][0]["image"] == "other:2"


def test_a_person_who_resumes_a_cron_job_at_night_is_respected(bed, namespace, tmp_path):
    bed.create(objects.cron_job("report", namespace), manager="kubectl-create")
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        night(bed, namespace, 5)
        bed.until("it sleeps", lambda: asleep(bed, "report", namespace, "CronJob"))
        bed.kubectl("patch", "cronjob", "report", "-n", namespace, "-p", '{"spec":{"suspend":false}}')
        respected = bed.until(
            "it is respected", lambda: note(bed.get("CronJob", "report", namespace), "keep-awake-until")
        )
        assert respected
        bed.until("the night is over", lambda: asleep(bed, "report", namespace, "CronJob") is None)

    assert bed.get("CronJob", "report", namespace)["spec"]["suspend"] is False


def test_a_cron_job_that_people_suspended_before_the_night_stays_suspended(bed, namespace, tmp_path):
    theirs = objects.cron_job("theirs", namespace)
    theirs["spec"]["suspend"] = True
    bed.create(theirs)
    bed.create(objects.cron_job("report", namespace))
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        bed.until("the other sleeps", lambda: asleep(bed, "report", namespace, "CronJob"))
        annotate(bed, namespace, uptime="always")
        bed.until("the other wakes", lambda: asleep(bed, "report", namespace, "CronJob") is None)

    assert bed.get("CronJob", "theirs", namespace)["spec"]["suspend"] is True
    assert asleep(bed, "theirs", namespace, "CronJob") is None
