"""What the controller says of itself, how it ends, and what it does where it may not do everything."""

from __future__ import annotations

import re
import socket

import pytest

from tests.cluster import objects
from tests.cluster.controller import Controller, annotate, asleep, replicas, robot, rule

READ = "get,list,watch"
EVERYTHING = [
    rule("", "namespaces", READ),
    rule("apps", "deployments,statefulsets", READ + ",patch"),
    rule("batch", "cronjobs", READ + ",patch"),
    rule("batch", "cronjobs/status", "patch"),
    rule("", "events", "create,patch"),
]


@pytest.fixture
def unreachable(tmp_path):
    """A kubeconfig of a server that accepts no connection."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        path = tmp_path / "kubeconfig-unreachable"
        path.write_text(
            f"""
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:{port}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
current-context: x
"""
        )
        yield path


def test_before_it_has_seen_the_cluster_it_is_healthy_and_not_ready(bed, tmp_path, unreachable):
    with Controller(bed, tmp_path, kubeconfig=unreachable) as controller:
        controller.until_line("listening")

        assert controller.ask("/healthz") == (200, "ok\n")
        assert controller.ask("/readyz") == (503, "the caches are not filled yet\n")


def test_told_to_stop_before_it_has_seen_the_cluster_it_ends_at_once(bed, tmp_path, unreachable):
    with Controller(bed, tmp_path, kubeconfig=unreachable) as controller:
        controller.until_line("listening")
        controller.terminate()

        assert controller.wait(5) == 0


def test_told_to_stop_at_rest_it_ends_at_once(bed, tmp_path):
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        controller.terminate()

        assert controller.wait(3) == 0


def test_it_becomes_ready_when_the_api_server_comes_up_late(bed, tmp_path):
    bed.stop("apiserver")
    try:
        with Controller(bed, tmp_path) as controller:
            controller.until_line("listening")
            assert controller.ask("/readyz")[0] == 503
            bed.start("apiserver")

            controller.until_ready()
    finally:
        if "apiserver" not in bed.pids():
            bed.start("apiserver")


def test_while_another_leads_it_is_ready_and_acts_not(bed, namespace, tmp_path):
    bed.create(
        {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "it", "namespace": namespace},
            "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 3600},
        }
    )
    with Controller(bed, tmp_path, lease=f"{namespace}/it") as controller:
        controller.until_ready()

        assert controller.metric("sleepwalker_passes_total") == 0
        controller.terminate()
        assert controller.wait(5) == 0


METRICS = {
    "sleepwalker_pass_seconds_count",
    "sleepwalker_passes_total",
    "sleepwalker_patches_total",
    "sleepwalker_asleep",
    "sleepwalker_problems",
    "sleepwalker_edge_delay_seconds_count",
    "sleepwalker_api_requests",
    "sleepwalker_last_pass_timestamp_seconds",
}


def test_the_metrics_have_the_names_of_the_documentation(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace))
    annotate(bed, namespace, downtime="from 2026-01-01")
    with Controller(bed, tmp_path) as controller:
        controller.until_metric(1, "sleepwalker_asleep", kind="Deployment", namespace=namespace)
        text = controller.ask("/metrics")[1]
        delays = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)

    shown = set(re.findall(r"^(\w+)[{ ]", text, re.MULTILINE))
    assert METRICS - shown <= {"sleepwalker_edge_delay_seconds_count"}
    assert "sleepwalker_edge_delay_seconds" in delays


def test_what_it_shows_as_asleep_follows_the_cluster(bed, namespace, tmp_path):
    for i in range(3):
        bed.create(objects.deployment(f"web-{i}", namespace))
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        controller.until_metric(3, "sleepwalker_asleep", namespace=namespace)
        annotate(bed, namespace, "web-0", uptime="always")

        controller.until_metric(2, "sleepwalker_asleep", namespace=namespace)


# ------------------------------------------------------------------ rights


def test_the_documented_rights_are_enough(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(objects.cron_job("report", namespace))
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path, kubeconfig=robot(bed, namespace, EVERYTHING)) as controller:
        bed.until("both sleep", lambda: asleep(bed, "web", namespace) and asleep(bed, "report", namespace, "CronJob"))
        annotate(bed, namespace, uptime="always")
        bed.until(
            "both wake", lambda: not asleep(bed, "web", namespace) and not asleep(bed, "report", namespace, "CronJob")
        )

        assert controller.lines("action failed") == []


def test_a_kind_that_it_may_not_see_costs_only_that_kind_and_is_told(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(objects.cron_job("report", namespace))
    annotate(bed, namespace, uptime="never")
    rules = [each for each in EVERYTHING if each["apiGroups"] != ["batch"]]
    with Controller(bed, tmp_path, kubeconfig=robot(bed, namespace, rules)) as controller:
        bed.until("web sleeps", lambda: replicas(bed, "web", namespace) == 0)
        told = controller.until_line("Problem")

    assert "cronjobs" in told["because"]
    assert asleep(bed, "report", namespace, "CronJob") is None


def test_a_kind_that_it_may_not_write_costs_only_that_kind_and_is_told(bed, namespace, tmp_path):
    bed.create(objects.stateful_set("db", namespace, replicas=3))
    bed.create(objects.deployment("web", namespace, replicas=3))
    annotate(bed, namespace, uptime="never")
    rules = [
        rule("apps", "statefulsets", READ),
        *(EVERYTHING[:1] + EVERYTHING[2:]),
        rule("apps", "deployments", READ + ",patch"),
    ]
    with Controller(bed, tmp_path, kubeconfig=robot(bed, namespace, rules)) as controller:
        bed.until("web sleeps", lambda: replicas(bed, "web", namespace) == 0)
        refused = controller.until_line("action failed", ref=f"{namespace}/StatefulSet/db")

    assert "forbidden" in refused["error"]
    assert replicas(bed, "db", namespace, "StatefulSet") == 3


def test_with_a_role_in_one_namespace_it_looks_after_that_one(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(objects.service_account("robot", namespace))
    rules = [
        rule("", "namespaces", READ),
        rule("apps", "deployments,statefulsets", READ + ",patch"),
        rule("batch", "cronjobs", READ),
    ]
    api = "rbac.authorization.k8s.io"
    meta = {"name": "robot", "namespace": namespace}
    bed.create({"apiVersion": f"{api}/v1", "kind": "Role", "metadata": meta, "rules": rules})
    bed.create(
        {
            "apiVersion": f"{api}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": "robot"},
            "subjects": [{"kind": "ServiceAccount", "name": "robot", "namespace": namespace}],
        }
    )
    annotate(bed, namespace, uptime="never")
    config = bed.kubeconfig_for(bed.token(namespace, "robot"), f"{namespace}-one")
    with Controller(bed, tmp_path, kubeconfig=config, namespaces=namespace):
        bed.until("web sleeps", lambda: replicas(bed, "web", namespace) == 0)
