"""Deployments like those that people have: two containers with environment and probes, about 3.5 kB as stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLICAS = 3
_VARIABLES = 12


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"tier": "dev"}}}


def deployments(namespaces: list[str], each: int) -> Iterator[dict[str, Any]]:
    for place in namespaces:
        for number in range(each):
            yield deployment(f"web-{number:04}", place)


def deployment(name: str, place: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": place, "team": "platform"}
    containers = [_container("server", 8080, name), _container("proxy", 9090, name)]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers, "serviceAccountName": "default"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": place,
            "labels": labels,
            "annotations": {
                "example.com/owner": "team-platform@example.com",
                "example.com/runbook": f"runbooks/{name}",
            },
        },
        "spec": {"replicas": REPLICAS, "selector": {"matchLabels": labels}, "template": template},
    }


def _container(name: str, port: int, app: str) -> dict[str, Any]:
    return {
        "name": name,
        "image": f"registry.example.com/{app}/{name}:1.2.3",
        "ports": [{"name": "http", "containerPort": port}],
        "env": [{"name": f"SETTING_{i}", "value": f"value-{i}-of-{name}"} for i in range(_VARIABLES)],
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
        "livenessProbe": {"httpGet": {"path": "/live", "port": "http"}, "initialDelaySeconds": 10},
    }
