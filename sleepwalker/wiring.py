"""Settings → the parts of the program: the only module that names a concrete adapter.

The heavy adapters are imported by the functions that need them, so that a preview of files loads no HTTP client.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sleepwalker.adapters.clock import SystemClock
from sleepwalker.adapters.ledger.memory import MemoryLedger
from sleepwalker.adapters.memory import MemoryCluster
from sleepwalker.app.announce import Announcement
from sleepwalker.app.ports import Ledger
from sleepwalker.app.reconcile import Reconciler
from sleepwalker.app.simulate import VirtualClock
from sleepwalker.config.folder import PolicyFolder, load_documents, load_folder
from sleepwalker.config.loaded import Loaded, to_policies
from sleepwalker.config.manifests import load_objects
from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.config.settings import Settings, load_settings
from sleepwalker.core.policy import Policies
from sleepwalker.core.problem import Problem
from sleepwalker.core.targets import Ref

if TYPE_CHECKING:
    from sleepwalker.adapters.kubernetes.cluster import KubernetesCluster
    from sleepwalker.adapters.kubernetes.direct import DirectWriter
    from sleepwalker.adapters.kubernetes.events import EventWriter
    from sleepwalker.adapters.kubernetes.lease import Lease
    from sleepwalker.adapters.kubernetes.session import Session
    from sleepwalker.adapters.ledger.sql import SqlLedger
    from sleepwalker.adapters.metrics import Metrics

_READY_SECONDS = 60.0


def read_settings(given: Mapping[str, object]) -> Settings:
    """Return the settings: flags, then the environment, then the file; raise SettingsError."""
    flags = {name: value for name, value in given.items() if name != "config"}
    config = given.get("config")
    settings, _ = load_settings(flags, os.environ, str(config) if config else None)
    return settings


def system_clock() -> SystemClock:
    """Return the machine's clock."""
    return SystemClock()


# -- files -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preview:
    """A cluster in memory, made of manifests, and all that is needed to live in it."""

    cluster: MemoryCluster
    policies: Policies
    clock: VirtualClock
    reconciler: Reconciler
    problems: tuple[Problem, ...]


def preview(paths: Sequence[str], settings: Settings, now: datetime) -> Preview:
    """Return what the files and folders hold, as a cluster at `now`. Policies among them count beside the settings'."""
    found = load_objects([str(path) for path in paths])
    loaded = _joined(load_folder(settings.policies, now, settings), load_documents(found.documents, now, settings))
    policies = to_policies(loaded, settings, bundled_recipes(), _itself(settings))
    clock = VirtualClock(now)
    cluster = MemoryCluster(policies.recipes, clock, settings.zone)
    cluster.load(found.objects)
    reconciler = Reconciler(cluster, MemoryLedger(), policies, mode="enforce", concurrency=settings.concurrency)
    return Preview(cluster, policies, clock, reconciler, found.problems)


def _joined(one: Loaded, other: Loaded) -> Loaded:
    return Loaded(
        policies=(*one.policies, *other.policies),
        calendars={**one.calendars, **other.calendars},
        problems=(*one.problems, *other.problems),
        recipes={**one.recipes, **other.recipes},
    )


# -- a cluster -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Live:
    """A real cluster with its caches filled, and what decides about it."""

    cluster: KubernetesCluster
    policies: Policies
    ledger: Ledger
    name: str


def policies_of(settings: Settings, now: datetime) -> Policies:
    """Return all that decides, as the settings' policy files say it now."""
    return to_policies(load_folder(settings.policies, now, settings), settings, bundled_recipes(), _itself(settings))


@asynccontextmanager
async def live(settings: Settings) -> AsyncGenerator[Live]:
    """Connect to the cluster and look at it; raise ClusterError. Nothing is written."""
    policies = policies_of(settings, SystemClock().now())
    session, cluster = await _connected(settings, policies)
    ledger = _ledger_of(settings, policies)
    try:
        await cluster.start()
        await cluster.ready(_READY_SECONDS)
        yield Live(cluster, policies, ledger, settings.cluster)
    finally:
        await cluster.close()
        await session.close()
        await ledger.close()


@asynccontextmanager
async def writer(settings: Settings) -> AsyncGenerator[DirectWriter]:
    """Connect to the cluster to patch, without a look at it; raise ClusterError."""
    from sleepwalker.adapters.kubernetes.direct import DirectWriter  # noqa: PLC0415 - heavy

    async with await _session_of(settings) as session:
        yield DirectWriter(session, bundled_recipes().values())


