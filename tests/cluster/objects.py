"""Small, valid Kubernetes objects for tests: plain dicts, to be changed at will."""

from __future__ import annotations

from typing import Any

RUN_FOREVER = "sleepwalker.test/run-forever"
"""On a pod: do not complete it, although a Job owns it."""


def namespace(name: str, **annotations: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": _metadata(name, None, annotations)}


def deployment(name: str, ns: str, replicas: int | None = 1, **annotations: str) -> dict[str, Any]:
    """`replicas=None` leaves the field out, as one does whose autoscaler owns it."""
    return _workload("Deployment", name, ns, annotations, replicas)


def stateful_set(name: str, ns: str, replicas: int | None = 1, **annotations: str) -> dict[str, Any]:
    workload = _workload("StatefulSet", name, ns, annotations, replicas)
    workload["spec"]["serviceName"] = name
    return workload


def daemon_set(name: str, ns: str, **annotations: str) -> dict[str, Any]:
    return _workload("DaemonSet", name, ns, annotations, replicas=None)


def job(name: str, ns: str, *, suspend: bool = False, **annotations: str) -> dict[str, Any]:
    """Runs until it is suspended or deleted."""
    pod = {"metadata": {"annotations": {RUN_FOREVER: "true"}}, "spec": _pod_spec() | {"restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(name, ns, annotations),
        "spec": {"suspend": suspend, "template": pod},
    }


def cron_job(name: str, ns: str, schedule: str = "0 3 * * *", **annotations: str) -> dict[str, Any]:
    pod = {"spec": _pod_spec() | {"restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _metadata(name, ns, annotations),
        "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": pod}}},
    }


def service_account(name: str, ns: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(name, ns)}


def node(name: str, labels: dict[str, str], cpu: str = "8", memory: str = "32Gi") -> dict[str, Any]:
    room = {"cpu": cpu, "memory": memory, "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", **labels},
        },
        "status": {"allocatable": room, "capacity": room},
    }


def _workload(kind: str, name: str, ns: str, annotations: dict[str, str], replicas: int | None) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": _metadata(name, ns, annotations),
        "spec": ({} if replicas is None else {"replicas": replicas})
        | {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": _pod_spec()}},
    }


def _pod_spec() -> dict[str, Any]:
    return {"containers": [{"name": "main", "image": "none"}], "terminationGracePeriodSeconds": 0}


def _metadata(name: str, ns: str | None, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """Without empty fields: one that applies `annotations: {}` owns the field, and conflicts with others who do."""
    said = {"name": name, "namespace": ns, "annotations": annotations}
    return {key: value for key, value in said.items() if value}
