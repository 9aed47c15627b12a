"""What the ledger is told, so that it says what the objects say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sleepwalker.core.ledger import SpanClosed, SpanOpened, settle
from sleepwalker.core.plan import plan
from tests.builders import (
    EVENING,
    NEXT_NOON,
    NIGHT,
    REPLICAS,
    asleep,
    changed,
    namespace,
    policies,
    record,
    ref,
    snapshot,
    span,
    stripped,
    workload,
)
from tests.builders import KUBECTL_SCALE as SCALED


def settled(look, now=NIGHT, busy=frozenset(), names=None):
    part = look.only(frozenset(names)) if names is not None else look
    return settle(now, look, [plan(now, part, policies())], busy)


SLEEPING = asleep()
GONE = SpanClosed(SLEEPING.ref, SLEEPING.uid, EVENING, NIGHT, "deleted", "the object was deleted")


@pytest.mark.parametrize(
    ("look", "entries"),
    [
        pytest.param(snapshot(SLEEPING, span(SLEEPING)), [], id="it knows"),
        pytest.param(snapshot(workload()), [], id="nothing to know"),
        pytest.param(
            snapshot(SLEEPING),
            [SpanOpened(SLEEPING.ref, SLEEPING.uid, SLEEPING.record, SLEEPING.demand)],
            id="it was lost",
        ),
        pytest.param(
            snapshot(SLEEPING, span(SLEEPING, record(9))),
            [SpanOpened(SLEEPING.ref, SLEEPING.uid, SLEEPING.record, SLEEPING.demand)],
            id="the object knows better",
        ),
        pytest.param(snapshot(namespace(), span(SLEEPING)), [GONE], id="the object is gone"),
        pytest.param(snapshot(span(SLEEPING)), [GONE], id="its namespace is gone"),
        pytest.param(snapshot(workload(uid="new"), span(SLEEPING)), [GONE], id="another object of that name"),
        pytest.param(snapshot(stripped(SLEEPING), span(SLEEPING)), [], id="its record is gone, and it sleeps on"),
        pytest.param(
            replace(snapshot(namespace(), span(SLEEPING)), seen=frozenset()), [], id="its kind cannot be seen now"
        ),
    ],
)
def test_the_ledger_is_told_what_the_objects_say(look, entries):
    assert settled(look) == entries


def test_what_was_woken_without_us_is_closed():
    by_day = replace(SCALED, time="2026-11-25T09:00:00Z")
    look = snapshot(stripped(changed(SLEEPING, 5, by_day)), span(SLEEPING))

    [entry] = settled(look, NEXT_NOON)

    assert (entry.how, entry.until) == ("changed", NEXT_NOON)


def test_what_an_action_did_not_succeed_about_stays_open():
    look = snapshot(namespace(), span(SLEEPING))

    assert settled(look, busy=frozenset({SLEEPING.ref})) == []


def test_of_namespaces_that_were_not_looked_at_nothing_is_said():
    look = snapshot(namespace(), span(SLEEPING), SLEEPING)

    assert settled(look, names=["other"]) == []


def test_entries_come_in_the_order_of_namespaces():
    others = [replace(SLEEPING, ref=ref("web", name)) for name in ("c", "a", "b")]

    made = settled(snapshot(*others))

    assert [entry.ref.namespace for entry in made] == ["a", "b", "c"]
    assert made[0].record.original == {REPLICAS: 3}
