"""A plan as text: in groups for a terminal, one row a line for a pipe."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.text import Text

from sleepwalker.core.action import Action, Left, Tidy, Wake
from sleepwalker.core.fields import Value
from sleepwalker.core.plan import Plan
from sleepwalker.core.problem import Problem
from sleepwalker.render.table import VERBS, Table, lines, plain
from sleepwalker.render.text import clean, count, cut, show_relative, show_time

_INDENT = "  "
_MOST_REASONS = 12


def plan_lines(plan: Plan, problems: Sequence[Problem], zone: ZoneInfo, width: int) -> list[Text]:
    """Return a plan for a terminal of that width: actions by namespace and reason, then problems."""
    shown = [Text(f"Plan for {show_time(plan.now, zone)}", "bold"), Text()]
    for (namespace, because), found in groupby(_in_groups(plan.actions), _group):
        group = list(found)
        head = Text.assemble((clean(namespace) or "(cluster)", "bold"), _INDENT, (_also(group), "dim"))
        shown += [head, *sentence(because, width, _INDENT, "dim")]
        rows = [(each.verb, f"{each.ref.kind}/{each.ref.name}", change(each), wave(each)) for each in group]
        table = Table(("", "", "", ""), rows, flexible=(1, 2))
        shown += [Text(_INDENT).append(line) for line in lines(table, width - len(_INDENT))[1:]]
        shown.append(Text())
    if not plan.actions:
        shown += [Text("Nothing to do.", "green"), Text()]
    return [*shown, *problem_lines(problems, width)]


def plan_rows(plan: Plan, problems: Sequence[Problem]) -> list[str]:
    """Return a plan for a pipe: a row for each action, then a row for each problem."""
    rows = [
        (each.verb, each.ref.namespace or "-", f"{each.ref.kind}/{each.ref.name}", change(each), each.because)
        for each in plan.actions
    ]
    table = plain(Table(("VERB", "NAMESPACE", "OBJECT", "CHANGE", "BECAUSE"), rows))
    return [*(table if rows else ["Nothing to do."]), *problem_rows(problems)]


def left_rows(left: Iterable[Left]) -> Table:
    """Return every object that is left, and why."""
    rows = [(each.ref.namespace or "-", f"{each.ref.kind}/{each.ref.name}", each.because) for each in left]
    return Table(("NAMESPACE", "LEFT", "BECAUSE"), rows, flexible=(2, 1))


def summary_lines(plan: Plan, zone: ZoneInfo, width: int | None) -> list[Text]:
    """Return how much is done, how much is left by reason, and when that changes."""
    verbs = Counter(each.verb for each in plan.actions)
    done = ", ".join(f"{number:,} {verb}" for verb, number in verbs.most_common())
    shown = [Text(f"{count(len(plan.actions), 'action')}: {done}.", "bold")] if done else []
    if plan.left:
        shown.append(Text(f"{count(len(plan.left), 'object')} left as {_are(len(plan.left))}:"))
    reasons = Counter(reason(each.because) for each in plan.left).most_common()
    digits = max((len(f"{number:,}") for _, number in reasons), default=0)
    for because, number in reasons[:_MOST_REASONS]:
        line = f"{_INDENT}{number:>{digits},}  {because}"
        shown.append(Text(cut(line, width) if width else line))
    if len(reasons) > _MOST_REASONS:
        rest = sum(number for _, number in reasons[_MOST_REASONS:])
        more = f"for {len(reasons) - _MOST_REASONS} more reasons; --left lists all"
        shown.append(Text(f"{_INDENT}{rest:>{digits},}  {more}"))
    shown.append(next_change(plan.next_change, plan.now, zone))
    return shown


def next_change(at: datetime | None, now: datetime, zone: ZoneInfo) -> Text:
    """Return when something changes next, there and from now."""
    if at is None:
        return Text("Nothing changes after this, as things stand.")
    return Text.assemble("Next change: ", (show_time(at, zone, now), "bold"), f" ({show_relative(at, now)})")


def problem_lines(problems: Sequence[Problem], width: int) -> list[Text]:
    """Return what a person must fix, for a terminal."""
    shown: list[Text] = []
    for each in problems:
        shown.append(Text.assemble(("problem", "bold red"), _INDENT, (clean(str(each.ref)), "bold")))
        shown += sentence(each.message, width, _INDENT)
    return [*shown, Text()] if shown else []


def problem_rows(problems: Sequence[Problem]) -> list[str]:
    """Return what a person must fix, for a pipe."""
    return [f"problem  {clean(str(each.ref))}: {clean(each.message)}" for each in problems]


def sentence(text: str, width: int, indent: str = "", style: str = "") -> list[Text]:
    """Return a sentence in lines of at most that width."""
    wrapped = textwrap.wrap(clean(text), max(width, len(indent) + 20), initial_indent=indent, subsequent_indent=indent)
    return [Text(each, style) for each in wrapped]


def change(action: Action) -> str:
    """Return what an action does to its object, as `replicas 3 → 0`."""
    parts = [
        f"{pointer.rpartition('/')[2]} {_value(_before(action, pointer))} → {_value(value)}"
        for pointer, value in action.set.items()
    ]
    if not parts and isinstance(action, Tidy):
        parts = [f"- {key}" for key in action.drop]
    return ", ".join(parts) or action.verb


def reason(because: str) -> str:
    """Return the part of a reason that many objects share."""
    text = clean(because)
    if text.startswith("asleep since "):
        return "asleep already"
    return text.partition(": ")[0]


def wave(action: Action) -> str:
    """Return the wave, where it says something."""
    return f"wave {action.wave}" if action.wave else ""


def _before(action: Action, pointer: str) -> Value:
    held = action.record.set if isinstance(action, Wake) else action.original
    return held.get(pointer)


def _in_groups(actions: Sequence[Action]) -> list[Action]:
    return sorted(actions, key=lambda each: (_group(each)[0], list(VERBS).index(each.verb), _group(each)[1]))


def _group(action: Action) -> tuple[str, str]:
    return action.ref.namespace, action.because


def _also(group: Sequence[Action]) -> str:
    return count(len(group), "object")


def _are(number: int) -> str:
    return "it is" if number == 1 else "they are"


def _value(value: Value) -> str:
    match value:
        case None:
            return "(unset)"
        case bool():
            return "true" if value else "false"
        case _:
            return clean(str(value))
