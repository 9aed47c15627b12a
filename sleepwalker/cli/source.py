"""What a command looks at: manifests, or a cluster."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sleepwalker.cli.failure import EXIT_MISSING, Refused
from sleepwalker.cli.options import Given
from sleepwalker.cli.times import read_time

if TYPE_CHECKING:
    from sleepwalker.config.settings import Settings
    from sleepwalker.core.policy import Policies
    from sleepwalker.core.problem import Problem
    from sleepwalker.core.targets import Snapshot
    from sleepwalker.wiring import Preview


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what was seen, by which policies it is decided, and what could not be read."""

    now: datetime
    zone: ZoneInfo
    snapshot: "Snapshot"
    policies: "Policies"
    problems: tuple["Problem", ...]

    def all_problems(self, problems: Iterable["Problem"], namespaces: Iterable[str] = ()) -> tuple["Problem", ...]:
        """Return these problems and those of the look itself, each once; of these namespaces, if any are named."""
        only = frozenset(namespaces)
        found = sorted({*problems, *self.problems})
        return tuple(each for each in found if not only or _concerns(each, only))


def read_settings(given: Given, **more: object) -> "Settings":
    """Return the settings: what was given, over the environment, over the file; raise SettingsError."""
    from sleepwalker import wiring  # noqa: PLC0415 - slow to import

    return wiring.read_settings({**given.for_settings(), **more})


def zone_of(settings: "Settings") -> ZoneInfo:
    """Return the zone of times that name none."""
    from sleepwalker.core.zones import zone_named  # noqa: PLC0415

    return zone_named(settings.zone)


def moment(given: Given, zone: ZoneInfo) -> datetime:
    """Return the time that is looked at: that of --at, or now."""
    from sleepwalker import wiring  # noqa: PLC0415

    now = wiring.system_clock().now()
    return read_time(given.at, now, zone) if given.at else now


def look(given: Given) -> Look:
    """Look at the manifests, or at the cluster; raise ClusterError."""
    if given.filename:
        return preview(given)[0]
    import asyncio  # noqa: PLC0415 - slow to import

    settings = read_settings(given, **({"namespaces": given.namespace} if given.namespace else {}))
    zone = zone_of(settings)
    now = moment(given, zone)
    snapshot, policies, problems = asyncio.run(_live(settings))
    return Look(now, zone, only(snapshot, given.namespace), policies, problems)


def preview(given: Given) -> tuple[Look, "Preview"]:
    """Load the manifests into a cluster in memory, which can be lived with, and look at it."""
    from sleepwalker import wiring  # noqa: PLC0415 - slow to import

    settings = read_settings(given)
    zone = zone_of(settings)
    now = moment(given, zone)
    made = wiring.preview(given.filename, settings, now)
    snapshot = only(made.cluster.snapshot(), given.namespace)
    problems = (*made.problems, *made.policies.problems, *made.cluster.problems())
    return Look(now, zone, snapshot, made.policies, problems), made


async def _live(settings: "Settings") -> tuple["Snapshot", "Policies", tuple["Problem", ...]]:
    from sleepwalker import wiring  # noqa: PLC0415
    from sleepwalker.app.ports import LedgerError  # noqa: PLC0415
    from sleepwalker.core.problem import Problem  # noqa: PLC0415
    from sleepwalker.core.targets import Ref  # noqa: PLC0415

    async with wiring.live(settings) as cluster:
        problems = [*cluster.policies.problems, *cluster.cluster.problems()]
        try:
            spans = await cluster.ledger.open_spans()
        except LedgerError as error:
            spans = {}
            problems.append(Problem(Ref("", "Ledger", cluster.name), str(error)))
        return replace(cluster.cluster.snapshot(), spans=spans), cluster.policies, tuple(problems)


def only(snapshot: "Snapshot", namespaces: Iterable[str]) -> "Snapshot":
    """Return the part of the look that shows these namespaces, or all of it; refuse one that is not there."""
    names = frozenset(namespaces)
    for name in sorted(names):
        if name not in snapshot.namespaces:
            near = difflib.get_close_matches(name[:64], list(snapshot.namespaces), n=1)
            hint = f"; is {near[0]!r} meant?" if near else ""
            raise Refused(f"there is no namespace {name[:64]!r}{hint}", EXIT_MISSING)
    return snapshot.only(names) if names else snapshot


def _concerns(problem: "Problem", namespaces: frozenset[str]) -> bool:
    ref = problem.ref
    if ref.namespace:
        return ref.namespace in namespaces
    return ref.kind != "Namespace" or ref.name in namespaces
