"""One transition of the whole cluster, asleep or awake, by the bare loop or by sleepwalker: what it took."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bench import bare, objects, patches, sleeper
from bench.clock import now, sleep_until
from bench.processes import busy_seconds, cpu_seconds, memory_mb
from bench.server import by, counted

if TYPE_CHECKING:
    from bench.cluster import Cluster
    from bench.patches import Pair
    from bench.sleeper import Sleeper
    from bench.witness import Witness

To = Literal["asleep", "awake"]
_BARE_STARTS_SECONDS = 2.5
_SLEEPER_SETTLES_SECONDS = 4.0
_SETTLED_SECONDS = 1.5
_LONG_AHEAD = 7_200


@dataclass(frozen=True)
class Bench:
    """What every transition needs."""

    cluster: Cluster
    witness: Witness


class Usage:
    """CPU seconds of the client, of the server with its store, and of everybody else on the machine, from now on."""

    def __init__(self, bench: Bench, client: int | None) -> None:
        self._client = client
        self._servers = bench.cluster.server.pids().values()
        self._rest = [bench.witness.pid, os.getpid()]
        self._began, self._before = now(), self._look()

    def until_now(self) -> dict[str, float]:
        client, server, ours, busy = (b - a for a, b in zip(self._before, self._look(), strict=True))
        machine = (now() - self._began) * (os.cpu_count() or 1)
        others = max(busy - client - server - ours, 0.0) / machine
        return {"client_cpu_s": client, "server_cpu_s": server, "others_share": others}

    def _look(self) -> tuple[float, float, float, float]:
        client = cpu_seconds(self._client) if self._client else 0.0
        return client, sum(map(cpu_seconds, self._servers)), sum(map(cpu_seconds, self._rest)), busy_seconds()


def by_bare_loop(bench: Bench, pair: Pair, concurrency: int, to: To, paths: list[str] | None = None) -> dict[str, Any]:
    """The list is known, the bodies are ready; it begins at the edge. `paths` are some of the Deployments."""
    cluster, paths = bench.cluster, paths or bench.cluster.paths
    edge = now() + _BARE_STARTS_SECONDS
    request = {
        "where": cluster.where._asdict(),
        "content_type": patches.CONTENT_TYPES[pair.way],
        "body": (pair.sleep if to == "asleep" else pair.wake).decode(),
        "paths": [f"{path}?fieldManager=bench" for path in paths],
        "concurrency": concurrency,
        "edge": edge,
    }
    cluster.server.requests()
    bench.witness.look_for(_replicas(to), len(paths), edge)
    command = [sys.executable, "-m", "bench.bare"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        assert process.stdout.readline() == "ready\n"
        assert now() < edge, "the machine is so busy that the bare loop was not ready in time"
        sleep_until(edge - 0.2)
        usage = Usage(bench, None)
        said = json.loads(process.stdout.readline())
        seen = bench.witness.answer()
        used = usage.until_now()
    used["others_share"] = max(used["others_share"] - said["cpu_seconds"] / (now() - edge) / (os.cpu_count() or 1), 0.0)
    used["client_cpu_s"] = said["cpu_seconds"]
    assert set(said["statuses"]) == {"200"}, said["statuses"]
    return {"who": "bare", "to": to, "way": pair.way, "concurrency": concurrency} | _told(
        bench, bare.AGENT, edge, seen, used
    )


def by_sleepwalker(bench: Bench, sleeper_: Sleeper, to: To, asleep_since: float = 0.0) -> dict[str, Any]:
    """The edge is one that it has known for a few seconds, as it knows tonight's. Ledger and Events are included."""
    cluster = bench.cluster
    edge = math.ceil(now() + _SLEEPER_SETTLES_SECONDS)
    span = (edge, edge + _LONG_AHEAD) if to == "asleep" else (asleep_since, edge)
    cluster.sleep_between(*span)
    assert now() < edge - 1.0, "the machine is so busy that the schedule was not written in time"
    bench.witness.look_for(_replicas(to), cluster.size, edge)
    sleep_until(edge - 1.0)
    cluster.server.requests()
    lines = sleeper_.lines()
    sleep_until(edge - 0.2)
    usage = Usage(bench, sleeper_.pid)
    seen = bench.witness.answer()
    passed = sleeper_.passed_since(lines)
    time.sleep(_SETTLED_SECONDS)
    told = _told(bench, sleeper.AGENT, edge, seen, usage.until_now())
    memory = {"peak_rss_mb": memory_mb(sleeper_.pid), "rss_mb": memory_mb(sleeper_.pid, "VmRSS")}
    return {"who": "sleepwalker", "to": to, "edge": edge, "failed": passed["failed"]} | told | memory


def at_rest(bench: Bench, sleeper_: Sleeper, seconds: float) -> dict[str, Any]:
    """What it sends, and uses, while nothing happens."""
    bench.cluster.server.requests()
    cpu = cpu_seconds(sleeper_.pid)
    time.sleep(seconds)
    asked = by(sleeper.AGENT, bench.cluster.server.requests())
    return {"seconds": seconds, "requests": counted(asked), "client_cpu_s": cpu_seconds(sleeper_.pid) - cpu}


def _told(bench: Bench, agent: str, edge: float, seen: dict[str, float], used: dict[str, float]) -> dict[str, Any]:
    asked = by(agent, bench.cluster.server.requests())
    got = [each.at - edge for each in asked if each.verb == "patch"]
    return {
        "first_sent_s": min(got),
        "first_seen_s": seen["first"],
        "last_sent_s": max(got),
        "last_seen_s": seen["last"],
        "requests": counted(asked),
        "client_cpu_ms_each": used["client_cpu_s"] / len(got) * 1000,
        "server_cpu_ms_each": used["server_cpu_s"] / len(got) * 1000,
        "others_share": used["others_share"],
    }


def _replicas(to: To) -> int:
    return 0 if to == "asleep" else objects.REPLICAS
