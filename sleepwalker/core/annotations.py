"""The table of annotations: every key, where it may stand, how it is read.

`read` turns an object's annotations into `Wishes` once; nobody meets the text again. Text that cannot be read becomes
a sentence in `Wishes.wrong`, under its key, and puts the object in doubt: it is not put to sleep.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from sleepwalker.core.calendar import Like
from sleepwalker.core.duration import parse_duration
from sleepwalker.core.instants import EXAMPLE, parse_instant, shorten
from sleepwalker.core.schedule import Schedule, parse_schedule

PREFIX = "sleepwalker.dev/"
ASLEEP = PREFIX + "asleep"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MAX_COUNT = 100_000
_MAX_TEXT = 4_096

RunningJobs = Literal["wait", "suspend", "evict"]
MissedRuns = Literal["skip", "run"]
Where = Literal["namespace", "workload"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an object's annotations ask for; None where they ask for nothing.

    `wrong` has (key, sentence) for every annotation of ours that could not be read.
    """

    uptime: Schedule | None = None
    downtime: Schedule | None = None
    policy: str | None = None
    calendar: tuple[tuple[str, Literal["sleep", "awake"] | Like], ...] = ()
    protected: bool | None = None
    floor: int | None = None
    wave: int | None = None
    grace: timedelta | None = None
    keep_awake_until: datetime | None = None
    asleep_until: datetime | None = None
    override_by: str | None = None
    override_reason: str | None = None
    running_jobs: RunningJobs | None = None
    missed_runs: MissedRuns | None = None
    wake_lead: timedelta | None = None
    wrong: tuple[tuple[str, str], ...] = ()

    def wrong_in(self, *keys: str) -> str | None:
        """Return the first sentence about one of these keys."""
        return next((sentence for key, sentence in self.wrong if key in keys), None)


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Key:
    """One row: an annotation without its prefix, where it may stand, what it means."""

    name: str
    where: tuple[Where, ...]
    reader: Callable[[str, str], object]
    default: str
    example: str
    sentence: str

    @property
    def field(self) -> str:
        """The attribute of `Wishes` that it fills."""
        return self.name.replace("-", "_")


def read_calendars(text: str, _zone: str) -> tuple[tuple[str, Literal["sleep", "awake"] | Like], ...]:
    """Return (calendar, what its days mean) of `germany-by=sleep, release-freeze=awake, bridge-days=like Sunday`."""
    return tuple(_calendar(part.strip()) for part in text.split(","))


def read_meaning(text: str) -> Literal["sleep", "awake"] | Like:
    """Return what a calendar's day means: `sleep`, `awake` or `like Sunday`."""
    words = text.strip().casefold().split()
    if words == ["sleep"]:
        return "sleep"
    if words == ["awake"]:
        return "awake"
    if len(words) == 2 and words[0] == "like":  # noqa: PLR2004 - `like` and a weekday
        for number, day in enumerate(_WEEKDAYS):
            if words[1] in (day.casefold(), day[:3].casefold()):
                return Like(number)
    raise ValueError(f"{shorten(text)} is not what a calendar's day can mean: 'sleep', 'awake' or 'like Sunday'")


def _calendar(text: str) -> tuple[str, Literal["sleep", "awake"] | Like]:
    name, equals, meaning = text.partition("=")
    return _name(name.strip(), ""), read_meaning(meaning) if equals else "sleep"


def _name(text: str, _zone: str) -> str:
    if not _NAME.fullmatch(text.strip()):
        raise ValueError(f"{shorten(text)} is not a name like 'office-hours'")
    return text.strip()


def _boolean(text: str, _zone: str) -> bool:
    word = text.strip().casefold()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"{shorten(text)} is neither 'true' nor 'false'")
    return word in _TRUE


def _count(text: str, _zone: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII) or int(text) > _MAX_COUNT:
        raise ValueError(f"{shorten(text)} is not a number of replicas from 0 to {_MAX_COUNT}")
    return int(text)


def _wave(text: str, _zone: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,6}", text.strip(), re.ASCII):
        raise ValueError(f"{shorten(text)} is not a whole number like -1, 0 or 10")
    return int(text)


def _duration(text: str, _zone: str) -> timedelta:
    return parse_duration(text)


def _instant(text: str, _zone: str) -> datetime:
    return parse_instant(text)


def _sentence(text: str, _zone: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:256]


def _one_of(*words: str) -> Callable[[str, str], str]:
    def read(text: str, _zone: str) -> str:
        if (word := text.strip().casefold()) not in words:
            raise ValueError(f"{shorten(text)} is none of {', '.join(words)}")
        return word

    return read


_BOTH: tuple[Where, ...] = ("namespace", "workload")

