"""`sleepwalker schedule`."""

import pytest

OFFICE = "Mon-Fri 08:00-20:00 Europe/Berlin"
NOON = ("--at", "2026-11-24T12:00:00Z")


def test_json_has_the_documented_shape(run):
    answer = run("schedule", OFFICE, *NOON, "--days", "1", "-o", "json")

    assert answer.code == 0
    assert answer.json == {
        "awake": True,
        "next_change": "2026-11-24T19:00:00Z",
        "changes": [
            {"at": "2026-11-24T19:00:00Z", "awake": False},
            {"at": "2026-11-25T07:00:00Z", "awake": True},
        ],
    }


def test_bad_text_is_an_error_in_json(run):
    answer = run("schedule", "Mon-Fri 8am-6pm", "-o", "json")

    assert answer.code == 1
    assert list(answer.json) == ["error"]
    assert "8am" in answer.json["error"]


def test_bad_text_is_a_sentence_on_standard_error(run):
    answer = run("schedule", "25:00-26:00")

    assert (answer.code, answer.out) == (1, "")
    assert "25:00" in answer.err


def test_a_table_shows_the_days_and_the_changes(run):
    answer = run("schedule", OFFICE, *NOON)

    assert "awake at Tue 24 Nov 2026 13:00 CET; sleeps Tue 24 Nov 20:00 CET (in 7 h)" in answer.out
    assert "Sat 28 Nov  " + "·" * 48 in answer.out
    assert "Tue 24 Nov  " + "·" * 16 + "█" * 24 + "·" * 8 in answer.out


def test_the_zone_is_that_of_what_names_none(run):
    answer = run("schedule", "08:00-09:00", "--zone", "Asia/Tokyo", *NOON, "-o", "json")

    assert answer.json["next_change"] == "2026-11-24T23:00:00Z"


def test_days_of_clock_changes_are_named(run):
    answer = run("schedule", "Sun 02:30-06:00 Europe/Berlin", "--at", "2027-03-26T00:00:00Z")

    assert "note: 2027-03-28: the clock in Europe/Berlin skips 02:30" in answer.out


@pytest.mark.parametrize("text", ["always", "never", "from 2026-11-24T12:00:00Z"])
def test_what_never_changes_again_says_so(run, text):
    answer = run("schedule", text, *NOON)

    assert answer.code == 0
    assert "it never changes" in answer.out


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00-12:00", "9999-12-31T12:00:00-12:00"]
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
@pytest.mark.parametrize("output", ["table", "json"])
def test_the_ends_of_the_calendar_end_in_an_answer(run, at, zone, output):
    answer = run("schedule", "Mon-Fri 08:00-20:00", "--zone", zone, "--at", at, "--days", "3660", "-o", output)

    assert answer.code in (0, 1)
    assert "bug" not in answer.err
