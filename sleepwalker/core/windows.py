"""Windows of a schedule: one that comes back every week, and one that comes once.

A window is a row of stretches, half-open `[start, end)`, in the order of time: both their starts and their ends grow.
It answers two questions, exactly: which is the first stretch that ends after an instant, and which is the last that
starts before one. All else (`Schedule`) is built from these two.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from sleepwalker.core.zones import BEGINNING, DAY, FOREVER, instant, wall_minute

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY: Final = frozenset(range(7))
WEEK: Final = 7 * DAY
FIRST_DAY: Final = date(1, 2, 1).toordinal()
LAST_DAY: Final = date(9999, 11, 30).toordinal()
_FIRST: Final = datetime(1, 2, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 11, 30, tzinfo=UTC)
_ENOUGH_DAYS = 22  # a week, the leap of a whole day, and windows that a leap leaves empty


class Stretch(NamedTuple):
    """From an instant to another, half-open."""

    start: datetime
    end: datetime


class Edge(NamedTuple):
    """Where the text says that a stretch starts (`fold` 0) or ends (`fold` 1): a wall minute."""

    minute: int
    fold: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Dates that count as other weekdays than they are."""

    days: tuple[tuple[date, int], ...] = ()
    _weekdays: dict[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_weekdays", {day.toordinal(): weekday for day, weekday in self.days})

    @classmethod
    def of(cls, days: Mapping[date, int]) -> Self:
        """Return the same for the same days, in whatever order."""
        return cls(tuple(sorted(days.items())))

    def weekday(self, day: int) -> int:
        """Return the weekday that a day (a proleptic ordinal) counts as; Monday is 0."""
        return self._weekdays.get(day, (day + 6) % 7)

    def after(self, day: int) -> int:
        """Return the last of these dates if it is after `day`, else `day`."""
        return max(day, self.days[-1][0].toordinal()) if self.days else day

    def before(self, day: int) -> int:
        """Return the first of these dates if it is before `day`, else `day`."""
        return min(day, self.days[0][0].toordinal()) if self.days else day


@dataclass(frozen=True, slots=True)
class Weekly:
    """Starts on each of these weekdays at the minute `begin`; lasts to the minute `end` after the same midnight.

    `end` is past 1440 where the window ends on a later day; it is never more than a week after `begin`.
    """

    days: frozenset[int]
    begin: int
    end: int
    zone: ZoneInfo
    alike: Alike = Alike()

    def after(self, at: datetime) -> Stretch | None:
        """Return the first stretch that ends after `at`."""
        day = wall_minute(clamped(at), self.zone) // DAY - (self.end - 1) // DAY - 1
        for each in range(max(day, FIRST_DAY), min(self.alike.after(day) + self._enough, LAST_DAY) + 1):
            if self.alike.weekday(each) in self.days:
                stretch = self._on(each)
                if stretch.end > at and stretch.start < stretch.end:
                    return stretch
        return None

    def before(self, at: datetime) -> Stretch | None:
        """Return the last stretch that starts before `at`."""
        day = wall_minute(clamped(at), self.zone) // DAY + 1
        for each in range(min(day, LAST_DAY), max(self.alike.before(day) - self._enough, FIRST_DAY) - 1, -1):
            if self.alike.weekday(each) in self.days:
                stretch = self._on(each)
                if stretch.start < at and stretch.start < stretch.end:
                    return stretch
        return None

    def edges(self, first: int, last: int) -> Iterator[tuple[Edge, Edge]]:
        """Yield the edges of what starts from one day to another, both included."""
        for day in range(max(first, FIRST_DAY), min(last, LAST_DAY) + 1):
            if self.alike.weekday(day) in self.days:
                yield Edge(day * DAY + self.begin, 0), Edge(day * DAY + self.end, 1)

    @property
    def _enough(self) -> int:
        return _ENOUGH_DAYS + self.end // DAY

    def _on(self, day: int) -> Stretch:
        return Stretch(instant(day * DAY + self.begin, self.zone, 0), instant(day * DAY + self.end, self.zone, 1))

    def __str__(self) -> str:
        begin, last = _clock(self.begin), (self.end - 1) // DAY
        end = _clock(self.end - last * DAY)
        if last == 0 or (last == 1 and self.end - DAY < self.begin):
            return f"{show_days(self.days)} {begin}-{end} {self.zone.key}"
        (day,) = self.days
        return f"{WEEKDAYS[day]} {begin} - {WEEKDAYS[(day + last) % 7]} {end} {self.zone.key}"


@dataclass(frozen=True, slots=True)
class Absolute:
    """One stretch; it may have begun in the BEGINNING or last FOREVER."""

    start: datetime
    end: datetime

    def after(self, at: datetime) -> Stretch | None:
        """Return the stretch, if it ends after `at`."""
        return Stretch(self.start, self.end) if self.end > at else None

    def before(self, at: datetime) -> Stretch | None:
        """Return the stretch, if it starts before `at`."""
        return Stretch(self.start, self.end) if self.start < at else None

    def __str__(self) -> str:
        if self.start == BEGINNING:
            return "always" if self.end == FOREVER else f"until {_moment(self.end)}"
        return f"from {_moment(self.start)}" if self.end == FOREVER else f"{_moment(self.start)} - {_moment(self.end)}"


def tiles(windows: Iterable[Weekly]) -> bool:
    """Say whether these windows, of one zone and alike, leave no gap, ever."""
    spans = [(day * DAY + each.begin, day * DAY + each.end) for each in windows for day in each.days]
    if any(each.alike.days for each in windows):  # a day may follow any other: each must be whole by itself
        return all(
            _cover([span for span in spans if span[0] // DAY == day], day * DAY, day * DAY + DAY) for day in range(7)
        )
    return _cover([*spans, *((begin - WEEK, end - WEEK) for begin, end in spans)], 0, WEEK)


def clamped(at: datetime) -> datetime:
    """Return the instant, or the nearest one that every zone can show."""
    return min(max(at, _FIRST), _LAST)


def show_days(days: frozenset[int]) -> str:
    """Return `Mon-Wed,Fri`; runs may wrap, `Sat-Mon`."""
    if days == EVERY_DAY:
        return "Mon-Sun"
    runs = [(day, _last_of_run(day, days)) for day in sorted(days) if (day - 1) % 7 not in days]
    return ",".join(WEEKDAYS[a] if a == b else f"{WEEKDAYS[a]}-{WEEKDAYS[b]}" for a, b in runs)


def _last_of_run(day: int, days: frozenset[int]) -> int:
    while (day + 1) % 7 in days:
        day = (day + 1) % 7
    return day


def _cover(spans: list[tuple[int, int]], begin: int, end: int) -> bool:
    for each_begin, each_end in sorted(spans):
        if each_begin <= begin < each_end:
            begin = each_end
    return begin >= end


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _moment(at: datetime) -> str:
    whole = not (at.second or at.microsecond)
    return at.replace(tzinfo=None).isoformat(timespec="minutes" if whole else "auto") + "Z"
