"""A real Kubernetes control plane on loopback, alive as long as a `with` block.

with Bed(find_programs(want={"nodes"}), want={"nodes"}) as bed:
    bed.create(objects.deployment("web", "default", replicas=3))
    bed.until("web runs", lambda: bed.get("Deployment", "web", "default")["status"].get("readyReplicas") == 3)

etcd and kube-apiserver always; with "nodes" also the controller manager, the scheduler and kwok, which plays the nodes
and their pods. The server signs its own certificate, and its key signs the ServiceAccount tokens, so nothing but the
programs themselves is needed.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tests.cluster import objects
from tests.cluster.api import Api, BedError
from tests.cluster.processes import HOST, LEASH, reserved_ports
from tests.cluster.programs import ASSETS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

ADMIN_TOKEN = "admin-of-the-bed"  # noqa: S105  # it opens a server that lives for one test run
SYSTEM_NAMESPACES = {"default", "kube-system", "kube-public", "kube-node-lease"}

Found = TypeVar("Found")


class Bed(Api):
    """A cluster of one's own, as its admin sees it; other eyes through `kubeconfig_for` and `seen_by`."""

    def __init__(self, programs: Path, want: Collection[str] = (), nodes: int = 3):
        self._programs = programs
        self._nodes = nodes if "nodes" in want else 0
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sleepwalker-bed-")))
            self._port = stack.enter_context(reserved_ports(4))
            self._starter = stack.enter_context(ThreadPoolExecutor(1))
            stack.callback(self._kill_all)
            self._bring_up()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # ------------------------------------------------------------------ who may talk to it

    @property
    def kubeconfig(self) -> Path:
        """The admin's."""
        return self.directory / "kubeconfig-admin"

    def kubeconfig_for(self, token: str, user: str) -> Path:
        cluster = {"server": self.url, "certificate-authority-data": base64.b64encode(self._ca.encode()).decode()}
        path = self.directory / f"kubeconfig-{user}"
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "bed", "cluster": cluster}],
                    "users": [{"name": user, "user": {"token": token}}],
                    "contexts": [{"name": "bed", "context": {"cluster": "bed", "user": user}}],
                    "current-context": "bed",
                }
            )
        )
        return path

    def token(self, namespace: str, service_account: str) -> str:
        """A fresh one, good for an hour. The ServiceAccount must be there."""
        account = self.path("ServiceAccount", service_account, namespace)
        return str(self.req("POST", f"{account}/token", {"spec": {}})["status"]["token"])

    def seen_by(self, token: str) -> Api:
        return Api(self.url, self._ca, token)

    def kubectl(self, *args: str, input: str | None = None) -> str:  # noqa: A002  # subprocess's word
        """Its standard output. A failure shows what kubectl said."""
        kubectl = str(self._programs / "kubectl")
        ours = (f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.directory}/kubectl")
        done = subprocess.run([kubectl, *ours, *args], input=input, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"kubectl {' '.join(args)} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    # ------------------------------------------------------------------ waiting, and breaking things

    def until(self, what: str, predicate: Callable[[], Found], limit: float = 30) -> Found:
        """The predicate's first true answer. Refusals and a silent server count as not yet, for `limit` seconds."""
        end = time.monotonic() + limit
        seen: object = None
        while time.monotonic() < end:
            try:
                if seen := predicate():
                    return seen
            except (OSError, http.client.HTTPException, BedError) as not_yet:
                seen = not_yet
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise AssertionError(f"{name} ended with {process.returncode}: {self._last_words(name)}")
            time.sleep(0.03)
        raise TimeoutError(f"not within {limit} s: {what}; last seen: {seen!r}")

    def stop(self, name: str) -> None:
        """At once, with SIGKILL: asked politely, an API server with open watches takes a minute."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def start(self, name: str) -> None:
        """Starts what was stopped, with all that it had stored; the API server is ready when this returns."""
        self._launch(name)
        if name == "apiserver":
            self._wait_for_apiserver()

    def restart_apiserver(self, downtime: float = 0) -> None:
        """Connections break at once and are refused for `downtime` seconds and the 3 or so that a start takes."""
        self.stop("apiserver")
        time.sleep(downtime)
        self.start("apiserver")

    def pids(self) -> dict[str, int]:
        """Of what runs: `etcd`, `apiserver`, `controller-manager`, `scheduler`, `kwok`."""
        return {name: process.pid for name, process in self._running.items()}

    # ------------------------------------------------------------------ tidying

    def clean_namespaces(self) -> None:
        """Deletes every namespace that a test has made, with all that is in them."""
        for namespace in self.items("Namespace"):
            if namespace["metadata"]["name"] not in SYSTEM_NAMESPACES:
                self.delete_namespace(namespace["metadata"]["name"])

    def delete_namespace(self, name: str) -> None:
        """What is in it is gone when this returns, unless a finalizer holds it. With nodes, itself goes later."""
        try:
            self.delete("Namespace", name)
        except BedError as refusal:
            if refusal.status != http.client.NOT_FOUND:
                raise
            return
        for resource in self.resources():
            if resource.namespaced and "deletecollection" in resource.verbs:
                self.req("DELETE", resource.path(None, name), propagationPolicy="Background", gracePeriodSeconds=0)
        if not self._nodes:  # then nobody else does it
            self.req("PUT", f"/api/v1/namespaces/{name}/finalize", objects.namespace(name))

    # ------------------------------------------------------------------ how it comes up

    def _bring_up(self) -> None:
        (self.directory / "tokens.csv").write_text(f"{ADMIN_TOKEN},admin,admin,system:masters\n")
        self._launch("etcd")
        self._start_first_apiserver()
        if self._nodes:
            for name in ("controller-manager", "scheduler", "kwok"):
                self._launch(name)
            for i in range(1, self._nodes + 1):
                self.create(objects.node(f"node-{i}", labels={"pool": "static"}))
            self.until("the nodes are ready", self._nodes_are_ready, limit=60)

    def _start_first_apiserver(self) -> None:
        self._launch("apiserver")
        signed = self.directory / "certs"
        self.until("the API server has signed its certificate", (signed / "apiserver.key").exists)
        self._ca = (signed / "apiserver.crt").read_text()
        super().__init__(f"https://{HOST}:{self._port}", self._ca, ADMIN_TOKEN)
        self.kubeconfig_for(ADMIN_TOKEN, "admin")
        self._wait_for_apiserver()

    def _wait_for_apiserver(self) -> None:
        self.until("the API server is ready", lambda: self.req("GET", "/readyz", accept="*/*") == "ok", limit=60)

    def _launch(self, name: str) -> None:
        """Always from one thread that lives as long as the bed: who holds the leash is a thread, not its process."""
        program, *flags = self._command(name)
        command = [*LEASH, str(self._programs / program), *flags]
        with (self.directory / f"{name}.log").open("ab") as log:

            def start() -> subprocess.Popen[bytes]:
                return subprocess.Popen(command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

            self._running[name] = self._starter.submit(start).result()

    def _command(self, name: str) -> tuple[str, ...]:
        etcd, peers = (f"http://{HOST}:{self._port + i}" for i in (1, 2))
        match name:
            case "etcd":
                return (
                    "etcd",
                    "--data-dir=etcd",
                    f"--listen-client-urls={etcd}",
                    f"--advertise-client-urls={etcd}",
                    f"--listen-peer-urls={peers}",
                    f"--initial-advertise-peer-urls={peers}",
                    f"--initial-cluster=default={peers}",
                    "--unsafe-no-fsync",
                    "--log-level=error",
                )
            case "apiserver":
                return (
                    "kube-apiserver",
                    f"--etcd-servers={etcd}",
                    f"--bind-address={HOST}",
                    f"--advertise-address={HOST}",
                    f"--secure-port={self._port}",
                    "--cert-dir=certs",
                    "--token-auth-file=tokens.csv",
                    "--authorization-mode=RBAC",
                    "--service-cluster-ip-range=10.0.0.0/24",
                    "--service-account-issuer=https://kubernetes.default.svc",
                    "--service-account-key-file=certs/apiserver.key",
                    "--service-account-signing-key-file=certs/apiserver.key",
                    "--endpoint-reconciler-type=none",
                    # it refuses pods until the controller manager has made the namespace's account
                    *(() if self._nodes else ("--disable-admission-plugins=ServiceAccount",)),
                )
            case "controller-manager":
                return (
                    "kube-controller-manager",
                    f"--kubeconfig={self.kubeconfig}",
                    "--leader-elect=false",
                    "--secure-port=0",
                    "--service-account-private-key-file=certs/apiserver.key",
                    "--kube-api-qps=200",
                    "--kube-api-burst=400",
                    "--horizontal-pod-autoscaler-sync-period=2s",
                )
            case "scheduler":
                return ("kube-scheduler", f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--secure-port=0")
            case "kwok":
                return (
                    "kwok",
                    f"--kubeconfig={self.kubeconfig}",
                    f"--config={ASSETS}/kwok.yaml",
                    "--manage-all-nodes=true",
                    f"--server-address={HOST}:{self._port + 3}",
                    "--node-lease-duration-seconds=40",
                )
        raise LookupError(f"the bed runs no {name!r}")

    def _nodes_are_ready(self) -> bool:
        nodes = self.items("Node")
        self.get("ServiceAccount", "default", "default")  # before it is there, no pod gets in
        return len(nodes) == self._nodes and all(_ready(node) and not node["spec"].get("taints") for node in nodes)

    def _last_words(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text(errors="replace")[-2000:]

    def _kill_all(self) -> None:
        for name in reversed(tuple(self._running)):
            self.stop(name)


def _ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions") or []
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
