"""Where the dates of a calendar come from: public holidays by country, and iCalendar files. Raises CalendarError."""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from zoneinfo import ZoneInfo

from sleepwalker.core.calendar import CalendarError, Part
from sleepwalker.core.instants import shorten

if TYPE_CHECKING:
    from icalendar import Calendar

MOST_DAYS: Final = 10_000
"""Days and parts of days that one calendar may have."""
YEARS_BEFORE: Final = 1
YEARS_AFTER: Final = 6
_MOST_RECURRING = 200
_FIRST_YEAR = 1900
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class _Component(Protocol):
    """A VEVENT, as icalendar has it."""

    def get(self, name: str, default: object = None) -> Any: ...  # noqa: ANN401 - one value of many types


@dataclass(slots=True)
class Dates:
    """Days and parts of days, gathered; a calendar that has too many is refused."""

    days: set[date] = field(default_factory=set)
    parts: set[Part] = field(default_factory=set)

    def add_days(self, first: date, last: date) -> None:
        """Add every day from one to another, both included."""
        count = (last - first).days + 1
        if count <= MOST_DAYS:
            self.days.update(first + number * _DAY for number in range(count))
        self._bound(count)

    def add_part(self, part: Part) -> None:
        """Add a part of a day."""
        self.parts.add(part)
        self._bound(1)

    def _bound(self, count: int) -> None:
        if max(count, len(self.days) + len(self.parts)) > MOST_DAYS:
            raise CalendarError(f"it has more than {MOST_DAYS} days; a calendar is for the few that are special")


def years_around(now: datetime) -> range:
    """Return the years for which calendars that go on for ever are worked out."""
    return range(max(now.year - YEARS_BEFORE, 1), min(now.year + YEARS_AFTER, 9998) + 1)


def add_holidays(
    dates: Dates, country: str, region: str | None, categories: Iterable[str], years: Iterable[int]
) -> None:
    """Add the public holidays of a country, or of a region of it (`DE`, `BY`)."""
    import holidays  # noqa: PLC0415 - only for those who use it

    regions = holidays.list_supported_countries(include_aliases=True).get(country.strip().upper())
    if regions is None:
        raise CalendarError(f"{shorten(country)} is not the code of a country whose holidays are known, like 'DE'")
    if region is not None and region not in regions:
        near = get_close_matches(region.upper()[:20], regions, n=1)
        instead = f"; is {near[0]!r} meant?" if near else f"; there are {', '.join(regions) or 'none'}"
        raise CalendarError(f"{shorten(region)} is not a region of {country.upper()} whose holidays are known{instead}")
    kinds = tuple(categories) or None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = holidays.country_holidays(country.strip().upper(), subdiv=region, years=years, categories=kinds)
    except (ValueError, NotImplementedError) as error:
        raise CalendarError(f"the holidays of {country.upper()}: {error}") from error
    for day in found:
        dates.add_days(day, day)


def add_ics(dates: Dates, text: str, years: range, zone: ZoneInfo) -> None:
    """Add the events of an iCalendar text: days for all-day events, parts of days for others.

    Recurring ones are worked out for these years. Times count as written, those in UTC as the clock of `zone` shows.
    """
    from icalendar import Calendar  # noqa: PLC0415 - only for those who use it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for event in _events(Calendar.from_ical(text), years):
                _add_event(dates, event, zone)
    except CalendarError:
        raise
    except Exception as error:
        raise CalendarError(f"this is not an iCalendar file that can be read: {shorten(str(error), 120)}") from error


def _events(calendar: "Calendar", years: range) -> Iterator[_Component]:
    import recurring_ical_events  # noqa: PLC0415 - only for those who use it

    events = cast("list[_Component]", calendar.walk("VEVENT"))
    if len(events) > MOST_DAYS:
        raise CalendarError(f"it has {len(events)} events; at most {MOST_DAYS} are read")
    recurring = [each for each in events if each.get("RRULE")]
    if len(recurring) > _MOST_RECURRING:
        raise CalendarError(f"it has {len(recurring)} recurring events; at most {_MOST_RECURRING} are read")
    for each in recurring:
        _check(each)
    query = recurring_ical_events.of(calendar)
    for year in years:
        yield from query.between(date(year, 1, 1), date(year + 1, 1, 1))


def _check(event: _Component) -> None:
    """Refuse rules that would take for ever to work out."""
    name = shorten(str(event.get("SUMMARY", "an event")))
    for rule in _listed(event.get("RRULE")):
        often = {str(each).upper() for each in rule.get("FREQ", [])} & {"SECONDLY", "MINUTELY", "HOURLY"}
        if often or any(rule.get(key) for key in ("BYSECOND", "BYMINUTE", "BYHOUR")):
            raise CalendarError(f"{name} recurs many times a day; say it once a day")
    if event.get("DTSTART").dt.year < _FIRST_YEAR:
        raise CalendarError(f"{name} recurs since before {_FIRST_YEAR}; say it from a later year on")


def _listed(thing: object) -> list[Any]:
    return thing if isinstance(thing, list) else [thing]


def _add_event(dates: Dates, event: _Component, zone: ZoneInfo) -> None:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    start = event.get("DTSTART").dt
    ends = event.get("DTEND")
    end = ends.dt if ends else start
    if not isinstance(start, datetime):
        dates.add_days(start, max(start, end - _DAY))
        return
    begin, last = _wall(start, zone), _wall(end, zone)
    if last.second or last.microsecond:
        last = last.replace(second=0, microsecond=0) + _MINUTE
    day = begin.date()
    while datetime.combine(day, time()) < last:
        _add_day(dates, day, begin, last)
        day += _DAY


def _add_day(dates: Dates, day: date, begin: datetime, last: datetime) -> None:
    """Add what of an event lies on a day."""
    starts = f"{begin:%H:%M}" if begin.date() == day else "00:00"
    stops = f"{last:%H:%M}" if last.date() == day else "24:00"
    if (starts, stops) == ("00:00", "24:00"):
        dates.add_days(day, day)
    elif starts < stops:
        dates.add_part(Part(day, starts, stops))


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    in_utc = at.tzinfo is not None and at.tzname() in ("UTC", "Z") and at.utcoffset() == UTC.utcoffset(None)
    return (at.astimezone(zone) if in_utc else at).replace(tzinfo=None)
