"""The controller beside real controllers: pods come and go, CronJobs run, an autoscaler watches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cluster import objects
from tests.cluster.controller import Controller, annotate, asleep, replicas


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
    annotate(bed, namespace, downtime=f"from {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
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
    annotate(bed, namespace, downtime=f"from {datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")

    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)


@pytest.mark.parametrize("missed_runs", ["skip", "run"])
def test_a_run_that_was_missed_asleep_is_made_up_only_if_that_is_wished(bed, namespace, tmp_path, missed_runs):
    hourly = objects.cron_job("report", namespace, schedule=f"{(datetime.now(UTC).minute + 30) % 60} * * * *")
    bed.create(hourly)
    began = datetime.now(UTC) - timedelta(seconds=50)
    annotate(bed, namespace, downtime=f"until {began + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", missed_runs=missed_runs)
    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: asleep(bed, "report", namespace, "CronJob"))
        last = f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"
        status = bed.path("CronJob", "report", namespace) + "/status"
        bed.req("PATCH", status, {"status": {"lastScheduleTime": last}}, content_type="application/merge-patch+json")
        annotate(bed, namespace, downtime=f"until {began:%Y-%m-%dT%H:%M:%SZ}")
        bed.until("it wakes", lambda: asleep(bed, "report", namespace, "CronJob") is None)
        if missed_runs == "run":
            bed.until("the run is made up for", lambda: bed.items("Job", namespace))
        else:
            settled(bed, namespace)

    assert len(bed.items("Job", namespace)) == (missed_runs == "run")


def settled(bed, namespace):
    """A CronJob that is made now runs at once: by then the controller manager has seen those that came before."""
    bed.create(objects.cron_job("witness", namespace))
    witness = bed.path("CronJob", "witness", namespace)
    last = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    bed.req("PATCH", witness + "/status", {"status": {"lastScheduleTime": last}}, content_type="application/merge-patch+json")
    bed.until("the witness runs", lambda: [job for job in bed.items("Job", namespace) if "witness" in job["metadata"]["name"]])
    bed.delete("CronJob", "witness", namespace)
    bed.until("the witness is gone", lambda: not [job for job in bed.items("Job", namespace) if "witness" in job["metadata"]["name"]])


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
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}],
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
