"""The documents that people write (`apiVersion: sleepwalker.dev/v1alpha1`), as models; and what they mean to the core.

The pydantic models; extra keys are refused, types are not guessed at. The core never sees them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sleepwalker.config.calendars import Dates, add_holidays, add_ics, years_around
from sleepwalker.config.sentences import Wrong
from sleepwalker.core.annotations import MissedRuns, read_meaning
from sleepwalker.core.calendar import Calendar, CalendarError, Like, Part, Rule
from sleepwalker.core.duration import parse_duration
from sleepwalker.core.instants import shorten
from sleepwalker.core.policy import NamespaceSelector, Policy, WorkloadSelector
from sleepwalker.core.schedule import Schedule, parse_schedule
from sleepwalker.core.zones import zone_named

API_VERSION: Final = "sleepwalker.dev/v1alpha1"
HIGHEST: Final = 2**31 - 1
_MOST_REPLICAS = 100_000
_MOST_YEARS = 50
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

T = TypeVar("T")
ReadIcs = Callable[[str], str]
"""Reads the iCalendar file of this path, as a document names it; raises CalendarError."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a document is read with: the zone of what names none, the present instant, and the files beside it."""

    zone: str
    now: datetime
    read_ics: ReadIcs


@dataclass(frozen=True, slots=True)
class Use:
    """A calendar that a policy names, and what its days mean."""

    calendar: str
    on: Literal["sleep", "awake"] | Like


def _given(value: object) -> object:
    if value is None:
        raise ValueError("has no value; leave the key out, or give it one")
    return value


def _said(value: object) -> object:
    """YAML's true and false are `always` and `never` in a schedule."""
    return {True: "always", False: "never"}[value] if isinstance(value, bool) else _given(value)


def _dated(value: object) -> object:
    return {"date": value} if isinstance(value, str) else value


Text = Annotated[str | None, BeforeValidator(_given)]
Replicas = Annotated[int | None, BeforeValidator(_given), Field(ge=0, le=_MOST_REPLICAS)]
Said = Annotated[str | None, BeforeValidator(_said)]


class Model(BaseModel):
    """Keys in camelCase, none but those known, no type but the right one."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)


class Metadata(Model):
    """Of metadata only the name counts; Kubernetes' other keys may stand there."""

    model_config = ConfigDict(extra="ignore")
    name: str = Field(default="", description="The name of the object.")


class Namespaces(Model):
    """Which namespaces; all that is said must hold, and nothing said is every namespace."""

    match_labels: dict[str, str] = Field(default={}, description="Labels that the namespace has.")
    names: list[str] = Field(default=[], min_length=1, description="Names; `*` and `?` are wildcards.")
    exclude: list[str] = Field(default=[], description="Names that are not meant; wildcards allowed.")


class Workloads(Model):
    """Which workloads in those namespaces."""

    kinds: list[str] = Field(default=[], min_length=1, description="Kinds; when left out, every kind.")
    match_labels: dict[str, str] = Field(default={}, description="Labels that the workload has.")


class CalendarUse(Model):
    """A calendar, and what its days mean."""

    name: str = Field(description="The calendar's name.")
    on: str = Field(default="sleep", description="`sleep`, `awake` or `like Sunday`.")


class PolicySpec(Model):
    """Selectors, and what holds for what they select."""

    priority: int = Field(default=0, ge=-HIGHEST, le=HIGHEST, description="Of several that match the highest decides.")
    namespaces: Namespaces = Field(default=Namespaces(), description="Which namespaces.")
    workloads: Workloads = Field(default=Workloads(), description="Which workloads in them.")
    uptime: Said = Field(default=None, description="When it shall be awake.")
    downtime: Said = Field(default=None, description="When it shall sleep.")
    calendars: list[CalendarUse] = Field(default=[], description="Special dates, and what they mean.")
    zone: Text = Field(default=None, description="The time zone of schedules that name none, and of the calendars.")
    floor: Replicas = Field(default=None, description="Replicas that stay while asleep.")
    grace: Text = Field(default=None, description="How long a new object is let be.")
    missed_runs: Annotated[MissedRuns | None, BeforeValidator(_given)] = Field(
        default=None, description="Whether CronJobs make up for runs that they missed."
    )
    wake_timeout: str = Field(default="10m", description="How long a wave of waking waits for the one below.")
    max_override: Text = Field(default=None, description="How long an override may last.")


