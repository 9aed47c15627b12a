"""What the `asleep` annotation says, and what of it is believed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.core.recipe import parse_recipe
from sleepwalker.core.record import Record, RecordError, Yielded, parse_record, show_record
from tests.builders import EVENING, HELM, KUBECTL_SCALE, NEXT_MORNING, REPLICAS, SUSPEND, recipe, record
from tests.strategies import records

GOOD = {"since": "2026-11-24T20:00:00Z", "original": {REPLICAS: 3}, "set": {REPLICAS: 0}, "because": "night"}


def test_it_is_short_and_can_be_read_by_people():
    text = show_record(record(3))

    assert text == (
        '{"since":"2026-11-24T20:00:00Z","original":{"/spec/replicas":3},"set":{"/spec/replicas":0},'
        '"because":"policy office: downtime"}'
    )


@pytest.mark.parametrize(
    "it",
    [
        pytest.param(record(3), id="plain"),
        pytest.param(record(3, 1, owners={REPLICAS: (HELM, KUBECTL_SCALE)}), id="with owners"),
        pytest.param(record(3, put_back=2), id="put back"),
        pytest.param(record(3, yielded=Yielded("alice", NEXT_MORNING)), id="given way"),
        pytest.param(Record(EVENING, {REPLICAS: None}, {REPLICAS: 0}, "💤 \x00 \u2028 'quoted\""), id="odd words"),
    ],
)
def test_it_reads_back_the_same(it):
    assert parse_record(show_record(it), recipe()) == it


@given(it=records(REPLICAS))
def test_whatever_is_written_reads_back_the_same(it):
    assert parse_record(show_record(it), recipe()) == it


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"since": "yesterday"}, "the record's time: 'yesterday' is not like", id="no instant"),
        pytest.param({"since": 5}, "is not a record of a sleep", id="a number for an instant"),
        pytest.param({"since": None}, "is not a record of a sleep", id="no since"),
        pytest.param({"original": {}, "set": {}}, "the record names []", id="no field"),
        pytest.param({"original": None}, "is not a record of a sleep", id="nothing to restore"),
        pytest.param(
            {"original": {"/spec/paused": 1}}, "but restores ['/spec/paused']", id="restores what it does not set"
        ),
        pytest.param(
            {"original": {"/metadata/labels": {}}, "set": {"/metadata/labels": {}}},
            "a Deployment sleeps by ['/spec/replicas']",
            id="another field",
        ),
        pytest.param({"original": {REPLICAS: "3"}}, "'3'; no Deployment can have that", id="text for a number"),
        pytest.param({"original": {REPLICAS: True}}, "True; no Deployment can have that", id="a boolean for a number"),
        pytest.param({"original": {REPLICAS: -1}}, "-1; no Deployment can have that", id="a negative number"),
        pytest.param({"original": {REPLICAS: 2**31}}, "no Deployment can have that", id="more than an int32"),
        pytest.param({"original": {REPLICAS: 2.0}}, "no Deployment can have that", id="a float"),
        pytest.param({"original": {REPLICAS: [3]}}, "no Deployment can have that", id="a list"),
        pytest.param({"set": {REPLICAS: "0"}}, "no Deployment can have that", id="set to text"),
        pytest.param({"owners": None}, "is not a record of a sleep", id="no owners"),
        pytest.param({"owners": {REPLICAS: [["helm"]]}}, "is not a record of a sleep", id="half an owner"),
        pytest.param({"owners": {REPLICAS: 7}}, "is not a record of a sleep", id="a number of owners"),
        pytest.param({"yielded": "yes"}, "is not a record of a sleep", id="yielded to nobody"),
        pytest.param({"yielded": {"by": "a", "until": "x"}}, "the record's time:", id="yielded until no instant"),
    ],
)
def test_what_is_no_record_for_this_kind_is_refused_with_a_sentence(change, sentence):
    with pytest.raises(RecordError) as refused:
        parse_record(json.dumps({**GOOD, **change}), recipe())

    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("change", "put_back"),
    [({"putBack": 2}, 2), ({"putBack": -1}, 0), ({"putBack": "x"}, 0), ({"putBack": None}, 0), ({"more": "things"}, 0)],
)
def test_what_does_not_matter_is_passed_over(change, put_back):
    made = parse_record(json.dumps({**GOOD, **change}), recipe())

    assert made.put_back == put_back


def test_owners_of_other_fields_are_passed_over():
    made = parse_record(
        json.dumps({**GOOD, "owners": {"": [["helm", "Apply"]], "/metadata/name": [["x", "Apply"]]}}), recipe()
    )

    assert made.owners == {}


@pytest.mark.parametrize("value", ["true", 1, 0])
def test_a_cronjobs_record_holds_true_or_false(value):
    text = json.dumps({**GOOD, "original": {SUSPEND: value}, "set": {SUSPEND: True}})

    with pytest.raises(RecordError, match="no CronJob can have that"):
        parse_record(text, recipe("CronJob"))


def test_a_kind_may_sleep_by_a_word():
    by_word = parse_recipe({"recipe": "example.com/v1/Thing", "sleep": {"/spec/mode": "off"}})

    made = parse_record(json.dumps({**GOOD, "original": {"/spec/mode": "on"}, "set": {"/spec/mode": "off"}}), by_word)

    assert made.original == {"/spec/mode": "on"}


@given(text=st.one_of(st.text(), st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from([*GOOD, REPLICAS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "owners", "yielded", REPLICAS]), inner),
    max_leaves=10,
).map(json.dumps)))  # fmt: skip
def test_any_text_ends_in_a_record_or_in_a_sentence(text):
    try:
        made = parse_record(text, recipe())
    except RecordError as refused:
        assert str(refused)  # noqa: PT017 - either is right
    else:
        assert set(made.original) == set(made.set) == {REPLICAS}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 16_000, id="nested without end"),
        pytest.param("1" * 16_000, id="a number without end"),
        pytest.param("x" * 1_000_000, id="a megabyte"),
        pytest.param('{"since":"\ud800"}', id="half a character"),
        pytest.param("", id="nothing"),
    ],
)
def test_hostile_text_is_refused_in_a_short_sentence(text):
    with pytest.raises(RecordError) as refused:
        parse_record(text, recipe())

    assert len(str(refused.value)) < 200
