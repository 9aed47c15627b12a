"""The demo as it runs: a band for each namespace that fills up, and the latest events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from sleepwalker.app.lived import Lived
from sleepwalker.app.simulate import Step
from sleepwalker.core.problem import Problem
from sleepwalker.core.targets import Ref
from sleepwalker.render.plan import sentence
from sleepwalker.render.table import VERBS
from sleepwalker.render.text import clean, count, cut, show_clock, show_day

_AWAKE, _PARTLY, _ASLEEP, _AHEAD = "█", "▒", "·", " "
_STYLES = {_AWAKE: "yellow", _PARTLY: "cyan", _ASLEEP: "blue", _AHEAD: ""}
_OTHERS = "bold magenta"
_NAME, _DAYS, _CELLS = 13, 7, 9
Event = tuple[str, str]
"""A style, and a line."""


def frame(lived: Lived, now: datetime, events: Sequence[Event], zone: ZoneInfo, size: tuple[int, int]) -> Text:
    """Return one picture of the week, of that many columns and lines."""
    width, height = size
    shown = [
        Text.assemble(("sleepwalker demo", "bold"), f"  one week, now {show_clock(now, zone)}"),
        _heads(lived, zone),
    ]
    shown += [band(lived, name, now) for name in sorted(lived.bands)]
    shown += [Text(f"{'':{_NAME}} {_AWAKE} awake  {_PARTLY} partly  {_ASLEEP} asleep", "dim"), Text()]
    room = max(height - len(shown) - 1, 3)
    shown += [Text(cut(line, width), style) for style, line in events[-room:]]
    return Text("\n").join(shown)


def story(steps: Sequence[Step], zone: ZoneInfo, width: int) -> Iterator[Text]:
    """Yield what others did, and what came of it at once."""
    known: set[Problem] = set()
    for step in steps:
        indent = " " * (len(show_clock(step.plan.now, zone)) + 2)
        for style, line in events_of(step, zone, known) if step.scenes else ():
            first, *rest = sentence(line[len(indent) :], width, indent, style)
            yield from (
                Text(line[: len(indent)] + first.plain[len(indent) :], style) if style == _OTHERS else first,
                *rest,
            )
        known.update(step.plan.problems)


def band(lived: Lived, name: str, now: datetime) -> Text:
    """Return a namespace's week: what was, as far as it has come."""
    line = Text(f"{cut(clean(name), _NAME):{_NAME}} ")
    cells = _DAYS * _CELLS
    for cell in range(cells):
        at = lived.start + (lived.end - lived.start) * ((cell + 0.5) / cells)
        shape = _shape(lived, name, at) if at <= now else _AHEAD
        line.append(shape, _STYLES[shape])
    return line


def events_of(step: Step, zone: ZoneInfo, known: set[Problem]) -> Iterator[Event]:
    """Yield what happened at one instant: what others did, what was done about it, and problems not known before."""
    at = show_clock(step.plan.now, zone)
    for title in step.scenes:
        yield _OTHERS, f"{at}  {clean(title)}"
    done = [each.action for each in step.outcomes if each.status == "done"]
    groups: dict[tuple[str, str, str], list[Ref]] = {}
    for each in done:
        groups.setdefault((each.verb, each.ref.namespace, each.because), []).append(each.ref)
    for (verb, namespace, because), refs in groups.items():
        what = str(refs[0]) if len(refs) == 1 else f"{namespace}, {count(len(refs), 'object')}"
        yield VERBS[verb], f"{at}  {verb:<10} {clean(what)}: {clean(because)}"
    for problem in step.plan.problems:
        if problem not in known:
            yield "red", f"{at}  problem    {clean(str(problem.ref))}: {clean(problem.message)}"


def _shape(lived: Lived, name: str, at: datetime) -> str:
    asleep, total = 0, 0
    for since, count_asleep, count_all in lived.bands[name]:
        if since > at:
            break
        asleep, total = count_asleep, count_all
    return _AWAKE if not asleep else _ASLEEP if asleep == total else _PARTLY


def _heads(lived: Lived, zone: ZoneInfo) -> Text:
    line = Text(f"{'':{_NAME}} ")
    for day in range(_DAYS):
        at = lived.start + (lived.end - lived.start) * (day + 0.5) / _DAYS
        line.append(f"{show_day(at, zone)[:6]:{_CELLS}}", "dim")
    return line