async def _connected(settings: Settings, policies: Policies) -> tuple[Session, KubernetesCluster]:
    from sleepwalker.adapters.kubernetes.cluster import KubernetesCluster  # noqa: PLC0415 - heavy

    session = await _session_of(settings)
    return session, KubernetesCluster(session, policies.recipes.values(), settings.zone, settings.namespaces)


async def _session_of(settings: Settings) -> Session:
    from sleepwalker.adapters.kubernetes.session import Session  # noqa: PLC0415 - heavy

    seconds = settings.request_timeout.total_seconds()
    return await Session.open(settings.kubeconfig or None, settings.context or None, seconds)


def _ledger_of(settings: Settings, policies: Policies) -> SqlLedger:
    from sleepwalker.adapters.ledger.sql import SqlLedger  # noqa: PLC0415 - heavy

    return SqlLedger(settings.ledger, settings.cluster, policies.recipes)


def _folder_of(settings: Settings) -> PolicyFolder:
    return PolicyFolder(settings.policies, settings.zone)


def _itself(settings: Settings) -> Ref | None:
    namespace, _, name = settings.itself.partition("/")
    return Ref(namespace, "Deployment", name, "apps") if name else None


# -- the controller ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Parts:
    """What the controller runs with."""

    settings: Settings
    clock: SystemClock
    cluster: KubernetesCluster
    reconciler: Reconciler
    metrics: Metrics
    lease: Lease | None
    _session: Session
    _ledger: SqlLedger
    _events: EventWriter
    _folder: PolicyFolder
    _refused: int = 0

    async def start(self) -> None:
        """Begin to watch the cluster."""
        await self.cluster.start()
        await self._events.start()

    def reload(self, now: datetime) -> Policies | None:
        """Return the policies if their files have changed."""
        loaded = self._folder.poll(now)
        if loaded is None:
            return None
        self._refused = _refused_files(loaded.problems)
        return to_policies(loaded, self.settings, bundled_recipes(), _itself(self.settings))

    def refused_files(self) -> int:
        """Return how many policy files have something wrong with them."""
        return self._refused

    def request_counts(self) -> Mapping[tuple[str, str], int]:
        """Return how many requests were sent to the API server, by verb and resource."""
        return self._session.requests

    async def write_events(self, said: Iterable[Announcement]) -> None:
        """Take Events to be written, beside everything else."""
        from sleepwalker.adapters.kubernetes.events import Happening  # noqa: PLC0415 - heavy

        recipes = self.reconciler.policies.recipes
        batch = []
        for each in said:
            recipe = recipes.get((each.ref.group, each.ref.kind))
            if recipe and each.uid:
                batch.append(Happening(each.ref, recipe.api_version, each.uid, each.reason, each.message))
        await self._events.write(self.clock.now(), batch)

    async def close(self) -> None:
        """End everything, in order."""
        if self.lease:
            await self.lease.release()
        await self._events.close()
        await self.cluster.close()
        await self._session.close()
        await self._ledger.close()


@asynccontextmanager
async def controller_parts(settings: Settings) -> AsyncGenerator[Parts]:
    """Connect to the cluster and put the controller's parts together; raise ClusterError."""
    from sleepwalker.adapters.kubernetes.events import EventWriter  # noqa: PLC0415 - heavy
    from sleepwalker.adapters.metrics import Metrics  # noqa: PLC0415 - heavy

    clock, folder = SystemClock(), _folder_of(settings)
    loaded = folder.poll(clock.now()) or Loaded()
    policies = to_policies(loaded, settings, bundled_recipes(), _itself(settings))
    session, cluster = await _connected(settings, policies)
    ledger = _ledger_of(settings, policies)
    parts = Parts(
        settings=settings,
        clock=clock,
        cluster=cluster,
        reconciler=Reconciler(cluster, ledger, policies, settings.mode, settings.concurrency),
        metrics=Metrics(),
        lease=_lease_of(settings, session, clock),
        _session=session,
        _ledger=ledger,
        _events=EventWriter(session),
        _folder=folder,
        _refused=_refused_files(loaded.problems),
    )
    try:
        yield parts
    finally:
        await parts.close()


def _lease_of(settings: Settings, session: Session, clock: SystemClock) -> Lease | None:
    from sleepwalker.adapters.kubernetes.lease import Claim, Lease  # noqa: PLC0415 - heavy

    namespace, _, name = settings.lease.partition("/")
    if not name:
        return None
    return Lease(session, Claim(namespace, name, f"{socket.gethostname()}-{os.getpid()}"), clock)


def _refused_files(problems: Iterable[Problem]) -> int:
    return len({each.ref.name for each in problems if each.ref.kind == "File"})
