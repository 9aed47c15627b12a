"""What can be written as a schedule, and what is said of what cannot."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from croniter import CroniterBadCronError
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepwalker.core.cron import parse_line
from sleepwalker.core.schedule import Schedule, ScheduleError, parse_schedule
from sleepwalker.core.zones import zone_named

LONGEST_SENTENCE = 420


def sentence(text, zone="UTC") -> str:
    with pytest.raises(ScheduleError) as caught:
        parse_schedule(text, zone)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("Mon,Wed 08:00-12:00", "Wed,Monday 08:00-12:00", id="a list of weekdays"),
        pytest.param("Mon, Wed 08:00-12:00", "Mon,Wed 08:00-12:00", id="a list of weekdays with a space"),
        pytest.param("Mon-Wed,Fri 08:00-12:00", "Mon,Tue,Wed,Fri 08:00-12:00", id="ranges in a list"),
        pytest.param("Sat-Mon 08:00-12:00", "Sat,Sun,Mon 08:00-12:00", id="a range that wraps"),
        pytest.param("Fri-Fri 08:00-12:00", "Fri 08:00-12:00", id="a range of one"),
        pytest.param("Tue-Mon 08:00-12:00", "08:00-12:00", id="a range of all"),
        pytest.param("monday-FRIDAY 08:00-12:00", "Mon-Fri 08:00-12:00", id="full names in any case"),
        pytest.param("Mon - Fri 08:00 - 12:00", "Mon-Fri 08:00-12:00", id="spaces around dashes"),
        pytest.param("Mon–Fri 08:00–12:00", "Mon-Fri 08:00-12:00", id="typographic dashes"),
        pytest.param("\tMon-Fri\r\n08:00-12:00 \r\n UTC\n", "Mon-Fri 08:00-12:00", id="any white space"),
        pytest.param("Mon-Fri 08:00-12:00\u00a0UTC", "Mon-Fri 08:00-12:00", id="a space that does not break"),
        pytest.param("8:00-9:05", "08:00-09:05", id="hours of one digit"),
        pytest.param("Fri 20:00-00:00", "Fri 20:00-24:00", id="midnight by its other name"),
        pytest.param("Fri 20:00 - Sat 00:00", "Fri 20:00-24:00", id="midnight of the next weekday"),
        pytest.param("Fri 20:00 - Fri 00:00", "Fri 20:00 - Thu 24:00", id="midnight a week later"),
        pytest.param("Fri 20:00-Mon 06:00", "Fri 20:00 - Mon 06:00", id="weekday to weekday without spaces"),
        pytest.param("fri-fri 20:00 - monday 06:00", "Fri 20:00 - Mon 06:00", id="weekday to weekday, oddly"),
        pytest.param("Mon 08:00 - Mon 12:00", "Mon 08:00-12:00", id="weekday to the same weekday"),
        pytest.param("08:00-12:00 europe/BERLIN", "08:00-12:00 Europe/Berlin", id="a zone in any case"),
        pytest.param("08:00-12:00 utc", "08:00-12:00 UTC", id="utc"),
        pytest.param("08:00-12:00 CET", "08:00-12:00 cet", id="a zone that is a word"),
        pytest.param(
            "Mon-Wed,Fri 08:00-12:00 Europe/Berlin, Sat 10:00-14:00 Europe/Berlin",
            "Mon,Tue,Wed,Fri 08:00-12:00 Europe/Berlin,Sat 10:00-14:00 Europe/Berlin",
            id="commas between weekdays and between entries",
        ),
        pytest.param("2026-12-24-2027-01-01", "2026-12-24 - 2027-01-01", id="dates without spaces"),
        pytest.param("2026-12-24 - 2027-01-01", "2026-12-24T00:00Z - 2027-01-02T00:00Z", id="dates are whole days"),
        pytest.param("2026-12-24 - 2026-12-24", "2026-12-24T00:00Z - 2026-12-25T00:00Z", id="a single day"),
        pytest.param("2026-12-24 - 2027-01-01T12:00", "2026-12-24T00:00Z - 2027-01-01T12:00Z", id="a date and a time"),
        pytest.param(
            "2026-12-24T12:00+01:00-2027-01-02T06:00+01:00", "2026-12-24T11:00Z - 2027-01-02T05:00Z", id="offsets"
        ),
        pytest.param("2026-12-24t12:00:00z-2027-01-02t06:00:00Z", "2026-12-24T12:00Z - 2027-01-02T06:00Z", id="z"),
        pytest.param("2026-12-24T12:00-0330 - 2027-01-02", "2026-12-24T15:30Z - 2027-01-02", id="no colon"),
        pytest.param("2026-12-24T12:00-2027-01-02T06:00", "2026-12-24T12:00Z - 2027-01-02T06:00Z", id="no offsets"),
        pytest.param("2026-12-24 12:00 - 2027-01-02 06:00", "2026-12-24T12:00Z - 2027-01-02T06:00Z", id="no T"),
        pytest.param(
            "2026-07-24T12:00 - 2027-01-02T06:00 europe/berlin", "2026-07-24T10:00Z - 2027-01-02T05:00Z", id="a zone"
        ),
        pytest.param("from 2026-12-24 Europe/Berlin", "from 2026-12-23T23:00Z", id="from a date"),
        pytest.param("until 2026-12-24 Europe/Berlin", "until 2026-12-24T23:00Z", id="until the end of a date"),
        pytest.param("from 2026-03-29T02:30 Europe/Berlin", "from 2026-03-29T01:00Z", id="from within a gap"),
        pytest.param("until 2026-03-29T02:30:15.5 Europe/Berlin", "until 2026-03-29T01:00Z", id="until within a gap"),
        pytest.param("from 2026-10-25T02:30 Europe/Berlin", "from 2026-10-25T00:30Z", id="from within an overlap"),
        pytest.param("until 2026-10-25T02:30 Europe/Berlin", "until 2026-10-25T01:30Z", id="until within an overlap"),
        pytest.param("until 9999-12-31", "always", id="until the end of time"),
        pytest.param("from 0001-01-01T00:00+14:00", "always", id="from before the beginning of time"),
        pytest.param("until 9999-12-31T23:00-05:00", "always", id="until after the end of time"),
        pytest.param("from 0001-01-01 Asia/Tokyo", "always", id="from before the beginning, by its zone"),
        pytest.param("CRON(0 8 * * MON;0 20 * * 1)Europe/Oslo", "cron(0 8 * * mon;0 20 * * 1) Europe/Oslo", id="cron"),
        pytest.param(
            "cron(0 8 * * 1,3 ; 0 20 * * 1,3), Sat 08:00-12:00",
            "cron(0 8 * * 1,3;0 20 * * 1,3) UTC,Sat 08:00-12:00",
            id="commas in cron",
        ),
        pytest.param("TRUE", "always", id="true"),
        pytest.param("False", "never", id="false"),
        pytest.param("never, Mon 08:00-12:00, false", "Mon 08:00-12:00", id="never among others"),
        pytest.param("Mon 08:00-12:00, Always", "always", id="always among others"),
    ],
)  # fmt: skip
def test_there_is_more_than_one_way_to_say_it(text, same):
    assert parse_schedule(text) == parse_schedule(same)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "a schedule cannot be empty; write for example 'Mon-Fri", id="nothing"),
        pytest.param(" \r\n\t", "cannot be empty", id="white space"),
        pytest.param(None, "None is not text", id="None"),
        pytest.param(True, "True is not text like 'Mon-Fri", id="a boolean"),
        pytest.param(8, "8 is not text", id="a number"),
        pytest.param(["Mon 08:00-12:00"], "is not text", id="a list"),
        pytest.param("x" * 1_000_000, "is too long; a schedule has at most 4096 characters", id="a megabyte"),
        pytest.param(",".join(["08:00-12:00"] * 65), "has 65 entries; a schedule has at most 64", id="too many"),
        pytest.param("Mon 08:00-12:00,", "a comma with nothing on one side", id="a comma at the end"),
        pytest.param("Mon 08:00-12:00,,Tue 08:00-12:00", "a comma with nothing on one side", id="two commas"),
        pytest.param(",", "a comma with nothing on one side", id="a comma"),
        pytest.param("🌙", "has '🌙' in it", id="emoji"),
        pytest.param("\x00", "'\\x00' is not like", id="NUL"),
        pytest.param("Mon 08:00-12:00\x00", "'12:00\\x00' is not a time of day", id="NUL at the end"),
        pytest.param("Mon ０８:00-12:00", "has '０' in it; plain letters", id="digits of full width"),
        pytest.param("Mon ٠٨:00-12:00", "has '٠' in it", id="Arabic digits"),
        pytest.param("Mon-Fri 08:00-20:00 PST", "say 'America/Los_Angeles'", id="PST"),
        pytest.param("Mon-Fri 08:00-20:00 EST", "say 'America/New_York'", id="EST, though tzdata has one"),
        pytest.param("Mon-Fri 08:00-20:00 mst", "say 'America/Denver'", id="MST, though tzdata has one"),
        pytest.param("Mon-Fri 08:00-20:00 HST", "say 'Pacific/Honolulu'", id="HST, though tzdata has one"),
        pytest.param("Mon-Fri 08:00-20:00 Z", "say 'UTC'", id="Z as a zone"),
        pytest.param("Mon-Fri 08:00-20:00 Local", "whose clock would it be?", id="Local"),
        pytest.param("Mon-Fri 08:00-20:00 localtime", "whose clock would it be?", id="localtime"),
        pytest.param("Mon-Fri 08:00-20:00 posixrules", "whose clock would it be?", id="posixrules"),
        pytest.param("Mon-Fri 08:00-20:00 Factory", "is not a time zone", id="Factory"),
        pytest.param("Mon-Fri 08:00-20:00 Europe", "'Europe' is not a time zone", id="a folder of zones"),
        pytest.param("Mon-Fri 08:00-20:00 ../../etc/passwd", "is not a time zone", id="a path upwards"),
        pytest.param("Mon-Fri 08:00-20:00 /etc/localtime", "is not a time zone", id="a path from the root"),
        pytest.param("Mon-Fri 08:00-20:00 posix/UTC", "is not a time zone", id="a zone's other folder"),
        pytest.param("Mon-Fri 08:00-20:00 Berlin", "say 'Europe/Berlin'", id="a city"),
        pytest.param("Mon-Fri 08:00-20:00 new york", "say 'America/New_York'", id="a city of two words"),
        pytest.param("Mon-Fri 08:00-20:00 Germany/Berlin", "say 'Europe/Berlin'", id="a city in a country"),
        pytest.param("Mon-Fri 08:00-20:00 Europe/Berln", "did you mean 'Europe/Berlin'?", id="a zone misspelt"),
        pytest.param("Mon-Fri 08:00-20:00 Sidney", "did you mean 'Australia/Sydney'?", id="a city misspelt"),
        pytest.param("Mon-Fri 08:00-20:00 UTC+2", "say 'Etc/GMT-2' (its sign is the other way round)", id="UTC+2"),
        pytest.param("Mon-Fri 08:00-20:00 +02:00", "say 'Etc/GMT-2'", id="an offset"),
        pytest.param("Mon-Fri 08:00-20:00 GMT-08", "say 'Etc/GMT+8'", id="GMT-08"),
        pytest.param("Mon-Fri 08:00-20:00 UTC+77", "is not a time zone", id="UTC+77"),
        pytest.param("Mon-Fri 08:00-20:00 qq", "say for example 'Europe/Berlin' or 'UTC'", id="nothing near"),
        pytest.param("Mon-Fri 08:00-20:00 UTC UTC", "'UTC UTC' is not a time zone", id="two zones"),
        pytest.param("Mon-Fri 08:00-20:00 Europe/Berlin and more", "is not a time zone", id="trailing garbage"),
        pytest.param("always Europe/Berlin", "'always Europe/Berlin' is not like", id="garbage after always"),
        pytest.param("Mon 08:00-12:00, alwys", "did you mean 'always'?", id="garbage after a match, in a list"),
        pytest.param("Mno 08:00-12:00", "'Mno' is not a weekday; did you mean 'Mon'?", id="a weekday misspelt"),
        pytest.param("Mon-Fry 08:00-12:00", "did you mean 'Friday'?", id="the end of a range misspelt"),
        pytest.param("Thurs 08:00-12:00", "did you mean 'Thursday'?", id="a weekday shortened"),
        pytest.param("xyzzy 08:00-12:00", "they are Mon, Tue, Wed, Thu, Fri, Sat, Sun", id="no weekday at all"),
        pytest.param("Mon-Wed-Fri 08:00-12:00", "'Wed-Fri' is not a weekday", id="a range of three"),
        pytest.param("Mon-Fri", "say 'Mon-Fri 00:00-24:00' for whole days", id="no times"),
        pytest.param("Mon 08:00-12:00, Sat-Sun", "say 'Sat-Sun 00:00-24:00'", id="no times at the end"),
        pytest.param("Mon-Fri office hours", "has no times", id="words for times"),
        pytest.param("Mon-Fri 8-20", "'8' is not a time of day like '08:00'", id="hours alone"),
        pytest.param("Mon-Fri 8am-8pm", "'8am' is not a time of day like '08:00'", id="am and pm"),
        pytest.param("Mon-Fri 08:00:00-20:00:00", "'08:00:00' is not a time of day", id="seconds"),
        pytest.param("Mon-Fri 08:00", "after the weekdays come two times with a dash", id="one time"),
        pytest.param("Mon-Fri 08:00-", "after the weekdays come two times with a dash", id="half a window"),
        pytest.param("00:00-24:30", "'24:30' is not a time of day", id="24:30"),
        pytest.param("00:00-25:00", "a window may pass midnight, as in '22:00-06:00'", id="25:00"),
        pytest.param("00:00-99:99", "'99:99' is not a time of day", id="99:99"),
        pytest.param("00:60-01:00", "'00:60' is not a time of day", id="00:60"),
        pytest.param("24:00-08:00", "'24:00' can end a window, not begin one", id="24:00 at the start"),
        pytest.param("24:00-24:00", "can end a window, not begin one", id="24:00-24:00"),
        pytest.param("Mon-Sun 00:00-00:00", "say 'always', or '00:00-24:00'", id="00:00-00:00"),
        pytest.param("08:00-08:00", "begins and ends at the same time", id="08:00-08:00"),
        pytest.param("Mon 08:00 - Mon 08:00", "begins and ends at the same time", id="a week to the minute"),
        pytest.param("Mon-Fri 20:00 - Sat 06:00", "begins on 5 days; say one", id="from many weekdays to one"),
        pytest.param("20:00 - Sat 06:00", "begins on 7 days; say one", id="from no weekday to one"),
        pytest.param("Fri 20:00 - Sta 06:00", "did you mean 'Sat'?", id="to a weekday misspelt"),
        pytest.param("2027-01-01 - 2026-01-01", "ends before it begins", id="absolute: backwards"),
        pytest.param("2026-12-24T12:00Z - 2026-12-24T12:00Z", "ends before it begins, or as it", id="absolute: empty"),
        pytest.param("2026-12-24", "is one moment; say 'from', 'until', or two", id="absolute: one date"),
        pytest.param("2026-1-7T00:00Z - 2026-01-08T00:00Z", "did you mean '2026-01-07'?", id="absolute: short month"),
        pytest.param("from 2026-1-7", "did you mean '2026-01-07'?", id="from: short month"),
        pytest.param("2026/12/24 - 2026/12/26", "did you mean '2026-12-24'?", id="absolute: slashes"),
        pytest.param("24.12.2026 - 26.12.2026", "is not like '2026-12-24 - 2027-01-01'", id="absolute: German"),
        pytest.param("2026-02-30 - 2026-03-01", "'2026-02-30' is not like", id="absolute: no such day"),
        pytest.param("2026-13-01 - 2026-13-02", "'2026-13-01' is not like", id="absolute: no such month"),
        pytest.param("2026-12-24T25:00Z - 2026-12-26", "'2026-12-24T25:00Z' is not like", id="absolute: no such hour"),
        pytest.param("0000-01-01 - 2026-01-01", "'0000-01-01' is not like", id="absolute: no such year"),
        pytest.param("10000-01-01 - 10001-01-01", "'10000-01-01 - 10001-01-01' is not like", id="absolute: too late"),
        pytest.param("2026-12-24T12:00+20:00 - 2026-12-26", "is too far from UTC", id="absolute: an offset too far"),
        pytest.param("2026-12-24 - 2026-12-26 PST", "America/Los_Angeles", id="absolute: no zone"),
        pytest.param("2026-12-24 - 2026-12-26 12:00 garbage", "is not a time zone", id="absolute: garbage"),
        pytest.param("from tomorrow", "'tomorrow' is not like", id="from: no date"),
        pytest.param("until", "is not like", id="until: nothing"),
        pytest.param("from 9999-12-31T23:59-10:00", "never comes", id="from: after the end of time"),
        pytest.param("until 0001-01-01T00:00+10:00", "never comes", id="until: before the beginning of time"),
        pytest.param("cron(0 8 * * *)", "is not like 'cron(0 8 * * 1-5 ; 0 20 * * 1-5) Europe/Berlin'", id="cron: one"),
        pytest.param("cron(0 8 * * * ; 0 20 * * *", "is not like 'cron(", id="cron: open"),
        pytest.param("cron(0 8 * * * ; 0 20 * * *))", "is not a time zone", id="cron: closed twice"),
        pytest.param("cron(0 8 * * * ; 0 20 * * *) PST", "America/Los_Angeles", id="cron: no zone"),
        pytest.param("cron(0 0 8 * * * ; 0 20 * * *)", "'0 0 8 * * *' is not a cron line of five", id="cron: six"),
        pytest.param("cron( ; 0 20 * * *)", "'' is not a cron line of five fields", id="cron: none"),
        pytest.param("cron(@daily ; 0 20 * * *)", "'@daily' is not a cron line of five fields", id="cron: a macro"),
        pytest.param(f"cron(0 8 {'1,' * 100}1 * * ; 0 20 * * *)", "is not a cron line of five", id="cron: long"),
        pytest.param("cron(0 8 * * $ ; 0 20 * * *)", "its fields hold digits, names", id="cron: a strange sign"),
        pytest.param("cron(R 8 * * * ; 0 20 * * *)", "its fields hold digits, names", id="cron: at random"),
        pytest.param("cron(H 8 * * * ; 0 20 * * *)", "its fields hold digits, names", id="cron: hashed"),
        pytest.param("cron(60 8 * * * ; 0 20 * * *)", "is not a cron line that croniter can read", id="cron: 60"),
        pytest.param("cron(0 8 * * MON#1,FRI ; 0 20 * * *)", "croniter can read", id="cron: not supported"),
        pytest.param("cron(0 8-8 * * * ; 0 20 * * *)", "'8-8' is a range from a value to itself", id="cron: 8-8"),
        pytest.param("cron(0 0 31 2 * ; 0 20 * * *)", "no such day comes", id="cron: never begins"),
        pytest.param("cron(0 8 * * * ; 0 0 30 2 *)", "no such day comes", id="cron: never ends"),
        pytest.param("cron(10 2 * 3 L0 ; 20 2 * 3 L0) Europe/Berlin", "no such day", id="cron: in the gap each year"),
        pytest.param("cron(0 8 * * * ; 0 8 * * *)", "begins again whenever it ends; say 'always'", id="cron: always"),
        pytest.param("cron(0 * * * * ; 0 8 * * 0)", "begins again whenever it ends", id="cron: always, less obviously"),
        pytest.param("cronjob 08:00-12:00", "is not like 'cron(", id="cron: another word"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_gets_a_sentence(text, said):
    got = sentence(text)

    assert said in got
    assert len(got) <= LONGEST_SENTENCE
    assert "\n" not in got


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        pytest.param("PST", "America/Los_Angeles", id="an abbreviation"),
        pytest.param("", "'' is not a time zone", id="nothing"),
        pytest.param(None, "None is not a time zone", id="None"),
        pytest.param(3600, "3600 is not a time zone", id="a number"),
        pytest.param("../" * 10_000, "is not a time zone", id="a long path"),
    ],
)
def test_a_zone_that_is_none_gets_a_sentence(zone, said):
    got = sentence("always", zone)

    assert said in got
    assert len(got) <= LONGEST_SENTENCE


def test_a_zone_can_be_an_object():
    assert parse_schedule("08:00-12:00", ZoneInfo("Europe/Berlin")) == parse_schedule("08:00-12:00 Europe/Berlin")


REFUSED = {"Factory", "localtime", "posixrules", "EST", "MST", "HST"}


@pytest.mark.parametrize("name", sorted(available_timezones() - REFUSED))
def test_every_zone_can_be_named_in_any_case(name):
    assert zone_named(name.upper()).key == name


def test_croniter_says_no_in_its_own_words_only_where_we_ask():
    with pytest.raises(ScheduleError) as caught:
        parse_line("0 8 32 * *")

    assert isinstance(caught.value.__cause__, CroniterBadCronError)


def outcome(text, zone="UTC") -> Schedule | str:
    try:
        return parse_schedule(text, zone)
    except ScheduleError as error:
        return str(error)


NASTY = [
    "always",
    "Mon-Fri 08:00-20:00 Europe/Berlin",
    "Fri 20:00 - Mon 06:00",
    "2026-12-24T12:00+01:00 - 2027-01-02T06:00+01:00",
    "from 2026-12-24",
    "until 9999-12-31T23:59:59.999999-15:59",
    "cron(0 8 * * 1-5 ; 0 20 * * 5#3,L2) UTC",
    "cron(*/5 9-17 L * ? ; 7 1 1,15 JAN-DEC *)",
    "24:00-24:00 ../../etc/passwd",
    "Mon,Wed,,never",
    "0001-01-01 - 0001-01-02 Asia/Tokyo",
]


PIECES = [*" ,-:;()#L*/?0149TZ+.\x00\n\ud800🌙", "", "Mon", "24:00", "cron(", "9999", "UTC"]


@st.composite
def mutated(draw):
    text = draw(st.sampled_from(NASTY))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        put = draw(st.sampled_from(PIECES) | st.text(max_size=2))
        text = text[:at] + put + text[at + cut :]
    return text


@settings(deadline=None, max_examples=500)
@given(text=st.text() | st.text("0123456789:-, MonFriTZ+#()*;") | mutated())
def test_any_text_ends_in_a_schedule_or_in_a_sentence(text):
    found = outcome(text)

    if isinstance(found, Schedule):
        assert parse_schedule(str(found)) == found
        found.covers(datetime(2026, 11, 24, tzinfo=ZoneInfo("UTC")))
    else:
        assert re.search(r"[a-z]", found)
        assert len(found) <= LONGEST_SENTENCE


@settings(deadline=None, max_examples=100)
@given(zone=st.text() | st.sampled_from(["Europe/", "/", ".", "..", "\x00", "Etc/GMT+", "UTC\n", "con"]))
def test_any_zone_ends_in_a_schedule_or_in_a_sentence(zone):
    assert outcome("08:00-12:00", zone)


@settings(deadline=None, max_examples=100)
@given(line=st.lists(st.text("0123456789*,/-#?LWMONJAN", min_size=1, max_size=5), min_size=5, max_size=5).map(" ".join))
def test_any_cron_line_ends_in_a_schedule_or_in_a_sentence(line):
    assert outcome(f"cron({line} ; 0 8 1 * *)")


LONG = ["-", "Mon,", "Mon-", "0", "(", "08:00-", "2026-", "1 ", "cron(", "a,", "* "]


@pytest.mark.parametrize("text", [sign * (4096 // len(sign)) for sign in LONG])
def test_long_text_is_no_trap(text):
    assert isinstance(outcome(text), str)


def test_the_whole_list_is_read_before_any_of_it_counts():
    assert "garbage" in sentence("always, garbage")


@pytest.mark.parametrize("day", [date.min, date.max, date(9999, 12, 30)])
def test_days_at_the_ends_of_time_can_be_written(day):
    schedule = parse_schedule(f"{day.isoformat()} - {day.isoformat()}")

    assert schedule.covers(datetime.combine(day, datetime.min.time(), ZoneInfo("UTC")) + timedelta(hours=12))
