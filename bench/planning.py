"""plan() in memory: 10,000 workloads, nothing to do."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from bench import objects
from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.core.annotations import PREFIX
from sleepwalker.core.decision import Decider
from sleepwalker.core.plan import plan, plan_namespace
from sleepwalker.core.policy import Policies
from sleepwalker.core.projection import project, project_namespace
from sleepwalker.core.targets import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_NAMESPACES, _EACH = 50, 200
_TIMES = 9


def measure() -> dict[str, float]:
    """Medians, in milliseconds."""
    recipes = bundled_recipes()
    policies, snapshot = Policies(recipes=recipes), _snapshot()
    dirty = next(iter(snapshot.namespaces))
    whole = plan(_NOW, snapshot, policies)
    assert (len(whole.actions), len(whole.left)) == (0, _NAMESPACES * _EACH)
    return {
        "full_ms": _milliseconds(lambda: plan(_NOW, snapshot, policies)),
        "one_dirty_namespace_ms": _milliseconds(lambda: plan_namespace(Decider(_NOW, policies), snapshot, dirty)),
    }


def _snapshot() -> Snapshot:
    recipe = bundled_recipes()["apps", "Deployment"]
    names = [f"team-{i:02}" for i in range(_NAMESPACES)]
    snapshot = Snapshot({name: project_namespace(_office_hours(name)) for name in names}, {name: {} for name in names})
    for each in objects.deployments(names, _EACH):
        each["metadata"] |= {
            "uid": f"{each['metadata']['namespace']}-{each['metadata']['name']}",
            "resourceVersion": "1",
        }
        workload = project(each, recipe)
        snapshot.workloads[workload.ref.namespace][workload.ref] = workload
    return snapshot


def _office_hours(name: str) -> dict[str, object]:
    home = objects.namespace(name)
    home["metadata"]["annotations"] = {PREFIX + "uptime": "Mon-Fri 08:00-20:00 Europe/Berlin"}
    return home


def _milliseconds(work: Callable[[], object]) -> float:
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)
