"""Durations as text."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.core.duration import DurationError, parse_duration, show_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("1h30m", 5400),
        (" 1H 30M ", 5400),
        ("90s", 90),
        ("2d", 172_800),
        ("1w", 604_800),
        ("1w2d3h4m5s", 788_645),
        ("0", 0),
        ("0s", 0),
        ("366d", 31_622_400),
    ],
)
def test_a_duration_is_numbers_with_units(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "'' is not a duration like '15m'", id="nothing"),
        pytest.param("  ", "is not a duration", id="white space"),
        pytest.param("-15m", "it cannot be negative", id="negative"),
        pytest.param("15", "say '15s' or '15m'", id="no unit"),
        pytest.param("1.5h", "is not a duration", id="a fraction"),
        pytest.param("30m1h", "is not a duration", id="the smaller unit first"),
        pytest.param("1h1h", "is not a duration", id="a unit twice"),
        pytest.param("1 5m", "is not a duration", id="a number in two"),
        pytest.param("15 minutes", "is not a duration", id="words"),
        pytest.param("１５m", "is not a duration", id="digits of full width"),
        pytest.param("²", "is not a duration", id="a digit that is no number"),
        pytest.param("367d", "is longer than 366 days", id="too long"),
        pytest.param("999999999w", "is longer than 366 days", id="far too long"),
        pytest.param("9999999999999s", "is not a duration", id="too many digits"),
        pytest.param("1h" * 100_000, "(200000 characters) is not a duration", id="a long text"),
        pytest.param("15m" + " " * 100, "is not a duration", id="a tail of spaces"),
        pytest.param(15, "15 is not text like '1h30m'; put it in quotes", id="a number"),
        pytest.param(None, "None is not text", id="None"),
    ],
)
def test_what_is_no_duration_gets_a_sentence(text, said):
    with pytest.raises(DurationError) as caught:
        parse_duration(text)

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (5400, "1h30m"), (90_061, "1d1h1m1s"), (604_800, "7d"), (0.5, "0s"), (-90, "-1m30s")],
)
def test_a_duration_is_shown_in_short(seconds, shown):
    assert show_duration(timedelta(seconds=seconds)) == shown


@given(seconds=st.integers(0, 366 * 86_400))
def test_what_is_shown_reads_back_the_same(seconds):
    duration = timedelta(seconds=seconds)

    assert parse_duration(show_duration(duration)) == duration


@given(text=st.text() | st.text("0123456789wdhms -", max_size=20))
def test_any_text_ends_in_a_duration_or_in_a_sentence(text):
    try:
        assert parse_duration(text) >= timedelta()
    except DurationError as error:
        assert str(error)  # noqa: PT017 - either is right
