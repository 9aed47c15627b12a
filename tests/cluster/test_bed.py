"""The bed keeps its promises, so that a failing cluster test speaks of sleepwalker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import objects
from tests.cluster.api import BedError, Request
from tests.cluster.bed import Bed
from tests.cluster.programs import NoProgramsError, find_programs

ROOT = Path(__file__).parents[2]


def test_kubectl_and_the_client_see_the_same_cluster(bed, namespace):
    bed.create(objects.deployment("web", namespace, replicas=3))

    printed = bed.kubectl("get", "deployment", "web", "-n", namespace, "-o", "jsonpath={.spec.replicas}")

    assert printed == "3"


def test_a_second_manager_does_not_take_a_field_unless_it_forces(bed, namespace):
    bed.apply(objects.deployment("web", namespace, replicas=3), manager="kubectl")
    web = objects.deployment("web", namespace, replicas=0)

    with pytest.raises(BedError) as refusal:
        bed.apply(web, manager="helm")
    [forced] = bed.apply(web, manager="helm", force=True)

    assert refusal.value.status == 409
    assert 'conflict with "kubectl": .spec.replicas' in refusal.value.message
    assert forced["spec"]["replicas"] == 0


def test_yaml_with_several_objects_is_applied_in_order(bed, namespace):
    text = f"""
apiVersion: v1
kind: ServiceAccount
metadata: {{name: robot, namespace: {namespace}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: reader, namespace: {namespace}}}
rules: []
"""

    applied = bed.apply(text)

    assert [obj["kind"] for obj in applied] == ["ServiceAccount", "Role"]


def test_a_restart_keeps_what_was_stored(namespace, bed):
    bed.create(objects.deployment("web", namespace, replicas=7))

    bed.restart_apiserver(downtime=0.2)

    assert bed.get("Deployment", "web", namespace)["spec"]["replicas"] == 7


def test_a_stopped_api_server_refuses_connections_until_it_is_started(bed):
    bed.stop("apiserver")
    try:
        with pytest.raises(ConnectionRefusedError):
            bed.get("/version")
    finally:
        bed.start("apiserver")

    assert bed.get("/version")["gitVersion"].startswith("v1.")


def test_a_service_account_may_do_what_rbac_grants_and_nothing_else(bed, namespace):
    bed.create(objects.service_account("robot", namespace))
    robot = bed.seen_by(bed.token(namespace, "robot"))

    with pytest.raises(BedError) as refusal:
        robot.req("GET", bed.path("ConfigMap", None, namespace))
    bed.kubectl("create", "role", "r", "-n", namespace, "--verb=list", "--resource=configmaps")
    bed.kubectl("create", "rolebinding", "r", "-n", namespace, "--role=r", f"--serviceaccount={namespace}:robot")

    assert refusal.value.status == 403
    bed.until("the role holds", lambda: robot.req("GET", bed.path("ConfigMap", None, namespace))["items"] == [])


def test_a_kubeconfig_trusts_the_servers_own_certificate(bed, namespace):
    bed.create(objects.service_account("robot", namespace))
    path = bed.kubeconfig_for(bed.token(namespace, "robot"), "robot")

    who = bed.kubectl(f"--kubeconfig={path}", "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")

    assert "insecure" not in path.read_text()
    assert who == f"system:serviceaccount:{namespace}:robot"


def test_requests_are_counted_by_verb_resource_and_answer(bed, namespace):
    before = bed.request_counts()

    bed.create(objects.deployment("web", namespace))
    with pytest.raises(BedError, match="not found"):
        bed.get("Deployment", "none", namespace)

    made = bed.request_counts() - before
    assert made[Request("POST", "deployments", 201)] == 1
    assert made[Request("GET", "deployments", 404)] == 1
    assert not any(request.verb == "WATCH" for request in made)


def test_watches_are_counted_when_they_open(bed, namespace):
    before = bed.watch_counts()

    bed.req("GET", bed.path("CronJob", None, namespace), watch="true", timeoutSeconds=1)

    assert (bed.watch_counts() - before)["cronjobs"] == 1


def test_a_deleted_namespace_takes_everything_with_it(bed):
    bed.create(objects.namespace("doomed"))
    bed.create(objects.deployment("web", "doomed"))
    bed.create(objects.cron_job("nightly", "doomed"))

    bed.clean_namespaces()

    assert "doomed" not in {namespace["metadata"]["name"] for namespace in bed.items("Namespace")}
    assert bed.items("Deployment") == bed.items("CronJob") == []


def test_a_test_may_delete_its_own_namespace(bed, namespace):
    bed.delete_namespace(namespace)

    bed.delete_namespace(namespace)


def test_two_beds_live_side_by_side(bed, programs):
    with Bed(programs) as other:
        other.create(objects.namespace("only-there"))

        assert other.url != bed.url
        with pytest.raises(BedError, match="not found"):
            bed.get("Namespace", "only-there")


def test_a_killed_test_run_leaves_no_process_behind(bed, programs, tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom tests.cluster.bed import Bed\n"
        "with Bed(Path(sys.argv[1])) as bed:\n    print(*bed.pids().values(), flush=True)\n    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, programs]
    its_files = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=its_files, stdout=subprocess.PIPE, text=True) as runner:
        pids = runner.stdout.readline().split()
        runner.kill()

    assert len(pids) == 2
    bed.until("its processes are gone", lambda: not any(_is_alive(pid) for pid in pids), limit=10)


def test_missing_programs_are_named_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))

    with pytest.raises(NoProgramsError, match=r"no etcd, kube-apiserver, kubectl in .*make cluster-assets"):
        find_programs()


def test_with_nodes_a_deployment_becomes_available(bed_with_nodes, namespace):
    bed_with_nodes.create(objects.deployment("web", namespace, replicas=3))

    bed_with_nodes.kubectl("wait", "deployment/web", "-n", namespace, "--for=condition=Available", "--timeout=20s")


def test_with_nodes_everything_survives_a_restart_of_the_api_server(bed_with_nodes, namespace):
    bed_with_nodes.restart_apiserver(downtime=1)

    bed_with_nodes.create(objects.stateful_set("db", namespace, replicas=2))

    def ready():
        return bed_with_nodes.get("StatefulSet", "db", namespace)["status"].get("readyReplicas") == 2

    bed_with_nodes.until("both pods are ready", ready)


def test_with_nodes_a_job_completes_unless_it_runs_forever(bed_with_nodes, namespace):
    short = objects.job("short", namespace)
    del short["spec"]["template"]["metadata"]
    bed_with_nodes.create(short)
    bed_with_nodes.create(objects.job("long", namespace))

    def status(name):
        return bed_with_nodes.get("Job", name, namespace)["status"]

    bed_with_nodes.until("the short one is done", lambda: status("short").get("succeeded"))
    bed_with_nodes.until("the long one runs", lambda: status("long").get("ready"))
    assert "succeeded" not in status("long")


def _is_alive(pid):
    """One that ended, and whose end nobody has asked for, has no command line any more."""
    command_line = Path(f"/proc/{pid}/cmdline")
    return command_line.exists() and command_line.read_bytes() != b""
