"""Times as people type them."""

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sleepwalker.cli.times import read_time
from sleepwalker.core.instants import InstantError, show_instant

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)  # a Tuesday, 21:00 in Berlin


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", "2026-11-24T20:00:00Z"),
        ("2026-11-24T22:00:00+01:00", "2026-11-24T21:00:00Z"),
        ("2026-11-24t22:00:00z", "2026-11-24T22:00:00Z"),
        ("2026-11-24 22:00", "2026-11-24T21:00:00Z"),
        ("2026-11-24T22:00:30", "2026-11-24T21:00:30Z"),
        ("2026-11-24", "2026-11-23T23:00:00Z"),
        ("22:00", "2026-11-24T21:00:00Z"),
        ("8:00", "2026-11-25T07:00:00Z"),
        ("21:00", "2026-11-25T20:00:00Z"),
        ("today 22:00", "2026-11-24T21:00:00Z"),
        ("tomorrow 06:00", "2026-11-25T05:00:00Z"),
        ("Tomorrow at 06:00", "2026-11-25T05:00:00Z"),
        ("Fri 18:00", "2026-11-27T17:00:00Z"),
        ("tuesday 22:00", "2026-11-24T21:00:00Z"),
        ("Tue 08:00", "2026-12-01T07:00:00Z"),
        ("+3h", "2026-11-24T23:00:00Z"),
        ("+1d12h", "2026-11-26T08:00:00Z"),
        ("2027-03-28 02:30", "2027-03-28T01:00:00Z"),
        ("2026-10-25 02:30", "2026-10-25T00:30:00Z"),
    ],
)
def test_a_time_is_understood(text, instant):
    assert show_instant(read_time(text, NOW, BERLIN)) == instant


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "2026-02-30", "2026-11-24 24:00", "Fry 18:00", "tomorrow", "12", "Mon"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InstantError):
        read_time(text, NOW, BERLIN)


@pytest.mark.parametrize("text", ["22:00", "tomorrow 06:00", "Mon 08:00", "+366d"])
@pytest.mark.parametrize("now", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_at_the_ends_of_the_calendar_there_is_an_answer(text, now, zone):
    with contextlib.suppress(InstantError):
        assert read_time(text, now, ZoneInfo(zone)).tzinfo
