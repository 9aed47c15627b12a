"""What a schedule covers, and when that changes."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepwalker.core.cron import parse_line
from sleepwalker.core.schedule import ALWAYS, NEVER, Schedule, parse_schedule
from sleepwalker.core.windows import WEEKDAYS

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


FIRST, LAST = datetime.min, datetime.max  # noqa: DTZ901 - their zones vary


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changes(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    return [at for at, _ in schedule.changes(start, end)]


@pytest.mark.parametrize(
    ("text", "at", "covered"),
    [
        pytest.param("Fri-Fri 22:00-06:00 UTC", "2026-11-27T23:00", True, id="past midnight: the evening"),
        pytest.param("Fri-Fri 22:00-06:00 UTC", "2026-11-28T03:00", True, id="past midnight: the morning after"),
        pytest.param("Fri-Fri 22:00-06:00 UTC", "2026-11-27T03:00", False, id="past midnight: not the morning before"),
        pytest.param("Fri 22:00-06:00", "2026-11-28T06:00", False, id="past midnight: half-open"),
        pytest.param("Mon-Sun 20:00-00:00", "2026-11-24T23:59", True, id="to midnight: 23:59"),
        pytest.param("Mon-Sun 20:00-00:00", "2026-11-25T00:00", False, id="to midnight: half-open"),
        pytest.param("00:00-24:00", "2026-11-24T00:00", True, id="whole days"),
        pytest.param("Tue 00:00-24:00", "2026-11-24T23:59:59.999999", True, id="a whole day: its last moment"),
        pytest.param("Tue 00:00-24:00", "2026-11-25T00:00", False, id="a whole day: not the next one"),
        pytest.param("Sun-Mon 08:00-20:00", "2026-11-22T12:00", True, id="weekdays wrap: Sunday"),
        pytest.param("Sun-Mon 08:00-20:00", "2026-11-23T12:00", True, id="weekdays wrap: Monday"),
        pytest.param("Sun-Mon 08:00-20:00", "2026-11-24T12:00", False, id="weekdays wrap: not Tuesday"),
        pytest.param("Fri-Mon 08:00-20:00", "2026-11-21T12:00", True, id="weekdays wrap: over the weekend"),
        pytest.param("Fri-Mon 08:00-20:00", "2026-11-26T12:00", False, id="weekdays wrap: not Thursday"),
        pytest.param("Sat-Sun 08:00-20:00", "2026-11-22T12:00", True, id="weekdays in order"),
        pytest.param("mon-fri 08:00-20:00 europe/berlin", "2026-11-24T07:00", True, id="lower case"),
        pytest.param("08:00-09:00 Etc/GMT+3", "2026-11-24T11:30", True, id="a zone with a sign and a digit"),
        pytest.param("08:00-09:00 America/Port-au-Prince", "2026-11-24T13:30", True, id="a zone with dashes"),
        pytest.param("Mon-Fri 8:00-20:00", "2026-11-24T08:00", True, id="one digit of the hour"),
        pytest.param("Tue 08:00-20:00", "2026-11-24T08:00", True, id="one weekday"),
        pytest.param("  Tue   08:00-20:00   UTC ", "2026-11-24T08:00", True, id="double spaces"),
        pytest.param("Always", "0001-01-01T00:00", True, id="always"),
        pytest.param("never", "2026-11-24T08:00", False, id="never"),
        pytest.param("never,Tue 08:00-20:00", "2026-11-24T08:00", True, id="never and a window"),
        pytest.param("Mon 08:00-09:00, always", "2026-11-24T08:00", True, id="a window and always"),
        pytest.param("true", "2026-11-24T08:00", True, id="true"),
        pytest.param("false", "2026-11-24T08:00", False, id="false"),
        pytest.param(
            "2026-11-24T08:00+00:00-2026-11-24T09:00+00:00", "2026-11-24T08:00", True, id="absolute: its start is in"
        ),
        pytest.param(
            "2026-11-24T08:00+00:00-2026-11-24T09:00+00:00", "2026-11-24T09:00", False, id="absolute: its end is out"
        ),
        pytest.param("2026-11-24T08:00Z-2026-11-24T09:00Z", "2026-11-24T08:30", True, id="absolute: Z"),
        pytest.param("2026-11-24T08:00Z - 2026-11-24T09:00Z", "2026-11-24T08:30", True, id="absolute: spaces"),
        pytest.param("FROM 2026-11-24T08:00Z", "2026-11-24T08:00", True, id="from: its start is in"),
        pytest.param("From 2026-11-24T08:00Z", "2026-11-24T07:59", False, id="from: not before"),
        pytest.param("Until 2026-11-24T08:00Z", "2026-11-24T07:59", True, id="until: before"),
        pytest.param("until 2026-11-24T08:00Z", "2026-11-24T08:00", False, id="until: its end is out"),
        pytest.param("Fri 20:00 - Mon 06:00", "2026-11-22T12:00", True, id="weekend: Sunday"),
        pytest.param("Fri 20:00 - Mon 06:00", "2026-11-27T19:59", False, id="weekend: Friday before"),
        pytest.param("Mon 08:00 - Mon 06:00", "2026-11-29T12:00", True, id="nearly a week: Sunday"),
        pytest.param("Mon 08:00 - Mon 06:00", "2026-11-23T07:00", False, id="nearly a week: its gap"),
        pytest.param("2026-12-24 - 2027-01-01", "2027-01-01T23:59", True, id="dates: the last day to its end"),
        pytest.param("2026-12-24 - 2027-01-01", "2027-01-02T00:00", False, id="dates: not the day after"),
        pytest.param("2026-12-24 - 2027-01-01 Europe/Berlin", "2026-12-23T23:00", True, id="dates: days of their zone"),
    ],
)
def test_a_schedule_covers_its_windows_and_nothing_else(text, at, covered):
    assert parse_schedule(text).covers(utc(at)) is covered


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        pytest.param(
            "02:00-03:00 Europe/Berlin", "2026-03-28T12:00", "2026-03-30T12:00",
            ["2026-03-30T00:00", "2026-03-30T01:00"], id="Berlin: wholly in the gap, empty that day",
        ),
        pytest.param(
            "02:30-08:00 Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00",
            ["2026-03-29T01:00", "2026-03-29T06:00"], id="Berlin: a start in the gap waits for its end",
        ),
        pytest.param(
            "00:30-02:30 Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00",
            ["2026-03-28T23:30", "2026-03-29T01:00"], id="Berlin: an end in the gap comes at the leap",
        ),
        pytest.param(
            "02:15-02:45 Europe/Berlin", "2026-10-24T12:00", "2026-10-25T12:00",
            ["2026-10-25T00:15", "2026-10-25T01:45"], id="Berlin: first start and last end of an overlap",
        ),
        pytest.param(
            "02:15-02:45 Australia/Lord_Howe", "2026-10-03T00:00", "2026-10-04T12:00",
            ["2026-10-03T15:30", "2026-10-03T15:45"], id="Lord Howe: the gap of half an hour",
        ),
        pytest.param(
            "01:30-01:45 Australia/Lord_Howe", "2026-04-04T00:00", "2026-04-05T12:00",
            ["2026-04-04T14:30", "2026-04-04T15:15"], id="Lord Howe: the overlap of half an hour",
        ),
        pytest.param(
            "02:30-08:00 Africa/Casablanca", "2026-02-14T12:00", "2026-02-15T12:00",
            ["2026-02-15T01:30", "2026-02-15T08:00"], id="Casablanca: clocks go back for Ramadan",
        ),
        pytest.param(
            "02:30-08:00 Africa/Casablanca", "2026-03-21T12:00", "2026-03-22T12:00",
            ["2026-03-22T02:00", "2026-03-22T07:00"], id="Casablanca: and forward after it",
        ),
        pytest.param(
            "00:00-00:30 America/St_Johns", "2006-04-01T12:00", "2006-04-02T12:00",
            ["2006-04-02T03:30", "2006-04-02T03:31"], id="St John's: a gap from 00:01",
        ),
        pytest.param(
            "Fri 08:00-20:00 Pacific/Apia", "2011-12-24T12:00", "2012-01-07T12:00",
            ["2012-01-05T18:00", "2012-01-06T06:00"], id="Apia: the Friday that never was",
        ),
        pytest.param(
            "Thu 20:00 - Sat 08:00 Pacific/Apia", "2011-12-26T12:00", "2012-01-01T12:00",
            ["2011-12-30T06:00", "2011-12-30T18:00"], id="Apia: across the day that never was",
        ),
        pytest.param(
            "2011-12-30 - 2011-12-31 Pacific/Apia", "2011-12-24T12:00", "2012-01-07T12:00",
            ["2011-12-30T10:00", "2011-12-31T10:00"], id="Apia: dates, one of which never was",
        ),
        pytest.param(
            "00:00-08:00 Asia/Kathmandu", "2026-11-23T12:00", "2026-11-24T12:00",
            ["2026-11-23T18:15", "2026-11-24T02:15"], id="Kathmandu: a quarter of an hour off",
        ),
        pytest.param(
            "Sun 00:00-08:00 America/Sao_Paulo", "2018-11-03T12:00", "2018-11-05T12:00",
            ["2018-11-04T03:00", "2018-11-04T10:00"], id="São Paulo: a day that begins at 01:00",
        ),
        pytest.param(
            "Sun 00:00-24:00 America/Sao_Paulo", "2018-02-17T00:00", "2018-02-20T00:00",
            ["2018-02-18T03:00", "2018-02-19T03:00"], id="São Paulo: the evening before is the one that comes twice",
        ),
        pytest.param(
            "Sat 22:00-24:00 America/Sao_Paulo", "2018-02-17T00:00", "2018-02-20T00:00",
            ["2018-02-18T00:00", "2018-02-18T03:00"], id="São Paulo: an evening of three hours",
        ),
    ],
)  # fmt: skip
def test_where_a_clock_is_set_instants_decide(text, start, end, expected):
    assert changes(parse_schedule(text), utc(start), utc(end)) == [utc(each) for each in expected]


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Cairo"]
)
@pytest.mark.parametrize("text", ["Mon-Sun 00:00-24:00", "00:00-12:00 {zone}, 12:00-24:00", "Wed 00:00 - Tue 24:00"])
def test_whole_days_leave_no_gap_in_any_zone(text, zone):
    schedule = parse_schedule(f"{text.format(zone=zone)} {zone}")

    assert schedule.always
    assert all(schedule.covers(utc("2011-12-29T00:00") + hour * timedelta(hours=1)) for hour in range(72))
    assert schedule.next_change(utc("2011-12-29T00:00")) is None
    assert schedule.previous_change(utc("2011-12-29T00:00")) is None


TURNS = [
    ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"), ("Australia/Lord_Howe", "2026-10-04"), ("Australia/Lord_Howe", "2026-04-05"),
    ("Africa/Casablanca", "2026-02-15"), ("Africa/Casablanca", "2026-03-22"), ("America/St_Johns", "2006-04-02"),
    ("America/St_Johns", "2006-10-29"), ("Pacific/Apia", "2011-12-30"), ("Asia/Kathmandu", "1986-01-01"),
    ("America/Sao_Paulo", "2018-11-04"), ("America/Sao_Paulo", "2018-02-18"), ("America/Havana", "2026-03-08"),
    ("America/Havana", "2026-11-01"), ("Antarctica/Troll", "2026-03-29"), ("Antarctica/Troll", "2026-10-25"),
    ("Asia/Beirut", "2026-03-29"), ("Pacific/Chatham", "2026-09-27"), ("America/Nuuk", "2026-03-28"),
    ("Pacific/Kwajalein", "1993-08-21"), ("Asia/Tehran", "2021-03-22"), ("Africa/Cairo", "2026-04-24"),
    ("UTC", "2026-01-01"),
]  # fmt: skip

clocks = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
weekdays = st.sampled_from(WEEKDAYS)
night_clocks = st.sampled_from(
    ["00:00", "00:01", "00:30", "01:00", "01:30", "02:00", "02:15", "02:30", "03:00", "23:30"]
)


NO_ZONE = st.just("")


@st.composite
def weekly(draw, zones=NO_ZONE):
    begin, end = draw(st.lists(clocks | night_clocks, min_size=2, max_size=2, unique=True))
    zone = draw(zones)
    match draw(st.integers(0, 4)):
        case 0:
            text = f"{begin}-{end}"
        case 1:
            text = f"{draw(weekdays)} {begin} - {draw(weekdays)} {end}"
        case 2:
            text = f"{begin}-24:00"
        case _:
            days = ",".join(
                draw(st.lists(weekdays | st.tuples(weekdays, weekdays).map("-".join), min_size=1, max_size=3))
            )
            text = f"{days} {begin}-{end}"
    return f"{text} {zone}".strip()


lists = st.lists(weekly(), min_size=1, max_size=3).map(", ".join)


@cache
def watch(zone: str, day: str) -> tuple[list[datetime], list[datetime], dict[datetime, int], dict[datetime, int]]:
    """Return minutes, what the wall clock shows at each, and when it shows that first and last."""
    minutes = [utc(day) + MINUTE * minute for minute in range(-11 * 1440, 4 * 1440)]
    walls = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in minutes]
    first = {wall: i for i, wall in reversed(list(enumerate(walls)))}
    return minutes, walls, first, {wall: i for i, wall in enumerate(walls)}


def by_the_clock(schedule: Schedule, zone: str, day: str) -> list[bool]:
    """Say what weekly windows cover, by watching a wall clock: no offset, no fold, no arithmetic of instants."""
    minutes, walls, first, last = watch(zone, day)

    def after_leap(wall: datetime) -> int:
        return next((i for i, shown in enumerate(walls) if shown >= wall), len(walls))

    open_at = [False] * len(minutes)
    for window in schedule.windows:
        for number in range(walls[0].toordinal() + 1, walls[-1].toordinal()):
            midnight = datetime.fromordinal(number)
            if midnight.weekday() in window.days:
                begin, end = (midnight + MINUTE * each for each in (window.begin, window.end))
                start = first[begin] if begin in first else after_leap(begin)
                stop = last[end] if end in last else after_leap(end)
                open_at[start:stop] = [True] * (stop - start)
    return open_at


@settings(deadline=None, max_examples=200)
@given(turn=st.sampled_from(TURNS), text=lists)
def test_changes_are_those_of_a_clock_that_is_watched_minute_by_minute(turn, text):
    zone, day = turn
    schedule = parse_schedule(text, zone)
    minutes = watch(zone, day)[0]

    watched = by_the_clock(schedule, zone, day)

    first, last = 9 * 1440, len(minutes) - 1441  # what began before the watch is of no use
    expected = [minutes[i] for i in range(first + 1, last + 1) if watched[i] != watched[i - 1]]
    assert changes(schedule, minutes[first], minutes[last]) == expected
    assert schedule.covers(minutes[first]) == watched[first]


anything = st.one_of(
    lists,
    st.lists(weekly(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"])), min_size=1, max_size=3).map(
        ", ".join
    ),
    st.tuples(lists, st.sampled_from(["until 2026-03-29T00:30Z", "2026-03-28 - 2026-03-30", "from 2026-10-25"])).map(
        ", ".join
    ),
    st.sampled_from(
        ["never", "always", "from 2026-03-01", "cron(30 2 * * * ; 0 3-9 * * 1-5)", "cron(0 8 L * * ; 0 20 * * 5#2)"]
    ),
)


def between(first: str, last: str) -> st.SearchStrategy[datetime]:
    start = utc(first)
    span = utc(last) - start
    return st.one_of(
        st.integers(0, span // TICK).map(lambda ticks: start + TICK * ticks),
        st.integers(0, span // MINUTE).map(lambda minutes: start + MINUTE * minutes),
    )


moments = st.one_of(
    between("2025-01-01", "2028-01-01"), between("2026-03-27", "2026-03-31"), between("2026-10-24", "2026-10-27")
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana"])


@settings(deadline=None, max_examples=200)
@given(text=anything, zone=zones, at=moments, share=st.integers(0, 9999))
def test_between_two_changes_nothing_changes(text, zone, at, share):
    schedule = parse_schedule(text, zone)

    change = schedule.next_change(at)

    end = change or at + timedelta(days=400)
    assert end > at
    assert schedule.covers(at + (end - at) * share // 10_000) == schedule.covers(at)
    assert schedule.covers(end - TICK) == schedule.covers(at)
    assert change is None or schedule.covers(change) != schedule.covers(at)


@settings(deadline=None, max_examples=200)
@given(text=anything, zone=zones, at=moments)
def test_the_previous_change_is_the_one_whose_next_change_is_next(text, zone, at):
    schedule = parse_schedule(text, zone)

    since, until = schedule.previous_change(at), schedule.next_change(at)

    if since:
        assert since <= at
        assert schedule.covers(since) == schedule.covers(at) != schedule.covers(since - TICK)
        assert schedule.next_change(since) == until
    if until:
        assert schedule.previous_change(until) == until
        assert schedule.previous_change(until - TICK) == since


@settings(deadline=None, max_examples=200)
@given(text=anything, zone=zones)
def test_what_is_written_reads_back_the_same(text, zone):
    schedule = parse_schedule(text, zone)

    again = parse_schedule(str(schedule), "Asia/Tokyo")

    assert again == schedule
    assert hash(again) == hash(schedule)
    assert str(again) == str(schedule)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("mon-wed,FRI 8:00-12:00", "Mon-Wed,Fri 08:00-12:00 UTC"),
        ("sat,sun,mon 8:00-12:00 europe/berlin", "Sat-Mon 08:00-12:00 Europe/Berlin"),
        ("8:00-12:00, never", "Mon-Sun 08:00-12:00 UTC"),
        ("Fri 22:00 - Sat 6:00", "Fri 22:00-06:00 UTC"),
        ("Fri 20:00 - Sat 20:00", "Fri 20:00 - Sat 20:00 UTC"),
        ("Fri 20:00 - Mon 06:00", "Fri 20:00 - Mon 06:00 UTC"),
        ("Mon 08:00 - Mon 12:00", "Mon 08:00-12:00 UTC"),
        ("Mon 00:00 - Sun 24:00", "Mon 00:00 - Sun 24:00 UTC"),
        ("Mon 20:00-00:00", "Mon 20:00-24:00 UTC"),
        ("2026-12-24T12:00+01:00 - 2027-01-02T06:00:30.5+01:00", "2026-12-24T11:00Z - 2027-01-02T05:00:30.500000Z"),
        ("from 2026-12-24 Europe/Berlin", "from 2026-12-23T23:00Z"),
        ("until 2026-12-24", "until 2026-12-25T00:00Z"),
        ("true", "always"),
        ("Mon 08:00-12:00, always", "always"),
        ("from 0001-01-01T00:00Z", "always"),
        ("false, never", "never"),
        ("Cron( 0 8  * * mon-fri;0 20 * * 1-5 )", "cron(0 8 * * MON-FRI ; 0 20 * * 1-5) UTC"),
        ("Mon 08:00-12:00, Mon 08:00-12:00", "Mon 08:00-12:00 UTC"),
    ],
)
def test_a_schedule_has_one_way_to_be_written(text, written):
    assert str(parse_schedule(text)) == written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Mon 08:00-12:00, Mon 12:00-14:00", "Mon 08:00-14:00", id="windows that touch"),
        pytest.param("Mon 08:00-13:00, Mon 12:00-14:00", "Mon 08:00-14:00", id="windows that overlap"),
        pytest.param("Mon 08:00-14:00, Mon 09:00-10:00", "Mon 08:00-14:00", id="a window within another"),
        pytest.param("Mon 20:00-24:00, Tue 00:00-06:00", "Mon 20:00-06:00", id="windows that touch at midnight"),
        pytest.param("Mon 20:00-22:00, Mon 20:00-22:00 Etc/UTC", "Mon 20:00-22:00", id="zones that are the same"),
        pytest.param("cron(0 8 * * 1 ; 0 14 * * 1)", "Mon 08:00-14:00", id="cron"),
        pytest.param("cron(0 8-10 * * 1 ; 0 14 * * *)", "Mon 08:00-14:00", id="cron: the first of many beginnings"),
        pytest.param("cron(0 8 * * 1 ; 0 14-18 * * 1)", "Mon 08:00-14:00", id="cron: the first of many ends"),
        pytest.param("cron(0 20 * * 5 ; 0 6 * * 1)", "Fri 20:00 - Mon 06:00", id="cron: over the weekend"),
    ],
)
def test_windows_that_say_the_same_change_the_same(one, other):
    start, end = utc("2026-10-01T00:00"), utc("2026-12-01T00:00")

    assert changes(parse_schedule(one), start, end) == changes(parse_schedule(other), start, end) != []


LINES = [
    "0 8 * * 1-5", "0 20 * * 1-5", "30 2 * * *", "0 3 L * *", "0 6 * * 5#2", "0 6 * * L5", "15 4 1,15 * *",
    "0 12 * 2 *",    "0 8 1 * mon", "0 0 29 2 *", "*/20 9-17 * * mon,wed", "0 8 ? * 7", "5 0 1W * *",
]  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(begins=st.sampled_from(LINES), ends=st.sampled_from(LINES), at=moments)
def test_cron_is_open_from_what_the_first_line_names_to_what_the_second_names(begins, ends, at):
    if begins == ends:
        return
    began, ended = (croniter(line, at + TICK).get_prev(datetime) for line in (begins, ends))

    covered = parse_schedule(f"cron({begins} ; {ends})").covers(at)

    assert covered == (began >= ended)


@pytest.mark.parametrize(
    ("text", "at", "previous", "following"),
    [
        pytest.param("cron(0 0 29 2 * ; 0 0 1 3 *)", "2026-11-24T00:00", "2024-03-01", "2028-02-29", id="leap days"),
        pytest.param("cron(0 0 29 2 * ; 0 0 1 3 *)", "2098-01-01T00:00", "2096-03-01", "2104-02-29", id="but 2100"),
        pytest.param("cron(0 8 * * * ; 0 7 1 1 *)", "2026-11-24", "2026-01-01T08:00", "2027-01-01T07:00", id="a year"),
        pytest.param(
            "cron(30 2 * * 0 ; 45 2 * * 0) Europe/Berlin", "2026-03-28T00:00", "2026-03-22T01:45", "2026-04-05T00:30",
            id="empty where the clock leaps",
        ),
        pytest.param(
            "cron(30 2 * * 0 ; 45 2 * * 0) Europe/Berlin", "2026-03-30T00:00", "2026-03-22T01:45", "2026-04-05T00:30",
            id="empty where the clock leapt",
        ),
        pytest.param(
            "cron(15 2 * * 0 ; 45 2 * * 0) Europe/Berlin", "2026-10-25T01:40", "2026-10-25T00:15", "2026-10-25T01:45",
            id="open through both hours of an overlap",
        ),
    ],
)  # fmt: skip
def test_cron_finds_its_way_to_what_is_far(text, at, previous, following):
    schedule = parse_schedule(text)

    assert schedule.previous_change(utc(at)) == utc(previous)
    assert schedule.next_change(utc(at)) == utc(following)


@pytest.mark.parametrize(
    "text",
    [
        "Mon 08:00-12:00",
        "Mon-Sun 00:00-24:00 Pacific/Apia",
        "cron(0 8 * * * ; 0 9 * * *)",
        "2026-01-01 - 2026-02-01",
        "from 2026-01-01",
        "until 9999-12-31",
        "always",
        "never",
    ],
)
@pytest.mark.parametrize("hours", [-14, 0, 12])
@pytest.mark.parametrize("at", [FIRST, LAST, FIRST + timedelta(days=30), LAST - timedelta(days=26)])
def test_the_ends_of_time_are_no_trouble(text, hours, at):
    schedule = parse_schedule(text, "Asia/Kathmandu")
    at = at.replace(tzinfo=timezone(timedelta(hours=hours)))

    schedule.covers(at)

    for change in (schedule.next_change(at), schedule.previous_change(at)):
        assert change is None or change.tzinfo is UTC


@pytest.mark.parametrize("text", ["Mon 08:00-12:00", "cron(0 8 * * * ; 0 9 * * *)"])
def test_windows_that_come_back_do_so_as_long_as_there_is_a_calendar(text):
    schedule = parse_schedule(text)

    assert schedule.next_change(FIRST.replace(tzinfo=UTC)).year == 1
    assert schedule.previous_change(FIRST.replace(tzinfo=UTC)) is None
    assert schedule.next_change(LAST.replace(tzinfo=UTC)) is None
    assert schedule.previous_change(LAST.replace(tzinfo=UTC)).year == 9999


def test_a_window_that_would_end_after_the_end_of_time_is_none():
    schedule = parse_schedule("cron(30 0 30 11 * ; 0 0 1 12 *) Asia/Kathmandu")
    end = utc("9999-12-31")

    assert schedule.next_change(utc("9999-11-01")) is None
    assert schedule.previous_change(end) is None
    assert schedule.dst_notes(utc("9999-11-01"), end) == ()


def test_a_line_that_names_no_day_has_none():
    line = parse_line("0 0 31 2 *")

    assert line.first_from(1_000_000_000) is None
    assert line.last_before(1_000_000_000) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("00:00-12:00 UTC, 12:00-24:00 Etc/UTC", id="two zones that are one"),
        pytest.param("00:00-12:00 UTC, 12:00-24:00 Etc/UTC, 9000-01-01 - 9001-01-01", id="and something far away"),
        pytest.param("from 2026-01-01, until 2027-01-01", id="from and until"),
        pytest.param("from 2026-01-01, 00:00-12:00 UTC, 12:00-24:00 Etc/UTC", id="in the end for good"),
        pytest.param("cron(* * * 1-11 * ; */2 * * * *), until 2026-01-01", id="ends, and begins again, all year"),
    ],
)
def test_what_does_not_change_within_reach_does_not_change(text):
    schedule = parse_schedule(text)

    assert schedule.next_change(utc("2026-06-01T00:00")) is None
    assert schedule.previous_change(utc("2026-06-01T00:00")) is None


def test_a_long_absolute_window_does_not_end_the_search():
    schedule = parse_schedule("2000-01-01 - 2029-12-31, Tue 00:00-08:00")

    assert schedule.next_change(utc("2026-11-24T00:00")) == utc("2030-01-01T08:00")
    assert schedule.previous_change(utc("2030-01-01T07:00")) == utc("2000-01-01T00:00")


def test_changes_follow_each_other_and_say_what_holds():
    schedule = parse_schedule("Mon-Fri 08:00-20:00 Europe/Berlin")

    found = list(schedule.changes(utc("2026-11-27T07:00"), utc("2026-11-30T07:00")))

    assert found == [(utc("2026-11-27T19:00"), False), (utc("2026-11-30T07:00"), True)]


def test_instants_go_in_with_any_zone_and_come_out_in_utc():
    at = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Tokyo"))

    change = parse_schedule("Mon-Fri 08:00-20:00 Europe/Berlin").next_change(at)

    assert (change, change.tzinfo) == (utc("2026-11-24T07:00"), UTC)


def test_a_time_without_a_zone_is_no_instant():
    with pytest.raises(ValueError, match="has no zone"):
        ALWAYS.covers(datetime(2026, 11, 24))  # noqa: DTZ001 - that is the point


def test_always_and_never_are_known():
    assert (ALWAYS.always, ALWAYS.never) == (True, False)
    assert (NEVER.always, NEVER.never) == (False, True)
    assert parse_schedule("from 2026-01-01, until 2027-01-01").always
    assert not parse_schedule("Mon 08:00-12:00").always
    assert parse_schedule("always") is ALWAYS
    assert parse_schedule("never") == NEVER


def test_zones_are_those_of_the_windows_each_once():
    schedule = parse_schedule(
        "08:00-09:00 Europe/Berlin, 09:00-10:00, cron(0 8 * * * ; 0 9 * * *) europe/berlin, from 2099-01-01"
    )

    assert schedule.zones == (ZoneInfo("Europe/Berlin"), ZoneInfo("UTC"))


CHRISTMAS = {date(2026, 12, 24): 6, date(2026, 12, 25): 6}


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        pytest.param(
            "Mon-Fri 08:00-20:00", "2026-12-23T12:00", "2026-12-29T00:00",
            ["2026-12-23T20:00", "2026-12-28T08:00", "2026-12-28T20:00"], id="two days like Sundays: no window starts",
        ),
        pytest.param(
            "Sun 08:00-20:00", "2026-12-23T12:00", "2026-12-27T00:00",
            ["2026-12-24T08:00", "2026-12-24T20:00", "2026-12-25T08:00", "2026-12-25T20:00"], id="those of Sunday do",
        ),
        pytest.param(
            "Wed 20:00-06:00", "2026-12-23T12:00", "2026-12-27T00:00",
            ["2026-12-23T20:00", "2026-12-24T06:00"], id="what began the day before still ends",
        ),
        pytest.param(
            "2026-12-25 - 2026-12-25", "2026-12-23T12:00", "2026-12-27T00:00",
            ["2026-12-25T00:00", "2026-12-26T00:00"], id="an absolute window knows no weekdays",
        ),
        pytest.param("Mon-Sun 00:00-24:00", "2026-12-23T12:00", "2026-12-27T00:00", [], id="whole days stay whole"),
        pytest.param(
            "Mon 00:00 - Sun 24:00", "2026-12-23T12:00", "2026-12-29T00:00", [], id="a week that started goes on"
        ),
    ],
)  # fmt: skip
def test_a_date_like_another_weekday_has_the_windows_that_start_on_that_one(text, start, end, expected):
    schedule = parse_schedule(text).like(CHRISTMAS)

    assert changes(schedule, utc(start), utc(end)) == [utc(each) for each in expected]


def test_a_whole_week_is_broken_by_the_monday_that_does_not_start_it():
    schedule = parse_schedule("Mon 00:00 - Sun 24:00").like({date(2026, 12, 28): 6})

    assert not schedule.always
    assert changes(schedule, utc("2026-12-01"), utc("2027-02-01")) == [utc("2026-12-28"), utc("2027-01-04")]


def test_years_of_sundays_do_not_hide_the_monday_after_them():
    first = date(2026, 1, 1)
    schedule = parse_schedule("Mon 08:00-12:00").like({first + timedelta(days=day): 6 for day in range(1000)})

    assert schedule.next_change(utc("2026-01-01")) == utc("2028-10-02T08:00")
    assert schedule.previous_change(utc("2028-09-25T12:00")) == utc("2025-12-29T12:00")


def berlin(day: str, shows: str, wall: str, edge: str, at: str) -> str:
    return f"{day}: the clock in Europe/Berlin {shows} {wall}, at which a window {edge}s; it {edge}s at {at}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "02:30-08:00 Europe/Berlin",
            [
                berlin("2026-03-29", "skips", "02:30", "start", "2026-03-29T01:00:00Z"),
                berlin("2026-10-25", "shows twice", "02:30", "start", "2026-10-25T00:30:00Z"),
            ],
            id="a start",
        ),
        pytest.param(
            "Sat 22:00-02:30 Europe/Berlin",
            [
                berlin("2026-03-29", "skips", "02:30", "end", "2026-03-29T01:00:00Z"),
                berlin("2026-10-25", "shows twice", "02:30", "end", "2026-10-25T01:30:00Z"),
            ],
            id="an end, on the day after its start",
        ),
        pytest.param(
            "Sun 02:10-02:20 Europe/Berlin",
            [
                berlin("2026-03-29", "skips", "02:10", "start", "2026-03-29T01:00:00Z"),
                berlin("2026-03-29", "skips", "02:20", "end", "2026-03-29T01:00:00Z"),
                berlin("2026-10-25", "shows twice", "02:10", "start", "2026-10-25T00:10:00Z"),
                berlin("2026-10-25", "shows twice", "02:20", "end", "2026-10-25T01:20:00Z"),
            ],
            id="a window that the gap swallows",
        ),
        pytest.param(
            "cron(30 2 * * * ; 0 8 * * *) Europe/Berlin",
            [
                berlin("2026-03-29", "skips", "02:30", "start", "2026-03-29T01:00:00Z"),
                berlin("2026-10-25", "shows twice", "02:30", "start", "2026-10-25T00:30:00Z"),
            ],
            id="cron",
        ),
        pytest.param("00:00-02:30 Europe/Berlin, 02:30-08:00 Europe/Berlin", [], id="windows that touch"),
        pytest.param("00:00-24:00 America/Havana", [], id="whole days change nothing at midnight"),
        pytest.param("08:00-20:00 Europe/Berlin, from 2026-10-25T02:30 Europe/Berlin", [], id="hours of the day"),
        pytest.param("02:30-08:00", [], id="UTC"),
    ],
)  # fmt: skip
def test_days_on_which_a_window_meets_a_turn_of_the_clock_are_named(text, expected):
    notes = parse_schedule(text).dst_notes(utc("2026-01-01"), utc("2027-01-01"))

    assert [str(note) for note in notes] == expected


def test_a_note_is_a_value():
    (note,) = parse_schedule("02:30-08:00 Europe/Berlin").dst_notes(utc("2026-03-01"), utc("2026-04-01"))

    assert (note.date, note.zone, note.kind, note.edge) == (date(2026, 3, 29), "Europe/Berlin", "gap", "start")
    assert (note.wall.isoformat(), note.at) == ("02:30:00", utc("2026-03-29T01:00"))
