"""What annotations ask for, and what is made of those that cannot be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.core.annotations import NO_WISHES, PREFIX, TABLE, read, read_meaning
from sleepwalker.core.calendar import Like
from sleepwalker.core.plan import plan
from tests.builders import NEXT_MORNING, NIGHT, namespace, policies, prefixed, snapshot, workload
from tests.strategies import any_annotations

HOSTILE = [
    pytest.param("", id="empty"),
    pytest.param("   ", id="blank"),
    pytest.param("x" * 1_000_000, id="a megabyte"),
    pytest.param("💤" * 50, id="emoji"),
    pytest.param("\x00", id="NUL"),
    pytest.param("\ud800", id="half a character"),
    pytest.param("\u202eFri-Mon", id="right to left"),
    pytest.param("9999-12-31T23:59:59-23:59", id="after the end of time"),
    pytest.param("0001-01-01T00:00:00+23:59", id="before the beginning of time"),
    pytest.param("0000-00-00T00:00:00Z", id="no date"),
    pytest.param("Mon-Fri 08:00-20:00 ../../etc/passwd", id="a path for a zone"),
    pytest.param("Mon-Fri 08:00-20:00 Europe", id="a folder for a zone"),
    pytest.param("Mon-Fri 08:00-20:00 /dev/null", id="a device for a zone"),
    pytest.param("{{ .Values.uptime }}", id="a template"),
    pytest.param("1 or 2", id="two numbers"),
    pytest.param("99999999999999999999", id="a very large number"),
    pytest.param("١", id="a digit of another script"),
    pytest.param(None, id="nothing"),
    pytest.param(3.5, id="a number"),
    pytest.param(["true"], id="a list"),
    pytest.param({"a": "b"}, id="a mapping"),
]
STRICT = [row.name for row in TABLE if row.name not in ("override-by", "override-reason", "asleep", "wake-lead")]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("key", STRICT)
def test_what_cannot_be_read_is_one_problem_and_keeps_it_awake(key, value):
    odd = workload(annotations={key: value})

    made = plan(NIGHT, snapshot(odd), policies())

    assert made.actions == ()
    [problem] = made.problems
    assert problem.ref == odd.ref
    assert problem.message.startswith(f"{PREFIX}{key}: ")
    assert len(problem.message) < 400


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("key", STRICT)
def test_on_a_namespace_it_is_one_problem_and_keeps_all_in_it_awake(key, value):
    home = namespace(annotations={key: value})

    made = plan(NIGHT, snapshot(home, workload("a"), workload("b")), policies())

    assert made.actions == ()
    [problem] = made.problems
    assert (problem.ref.kind, problem.ref.name) == ("Namespace", "team")


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("key", ["override-by", "override-reason"])
def test_any_text_may_say_who_and_why_and_comes_out_as_one_line(key, value):
    wishes = read(prefixed({key: value}), "workload")

    told = getattr(wishes, key.replace("-", "_"))
    assert told is not None or wishes.wrong
    assert told is None or (told.isprintable() and len(told) <= 256)


@given(annotations=any_annotations, where=st.sampled_from(["workload", "namespace"]))
def test_any_annotations_are_read_without_raising(annotations, where):
    wishes = read(prefixed(annotations), where)

    assert {key for key, _ in wishes.wrong} <= set(annotations)


@pytest.mark.parametrize(
    ("annotations", "parts"),
    [
        ({"policy": " office-hours "}, {"policy": "office-hours"}),
        ({"protected": "TRUE"}, {"protected": True}),
        ({"protected": "off"}, {"protected": False}),
        ({"floor": "2"}, {"floor": 2}),
        ({"wave": "-10"}, {"wave": -10}),
        ({"grace": "1h30m"}, {"grace": timedelta(minutes=90)}),
        ({"keep-awake-until": "2026-11-25T09:00:00+01:00"}, {"keep_awake_until": NEXT_MORNING}),
        ({"asleep-until": "2026-11-25T08:00:00Z"}, {"asleep_until": NEXT_MORNING}),
        ({"override-reason": "demo\nfor  the board"}, {"override_reason": "demo for the board"}),
        ({"running-jobs": "Evict"}, {"running_jobs": "evict"}),
        ({"missed-runs": "run"}, {"missed_runs": "run"}),
        ({"calendar": "a, b=awake,c=like sun"}, {"calendar": (("a", "sleep"), ("b", "awake"), ("c", Like(6)))}),
    ],
)
def test_good_text_is_read(annotations, parts):
    wishes = read(prefixed(annotations), "workload")

    assert wishes.wrong == ()
    assert {key: getattr(wishes, key) for key in parts} == parts


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_every_example_in_the_table_can_be_read_where_it_may_stand(row):
    for where in row.where:
        wishes = read({PREFIX + row.name: row.example}, where)

        assert wishes.wrong == ()


@pytest.mark.parametrize(
    ("key", "where", "sentence"),
    [
        ("uptme", "workload", "sleepwalker.dev/uptme: no such annotation; is sleepwalker.dev/uptime meant?"),
        ("qqqq", "workload", "sleepwalker.dev/qqqq: no such annotation"),
        ("", "workload", "sleepwalker.dev/: no such annotation"),
        ("a\nb" * 40, "workload", "is meant"),
        ("wake-lead", "workload", "sleepwalker.dev/wake-lead: has no meaning on a workload; it stands on a namespace"),
        ("asleep", "namespace", "sleepwalker.dev/asleep: has no meaning on a namespace; it stands on a workload"),
    ],
)
def test_a_key_that_does_not_stand_there_is_wrong(key, where, sentence):
    wishes = read({PREFIX + key: "5m"}, where)

    [(_, told)] = wishes.wrong
    assert told == sentence or (len(key) > 64 and "…" in told)


def test_others_annotations_are_none_of_our_business():
    assert read({"kubectl.kubernetes.io/last-applied": "{", 5: "x"}, "workload") is NO_WISHES


@pytest.mark.parametrize("annotations", [None, {}])
def test_no_annotations_ask_for_nothing(annotations):
    assert read(annotations, "workload") is NO_WISHES


def test_the_record_is_not_a_wish():
    assert read(prefixed({"asleep": "{"}), "workload") is NO_WISHES


@pytest.mark.parametrize("text", ["", "like", "like someday", "wake", "like Sunday please"])
def test_a_calendars_day_means_one_of_three_things(text):
    with pytest.raises(ValueError, match="is not what a calendar's day can mean"):
        read_meaning(text)
