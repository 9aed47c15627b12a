"""The controller beside real controllers: pods come and go, CronJobs run, an autoscaler watches."""

from __future__ import annotations

import pytest

from tests.cluster import objects
from tests.cluster.api import MERGE_PATCH
from tests.cluster.controller import Controller, annotate, asleep, from_now, replicas


@pytest.fixture
def bed(bed_with_nodes):
    return bed_with_nodes


def pods(bed, namespace, name):
    found = bed.items("Pod", namespace, labelSelector=f"app={name}")
    return [pod["metadata"]["name"] for pod in found if "deletionTimestamp" not in pod["metadata"]]


def ready(bed, namespace, name, kind="Deployment"):
    return bed.get(kind, name, namespace)["status"].get("readyReplicas", 0)


def all_ready(bed, namespace, name, count, kind="Deployment"):
    return bed.until(f"{name} has {count} ready", lambda: ready(bed, namespace, name, kind) == count)


def test_the_pods_of_a_deployment_go_and_come_back(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    all_ready(bed, namespace, "web", 3)
    with Controller(bed, tmp_path):
        annotate(bed, namespace, uptime="never")
        bed.until("no pod is left", lambda: not pods(bed, namespace, "web"))
        annotate(bed, namespace, uptime="always")

        all_ready(bed, namespace, "web", 3)


def test_the_pods_of_a_stateful_set_go_and_come_back_by_name(bed, namespace, tmp_path):
    bed.create(objects.stateful_set("db", namespace, replicas=3))
    all_ready(bed, namespace, "db", 3, "StatefulSet")
    with Controller(bed, tmp_path):
        annotate(bed, namespace, uptime="never")
        bed.until("no pod is left", lambda: not pods(bed, namespace, "db"))
        annotate(bed, namespace, uptime="always")

        all_ready(bed, namespace, "db", 3, "StatefulSet")
    assert pods(bed, namespace, "db") == ["db-0", "db-1", "db-2"]


def test_a_rollout_in_progress_delays_sleep_until_it_is_over(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=2))
    all_ready(bed, namespace, "web", 2)
    stuck = {"nodeSelector": {"pool": "none"}}
    bed.patch("Deployment", "web", namespace, {"spec": {"template": {"spec": stuck}}})
    bed.until("it rolls", lambda: bed.get("Deployment", "web", namespace)["status"].get("unavailableReplicas"))
    annotate(bed, namespace, downtime=f"from {from_now(0)}")
    with Controller(bed, tmp_path) as controller:
        told = controller.until_line("SleepDelayed", ref=f"{namespace}/Deployment/web")
        assert replicas(bed, "web", namespace) == 2
        bed.patch("Deployment", "web", namespace, {"spec": {"template": {"spec": {"nodeSelector": None}}}})

        bed.until("it sleeps when the rollout is over", lambda: replicas(bed, "web", namespace) == 0)
    assert "a rollout is in progress" in told["because"]


def test_a_rollout_that_never_ends_delays_sleep_only_within_its_bound(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=2))
    all_ready(bed, namespace, "web", 2)
    bed.patch("Deployment", "web", namespace, {"spec": {"template": {"spec": {"nodeSelector": {"pool": "none"}}}}})
    bed.until("it rolls", lambda: bed.get("Deployment", "web", namespace)["status"].get("unavailableReplicas"))
    annotate(bed, namespace, downtime=f"from {from_now(-3600)}")

    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)


@pytest.mark.parametrize("missed_runs", ["skip", "run"])
def test_a_run_that_was_missed_asleep_is_made_up_only_if_that_is_wished(bed, namespace, tmp_path, missed_runs):
    half_past = (int(from_now(0)[14:16]) + 30) % 60
    bed.create(objects.cron_job("report", namespace, schedule=f"{half_past} * * * *"))
    annotate(bed, namespace, uptime="never", missed_runs=missed_runs)
    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: asleep(bed, "report", namespace, "CronJob"))
        missed_since(bed, namespace, "report", 3 * 3600)
        annotate(bed, namespace, uptime=f"from {from_now(-70)}")
        bed.until("it wakes", lambda: asleep(bed, "report", namespace, "CronJob") is None)
        if missed_runs == "run":
            bed.until("the run is made up for", lambda: jobs(bed, namespace, "report"))
        else:
            settled(bed, namespace)

    assert len(jobs(bed, namespace, "report")) == (missed_runs == "run")


def settled(bed, namespace):
    """One that has missed a run is made up for at once: by then the controller manager has seen those before it."""
    bed.create(objects.cron_job("witness", namespace))
    missed_since(bed, namespace, "witness", 2 * 86_400)
    bed.until("the witness runs", lambda: jobs(bed, namespace, "witness"))


def missed_since(bed, namespace, name, seconds):
    status = bed.path("CronJob", name, namespace) + "/status"
    bed.req("PATCH", status, {"status": {"lastScheduleTime": from_now(-seconds)}}, content_type=MERGE_PATCH)


def jobs(bed, namespace, name):
    return [job for job in bed.items("Job", namespace) if job["metadata"]["name"].startswith(f"{name}-")]


def test_an_autoscaler_does_not_fight_a_deployment_that_sleeps(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {
                "minReplicas": 2,
                "maxReplicas": 10,
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                    }
                ],
            },
        }
    )
    all_ready(bed, namespace, "web", 3)

    def scaling_is_off():
        conditions = bed.get("HorizontalPodAutoscaler", "web", namespace)["status"].get("conditions", [])
        return any((each["type"], each["reason"]) == ("ScalingActive", "ScalingDisabled") for each in conditions)

    with Controller(bed, tmp_path) as controller:
        annotate(bed, namespace, uptime="never")
        bed.until("the autoscaler has seen it asleep", scaling_is_off)
        assert replicas(bed, "web", namespace) == 0
        annotate(bed, namespace, uptime="always")
        all_ready(bed, namespace, "web", 3)
        bed.until("the autoscaler has seen it awake", lambda: not scaling_is_off())

        assert replicas(bed, "web", namespace) == 3
        assert [each["verb"] for each in controller.lines("action done")] == ["sleep", "wake"]
