"""A schedule: the union of windows, half-open, each in its own zone. It knows what it covers, and when that changes.

`parse_schedule` reads one from text; `str` writes it so that it reads back; `grammar` has the forms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from sleepwalker.core.cron import Cron
from sleepwalker.core.grammar import LONGEST_TEXT, Window, parse_windows
from sleepwalker.core.instants import shorten
from sleepwalker.core.windows import Absolute, Alike, Edge, Stretch, Weekly, clamped, tiles
from sleepwalker.core.zones import (
    BEGINNING,
    DAY,
    FOREVER,
    TICK,
    ScheduleError,
    instant,
    turn,
    utc,
    wall_minute,
    zone_named,
)

__all__ = ["ALWAYS", "NEVER", "DstNote", "Schedule", "ScheduleError", "parse_schedule"]

_PATIENCE: Final = timedelta(days=800)  # what has not changed for two years, both summer times and all, never will
_PASSES: Final = 10_000  # and nobody waits for longer than it takes to look at so many windows
_LONGEST_DAYS: Final = 8


def parse_schedule(text: str, zone: str | ZoneInfo = "UTC") -> "Schedule":
    """Return the schedule that the text says; `zone` is that of windows that name none.

    Any text, of any length, ends in a schedule or in a ScheduleError, a sentence that says what would do.
    """
    name = zone.key if isinstance(zone, ZoneInfo) else zone
    if not isinstance(name, str):
        raise ScheduleError(f"{shorten(zone)} is not a time zone; say for example 'Europe/Berlin' or 'UTC'")
    if not isinstance(text, str):
        raise ScheduleError(f"{shorten(text)} is not text like 'Mon-Fri 08:00-20:00 Europe/Berlin'; put it in quotes")
    if len(text) > LONGEST_TEXT:
        raise ScheduleError(f"{shorten(text)} is too long; a schedule has at most {LONGEST_TEXT} characters")
    return _parse(text, name)


class DstNote(NamedTuple):
    """A window's edge at a time that the clock of its zone leaps over on this day (gap), or shows twice (overlap)."""

    date: date
    zone: str
    kind: Literal["gap", "overlap"]
    wall: time
    at: datetime
    """When the edge takes effect: after a gap; in an overlap the first time for a start, the last for an end."""
    edge: Literal["start", "end"]

    def __str__(self) -> str:
        shows = "skips" if self.kind == "gap" else "shows twice"
        return (
            f"{self.date}: the clock in {self.zone} {shows} {self.wall:%H:%M}, at which a window {self.edge}s; "
            f"it {self.edge}s at {self.at:%Y-%m-%dT%H:%M:%SZ}"
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """The union of its windows. Instants go in with any zone, and come out in UTC."""

    windows: tuple[Window, ...] = ()
    _whole: bool = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_whole", _leaves_no_gap(self.windows))
        object.__setattr__(self, "_hash", hash(self.windows))

    def covers(self, at: datetime) -> bool:
        """Say whether a window is open at this instant."""
        at = utc(at)
        return self._whole or self._open(at)

    def next_change(self, after: datetime) -> datetime | None:
        """Return the first instant after this one at which `covers` gives another answer; None if there is none."""
        at = utc(after)
        if self._whole:
            return None
        if self._open(at):
            return self._end(at)
        found = [stretch.start for window in self.windows if (stretch := window.after(at))]
        return min(found, default=None)

    def previous_change(self, at: datetime) -> datetime | None:
        """Return when `covers` began to give the answer that it gives at this instant; None if it always has."""
        at = utc(at)
        if self._whole:
            return None
        if self._open(at):
            return self._start(at)
        found = [stretch.end for window in self.windows if (stretch := window.before(at))]
        return max(found, default=None)

    def changes(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, bool]]:
        """Yield each change after `start`, up to and including `end`, with what `covers` says from then on."""
        last, covered = utc(end), self.covers(start)
        change = self.next_change(start)
        while change is not None and change <= last:
            covered = not covered
            yield change, covered
            change = self.next_change(change)

    def like(self, days: Mapping[date, int]) -> Self:
        """Return the schedule in which these dates are other weekdays (Monday is 0): weekly windows start accordingly.

        A window from the day before still ends when it ends. Dates are those of each window's own zone.
        """
        alike = Alike.of(days)
        windows = (replace(each, alike=alike) if isinstance(each, Weekly) else each for each in self.windows)
        return replace(self, windows=tuple(windows))

    def dst_notes(self, start: datetime, end: datetime) -> tuple[DstNote, ...]:
        """Return, in order, the windows' edges from `start` to `end` that fall where a clock is set back or forward.

        Edges that change nothing, such as those between whole days, are left out; windows that a gap swallows are not.
        """
        first, last = utc(start), utc(end)
        recurring = (each for each in self.windows if not isinstance(each, Absolute))
        found = {note for each in recurring for note in self._notes(each, first, last)}
        return tuple(sorted(found, key=lambda note: (note.at, note)))

    @property
    def always(self) -> bool:
        """Whether it covers all of time."""
        return self._whole or (self.covers(BEGINNING) and self.next_change(BEGINNING) is None)

    @property
    def never(self) -> bool:
        """Whether it covers nothing."""
        return not self.windows

    @property
    def zones(self) -> tuple[ZoneInfo, ...]:
        """The zones of its windows, each once."""
        return tuple(dict.fromkeys(each.zone for each in self.windows if not isinstance(each, Absolute)))

    def _open(self, at: datetime) -> bool:
        return any((stretch := window.after(at)) and stretch.start <= at for window in self.windows)

    def _end(self, at: datetime) -> datetime | None:
        """Return when what is open at this instant closes, going from window to window as long as they touch."""
        since = at
        for _ in range(_PASSES // len(self.windows)):
            begun, found = at, [(window.after(at), isinstance(window, Absolute)) for window in self.windows]
            for stretch, once in sorted((each, once) for each, once in found if each):
                if stretch.start > at:
                    break
                if stretch.end > at:
                    at, since = stretch.end, stretch.end if once else since
            if at == begun:
                return at
            if at == FOREVER or at - since > _PATIENCE:
                break
        return None

    def _start(self, at: datetime) -> datetime | None:
        """Return when what is open at this instant opened, going from window to window as long as they touch."""
        since = at
        for _ in range(_PASSES // len(self.windows)):
            begun, found = at, [(window.before(at), isinstance(window, Absolute)) for window in self.windows]
            for stretch, once in sorted(((each, once) for each, once in found if each), key=_by_end, reverse=True):
                if stretch.end < at:
                    break
                if stretch.start < at:
                    at, since = stretch.start, stretch.start if once else since
            if at == begun:
                return at
            if at == BEGINNING or since - at > _PATIENCE:
                break
        return None

    def _notes(self, window: Weekly | Cron, first: datetime, last: datetime) -> Iterator[DstNote]:
        zone = window.zone
        begin, end = (wall_minute(clamped(at), zone) // DAY for at in (first, last))
        for start, stop in window.edges(begin - _LONGEST_DAYS, end + 1):
            swallowed = _at(start, zone) >= _at(stop, zone)
            for edge in (start, stop):
                at = _at(edge, zone)
                if first <= at <= last and turn(edge.minute, zone) and (swallowed or self._flips(at)):
                    yield _note(edge, zone, at)

    def _flips(self, at: datetime) -> bool:
        return self.covers(at) != self.covers(at - TICK)

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return ", ".join(str(each) for each in self.windows) or "never"


@lru_cache(maxsize=4096)
def _parse(text: str, zone: str) -> Schedule:
    windows = parse_windows(text, zone_named(zone))
    return ALWAYS if ALWAYS.windows[0] in windows else Schedule(windows)


def _leaves_no_gap(windows: tuple[Window, ...]) -> bool:
    weekly: dict[tuple[ZoneInfo, Alike], list[Weekly]] = {}
    for each in windows:
        if isinstance(each, Weekly):
            weekly.setdefault((each.zone, each.alike), []).append(each)
        elif isinstance(each, Absolute) and (each.start, each.end) == (BEGINNING, FOREVER):
            return True
    return any(tiles(alike) for alike in weekly.values())


def _note(edge: Edge, zone: ZoneInfo, at: datetime) -> DstNote:
    day, minute = divmod(edge.minute, DAY)
    return DstNote(
        date=date.fromordinal(day),
        zone=zone.key,
        kind="gap" if turn(edge.minute, zone) > timedelta() else "overlap",
        wall=time(minute // 60, minute % 60),
        at=at,
        edge="end" if edge.fold else "start",
    )


def _by_end(found: tuple[Stretch, bool]) -> datetime:
    return found[0].end


def _at(edge: Edge, zone: ZoneInfo) -> datetime:
    return instant(edge.minute, zone, edge.fold)


ALWAYS: Final = Schedule((Absolute(BEGINNING, FOREVER),))
NEVER: Final = Schedule()
