"""Words for people."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from sleepwalker.render.text import clean, count, cut, show_amount, show_relative, show_span, show_time

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param("größe 日本 😴", "größe 日本 😴", id="other scripts"),
        pytest.param("a\x1b[31mred\x1b[0m", "ared", id="colours"),
        pytest.param("a\x1b]0;title\x07b", "ab", id="a window's title"),
        pytest.param("a\x1b]8;;http://x\x1b\\b", "ab", id="a link"),
        pytest.param("a\x9b2Jb", "a�2Jb", id="an 8-bit escape"),
        pytest.param("a\nb\tc", "a b c", id="lines and tabs"),
        pytest.param("a\rb", "a�b", id="back to the start"),
        pytest.param("a\u202eb", "a�b", id="from right to left"),
        pytest.param("a\0b", "a�b", id="NUL"),
        pytest.param("\ud800", "�", id="half a character"),
        pytest.param("\x1b", "�", id="a lone escape"),
    ],
)
def test_no_text_moves_a_cursor(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text", ["", "short", "a long sentence that does not fit", "日本語日本語日本語日本語", "😴" * 30]
)
@pytest.mark.parametrize("width", [1, 2, 7, 12])
def test_a_cut_text_fits(text, width):
    assert cell_len(cut(text, width)) <= width


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=0), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=14), "14 min"),
        (timedelta(hours=2, minutes=14, seconds=59), "2 h 14 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, minutes=5), "3 d"),
        (timedelta(days=3652, hours=1), "3,652 d 1 h"),
    ],
)
def test_a_span_has_its_two_largest_units(span, shown):
    assert show_span(span) == shown


def test_relative_times_look_both_ways():
    assert show_relative(NOW + timedelta(hours=1), NOW) == "in 1 h"
    assert show_relative(NOW - timedelta(hours=1), NOW) == "1 h ago"
    assert show_relative(NOW, NOW) == "now"


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        pytest.param(NOW, "Tue 24 Nov 21:00 CET", id="this year"),
        pytest.param(NOW.replace(month=7), "Fri 24 Jul 22:00 CEST", id="in summer"),
        pytest.param(NOW.replace(year=2027), "Wed 24 Nov 2027 21:00 CET", id="another year"),
        pytest.param(
            datetime.max.replace(tzinfo=UTC), "Fri 31 Dec 9999 23:59 UTC", id="the end, where a zone cannot be"
        ),
    ],
)
def test_times_are_local(at, shown):
    assert show_time(at, BERLIN, NOW) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "no pods"), (1, "1 pod"), (2, "2 pods"), (12_345, "12,345 pods")])
def test_counts_agree_with_their_noun(number, shown):
    assert count(number, "pod") == shown


@pytest.mark.parametrize(("amount", "shown"), [(0, "0"), (0.25, "0.2"), (99.94, "99.9"), (1234.5, "1,234")])
def test_amounts_have_the_digits_that_matter(amount, shown):
    assert show_amount(amount) == shown
