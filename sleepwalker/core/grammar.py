"""Text → the windows of a schedule.

A schedule's text is a list of entries with commas between them:

    Mon-Fri 08:00-20:00 Europe/Berlin       every week; without weekdays every day, without a zone in the zone given
    Fri 22:00-06:00                         past midnight: belongs to the day that it starts on
    Fri 20:00 - Mon 06:00                   from one weekday's time to another's
    2026-12-24T12:00+01:00 - 2027-01-02T06:00+01:00, from 2026-12-24T12:00Z, until 2026-12-24T12:00 Europe/Berlin
    2026-12-24 - 2027-01-01                 dates without times are whole days: the last one counts to its end
    cron(0 8 * * 1-5 ; 0 20 * * 1-5) UTC    begins at what the first line names, ends at what the second names
    always, never                           also true, false

Every entry is read before any of them counts. What cannot be read raises a ScheduleError whose sentence says what was
seen and what would do.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from difflib import get_close_matches
from typing import Final
from zoneinfo import ZoneInfo

from sleepwalker.core.cron import Cron, parse_line
from sleepwalker.core.instants import shorten
from sleepwalker.core.windows import EVERY_DAY, WEEK, WEEKDAYS, Absolute, Weekly
from sleepwalker.core.zones import BEGINNING, DAY, FOREVER, ScheduleError, instant_of, zone_named

Window = Weekly | Absolute | Cron

LONGEST_TEXT: Final = 4096
MOST_ENTRIES: Final = 64

_EXAMPLE = "'Mon-Fri 08:00-20:00 Europe/Berlin'"
_NEVER = {"never", "false"}
_ALWAYS = {"always", "true"}
_FULL_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = {name.casefold(): day for names in (WEEKDAYS, _FULL_NAMES) for day, name in enumerate(names)}
_DASHES = str.maketrans(dict.fromkeys("–—−‐‑", "-"))

_I = re.ASCII | re.IGNORECASE
_DAYS_ONLY = re.compile(r"[A-Z]+(?: ?- ?[A-Z]+)?", _I)
_FIRST_DIGIT = re.compile(r"[0-9]", _I)
_TIMES = re.compile(r"(?P<begin>[^ -]+) ?- ?(?:(?P<day>[A-Z]+) )?(?P<end>[0-9][^ ]*)(?: (?P<zone>.+))?", _I)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})", _I)
_HOUR = re.compile(r"[01]?[0-9]|2[0-3]", _I)
_CRON = re.compile(r"cron ?\((?P<begin>[^;()]*);(?P<end>[^;()]*)\)(?: ?(?P<zone>[^ ].*))?", _I)
_DATE_LIKE = re.compile(r"[0-9]{3,}[-/.]|[0-9]{1,2}[/.][0-9]{1,2}[/.]", _I)
_ONE_SIDED = re.compile(r"(?P<side>from|until) (?P<moment>.+)", _I)
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT = rf"{_DATE}(?:[T ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?"
_SPAN = re.compile(rf"(?P<begin>{_MOMENT}) ?- ?(?P<end>{_MOMENT})(?: (?P<zone>[A-Z].*))?", _I)
_ONE = re.compile(rf"(?P<moment>{_MOMENT})(?: (?P<zone>[A-Z].*))?", _I)
_OFFSET = re.compile(r"(?P<wall>.*:.*?)(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})", _I)
_LOOSE_DATE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])", _I)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_WIDEST_OFFSET = timedelta(hours=16)


def parse_windows(text: str, zone: ZoneInfo) -> tuple[Window, ...]:
    """Return the windows that the text names, each once; `zone` is that of entries that name none."""
    entries = _entries(" ".join(text.translate(_DASHES).split()))
    if len(entries) > MOST_ENTRIES:
        raise ScheduleError(f"{shorten(text)} has {len(entries)} entries; a schedule has at most {MOST_ENTRIES}")
    windows = [_window(entry, zone) for entry in entries]
    return tuple(dict.fromkeys(window for window in windows if window is not None))


def _entries(text: str) -> list[str]:
    """Return what stands between commas; weekdays alone belong to what follows, as in `Mon,Wed 08:00-12:00`."""
    if not text:
        raise ScheduleError(f"a schedule cannot be empty; write for example {_EXAMPLE}, 'always' or 'never'")
    if not text.isascii():
        strange = next(letter for letter in text if not letter.isascii())
        raise ScheduleError(f"{shorten(text)} has {strange!r} in it; plain letters, digits and signs will do")
    entries, days = [], ""
    for part in _split(text):
        if not part:
            raise ScheduleError(f"{shorten(text)} has a comma with nothing on one side; take it away")
        if _DAYS_ONLY.fullmatch(part) and part.casefold() not in _ALWAYS | _NEVER:
            days += f"{part},"
        else:
            entries.append(days + part)
            days = ""
    if days:
        raise ScheduleError(_no_times(days.rstrip(",")))
    return entries


def _split(text: str) -> list[str]:
    """Split at commas outside parentheses."""
    parts, depth, begin = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth <= 0:
            parts.append(text[begin:at].strip())
            begin = at + 1
    return [*parts, text[begin:].strip()]


def _window(entry: str, zone: ZoneInfo) -> Window | None:
    word = entry.casefold()
    if word in _NEVER:
        return None
    if word in _ALWAYS:
        return Absolute(BEGINNING, FOREVER)
    if word.startswith("cron"):
        return _cron(entry, zone)
    if one_sided := _ONE_SIDED.fullmatch(entry):
        return _one_sided(one_sided["side"].casefold(), one_sided["moment"], zone)
    if _DATE_LIKE.match(entry):
        return _absolute(entry, zone)
    return _weekly(entry, zone)


def _weekly(entry: str, zone: ZoneInfo) -> Weekly:
    first = _FIRST_DIGIT.search(entry)
    if not first:
        raise ScheduleError(_no_times(entry))
    words = entry[: first.start()].strip()
    days = _days(words) if words else EVERY_DAY
    times = _TIMES.fullmatch(entry[first.start() :])
    if not times:
        raise ScheduleError(f"{shorten(entry)} is not like {_EXAMPLE}: after the weekdays come two times with a dash")
    begin, end = _clock(times["begin"], ends=False), _clock(times["end"], ends=True)
    zone = zone_named(times["zone"]) if times["zone"] else zone
    if times["day"]:
        if len(days) != 1:
            raise ScheduleError(f"{shorten(entry)} begins on {len(days)} days; say one, as in 'Fri 20:00 - Mon 06:00'")
        end += (_weekday(times["day"]) - min(days)) % 7 * DAY
        end += WEEK if end < begin else 0
    elif end < begin:
        end += DAY
    if begin == end:
        raise ScheduleError(f"{shorten(entry)} begins and ends at the same time; say 'always', or '00:00-24:00'")
    return Weekly(days, begin, end, zone)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _weekday(first.strip())
        end = _weekday(last.strip()) if dash else begin
        days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(days)


def _weekday(word: str) -> int:
    if (day := _WEEKDAYS.get(word.casefold())) is not None:
        return day
    near = get_close_matches(word[:60].casefold(), [*_WEEKDAYS, "always", "never", "from", "until", "cron"], n=1)
    hint = f"did you mean {near[0].capitalize()!r}?" if near else f"they are {', '.join(WEEKDAYS)}"
    raise ScheduleError(f"{shorten(word)} is not a weekday; {hint}")


def _clock(text: str, *, ends: bool) -> int:
    """Return the minute of the day."""
    clock = _CLOCK.fullmatch(text)
    if not clock:
        example = f"{text.zfill(2)}:00" if _HOUR.fullmatch(text) else "08:00"
        raise ScheduleError(f"{shorten(text)} is not a time of day like {example!r}")
    hour, minute = int(clock[1]), int(clock[2])
    if hour * 60 + minute == DAY and not ends:
        raise ScheduleError(f"{shorten(text)} can end a window, not begin one; say '00:00' of the next day")
    if minute > 59 or hour * 60 + minute > DAY:  # noqa: PLR2004 - the minutes of an hour
        raise ScheduleError(
            f"{shorten(text)} is not a time of day: they run from 00:00 to 24:00; "
            "a window may pass midnight, as in '22:00-06:00'"
        )
    return hour * 60 + minute


def _no_times(text: str) -> str:
    """Return a sentence for words without times, with what was probably meant."""
    if any(word in _WEEKDAYS for word in re.split(r"[ ,-]+", text.casefold())):
        return f"{shorten(text)} has no times; say '{text[:30]} 00:00-24:00' for whole days"
    near = get_close_matches(text[:60].casefold(), ["always", "never", "true", "false"], n=1)
    return f"{shorten(text)} is not like {_EXAMPLE}" + (f"; did you mean {near[0]!r}?" if near else "")


def _cron(entry: str, zone: ZoneInfo) -> Cron:
    lines = _CRON.fullmatch(entry)
    if not lines:
        raise ScheduleError(f"{shorten(entry)} is not like 'cron(0 8 * * 1-5 ; 0 20 * * 1-5) Europe/Berlin'")
    zone = zone_named(lines["zone"]) if lines["zone"] else zone
    cron = Cron(parse_line(lines["begin"]), parse_line(lines["end"]), zone)
    if cron.ends.within(cron.begins):
        raise ScheduleError(f"{shorten(entry)} begins again whenever it ends; say 'always'")
    if cron.after(_ANY_TIME) is None:
        raise ScheduleError(f"{shorten(entry)} never begins, or never ends: no such day comes; look at days and months")
    return cron


def _absolute(entry: str, zone: ZoneInfo) -> Absolute:
    span = _SPAN.fullmatch(entry)
    if not span:
        raise ScheduleError(_no_span(entry))
    zone = zone_named(span["zone"]) if span["zone"] else zone
    start, end = _instant(span["begin"], zone, ends=False), _instant(span["end"], zone, ends=True)
    if start >= end:
        raise ScheduleError(f"{shorten(entry)} ends before it begins, or as it begins; the earlier time comes first")
    return Absolute(start, end)


def _one_sided(side: str, text: str, zone: ZoneInfo) -> Absolute:
    moment = _ONE.fullmatch(text)
    if not moment:
        raise ScheduleError(_no_moment(text))
    zone = zone_named(moment["zone"]) if moment["zone"] else zone
    at = _instant(moment["moment"], zone, ends=side == "until")
    window = Absolute(at, FOREVER) if side == "from" else Absolute(BEGINNING, at)
    if window.start >= window.end:
        raise ScheduleError(f"{side} {shorten(text)} never comes; say 'always' or 'never'")
    return window


def _instant(text: str, zone: ZoneInfo, *, ends: bool) -> datetime:
    """Return when a moment is. A date alone begins with its first instant, and ends with its last."""
    stamp, offset = (found["wall"], found["offset"]) if (found := _OFFSET.fullmatch(text)) else (text, "")
    try:
        wall = datetime.fromisoformat(stamp.upper())
    except ValueError as error:
        raise ScheduleError(_no_moment(text)) from error
    if offset:
        return _shifted(wall, offset.upper(), text)
    if ":" in stamp:
        return instant_of(wall, zone, int(ends))
    if wall.date() == date.max and ends:
        return FOREVER
    return instant_of(wall + timedelta(days=int(ends)), zone, int(ends))


def _shifted(wall: datetime, offset: str, text: str) -> datetime:
    sign, digits = offset[0], offset[1:].replace(":", "")
    shift = timedelta(0) if sign == "Z" else timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if shift >= _WIDEST_OFFSET:
        raise ScheduleError(f"{shorten(text)} is too far from UTC; an offset is like '+01:00'")
    try:
        return wall.replace(tzinfo=timezone(-shift if sign == "-" else shift)).astimezone(UTC)
    except OverflowError:
        return BEGINNING if sign == "+" else FOREVER


def _no_span(entry: str) -> str:
    if _ONE.fullmatch(entry):
        return f"{shorten(entry)} is one moment; say 'from', 'until', or two with a dash, as '2026-12-24 - 2027-01-01'"
    return _no_moment(entry)


def _no_moment(text: str) -> str:
    """Return a sentence for a date that cannot be read, with what was probably meant."""
    near = ""
    if loose := _LOOSE_DATE.match(text):
        year, month, day = (int(each) for each in loose.groups())
        near = f"; did you mean {f'{year:04}-{month:02}-{day:02}'!r}?" if _is_date(year, month, day) else ""
    return f"{shorten(text)} is not like '2026-12-24 - 2027-01-01' or '2026-12-24T12:00+01:00'{near}"


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
