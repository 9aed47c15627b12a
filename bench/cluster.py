"""The cluster that is measured: so many Deployments in so many namespaces, made fast, and a schedule for all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from bench import objects
from bench.wire import Sent, Where, send_all
from sleepwalker.core.annotations import PREFIX

if TYPE_CHECKING:
    from collections import Counter

    from bench.server import Server

AGENT = "bench-hands"
_AT_ONCE = 16
_NAMESPACES = {2_000: 20, 10_000: 50}
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class Cluster:
    """Deployments on a server, all in namespaces of ours."""

    server: Server
    size: int
    namespaces: list[str]

    @property
    def where(self) -> Where:
        return where(self.server)

    @property
    def paths(self) -> list[str]:
        """Each Deployment's path."""
        each = self.size // len(self.namespaces)
        return [_path(name) for name in objects.deployments(self.namespaces, each)]

    def one(self) -> dict[str, Any]:
        """One of the Deployments, as it is now."""
        return self.server.get(self.paths[0])

    def sleep_between(self, start: float, end: float) -> None:
        """Give every namespace one stretch of downtime, both ends exact."""
        text = f"{_instant(start)} - {_instant(end)}"
        body = orjson.dumps({"metadata": {"annotations": {PREFIX + "downtime": text}}})
        paths = [f"/api/v1/namespaces/{name}?fieldManager=bench" for name in self.namespaces]
        _send(self.server, [Sent("PATCH", path, _MERGE, body) for path in paths])


def where(server: Server) -> Where:
    return Where(server.url, server._ca, server._token)  # noqa: SLF001 - what the harness keeps to itself


def fill(server: Server, size: int, prefix: str = "team", applier: str = "") -> Cluster:
    """Create the Deployments, or apply them server-side as `applier` would."""
    count = _NAMESPACES.get(size) or max(size // 100, 1)
    cluster = Cluster(server, size, [f"{prefix}-{i:02}" for i in range(count)])
    _send(server, [_post("/api/v1/namespaces", objects.namespace(name)) for name in cluster.namespaces])
    wanted = objects.deployments(cluster.namespaces, size // count)
    _send(server, [_applied(each, applier) if applier else _post(_collection(each), each) for each in wanted])
    return cluster


def _send(server: Server, requests: list[Sent]) -> None:
    statuses: Counter[int] = asyncio.run(send_all(where(server), requests, _AT_ONCE, AGENT))
    if set(statuses) - {200, 201}:
        raise RuntimeError(f"the cluster was not prepared: answers {dict(statuses)} to such as {requests[0].path}")


def _post(collection: str, thing: dict[str, Any]) -> Sent:
    return Sent("POST", f"{collection}?fieldManager=kubectl-create", "application/json", orjson.dumps(thing))


def _applied(thing: dict[str, Any], manager: str) -> Sent:
    return Sent("PATCH", f"{_path(thing)}?fieldManager={manager}", _APPLY, orjson.dumps(thing))


def _collection(thing: dict[str, Any]) -> str:
    return f"/apis/apps/v1/namespaces/{thing['metadata']['namespace']}/deployments"


def _path(thing: dict[str, Any]) -> str:
    return f"{_collection(thing)}/{thing['metadata']['name']}"


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
