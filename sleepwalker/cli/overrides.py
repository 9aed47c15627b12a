"""`sleepwalker wake`, `sleep` and `resume`: a person says what shall hold, and until when."""

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from sleepwalker.cli.failure import EXIT_DENIED, EXIT_FAILED, EXIT_MISSING, Refused, complain, told
from sleepwalker.cli.options import CLUSTER, DECIDING, Given, takes

if TYPE_CHECKING:
    from sleepwalker.adapters.kubernetes.direct import DirectWriter
    from sleepwalker.app.override import Override
    from sleepwalker.config.settings import Settings
    from sleepwalker.core.targets import Ref

WAKE_EXAMPLES = """
sleepwalker wake ns/team-a --for 3h --reason 'demo for the board'

sleepwalker wake team-a/deployment/web team-a/sts/db --until 22:00

sleepwalker wake deployment/web -n team-a --until 'tomorrow 06:00' --dry-run
"""
SLEEP_EXAMPLES = """
sleepwalker sleep ns/team-a --until 'Mon 06:00' --reason 'long weekend'

sleepwalker sleep team-a/deployment/web --for 12h
"""
RESUME_EXAMPLES = """
sleepwalker resume ns/team-a                    # the schedule decides again
"""

_Targets = Annotated[
    list[str],
    typer.Argument(metavar="TARGET", show_default=False, help="ns/NAME, NAMESPACE/KIND/NAME, or KIND/NAME with -n."),
]
_For = Annotated[str, typer.Option("--for", metavar="DURATION", show_default=False, help="For how long: 30m, 3h, 2d.")]
_Until = Annotated[
    str,
    typer.Option(metavar="TIME", show_default=False, help="Until when: 22:00, 'tomorrow 06:00', or an RFC 3339 time."),
]
_Reason = Annotated[str, typer.Option(metavar="TEXT", show_default=False, help="Why; others will read it.")]
_By = Annotated[str, typer.Option(metavar="NAME", show_default="you, at this machine", help="Who says so.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the patches; write nothing.")]
_OPTIONS = ("filename", "namespace", *CLUSTER, *DECIDING)


@takes(*_OPTIONS)
def wake(  # noqa: PLR0913 - an option each
    given: Given, *, targets: _Targets, duration: _For = "", until: _Until = "", reason: _Reason = "", by: _By = "",
    dry_run: _DryRun = False,
) -> int:  # fmt: skip
    """Keep targets awake until then, whatever the schedule says."""
    return _override(_Wish(given, targets, dry_run), awake=True, end=(duration, until), said=(by, reason))


@takes(*_OPTIONS)
def sleep(  # noqa: PLR0913 - an option each
    given: Given, *, targets: _Targets, duration: _For = "", until: _Until = "", reason: _Reason = "", by: _By = "",
    dry_run: _DryRun = False,
) -> int:  # fmt: skip
    """Keep targets asleep until then, whatever the schedule says."""
    return _override(_Wish(given, targets, dry_run), awake=False, end=(duration, until), said=(by, reason))


@takes(*_OPTIONS)
def resume(given: Given, targets: _Targets, dry_run: _DryRun = False) -> int:
    """End an override: the schedule decides again."""
    wish = _Wish(given, targets, dry_run)
    return _write(wish, _refs(wish), None, "the schedule decides again")


@dataclass(frozen=True, slots=True)
class _Wish:
    given: Given
    targets: list[str]
    dry_run: bool


def _override(wish: _Wish, *, awake: bool, end: tuple[str, str], said: tuple[str, str]) -> int:
    from sleepwalker.app.override import Override  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli.source import moment, read_settings, zone_of  # noqa: PLC0415
    from sleepwalker.render.text import clean, show_relative, show_time  # noqa: PLC0415

    zone = zone_of(read_settings(wish.given))
    now = moment(wish.given, zone)
    until = _end(end, now, zone_name=zone.key, awake=awake)
    by, reason = (clean(each).strip()[:256] for each in said)
    override = Override(awake, until, by or _me(), reason)
    holds = f"{'awake' if awake else 'asleep'} until {show_time(until, zone, now)} ({show_relative(until, now)})"
    return _write(wish, _refs(wish), override, holds)


