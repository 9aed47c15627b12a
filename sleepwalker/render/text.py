"""Words for people: instants, spans of time, counts; and text of strangers made harmless for a terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SPACES: Final = re.compile(r"[\t\n ]+")
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def clean(text: str) -> str:
    """Return one line that a terminal can be shown: no escape sequence, control or direction character is left."""
    return _SPACES.sub(" ", _UNSEEN.sub("\ufffd", _ESCAPE.sub("", text)))


def cut(text: str, width: int) -> str:
    """Return the text in at most `width` cells, with `…` where it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…"


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant as that zone's clock shows it; at the ends of the calendar, where it cannot, in UTC."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at.astimezone(UTC)


def show_time(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """Return `Tue 24 Nov 21:00 CET`; with the year, unless it is that of `now`."""
    there = local(at, zone)
    year = "" if now and local(now, zone).year == there.year else f" {there.year:04}"
    return f"{show_day(at, zone)}{year} {there:%H:%M} {there.tzname()}"


def show_day(at: datetime, zone: ZoneInfo) -> str:
    """Return `Tue 24 Nov`."""
    there = local(at, zone)
    return f"{_DAYS[there.weekday()]} {there.day:2} {_MONTHS[there.month - 1]}"


def show_clock(at: datetime, zone: ZoneInfo) -> str:
    """Return `Tue 24 Nov 21:00`."""
    return f"{show_day(at, zone)} {local(at, zone):%H:%M}"


def show_span(span: timedelta) -> str:
    """Return `2 h 14 min`: the two largest units."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < _MINUTE:
        return f"{seconds} s"
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    named = [(days, "d"), (hours, "h"), (minutes, "min")]
    first = next(number for number, (amount, _) in enumerate(named) if amount)
    return " ".join(f"{amount:,} {unit}" for amount, unit in named[first : first + 2] if amount)


def show_relative(at: datetime, now: datetime) -> str:
    """Return `in 2 h 14 min`, `3 d 4 h ago` or `now`."""
    if at == now:
        return "now"
    return f"in {show_span(at - now)}" if at > now else f"{show_span(now - at)} ago"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 object`, `2 objects`, `no objects`."""
    return f"{number or 'no'} {noun}" if number == 1 else f"{f'{number:,}' if number else 'no'} {plural or noun + 's'}"


def show_amount(amount: float) -> str:
    """Return a number of hours as people read it: one decimal below a hundred, none above."""
    return f"{amount:,.1f}" if 0 < abs(amount) < 100 else f"{amount:,.0f}"  # noqa: PLR2004 - three digits are enough
