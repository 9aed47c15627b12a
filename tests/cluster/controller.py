"""sleepwalker as a process of its own on a bed, and what tests say to the cluster that it looks after.

with Controller(bed, tmp_path) as controller:
    annotate(bed, namespace, uptime="never")
    bed.until("web sleeps", lambda: replicas(bed, "web", namespace) == 0)
    controller.kill()
    controller.start()
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from sleepwalker.adapters.clock import SystemClock
from tests.cluster import objects
from tests.cluster.processes import HOST, LEASH, reserved_ports

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cluster.bed import Bed

PREFIX = "sleepwalker.dev/"
OURS = "sleepwalker"


class Controller:
    """One controller, from `with` to its end, with its own state, its own port and its own log; it may die in between.

    `settings` are as in the environment: `mode="observe"`, `policies=folder`. A pass that crashed, or anything on
    standard error that is no line of the log, fails the test in the end.
    """

    def __init__(self, bed: Bed, home: Path, *options: str, kubeconfig: Path | None = None, **settings: object):
        self._bed = bed
        self._home = home
        self._options = options
        self._settings = {"mode": "enforce", "log_format": "json", **settings}
        self._kubeconfig = kubeconfig or bed.kubeconfig
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._home.mkdir(exist_ok=True)
        self.port = self._stack.enter_context(reserved_ports(1))
        self.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self.kill()
        self._stack.close()
        if failure is None:
            assert not self.crashes, self.crashes
        show(self._text()[-20_000:])

    # ------------------------------------------------------------------ its life

    def start(self) -> None:
        """Returns at once."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SLEEPWALKER_", "KUBE"))},
            "HOME": str(self._home),
            "XDG_STATE_HOME": str(self._home),
            "KUBECONFIG": str(self._kubeconfig),
            "SLEEPWALKER_HTTP_PORT": str(self.port),
            **{f"SLEEPWALKER_{name.upper()}": str(value) for name, value in self._settings.items()},
        }
        command = [*LEASH, sys.executable, "-m", "sleepwalker", "run", *self._options]
        with self._log_file.open("ab", buffering=0) as log:
            log.write(b"\n")  # one that was killed may have ended in the middle of a line
            self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=log)

    def kill(self) -> None:
        """With SIGKILL: between any two instructions."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def terminate(self) -> None:
        """With SIGTERM; returns at once."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, limit: float = 20) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(limit)

    def until_ready(self) -> None:
        self._bed.until("the controller is ready", lambda: self.alive and self.ask("/readyz")[0] == 200)

    @property
    def alive(self) -> bool:
        if code := self._process.poll():
            raise AssertionError(f"the controller ended with {code}: {self._text()[-3000:]}")
        return self._process.returncode is None

    # ------------------------------------------------------------------ what it says

    def ask(self, path: str) -> tuple[int, str]:
        """The status and the text that it answers with; 0 if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return 0, ""

    def metric(self, name: str, **labels: str) -> float:
        """The sum over all series of that name which have these labels."""
        total = 0.0
        for line in self.ask("/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            said = dict(re.findall(r'(\w+)="([^"]*)"', series))
            if series.partition("{")[0] == name and labels.items() <= said.items():
                total += float(value)
        return total

    def until_metric(self, value: float, name: str, limit: float = 30, **labels: str) -> None:
        self._bed.until(f"{name} {labels} is {value}", lambda: self.metric(name, **labels) == value, limit)

    def lines(self, event: str = "", **keys: object) -> list[dict[str, Any]]:
        """The lines of its log about an event, with these keys."""
        found = [json.loads(line) for line in self._text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [each for each in found if event in ("", each["event"]) and keys.items() <= each.items()]

    def until_line(self, event: str, limit: float = 30, **keys: object) -> dict[str, Any]:
        return self._bed.until(f"it logs {event!r} {keys}", lambda: self.lines(event, **keys), limit)[-1]

    def until_grown(self, limit: float) -> None:
        """Returns within milliseconds of the next line, or after `limit` seconds without one."""
        size, end = self._log_file.stat().st_size, time.monotonic() + limit
        while self._log_file.stat().st_size == size and time.monotonic() < end:
            time.sleep(0.002)

    def problems(self, name: str) -> list[str]:
        """What it said was wrong with the object of that name."""
        return [each["because"] for each in self.lines("Problem") if each["ref"].endswith(f"/{name}")]

    @property
    def crashes(self) -> list[str]:
        noise = [line for line in self._text().splitlines() if line and not line.startswith("{")]
        return noise + [json.dumps(each) for each in self.lines("pass failed")]

    @property
    def _log_file(self) -> Path:
        return self._home / "log"

    def _text(self) -> str:
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""


# ------------------------------------------------------------------ what tests say and see


def show(text: str) -> None:
    """pytest shows it if the test fails, or with -rP."""
    print(text)  # noqa: T201 - a figure, or the log of a controller


def annotate(bed: Bed, namespace: str, name: str = "", kind: str = "Deployment", **wishes: str | None) -> None:
    """Writes annotations of ours on the namespace, or on what is in it; None removes one."""
    annotations = {PREFIX + key.replace("_", "-"): value for key, value in wishes.items()}
    target = (kind, name, namespace) if name else ("Namespace", namespace, None)
    bed.patch(*target, {"metadata": {"annotations": annotations}}, manager="kubectl-annotate")


def replicas(bed: Bed, name: str, namespace: str, kind: str = "Deployment") -> int:
    return bed.get(kind, name, namespace)["spec"]["replicas"]


def asleep(bed: Bed, name: str, namespace: str, kind: str = "Deployment") -> dict[str, Any] | None:
    """The record of its sleep."""
    text = note(bed.get(kind, name, namespace), "asleep")
    return json.loads(text) if text else None


def note(thing: dict[str, Any], key: str) -> str | None:
    """One annotation of ours."""
    return (thing["metadata"].get("annotations") or {}).get(PREFIX + key)


def essence(thing: dict[str, Any]) -> dict[str, Any]:
    """All that a night must not change: everything but the version, the generation and the status."""
    metadata = {k: v for k, v in thing["metadata"].items() if k not in ("resourceVersion", "generation")}
    owners = [each for each in metadata["managedFields"] if each.get("subresource") != "status"]
    return {"spec": thing["spec"], "metadata": {**metadata, "managedFields": owners}}


def owners(thing: dict[str, Any], field: str = "replicas") -> set[tuple[str, str]]:
    """Who owns a field of the spec, and how."""
    managed = thing["metadata"]["managedFields"]
    return {(m["manager"], m["operation"]) for m in managed if f"f:{field}" in m["fieldsV1"].get("f:spec", {})}


def kubectl_apply(bed: Bed, thing: dict[str, Any], *options: str) -> None:
    bed.kubectl("apply", *options, "-f", "-", input=json.dumps(thing))


def from_now(seconds: float) -> str:
    """As annotations have it; whole seconds, at least so far away."""
    return f"{SystemClock().now() + timedelta(seconds=seconds + 0.999):%Y-%m-%dT%H:%M:%SZ}"


def until_instant(text: str) -> None:
    """Sleeps until then."""
    time.sleep(max(0.0, (datetime.fromisoformat(text) - SystemClock().now()).total_seconds()))


def robot(bed: Bed, namespace: str, rules: list[dict[str, Any]], name: str = "robot") -> Path:
    """The kubeconfig of a ServiceAccount that a ClusterRole lets do just that, everywhere."""
    api = "rbac.authorization.k8s.io"
    unique = f"{namespace}-{name}"
    bed.create(objects.service_account(name, namespace))
    bed.create(
        {"apiVersion": f"{api}/v1", "kind": "ClusterRole", "metadata": {"name": unique}, "rules": rules},
    )
    bed.create(
        {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": unique},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": unique},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
        }
    )
    return bed.kubeconfig_for(bed.token(namespace, name), unique)


def rule(groups: str, resources: str, verbs: str) -> dict[str, Any]:
    return {"apiGroups": groups.split(","), "resources": resources.split(","), "verbs": verbs.split(",")}
