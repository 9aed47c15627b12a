"""What sleeps, as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.text import Text

from sleepwalker.app.status import Asleep, InForce, Status
from sleepwalker.core.problem import Problem
from sleepwalker.render.plan import problem_lines, problem_rows, sentence
from sleepwalker.render.table import Table, lines, plain
from sleepwalker.render.text import clean, count, show_relative, show_time

_INDENT = "  "
_NEVER = datetime.max.replace(tzinfo=UTC)


def status_lines(status: Status, problems: Sequence[Problem], zone: ZoneInfo, width: int) -> list[Text]:
    """Return what sleeps for a terminal of that width, by namespace and reason."""
    shown = [Text(f"Asleep at {show_time(status.now, zone)}: {count(len(status.asleep), 'object')}", "bold"), Text()]
    for (namespace, because, since, until), found in groupby(sorted(status.asleep, key=_group), _group):
        group = list(found)
        shown.append(Text.assemble((clean(namespace), "bold"), _INDENT, (count(len(group), "object"), "dim")))
        shown += sentence(because, width, _INDENT, "dim")
        ends = "; nothing says until when" if until == _NEVER else f" until {show_time(until, zone, status.now)}"
        left = "" if until == _NEVER else f" ({show_relative(until, status.now)})"
        shown += sentence(f"since {show_time(since, zone, status.now)}{ends}{left}", width, _INDENT)
        table = Table(("", ""), [_row(each) for each in group], flexible=(0, 1))
        shown += [Text(_INDENT).append(line) for line in lines(table, width - len(_INDENT))[1:]]
        shown.append(Text())
    for each in status.overrides:
        shown.append(Text.assemble(("override", "bold magenta"), _INDENT, (clean(str(each.ref)), "bold")))
        shown += sentence(_override(each, status, zone), width, _INDENT)
    return [*shown, *([Text()] if status.overrides else []), *problem_lines(problems, width)]


def status_rows(status: Status, problems: Sequence[Problem], zone: ZoneInfo) -> list[str]:
    """Return what sleeps for a pipe: a row each."""
    rows = [
        (
            each.ref.namespace,
            *_row(each),
            show_time(each.since, zone, status.now),
            show_time(each.until, zone, status.now) if each.until else "-",
            each.because,
        )
        for each in status.asleep
    ]
    table = plain(Table(("NAMESPACE", "OBJECT", "ORIGINAL", "SINCE", "UNTIL", "BECAUSE"), rows))
    overrides = [
        f"override  {clean(str(each.ref))}: {clean(_override(each, status, zone))}" for each in status.overrides
    ]
    return [*(table if rows else ["Nothing is asleep."]), *overrides, *problem_rows(problems)]


def _group(asleep: Asleep) -> tuple[str, str, datetime, datetime]:
    return asleep.ref.namespace, asleep.because, asleep.since, asleep.until or _NEVER


def _row(asleep: Asleep) -> tuple[str, str]:
    was = ", ".join(f"{pointer.rpartition('/')[2]} {_value(value)}" for pointer, value in asleep.original.items())
    return f"{asleep.ref.kind}/{asleep.ref.name}", was


def _value(value: object) -> str:
    return "(unset)" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _override(override: InForce, status: Status, zone: ZoneInfo) -> str:
    word = "awake" if override.awake else "asleep"
    by = f" by {override.by}" if override.by else ""
    reason = f": {override.reason}" if override.reason else ""
    until = f"{show_time(override.until, zone, status.now)} ({show_relative(override.until, status.now)})"
    return f"{word} until {until}{by}{reason}"
