"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.core.instants import InstantError, parse_instant, shorten, show_instant
from tests.builders import NIGHT


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T22:00:00Z",
        "2026-11-24t22:00:00z",
        "2026-11-24 22:00:00+00:00",
        "2026-11-24T23:00:00+01:00",
        "2026-11-24T23:00+0100",
        " 2026-11-24T22:00:00.000000000Z ",
    ],
)
def test_rfc_3339_is_read(text):
    assert parse_instant(text) == NIGHT


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-24", "2026-11-24T22:00:00", "tomorrow", "2026-13-24T22:00:00Z", "2026-11-24T25:00:00Z",
        "2026-11-24T22:00:00+99:99",
        "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "٢٠٢٦-11-24T22:00:00Z", "2026-11-24T22:00:00Z\x00",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(InstantError):
        parse_instant(text)


@given(at=st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)))
def test_what_is_shown_reads_back(at):
    assert parse_instant(show_instant(at)) == at


def test_the_first_year_is_shown_with_four_digits():
    assert show_instant(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"


def test_it_is_shown_in_utc():
    assert show_instant(NIGHT.astimezone(timezone(timedelta(hours=5)))) == "2026-11-24T22:00:00Z"


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        ("short", "'short'"),
        ("x" * 61, "'" + "x" * 60 + "'… (61 characters)"),
        ("\x00", r"'\x00'"),
        (5, "5"),
        (["x" * 200], "['" + "x" * 118 + "…"),
    ],
)
def test_a_value_is_shown_in_one_bounded_line(thing, shown):
    assert shorten(thing) == shown
