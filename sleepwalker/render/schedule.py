"""A schedule as text: awake now or not, a strip for each of the next days, and the changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.text import Text

from sleepwalker.core.schedule import Schedule
from sleepwalker.core.zones import FOREVER, instant_of
from sleepwalker.render.plan import sentence
from sleepwalker.render.text import local, show_day, show_relative, show_time

AWAKE, ASLEEP = "█", "·"
_SLOTS = 48
_SLOT = timedelta(minutes=1440 // _SLOTS)
_MOST_DAYS, _MOST_CHANGES = 14, 40


def schedule_lines(schedule: Schedule, now: datetime, until: datetime, zone: ZoneInfo, width: int) -> list[Text]:
    """Return the schedule as it is at `now`, and what it does until then, for a terminal of that width."""
    awake = schedule.covers(now)
    shown = [
        *sentence(str(schedule), width, "", "bold"),
        Text.assemble(
            ("awake" if awake else "asleep", "bold yellow" if awake else "bold blue"),
            f" at {show_time(now, zone)}; ",
            _next(schedule, now, zone),
        ),
        Text(),
    ]
    if days := list(strips(schedule, now, until, zone)):
        hours = "".join(f"{hour:<6}" for hour in ("0", "3", "6", "9", "12", "15", "18", "21"))
        shown += [Text(f"{'':10}  {hours}{zone.key}", "dim"), *days]
        shown += [Text(f"{'':10}  {AWAKE} awake  {ASLEEP} asleep", "dim"), Text()]
    changes = [
        Text.assemble(
            f"{show_time(at, zone, now):<22}  ",
            ("wakes " if woken else "sleeps", "yellow" if woken else "blue"),
            f"  {show_relative(at, now)}",
        )
        for at, woken in _first(schedule, now, until)
    ]
    shown += changes or [Text(f"No change until {show_time(until, zone)}.")]
    if len(changes) == _MOST_CHANGES:
        shown.append(Text("…; -o json shows all"))
    notes = [
        line for each in schedule.dst_notes(now, until) for line in sentence(f"note: {each}", width, "", "magenta")
    ]
    return [*shown, *([Text()] if notes else []), *notes]


def strips(schedule: Schedule, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Text]:
    """Yield a line for each local day, half an hour a cell: what the schedule says in the middle of it."""
    first, last = local(start, zone).date(), local(min(end, FOREVER), zone).date()
    for number in range(min((last - first).days + 1, _MOST_DAYS)):
        midnight = datetime.combine(first, datetime.min.time()) + timedelta(days=number)
        line = Text(f"{show_day(midnight.replace(tzinfo=UTC), ZoneInfo('UTC')):10}  ")
        for slot in range(_SLOTS):
            at = instant_of(midnight + slot * _SLOT + _SLOT / 2, zone, 0)
            awake = schedule.covers(at)
            line.append(AWAKE if awake else ASLEEP, "yellow" if awake else "blue")
        yield line


def _first(schedule: Schedule, now: datetime, until: datetime) -> Iterator[tuple[datetime, bool]]:
    for number, each in enumerate(schedule.changes(now, until)):
        if number == _MOST_CHANGES:
            return
        yield each


def _next(schedule: Schedule, now: datetime, zone: ZoneInfo) -> Text:
    at = schedule.next_change(now)
    if at is None:
        return Text("it never changes")
    return Text(
        f"{'sleeps' if schedule.covers(now) else 'wakes'} {show_time(at, zone, now)} ({show_relative(at, now)})"
    )
