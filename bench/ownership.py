"""What a night costs, and leaves behind, where Helm applied the Deployments server-side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench import objects
from bench.cluster import fill, where
from bench.transitions import Bench, by_sleepwalker
from bench.witness import Witness

if TYPE_CHECKING:
    from bench.server import Server
    from bench.sleeper import Sleeper

_SIZE = 200


def measure(server: Server, sleeper: Sleeper) -> dict[str, Any]:
    """The requests of both transitions, and whether Helm's next apply meets a conflict."""
    sleeper.first_pass()
    cluster = fill(server, _SIZE, prefix="chart", applier="helm")
    with Witness(where(server)) as witness:
        bench = Bench(cluster, witness)
        asleep = by_sleepwalker(bench, sleeper, "asleep")
        awake = by_sleepwalker(bench, sleeper, "awake", asleep["edge"])
    upgrade = objects.deployment("web-0000", cluster.namespaces[0])
    upgrade["spec"]["replicas"] = 5
    [after] = server.apply(upgrade, manager="helm")  # a conflict is a BedError
    return {
        "objects": _SIZE,
        "asleep": asleep["requests"],
        "awake": awake["requests"],
        "next apply by Helm": f"{after['spec']['replicas']} replicas, without force",
    }