def _end(end: tuple[str, str], now: datetime, *, zone_name: str, awake: bool) -> datetime:
    from sleepwalker.cli.times import later, read_time  # noqa: PLC0415
    from sleepwalker.core.duration import parse_duration  # noqa: PLC0415
    from sleepwalker.core.instants import show_instant  # noqa: PLC0415
    from sleepwalker.core.zones import zone_named  # noqa: PLC0415

    duration, until = end
    verb = "wake" if awake else "sleep"
    if bool(duration) == bool(until):
        seen = "it must have an end" if not duration else "--for and --until are two ends"
        raise Refused(f"{seen}: say for example 'sleepwalker {verb} ns/team-a --for 3h', or --until 22:00")
    at = later(now, parse_duration(duration)) if duration else read_time(until, now, zone_named(zone_name))
    if at <= now:
        raise Refused(f"{show_instant(at)} is not later than now, {show_instant(now)}; say a later end")
    return at


def _refs(wish: _Wish) -> list["Ref"]:
    from sleepwalker.app.override import parse_target  # noqa: PLC0415
    from sleepwalker.config.recipes import bundled_recipes  # noqa: PLC0415

    if wish.given.filename:
        raise Refused(
            "wake, sleep and resume write to a cluster; manifests are yours to edit. "
            "To see what an annotation would do: sleepwalker plan -f …"
        )
    kinds = sorted(bundled_recipes())
    refs = []
    for target in wish.targets:
        parts = target.split("/")
        bare = len(parts) == 2 and parts[0].casefold() not in {"ns", "namespace", "namespaces", "pool"}  # noqa: PLR2004
        if bare and len(wish.given.namespace) == 1:
            target = f"{wish.given.namespace[0]}/{target}"  # noqa: PLW2901 - the same target, in full
        refs.append(parse_target(target, kinds))
    return refs


def _write(wish: _Wish, refs: list["Ref"], override: "Override | None", holds: str) -> int:
    import asyncio  # noqa: PLC0415 - slow to import

    from sleepwalker.app.override import annotations_of  # noqa: PLC0415
    from sleepwalker.cli.output import emit, write_lines  # noqa: PLC0415

    if not wish.dry_run:
        return asyncio.run(_to_the_cluster(wish, refs, override, holds))
    for ref in refs:
        emit({"metadata": {"annotations": annotations_of(override)}}, "json")
        write_lines([f"{ref}: would be {holds}"])
    return 0


async def _to_the_cluster(wish: _Wish, refs: list["Ref"], override: "Override | None", holds: str) -> int:
    from sleepwalker import wiring  # noqa: PLC0415 - slow to import
    from sleepwalker.app.override import write_override  # noqa: PLC0415
    from sleepwalker.app.ports import ClusterError  # noqa: PLC0415
    from sleepwalker.cli.output import write_lines  # noqa: PLC0415
    from sleepwalker.cli.source import read_settings  # noqa: PLC0415

    codes: set[int] = set()
    settings = read_settings(wish.given)
    async with wiring.writer(settings) as writer:
        for ref in refs:
            try:
                if override and settings.policies:
                    await _refuse_if_too_long(writer, ref, override, settings)
                await write_override(writer, ref, override)
            except (ClusterError, Refused) as error:
                sentence, code = told(error) or (str(error), EXIT_FAILED)
                complain(sentence)
                codes.add(code)
            else:
                write_lines([f"{ref}: {holds}"])
                sys.stdout.flush()
    return next((code for code in (EXIT_DENIED, EXIT_MISSING, EXIT_FAILED) if code in codes), 0)


async def _refuse_if_too_long(writer: "DirectWriter", ref: "Ref", override: "Override", settings: "Settings") -> None:
    from sleepwalker import wiring  # noqa: PLC0415 - slow to import
    from sleepwalker.app.override import allowed  # noqa: PLC0415

    now = wiring.system_clock().now()
    namespace = await writer.namespace(ref.namespace or ref.name)
    if refusal := allowed(now, override, namespace, wiring.policies_of(settings, now)):
        raise Refused(f"{ref}: {refusal}", EXIT_DENIED)


def _me() -> str:
    """Return who is at which machine."""
    import getpass  # noqa: PLC0415
    import socket  # noqa: PLC0415

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