class SleepPolicy(Model):
    """When what it selects is awake."""

    api_version: str
    kind: Literal["SleepPolicy"]
    metadata: Metadata = Metadata()
    spec: PolicySpec = PolicySpec()

    def to_core(self, zone: str) -> tuple[Policy, tuple[Use, ...], list[Wrong]]:
        """Return the policy, its calendars still to be found, and what is wrong with its rule."""
        spec, wrong = self.spec, list[Wrong]()

        def read(way: str, value: str | None, reader: Callable[[str], T], default: T) -> T:
            try:
                return default if value is None else reader(value)
            except ValueError as error:
                wrong.append(Wrong(("spec", way), str(error)))
                return default

        named: Callable[[str], ZoneInfo | None] = zone_named
        own = read("zone", spec.zone, named, None)
        schedule: Callable[[str], Schedule | None] = lambda text: parse_schedule(text, own or zone)  # noqa: E731
        uptime, downtime = read("uptime", spec.uptime, schedule, None), read("downtime", spec.downtime, schedule, None)
        zones = [each for part in (uptime, downtime) if part for each in part.zones]
        if not (spec.uptime or spec.downtime or spec.calendars):
            wrong.append(Wrong(("spec",), "it says neither uptime nor downtime nor calendars, so nothing at all"))
        duration: Callable[[str], timedelta | None] = parse_duration
        policy = Policy(
            name=self.metadata.name,
            rule=Rule(uptime, downtime, zone=own or (zones[0] if zones else zone_named(zone))),
            priority=spec.priority,
            namespaces=NamespaceSelector(
                spec.namespaces.match_labels, tuple(spec.namespaces.names), tuple(spec.namespaces.exclude)
            ),
            workloads=WorkloadSelector(frozenset(spec.workloads.kinds), spec.workloads.match_labels),
            floor=spec.floor,
            grace=read("grace", spec.grace, duration, None),
            missed_runs=spec.missed_runs,
            wake_timeout=read("wakeTimeout", spec.wake_timeout, parse_duration, timedelta(minutes=10)),
            max_override=read("maxOverride", spec.max_override, duration, None),
        )
        return policy, tuple(self._uses(wrong)), wrong

    def _uses(self, wrong: list[Wrong]) -> list[Use]:
        uses = []
        for number, each in enumerate(self.spec.calendars):
            try:
                uses.append(Use(each.name, read_meaning(each.on)))
            except ValueError as error:
                wrong.append(Wrong(("spec", "calendars", number, "on"), str(error)))
        return uses


class SpecialDate(Model):
    """A date, part of a date, or all dates from one to another."""

    date: Text = Field(default=None, description="A date; `from` and `to` are times of it.")
    first: Text = Field(default=None, alias="from", description="`12:00` of the date, or the first of several dates.")
    last: Text = Field(default=None, alias="to", description="`24:00` of the date, or the last of several dates.")

    def add_to(self, dates: Dates) -> None:
        """Add what it stands for; raise CalendarError."""
        if self.date is None:
            if not (self.first and self.last):
                raise CalendarError("a range of dates needs both 'from' and 'to'; a single one is 'date'")
            first, last = _date(self.first), _date(self.last)
            if last < first:
                raise CalendarError(f"{last} is before {first}; the earlier date comes first")
            dates.add_days(first, last)
        elif self.first is None and self.last is None:
            dates.add_days(_date(self.date), _date(self.date))
        else:
            part = Part(_date(self.date), self.first or "00:00", self.last or "24:00")
            dates.add_part(Calendar("", parts=(part,)).parts[0])


class Holidays(Model):
    """The public holidays of a country."""

    country: str = Field(description="Its two letters, as in `DE`.")
    region: Text = Field(default=None, description="A part of it, as in `BY`.")
    categories: list[str] = Field(default=[], description="Kinds of holidays; when left out, the public ones.")
    years: list[int] = Field(default=[], max_length=_MOST_YEARS, description="When left out, the years around now.")


class CalendarSpec(Model):
    """Dates from any of these sources, together."""

    dates: list[Annotated[SpecialDate, BeforeValidator(_dated)]] = Field(default=[], description="Dates, one by one.")
    holidays: Annotated[Holidays | None, BeforeValidator(_given)] = Field(default=None, description="Public holidays.")
    ics: Text = Field(default=None, description="An iCalendar file beside this one.")
    ics_text: Text = Field(default=None, description="An iCalendar file's text.")


class CalendarDocument(Model):
    """A named set of dates."""

    api_version: str
    kind: Literal["Calendar"]
    metadata: Metadata = Metadata()
    spec: CalendarSpec = CalendarSpec()

    def to_core(self, context: Context) -> tuple[Calendar, list[Wrong]]:
        """Return the calendar, and what is wrong with it."""
        spec, wrong, dates = self.spec, list[Wrong](), Dates()
        years, zone = years_around(context.now), zone_named(context.zone)

        def add(way: tuple[str | int, ...], adding: Callable[[], None]) -> None:
            try:
                adding()
            except CalendarError as error:
                wrong.append(Wrong(("spec", *way), str(error).removeprefix("calendar '': ")))

        for number, each in enumerate(spec.dates):
            add(("dates", number), lambda each=each: each.add_to(dates))  # type: ignore[misc]
        if holidays := spec.holidays:
            add(("holidays",), lambda: _add_holidays(dates, holidays, years))
        if (path := spec.ics) is not None:
            add(("ics",), lambda: add_ics(dates, context.read_ics(path), years, zone))
        if (text := spec.ics_text) is not None:
            add(("icsText",), lambda: add_ics(dates, text, years, zone))
        if not (spec.dates or spec.holidays or spec.ics is not None or spec.ics_text is not None):
            wrong.append(Wrong(("spec",), "it has neither dates nor holidays nor ics, so no day at all"))
        return Calendar(self.metadata.name, frozenset(dates.days), tuple(sorted(dates.parts))), wrong


class RecipeDocument(Model):
    """How one more kind sleeps."""

    api_version: str
    kind: Literal["Recipe"]
    metadata: Metadata = Metadata()
    spec: dict[str, Any]


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise CalendarError(f"{shorten(text)} is no date: {error}") from error
    raise CalendarError(f"{shorten(text)} is not a date like '2026-12-24'")


def _add_holidays(dates: Dates, holidays: Holidays, years: range) -> None:
    for year in holidays.years:
        if not 1900 <= year <= 2100:  # noqa: PLR2004 - what the holidays of are known
            raise CalendarError(f"{year} is not a year from 1900 to 2100")
    add_holidays(dates, holidays.country, holidays.region, holidays.categories, holidays.years or years)
