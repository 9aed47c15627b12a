"""One sitting: every scenario on every size, the bare loop and sleepwalker in turn, so that both meet the same machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from bench import ownership, planning
from bench.clock import now
from bench.cluster import Cluster, fill, where
from bench.patches import Pair, pairs
from bench.processes import machine, memory_mb
from bench.server import Server
from bench.sleeper import Sleeper
from bench.transitions import Bench, at_rest, by_bare_loop, by_sleepwalker
from bench.witness import Witness
from tests.cluster.programs import find_programs

SCENARIOS = ("transitions", "start", "plan", "ownership")
_WAYS = [(way, at_once) for way in ("merge", "json") for at_once in (8, 16, 32)]
_SWEEP = 1_000


@dataclass(frozen=True)
class Options:
    """What to measure, and how often."""

    sizes: tuple[int, ...]
    runs: int
    rest_seconds: float
    only: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the results are worth keeping in docs/."""
        return {2_000, 10_000} <= {*self.sizes} and self.only == SCENARIOS and self.runs >= 3


def hold(options: Options) -> dict[str, Any]:
    results: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a date for the reader
        "machine": machine(),
        "versions": _versions(),
        "runs": options.runs,
        "sizes": {},
    }
    if "plan" in options.only:
        results["plan"] = planning.measure()
        _say(f"plan() in memory: {results['plan']}")
    for size in options.sizes:
        if {"transitions", "start"} & {*options.only}:
            results["sizes"][str(size)] = _on_size(size, options)
    if "ownership" in options.only:
        with Server() as server, _sleeper(server) as sleeper:
            results["ownership"] = ownership.measure(server, sleeper)
            _say(f"ownership: {results['ownership']}")
    return results | {"load_at_end": [round(each, 2) for each in os.getloadavg()]}


def _on_size(size: int, options: Options) -> dict[str, Any]:
    with Server() as server:
        began = time.monotonic()
        cluster = fill(server, size)
        found: dict[str, Any] = {"namespaces": len(cluster.namespaces), "bytes": _bytes(cluster)}
        _say(f"{size} Deployments made in {time.monotonic() - began:.0f} s: {found}")
        if "start" in options.only:
            _start(server)  # compiles what was edited since the last run
            found["starts"] = [_start(server) for _ in range(options.runs)]
            _say(f"started: {found['starts']}")
        if "transitions" in options.only:
            with Witness(where(server)) as witness:
                found |= _transitions(Bench(cluster, witness), options)
        return found


def _transitions(bench: Bench, options: Options) -> dict[str, Any]:
    sweep, best = _best(bench)
    found: dict[str, Any] = {"sweep": sweep, "best": {"way": best[0].way, "concurrency": best[1]}, "transitions": []}

    def note(made: dict[str, Any]) -> None:
        found["transitions"].append(made)
        _say(_line(made))

    for run in range(options.runs):
        note(by_bare_loop(bench, *best, "asleep"))
        note(by_bare_loop(bench, *best, "awake"))
        with _sleeper(bench.cluster.server) as sleeper:
            sleeper.first_pass()
            asleep = by_sleepwalker(bench, sleeper, "asleep")
            note(asleep)
            if run == options.runs - 1:
                found["rest"] = at_rest(bench, sleeper, options.rest_seconds)
                _say(f"at rest: {found['rest']}")
            note(by_sleepwalker(bench, sleeper, "awake", asleep["edge"]))
            found.setdefault("troubles", []).extend(sleeper.troubles())
    return found


def _best(bench: Bench) -> tuple[list[dict[str, Any]], tuple[Pair, int]]:
    """Try the bare loop in all its ways on some of the Deployments, and choose the fastest."""
    some = bench.cluster.paths[:_SWEEP]
    both = pairs(bench.cluster.one())
    seconds: dict[tuple[str, int], float] = {}
    for way, at_once in _WAYS:
        made = [by_bare_loop(bench, both[way], at_once, to, some) for to in ("asleep", "awake")]
        seconds[way, at_once] = sum(each["last_seen_s"] for each in made)
        _say(f"bare loop, {way} patch, {at_once} at once: {2 * len(some) / seconds[way, at_once]:.0f}/s")
    way, at_once = min(seconds, key=seconds.__getitem__)
    sweep = [{"way": w, "concurrency": c, "patches_per_s": 2 * len(some) / s} for (w, c), s in seconds.items()]
    return sweep, (both[way], at_once)


def _start(server: Server) -> dict[str, float]:
    with _sleeper(server) as sleeper:
        return sleeper.first_pass() | {"rss_mb": memory_mb(sleeper.pid, "VmRSS"), "peak_rss_mb": memory_mb(sleeper.pid)}


@contextlib.contextmanager
def _sleeper(server: Server) -> Iterator[Sleeper]:
    with (
        tempfile.TemporaryDirectory(prefix="sleepwalker-bench-") as folder,
        Sleeper(server.kubeconfig, Path(folder)) as sleeper,
    ):
        yield sleeper


def _bytes(cluster: Cluster) -> dict[str, int]:
    """How large a Deployment is as JSON, and how large without the server's notes on who owns what."""
    whole = cluster.one()
    bare = {**whole, "metadata": {**whole["metadata"], "managedFields": None}}
    return {"whole": len(orjson.dumps(whole)), "without managedFields": len(orjson.dumps(bare))}


def _versions() -> dict[str, str]:
    programs = find_programs()
    said = {name: [programs / name, "--version"] for name in ("etcd", "kube-apiserver")}
    found = {
        name: subprocess.run(c, capture_output=True, text=True, check=True).stdout.split("\n")[0]
        for name, c in said.items()
    }
    return found | {name: version(name) for name in ("sleepwalker", "aiohttp", "kubernetes", "orjson")}


def _line(made: dict[str, Any]) -> str:
    return (
        f"{made['who']:<11} → {made['to']:<6}  first sent {made['first_sent_s'] * 1000:6.1f} ms, "
        f"seen {made['first_seen_s'] * 1000:6.1f} ms, last seen {made['last_seen_s']:6.2f} s; "
        f"CPU each: client {made['client_cpu_ms_each']:.3f} ms, server {made['server_cpu_ms_each']:.2f} ms; "
        f"others took {made['others_share']:.0%} of the machine; "
        + (f"peak {made['peak_rss_mb']:.1f} MB; " if "peak_rss_mb" in made else "")
        + str(made["requests"])
    )


def _say(line: str) -> None:
    print(f"{datetime.fromtimestamp(now(), UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)
