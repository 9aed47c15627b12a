"""`sleepwalker simulate`."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sleepwalker.cli.failure import Refused
from sleepwalker.cli.options import CLUSTER, DECIDING, Given, takes

if TYPE_CHECKING:
    from sleepwalker.app.lived import Lived
    from sleepwalker.app.simulate import Step
    from sleepwalker.cli.source import Look

EXAMPLES = """
sleepwalker simulate                            # this cluster, seven days

sleepwalker simulate -f manifests/ --from 2026-12-21 --to 2027-01-04

sleepwalker simulate -f manifests/ -o html > week.html
"""
_LONGEST = timedelta(days=3660)
_PATIENCE = timedelta(seconds=1)


@takes("filename", "namespace", *CLUSTER, *DECIDING)
def simulate(
    given: Given,
    begin: Annotated[str, typer.Option("--from", metavar="TIME", show_default="now", help="When it begins.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="TIME", show_default="7 days later", help="When it ends.")] = "",
    left: Annotated[bool, typer.Option("--left", help="With -o json or yaml: what is left, too.")] = False,
    output: Annotated[
        Literal["table", "json", "yaml", "html"],
        typer.Option("--output", "-o", rich_help_panel="How to show it", help="As what to write it."),
    ] = "table",
) -> int:
    """Show every change in a span of time, and what it frees."""
    from sleepwalker.cli import output as out  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.render.html import week_page  # noqa: PLC0415
    from sleepwalker.render.week import week_document, week_lines, week_rows  # noqa: PLC0415

    lived, seen = _lived(replace(given, at=begin), end)
    problems = seen.all_problems(lived.problems, given.namespace)
    match output:
        case "json" | "yaml":
            out.emit(week_document(lived, problems, left=left), output)
        case "html":
            out.write_lines([week_page(lived, problems, seen.zone)])
        case "table":
            out.show_either(
                lambda width: week_lines(lived, problems, seen.zone, width),
                lambda: week_rows(lived, problems, seen.zone),
            )
    return 0


def _lived(given: Given, end: str) -> tuple["Lived", "Look"]:
    from sleepwalker.app.lived import dst_notes, foresee  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli.source import look  # noqa: PLC0415

    seen = look(given)
    until = _until(seen, end)
    lived = foresee(seen.snapshot, seen.policies, seen.now, until, _progress())
    _progress_ends()
    lived.dst = dst_notes(seen.snapshot, seen.policies, seen.now, until)
    return lived, seen


def _until(seen: "Look", end: str) -> datetime:
    from sleepwalker.cli.times import later, read_time  # noqa: PLC0415

    until = read_time(end, seen.now, seen.zone) if end else later(seen.now, timedelta(days=7))
    if until <= seen.now:
        raise Refused("--to is not after --from; say a later time, or for example --to +7d")
    if until - seen.now > _LONGEST:
        raise Refused(f"--to is more than {_LONGEST.days} days after --from; say a shorter span")
    return until


def _progress() -> Callable[["Lived", "Step"], None]:
    """Return what tells how far it is, once it has taken a second, to a person who looks on."""
    from time import monotonic  # noqa: PLC0415

    began = monotonic()

    def told(lived: "Lived", step: "Step") -> None:
        if sys.stderr.isatty() and monotonic() - began > _PATIENCE.total_seconds():
            share = (step.plan.now - lived.start) / (lived.end - lived.start)
            sys.stderr.write(f"\r{100 * share:3.0f} %")
            sys.stderr.flush()

    return told


def _progress_ends() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r     \r")
