"""How a kind sleeps, as data."""

from __future__ import annotations

import pytest

from sleepwalker.core.recipe import Condition, Field, RecipeError, lookup, nest, parse_recipe
from tests.builders import REPLICAS, SUSPEND, recipe, recipes

COUNT, FLAG, WORD = Field(REPLICAS, "{floor}"), Field(SUSPEND, asleep=True), Field("/spec/mode", "off")


def test_a_document_is_read():
    made = parse_recipe(
        {
            "recipe": "example.com/v1/Thing",
            "sleep": {"/spec/size": "{floor}", "/spec/paused": True},
            "asleepWhen": "already at or below",
            "ready": {"/status/ready": ">= /spec/size"},
            "rolling": [{"/status/phase": "== Updating"}],
            "demand": "/spec/template",
            "default": {"/spec/size": 1},
            "beforeWake": {"subresource": "status", "set": {"/status/last": "{wakes}"}},
            "catchesUp": True,
        }
    )

    assert (made.group, made.version, made.kind, str(made)) == ("example.com", "v1", "Thing", "example.com/v1/Thing")
    assert made.count == Field("/spec/size", "{floor}")
    assert made.ready == (Condition("/status/ready", ">=", "/spec/size"),)
    assert made.rolling == ((Condition("/status/phase", "==", "Updating"),),)
    assert made.before_wake.fields == (("/status/last", "{wakes}"),)
    assert made.catches_up


def test_a_kind_of_the_core_group_has_none():
    made = parse_recipe({"recipe": "v1/ReplicationController", "sleep": {REPLICAS: "{floor}"}})

    assert (made.group, made.api_version) == ("", "v1")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "recipe: '' is not like 'apps/v1/Deployment'"),
        ({"recipe": "Deployment"}, "is not like 'apps/v1/Deployment'"),
        ({"recipe": "a/b/c/d"}, "is not like 'apps/v1/Deployment'"),
        ({"recipe": "//"}, "is not like 'apps/v1/Deployment'"),
        ({"recipe": "v1/A"}, "sleep names no field"),
        ({"recipe": "v1/A", "sleep": {}}, "sleep names no field"),
        ({"recipe": "v1/A", "sleep": ["/x"]}, "sleep names no field"),
        ({"recipe": "v1/A", "sleep": {"replicas": 0}}, "'replicas' is not a JSON pointer like '/spec/replicas'"),
        ({"recipe": "v1/A", "sleep": {"/a~2b": 0}}, "is not a JSON pointer"),
        ({"recipe": "v1/A", "sleep": {"/a": 0}, "demand": "spec"}, "is not a JSON pointer"),
        ({"recipe": "v1/A", "sleep": {"/a": 0}, "ready": {"/b": "is good"}}, "'is good' is not a condition like"),
        ({"recipe": "v1/A", "sleep": {"/a": 0}, "ready": {"b": "exists"}}, "is not a JSON pointer"),
        ({"recipe": "v1/A", "sleeps": {}}, "a recipe has no 'sleeps'; it may have asleepWhen, beforeWake"),
    ],
)
def test_what_says_nothing_usable_is_refused_with_a_sentence(document, sentence):
    with pytest.raises(RecipeError) as refused:
        parse_recipe(document)

    assert sentence in str(refused.value)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "CronJob"])
def test_the_shipped_kinds_are_there(kind):
    assert recipe(kind) in recipes().values()


THING = {"spec": {"n": 3, "word": "on", "flag": True, "none": None}, "a/b": {"c~d": 5}}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("/spec/n", "exists"), True),
        (Condition("/spec/m", "exists"), False),
        (Condition("/spec/none", "exists"), False),
        (Condition("/spec/n/deeper", "exists"), False),
        (Condition("/spec/n", "==", "3"), True),
        (Condition("/spec/n", "!=", "3"), False),
        (Condition("/spec/n", "<", "4"), True),
        (Condition("/spec/n", "<=", "3"), True),
        (Condition("/spec/n", ">", "3"), False),
        (Condition("/spec/n", ">=", "-3"), True),
        (Condition("/spec/n", ">=", "/spec/n"), True),
        (Condition("/spec/m", "<", "/spec/n"), True),
        (Condition("/spec/word", ">", "0"), False),
        (Condition("/spec/word", "==", "on"), True),
        (Condition("/spec/m", "==", "on"), False),
        (Condition("/spec/flag", "==", "true"), True),
        (Condition("/spec/flag", "!=", "false"), True),
    ],
)
def test_a_condition_holds_or_not(condition, holds):
    assert condition.holds(THING) is holds


def test_a_pointer_finds_what_it_names():
    assert lookup(THING, "/a~1b/c~0d") == 5


def test_fields_become_a_nested_body():
    assert nest({"/spec/a": 1, "/spec/b/c~1d": None, "/e": "f"}) == {"spec": {"a": 1, "b": {"c/d": None}}, "e": "f"}


@pytest.mark.parametrize(
    ("field", "floor", "original", "asleep"),
    [
        (COUNT, 0, 3, 0),
        (COUNT, 2, 3, 2),
        (COUNT, 5, 3, 3),
        (COUNT, 2, None, 2),
        (FLAG, 2, False, True),
        (WORD, 2, "on", "off"),
    ],
)
def test_the_value_while_asleep_is_never_more_than_what_is_there_awake(field, floor, original, asleep):
    assert field.asleep_value(floor, original) == asleep


@pytest.mark.parametrize(
    ("field", "value", "asleep", "is_asleep"),
    [
        (COUNT, 0, 0, True),
        (COUNT, 1, 2, True),
        (COUNT, 3, 2, False),
        (COUNT, None, 0, False),
        (COUNT, None, None, True),
        (FLAG, True, True, True),
        (FLAG, False, True, False),
        (FLAG, None, True, False),
        (WORD, "off", "off", True),
    ],
)
def test_a_count_is_asleep_at_or_below_and_anything_else_when_equal(field, value, asleep, is_asleep):
    assert field.is_asleep(value, asleep) is is_asleep


@pytest.mark.parametrize(
    ("field", "theirs", "original", "larger"),
    [
        (COUNT, 5, 3, 5),
        (COUNT, 1, 3, 3),
        (COUNT, None, 3, 3),
        (COUNT, 5, None, 5),
        (COUNT, None, None, None),
        (FLAG, True, False, False),
        (FLAG, False, None, False),
        (WORD, "half", "on", "half"),
        (WORD, "off", "on", "on"),
    ],
)
def test_the_more_awake_of_two_values(field, theirs, original, larger):
    assert field.larger(theirs, original) == larger


@pytest.mark.parametrize(
    ("field", "value", "can"),
    [
        (COUNT, 3, True),
        (COUNT, None, True),
        (COUNT, 2**31, False),
        (COUNT, True, False),
        (COUNT, "3", False),
        (FLAG, False, True),
        (FLAG, None, True),
        (FLAG, 0, False),
        (WORD, "x", True),
        (WORD, {"a": 1}, False),
    ],
)
def test_only_what_can_be_restored_can_be_held(field, value, can):
    assert field.can_hold(value) is can
