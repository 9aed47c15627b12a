"""A span of time that was lived through, as text and as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from rich.text import Text

from sleepwalker.app.lived import Lived
from sleepwalker.app.simulate import Step
from sleepwalker.core.counting import Amount, Freed
from sleepwalker.core.instants import show_instant
from sleepwalker.core.problem import Problem
from sleepwalker.render.documents import (
    Document,
    dst_documents,
    freed_documents,
    plan_document,
    problem_documents,
)
from sleepwalker.render.plan import problem_lines, problem_rows, sentence
from sleepwalker.render.table import Table, lines, plain
from sleepwalker.render.text import count, show_amount, show_clock, show_time

CAVEAT = "Freed: no longer asked for. Saved only where a node went away for it."
_HEADS = ("NAMESPACE", "CPU h", "MEMORY GiB h", "ACCELERATOR h", "REPLICA h")


def week_document(lived: Lived, problems: Sequence[Problem], *, left: bool) -> Document:
    """Return every change, and what it frees."""
    freed, total = freed_documents(lived.freed)
    return {
        "from": show_instant(lived.start),
        "to": show_instant(lived.end),
        "steps": [plan_document(each.plan, each.plan.problems, left=left) for each in lived.steps],
        "freed": freed,
        "total": total,
        "problems": problem_documents(problems),
        "dst": dst_documents(lived.dst),
    }


def week_lines(lived: Lived, problems: Sequence[Problem], zone: ZoneInfo, width: int) -> list[Text]:
    """Return the span for a terminal of that width."""
    span = f"{show_time(lived.start, zone)} to {show_time(lived.end, zone)}"
    changes = Table(("WHEN", "", "NAMESPACE", "", "BECAUSE"), changes_of(lived.steps, zone), flexible=(4, 2))
    shown = [Text(span, "bold"), Text(), *lines(changes, width), Text()]
    if not lived.steps:
        shown = [Text(span, "bold"), Text(), Text("Nothing happens in that time."), Text()]
    notes = [line for each in lived.dst for line in sentence(f"note: {each}", width, "", "magenta")]
    return [
        *shown,
        *lines(freed_table(lived.freed), width),
        Text(CAVEAT, "dim"),
        Text(),
        *notes,
        *([Text()] if notes else []),
        *problem_lines(problems, width),
    ]


def week_rows(lived: Lived, problems: Sequence[Problem], zone: ZoneInfo) -> list[str]:
    """Return the span for a pipe."""
    changes = changes_of(lived.steps, zone)
    table = plain(Table(("WHEN", "VERB", "NAMESPACE", "HOW MANY", "BECAUSE"), changes))
    return [
        *(table if changes else ["Nothing happens in that time."]),
        "",
        *plain(freed_table(lived.freed)),
        CAVEAT,
        *(f"note: {each}" for each in lived.dst),
        *problem_rows(problems),
    ]


def changes_of(steps: Sequence[Step], zone: ZoneInfo) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each namespace, verb and reason of each step."""
    return [row for step in steps for row in _changes(step, zone)]


def freed_table(freed: Freed) -> Table:
    """Return the capacity-hours freed by namespace, and their sum."""
    rows = [(name, *_hours(freed.hours[name])) for name in sorted(freed.hours)]
    return Table(_HEADS, [*rows, ("total", *_hours(freed.total))], right=frozenset(range(1, 5)), flexible=(0,))


def _changes(step: Step, zone: ZoneInfo) -> Iterator[tuple[str, str, str, str, str]]:
    at = show_clock(step.plan.now, zone)
    groups = Counter((each.ref.namespace or each.ref.name, each.verb, each.because) for each in step.plan.actions)
    for (namespace, verb, because), number in groups.items():
        yield at, verb, namespace, count(number, "object"), because


def _hours(amount: Amount) -> tuple[str, str, str, str]:
    return (
        show_amount(amount.cpu_cores),
        show_amount(amount.memory_gib),
        show_amount(amount.accelerators),
        show_amount(amount.replicas),
    )
