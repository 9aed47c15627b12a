"""The bytes of the bare loop's PATCHes: what sleepwalker itself would write about such an object, made once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

from bench import objects
from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.core.annotations import ASLEEP, PREFIX
from sleepwalker.core.patch import body
from sleepwalker.core.plan import plan
from sleepwalker.core.policy import Policies
from sleepwalker.core.projection import project, project_namespace
from sleepwalker.core.targets import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

Way = Literal["merge", "json"]
CONTENT_TYPES: Mapping[Way, str] = {"merge": "application/merge-patch+json", "json": "application/json-patch+json"}


class Pair(NamedTuple):
    """A PATCH that puts a Deployment to sleep, and the one that wakes it."""

    way: Way
    sleep: bytes
    wake: bytes


def pairs(deployment: dict[str, Any]) -> dict[Way, Pair]:
    """The same change, said in both ways. Unguarded: the bare loop protects nobody's change."""
    record = _record_of(deployment)
    path = "/metadata/annotations/" + ASLEEP.replace("/", "~1")
    return {
        "merge": Pair("merge", _merge(0, record), _merge(objects.REPLICAS, None)),
        "json": Pair(
            "json",
            orjson.dumps([_replicas(0), {"op": "add", "path": path, "value": record}]),
            orjson.dumps([_replicas(objects.REPLICAS), {"op": "remove", "path": path}]),
        ),
    }


def _record_of(deployment: dict[str, Any]) -> str:
    start = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - only the text's length counts
    recipes = bundled_recipes()
    home = objects.namespace(deployment["metadata"]["namespace"])
    text = f"{start:%Y-%m-%dT%H:%M:%SZ} - {start + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    home["metadata"]["annotations"] = {PREFIX + "downtime": text}
    workload, namespace = project(deployment, recipes["apps", "Deployment"]), project_namespace(home)
    snapshot = Snapshot({namespace.name: namespace}, {namespace.name: {workload.ref: workload}})
    [action] = plan(start, snapshot, Policies(recipes=recipes)).actions
    return str(body(action)["metadata"]["annotations"][ASLEEP])


def _merge(replicas: int, record: str | None) -> bytes:
    return orjson.dumps({"spec": {"replicas": replicas}, "metadata": {"annotations": {ASLEEP: record}}})


def _replicas(count: int) -> dict[str, Any]:
    return {"op": "replace", "path": "/spec/replicas", "value": count}
