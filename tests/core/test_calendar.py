"""What the days of calendars mean, and what a layer says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepwalker.core.calendar import Calendar, CalendarError, CalendarRule, Like, Part, Rule
from sleepwalker.core.schedule import parse_schedule

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = parse_schedule("Mon-Fri 08:00-20:00 Europe/Berlin")
TICK = timedelta(microseconds=1)
CHRISTMAS = Calendar("germany-by", frozenset({date(2026, 12, 25)}), ((date(2026, 12, 24), "12:00", "24:00"),))
FREEZE = Calendar("release-freeze", frozenset({date(2026, 12, 25), date(2026, 12, 26)}))
BRIDGE = Calendar("bridge-days", frozenset({date(2026, 12, 28)}), ((date(2026, 12, 30), "00:00", "12:00"),))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def rule(*calendars, uptime=OFFICE, downtime=None):
    return Rule(uptime, downtime, tuple(CalendarRule(calendar, on) for calendar, on in calendars), BERLIN)


@pytest.mark.parametrize(
    ("days", "parts", "zone", "expected"),
    [
        pytest.param([date(2026, 12, 25)], [], "UTC", [("2026-12-25", "2026-12-26")], id="a day"),
        pytest.param([date(2026, 12, 25)], [], "Asia/Tokyo", [("2026-12-24T15:00", "2026-12-25T15:00")], id="its zone"),
        pytest.param(
            [date(2026, 12, 26), date(2026, 12, 25), date(2026, 12, 25)], [], "UTC", [("2026-12-25", "2026-12-27")],
            id="days that touch are one",
        ),
        pytest.param(
            [date(2026, 12, 25)], [(date(2026, 12, 24), "12:00", "24:00"), (date(2026, 12, 25), "08:00", "09:00")],
            "UTC", [("2026-12-24T12:00", "2026-12-26")], id="a half-day that touches, and one within",
        ),
        pytest.param(
            [], [(date(2026, 12, 24), "9:00", "12:00"), (date(2026, 12, 24), "14:00", "16:00")], "UTC",
            [("2026-12-24T09:00", "2026-12-24T12:00"), ("2026-12-24T14:00", "2026-12-24T16:00")], id="two parts",
        ),
        pytest.param(
            [date(2026, 3, 29)], [], "Europe/Berlin", [("2026-03-28T23:00", "2026-03-29T22:00")], id="a day of 23 hours"
        ),
        pytest.param([date(2011, 12, 30)], [], "Pacific/Apia", [], id="a day that never was"),
        pytest.param(
            [], [(date(2026, 3, 29), "02:10", "02:50")], "Europe/Berlin", [], id="a part that never was"
        ),
        pytest.param([datetime(2026, 12, 25, 8, tzinfo=UTC)], [], "UTC", [("2026-12-25", "2026-12-26")], id="a moment"),
    ],
)  # fmt: skip
def test_a_calendar_is_its_days_in_a_zone(days, parts, zone, expected):
    calendar = Calendar("special", frozenset(days), tuple(parts))

    spans = calendar.spans(ZoneInfo(zone))

    assert spans == tuple((utc(start), utc(end)) for start, end in expected)


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_days_at_the_ends_of_time_are_days(day, zone):
    (span,) = Calendar("special", frozenset({day})).spans(ZoneInfo(zone))

    assert span.start < span.end


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        pytest.param("12:00", "12:00", "calendar 'special': 2026-12-24 from 12:00 to 12:00 ends before", id="empty"),
        pytest.param("18:00", "9:00", "ends before it begins", id="backwards"),
        pytest.param("noon", "24:00", "'noon' is not a time of day like '12:00'", id="a word to begin with"),
        pytest.param("12:00", "25:00", "'25:00' is not a time of day", id="an hour that is none"),
    ],
)
def test_a_part_that_cannot_be_gets_a_sentence(start, end, said):
    with pytest.raises(CalendarError) as caught:
        Calendar("special", parts=((date(2026, 12, 24), start, end),))

    assert said in str(caught.value)


def test_a_calendar_is_the_same_whatever_the_order_of_its_days():
    one = Calendar("special", (date(2026, 1, 1), date(2026, 1, 2)), (Part(date(2026, 1, 3), "8:00", "9:00"),))
    other = Calendar("special", [date(2026, 1, 2), date(2026, 1, 1)], [(date(2026, 1, 3), "08:00", "09:00")] * 2)

    assert one == other
    assert hash(one) == hash(other)


def test_a_weekday_is_one_of_seven():
    assert str(Like(6)) == "like Sunday"
    with pytest.raises(CalendarError, match="7 is not a weekday"):
        Like(7)


@pytest.mark.parametrize(
    ("said", "at", "awake", "because"),
    [
        pytest.param(rule(), "2026-12-22T12:00", True, "uptime Mon-Fri 08:00-20:00 Europe/Berlin", id="in uptime"),
        pytest.param(rule(), "2026-12-22T20:00", False, "uptime Mon-Fri 08:00-20:00 Europe/Berlin", id="after uptime"),
        pytest.param(
            rule(uptime=None, downtime=OFFICE), "2026-12-22T12:00", False, "downtime Mon-Fri 08:00-20:00 Europe/Berlin",
            id="in downtime",
        ),
        pytest.param(
            rule(uptime=None, downtime=OFFICE), "2026-12-22T20:00", True, "downtime Mon-Fri 08:00-20:00 Europe/Berlin",
            id="after downtime",
        ),
        pytest.param(
            rule(downtime=parse_schedule("12:00-13:00", BERLIN)), "2026-12-22T12:30", False,
            "downtime Mon-Sun 12:00-13:00 Europe/Berlin", id="in uptime and in downtime",
        ),
        pytest.param(
            rule(downtime=parse_schedule("12:00-13:00", BERLIN)), "2026-12-22T13:00", True,
            "uptime Mon-Fri 08:00-20:00 Europe/Berlin", id="in uptime and not in downtime",
        ),
        pytest.param(
            rule(downtime=parse_schedule("always")), "2026-12-22T21:00", False,
            "uptime Mon-Fri 08:00-20:00 Europe/Berlin", id="out of uptime and in downtime",
        ),
        pytest.param(Rule(), "2026-12-22T12:00", None, "no schedule", id="nothing is said"),
        pytest.param(
            rule((CHRISTMAS, "sleep"), uptime=None), "2026-12-22T12:00", None, "no schedule", id="not a calendar's day"
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep")), "2026-12-25T12:00", False, "calendar germany-by: 2026-12-25 sleeps", id="sleep"
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep")), "2026-12-24T11:59", True, "uptime Mon-Fri 08:00-20:00 Europe/Berlin",
            id="before a half-day",
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep")), "2026-12-24T12:00", False, "calendar germany-by: 2026-12-24 sleeps",
            id="in a half-day",
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep"), (FREEZE, "awake")), "2026-12-25T03:00", True, "calendar release-freeze: awake",
            id="awake beats sleep",
        ),
        pytest.param(
            rule((BRIDGE, Like(6)), (Calendar("all", BRIDGE.days), "sleep")), "2026-12-28T12:00", False,
            "calendar all: 2026-12-28 sleeps", id="sleep beats like",
        ),
        pytest.param(
            rule((CHRISTMAS, Like(6)), (BRIDGE, Like(6))), "2026-12-28T12:00", False,
            "calendar bridge-days: 2026-12-28 like Sunday; uptime Mon-Fri 08:00-20:00 Europe/Berlin", id="like Sunday",
        ),
        pytest.param(
            rule((FREEZE, Like(0)), (CHRISTMAS, "sleep")), "2026-12-26T12:00", True,
            "calendar release-freeze: 2026-12-26 like Monday; uptime Mon-Fri 08:00-20:00 Europe/Berlin",
            id="a Saturday like Monday",
        ),
        pytest.param(
            rule((BRIDGE, Like(6))), "2026-12-30T11:00", False,
            "calendar bridge-days: 2026-12-30 like Sunday; uptime Mon-Fri 08:00-20:00 Europe/Berlin",
            id="in a half-day like Sunday",
        ),
        pytest.param(
            rule((BRIDGE, Like(6))), "2026-12-30T12:00", True, "uptime Mon-Fri 08:00-20:00 Europe/Berlin",
            id="after a half-day like Sunday",
        ),
        pytest.param(
            rule((BRIDGE, Like(0)), (Calendar("later", BRIDGE.days), Like(6))), "2026-12-28T12:00", True,
            "calendar bridge-days: 2026-12-28 like Monday; uptime Mon-Fri 08:00-20:00 Europe/Berlin",
            id="of two likes the first",
        ),
    ],
)  # fmt: skip
def test_a_rule_has_an_opinion_and_a_reason(said, at, awake, because):
    assert said.opinion(berlin(at)) is awake
    assert said.because(berlin(at)) == because


def test_a_night_that_began_the_day_before_ends_when_it_ends():
    night = rule((BRIDGE, Like(6)), uptime=parse_schedule("Mon,Sun 22:00-06:00", BERLIN))

    assert night.opinion(berlin("2026-12-28T05:00")) is True
    assert night.next_change(berlin("2026-12-28T05:00")) == berlin("2026-12-28T06:00")


def test_a_long_reason_is_cut():
    long = ", ".join(f"Mon {hour:02}:00-{hour:02}:30 Europe/Berlin" for hour in range(24))

    assert len(rule(uptime=parse_schedule(long)).because(berlin("2026-12-28T05:00"))) < 220


@pytest.mark.parametrize(
    ("said", "at", "previous", "following"),
    [
        pytest.param(
            rule((CHRISTMAS, "sleep")), "2026-12-24T09:00", "2026-12-24T08:00", "2026-12-24T12:00", id="to a half-day"
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep")), "2026-12-25T09:00", "2026-12-24T12:00", "2026-12-28T08:00",
            id="over the holidays and the weekend",
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep"), (FREEZE, "awake")), "2026-12-25T09:00", "2026-12-25T00:00", "2026-12-27T00:00",
            id="a freeze",
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep"), uptime=None), "2026-12-24T09:00", None, "2026-12-24T12:00", id="none, then one"
        ),
        pytest.param(
            rule((CHRISTMAS, "sleep"), uptime=None), "2026-12-27T09:00", "2026-12-26T00:00", None, id="none any more"
        ),
        pytest.param(
            rule((BRIDGE, Like(6))), "2026-12-30T09:00", "2026-12-29T20:00", "2026-12-30T12:00", id="half like Sunday"
        ),
        pytest.param(rule(uptime=None), "2026-12-24T09:00", None, None, id="nothing is said"),
        pytest.param(
            rule(uptime=parse_schedule("08:00-20:00"), downtime=parse_schedule("07:00-21:00")), "2026-12-24T09:00",
            None, None, id="uptime within downtime",
        ),
        pytest.param(
            rule((Calendar("2040", frozenset({date(2040, 1, 1)})), "awake"), uptime=parse_schedule("08:00-20:00"),
                 downtime=parse_schedule("07:00-21:00")),
            "2026-12-24T09:00", None, "2040-01-01T00:00", id="uptime within downtime, until a day far away",
        ),
        pytest.param(
            rule((Calendar("2010", frozenset({date(2010, 1, 1)})), "awake"), uptime=parse_schedule("08:00-20:00"),
                 downtime=parse_schedule("07:00-21:00")),
            "2026-12-24T09:00", "2010-01-02T00:00", None, id="uptime within downtime, since a day long ago",
        ),
        pytest.param(
            rule((Calendar("years", frozenset(date(2026, 1, 1) + timedelta(day) for day in range(3000))), "awake")),
            "2026-12-24T09:00", "2026-01-01T00:00", "2034-03-20T00:00", id="years awake",
        ),
        pytest.param(
            rule((Calendar("ends", frozenset({date.min, date.max})), "sleep"), uptime=parse_schedule("always")),
            "2026-12-24T09:00", "0001-01-02T00:00", "9999-12-31T00:00", id="days at the ends of time",
        ),
        pytest.param(
            rule((Calendar("end", frozenset({date.max})), "sleep")), "9999-12-31T09:00", "9999-11-30T20:00", None,
            id="the last day",
        ),
        pytest.param(
            rule((Calendar("begin", frozenset({date.min})), "sleep")), "0001-01-01T09:00", None, "0001-02-01T08:00",
            id="the first day",
        ),
    ],
)  # fmt: skip
def test_a_rule_knows_when_its_opinion_began_and_when_it_ends(said, at, previous, following):
    assert said.previous_change(berlin(at)) == (previous and berlin(previous))
    assert said.next_change(berlin(at)) == (following and berlin(following))


def test_a_calendar_alone_that_holds_all_of_time_never_changes():
    ends = rule((Calendar("ends", frozenset({date.min, date.max})), "awake"), uptime=None)

    assert ends.next_change(datetime(9999, 12, 31, 12, tzinfo=UTC)) is None
    assert ends.previous_change(datetime(1, 1, 1, 12, tzinfo=UTC)) is None


def test_thousands_of_days_that_change_nothing_end_the_search():
    many = Calendar("many", frozenset(date(2026, 1, 1) + timedelta(days=2 * day) for day in range(6000)))
    asleep = rule((many, "sleep"), uptime=parse_schedule("never"))

    assert asleep.next_change(utc("2025-01-01")) is None
    assert asleep.previous_change(utc("2090-01-01")) is None


days = st.dates(date(2026, 3, 20), date(2026, 4, 5)) | st.dates(date(2026, 10, 18), date(2026, 11, 2))
clocks = st.sampled_from(["00:00", "02:00", "02:30", "03:00", "12:00", "24:00"])
clock_pairs = st.lists(clocks, min_size=2, max_size=2, unique=True)
parts = st.tuples(days, clock_pairs.map(sorted)).map(lambda part: (part[0], *part[1]))
calendars = st.builds(
    Calendar, st.sampled_from("abc"), st.frozensets(days, max_size=5), st.lists(parts, max_size=3).map(tuple)
)
meanings = st.sampled_from(["sleep", "awake", Like(6), Like(0), Like(5)])
schedules = st.none() | st.sampled_from([
    "Mon-Fri 08:00-20:00 Europe/Berlin", "02:00-02:30 Europe/Berlin, Sun 02:15-24:00 Europe/Berlin",
    "Fri 20:00 - Mon 06:00", "22:00-06:00 Asia/Tokyo", "cron(30 2 * * 1-5 ; 0 3 * * *) Europe/Berlin",
    "2026-03-28 - 2026-03-30", "never", "always",
]).map(parse_schedule)  # fmt: skip
rules = st.builds(
    Rule, schedules, schedules, st.lists(st.builds(CalendarRule, calendars, meanings), max_size=3).map(tuple),
    st.sampled_from([BERLIN, ZoneInfo("America/New_York")]),
)  # fmt: skip
moments = st.one_of(
    st.integers(0, 20 * 1440).map(lambda minute: utc("2026-03-18") + timedelta(minutes=minute)),
    st.integers(0, 20 * 1440).map(lambda minute: utc("2026-10-16") + timedelta(minutes=minute)),
)


@settings(deadline=None, max_examples=100)
@given(said=rules, at=moments, share=st.integers(0, 9999))
def test_an_opinion_changes_exactly_when_it_is_said_to(said, at, share):
    opinion = said.opinion(at)

    since, until = said.previous_change(at), said.next_change(at)

    end = until or at + timedelta(days=60)
    assert at < end
    assert said.opinion(at + (end - at) * share // 10_000) == opinion
    assert said.opinion(end - TICK) == opinion
    assert until is None or (said.opinion(until) != opinion and said.previous_change(until) == until)
    start = since or at - timedelta(days=60)
    assert start <= at
    assert said.opinion(start + (at - start) * share // 10_000) == opinion
    assert since is None or (said.opinion(since - TICK) != opinion and said.next_change(since) == until)


@settings(deadline=None, max_examples=100)
@given(said=rules, at=moments)
def test_awake_beats_sleep_beats_like_beats_the_schedules(said, at):
    spoken = {
        each.on for each in said.calendars if any(start <= at < end for start, end in each.calendar.spans(said.zone))
    }

    opinion = said.opinion(at)

    if "awake" in spoken:
        assert opinion is True
    elif "sleep" in spoken:
        assert opinion is False
    elif not any(isinstance(each.on, Like) for each in said.calendars):
        expected = [said.uptime.covers(at)] if said.uptime else []
        expected += [not said.downtime.covers(at)] if said.downtime else []
        assert opinion is (all(expected) if expected else None)


@settings(deadline=None, max_examples=100)
@given(said=rules, at=moments)
def test_whoever_decides_is_named(said, at):
    because = said.because(at)

    assert because.split()[0] in {"calendar", "uptime", "downtime", "no"}
    assert because.endswith("no schedule") == (said.opinion(at) is None)


@settings(deadline=None, max_examples=100)
@given(said=rules, at=moments)
def test_one_more_awake_day_never_makes_anything_sleep(said, at):
    freeze = CalendarRule(Calendar("freeze", frozenset({at.astimezone(said.zone).date()})), "awake")

    more = Rule(said.uptime, said.downtime, (*said.calendars, freeze), said.zone)

    assert more.opinion(at) is True
    assert more == Rule(said.uptime, said.downtime, (*said.calendars, freeze), said.zone)