TABLE: tuple[Key, ...] = (
    Key(
        "uptime", _BOTH, parse_schedule, "none", "Mon-Fri 08:00-20:00 Europe/Berlin",
        "When it shall be awake; outside of that it sleeps.",
    ),
    Key(
        "downtime", _BOTH, parse_schedule, "none", "Fri 20:00 - Mon 06:00 Europe/Berlin",
        "When it shall sleep; beside `uptime` it takes away from that.",
    ),
    Key("policy", _BOTH, _name, "the matching policy of highest priority", "office-hours", "The policy that decides, by name."),
    Key(
        "calendar", _BOTH, read_calendars, "none", "germany-by=sleep, release-freeze=awake",
        "Calendars, and what their days mean: `sleep` (also when left out), `awake`, or `like Sunday`.",
    ),
    Key("protected", _BOTH, _boolean, "false", "true", "Never sleeps; is woken if it does."),
    Key("floor", _BOTH, _count, "0", "1", "Replicas that stay while asleep."),
    Key("wave", _BOTH, _wave, "0", "10", "Order: waking goes up the waves, sleeping down."),
    Key("grace", _BOTH, _duration, "0", "30m", "How long a new object is let be before it may sleep."),
    Key("keep-awake-until", _BOTH, _instant, "none", EXAMPLE, "An override: awake until then, whatever the schedule says."),
    Key("asleep-until", _BOTH, _instant, "none", EXAMPLE, "An override: asleep until then, whatever the schedule says."),
    Key("override-by", _BOTH, _sentence, "none", "alice", "Who wrote the override."),
    Key("override-reason", _BOTH, _sentence, "none", "demo for the board", "Why."),
    Key(
        "running-jobs", _BOTH, _one_of("wait", "suspend", "evict"), "wait", "wait",
        "What happens to running Jobs when their node pool goes to sleep.",
    ),
    Key(
        "missed-runs", _BOTH, _one_of("skip", "run"), "skip", "run",
        "Whether a CronJob makes up, on waking, for the run that it missed; those that do are resumed spread over a minute.",
    ),
    Key("wake-lead", ("namespace",), _duration, "that of the pool", "15m", "How long before the uptime its node pool is woken."),
    Key("asleep", ("workload",), _sentence, "none", "(written by sleepwalker)", "What to restore. Never written by hand."),
)  # fmt: skip

_ROWS: Mapping[str, Key] = {row.name: row for row in TABLE}
assert {row.field for row in TABLE} - {"asleep"} == {f.name for f in fields(Wishes)} - {"wrong"}  # noqa: S101 - the table is the truth


def ours(annotations: Mapping[str, str]) -> dict[str, str]:
    """Return the annotations that carry our prefix, without it."""
    return {
        key[len(PREFIX) :]: value
        for key, value in annotations.items()
        if isinstance(key, str) and key.startswith(PREFIX)
    }


def read(annotations: Mapping[str, str] | None, where: Where, zone: str = "UTC") -> Wishes:
    """Return what an object's annotations ask for. Never raises: what cannot be read is in `wrong`.

    `zone` is the time zone of schedules that name none. The `asleep` record is not a wish; `parse_record` reads it.
    """
    if not annotations or not (found := ours(annotations)):
        return NO_WISHES
    if where in _ROWS["asleep"].where:
        found.pop("asleep", None)
    return (
        _read(tuple(sorted((key, _bounded(value)) for key, value in found.items())), where, zone)
        if found
        else NO_WISHES
    )


@lru_cache(maxsize=16_384)
def _read(pairs: tuple[tuple[str, str], ...], where: Where, zone: str) -> Wishes:
    found: dict[str, object] = {}
    wrong: list[tuple[str, str]] = []
    for key, text in pairs:
        try:
            row = _row(key, where)
            if len(text) > _MAX_TEXT:
                raise ValueError(f"it is longer than {_MAX_TEXT} characters")  # noqa: TRY301
            found[row.field] = row.reader(text, zone)
        except ValueError as error:
            wrong.append((key, f"{PREFIX}{_shown(key)}: {error}"))
    return Wishes(**found, wrong=tuple(wrong))  # type: ignore[arg-type]  # each reader returns its field's type


def _bounded(value: object) -> str:
    """Return a value as text, and of a long one no more than shows that it is too long: what was read is remembered."""
    return (value if isinstance(value, str) else shorten(value))[: _MAX_TEXT + 1]


def _row(key: str, where: Where) -> Key:
    if row := _ROWS.get(key):
        if where not in row.where:
            raise ValueError(f"has no meaning on a {where}; it stands on a {' or '.join(row.where)}")
        return row
    near = difflib.get_close_matches(key[:64], [*_ROWS], n=1, cutoff=0.6)
    raise ValueError(f"no such annotation{f'; is {PREFIX}{near[0]} meant?' if near else ''}")


def _shown(key: str) -> str:
    return key if len(key) <= 64 and key.isprintable() else shorten(key)  # noqa: PLR2004 - as long as a key may be
