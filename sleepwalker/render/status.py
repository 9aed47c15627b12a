"""What sleeps, as text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.text import Text

from sleepwalker.app.status import Asleep, InForce, Status
from sleepwalker.core.problem import Problem
from sleepwalker.render.plan import problem_lines, problem_rows, sentence
from sleepwalker.render.table import Table, lines, plain
from sleepwalker.render.text import clean, count, show_relative, show_time

_INDENT = "  "


def status_lines(status: Status, problems: Sequence[Problem], zone: ZoneInfo, width: int) -> list[Text]:
    """Return what sleeps for a terminal of that width, by namespace and reason."""
    shown = [Text(f"Asleep at {show_time(status.now, zone)}: {count(len(status.asleep), 'object')}", "bold"), Text()]
    for (namespace, because), found in groupby(sorted(status.asleep, key=_group), _group):
        group = list(found)
        shown.append(Text.assemble((clean(namespace), "bold"), _INDENT, (count(len(group), "object"), "dim")))
        shown += sentence(because, width, _INDENT, "dim")
        rows = [_row(each, status, zone) for each in group]
        table = Table(("", "", "", ""), rows, flexible=(0, 1))
        shown += [Text(_INDENT).append(line) for line in lines(table, width - len(_INDENT))[1:]]
        shown.append(Text())
    for each in status.overrides:
        shown.append(Text.assemble(("override", "bold magenta"), _INDENT, (clean(str(each.ref)), "bold")))
        shown += sentence(_override(each, status, zone), width, _INDENT)
    return [*shown, *([Text()] if status.overrides else []), *problem_lines(problems, width)]


def status_rows(status: Status, problems: Sequence[Problem], zone: ZoneInfo) -> list[str]:
    """Return what sleeps for a pipe: a row each."""
    rows = [
        (each.ref.namespace, *_row(each, status, zone), each.because)
        for each in status.asleep
    ]  # fmt: skip
    table = plain(Table(("NAMESPACE", "OBJECT", "ORIGINAL", "SINCE", "UNTIL", "BECAUSE"), rows))
    overrides = [
        f"override  {clean(str(each.ref))}: {clean(_override(each, status, zone))}" for each in status.overrides
    ]
    return [*(table if rows else ["Nothing is asleep."]), *overrides, *problem_rows(problems)]


def _group(asleep: Asleep) -> tuple[str, str]:
    return asleep.ref.namespace, asleep.because


def _row(asleep: Asleep, status: Status, zone: ZoneInfo) -> tuple[str, str, str, str]:
    was = ", ".join(f"{pointer.rpartition('/')[2]} {_value(value)}" for pointer, value in asleep.original.items())
    until = show_time(asleep.until, zone, status.now) if asleep.until else "nothing says when"
    return (
        f"{asleep.ref.kind}/{asleep.ref.name}",
        was,
        f"since {show_time(asleep.since, zone, status.now)}",
        f"until {until}",
    )


def _value(value: object) -> str:
    return "(unset)" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _override(override: InForce, status: Status, zone: ZoneInfo) -> str:
    word = "awake" if override.awake else "asleep"
    by = f" by {override.by}" if override.by else ""
    reason = f": {override.reason}" if override.reason else ""
    until = f"{show_time(override.until, zone, status.now)} ({show_relative(override.until, status.now)})"
    return f"{word} until {until}{by}{reason}"
