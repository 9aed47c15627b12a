"""The laws that hold for every look at every cluster: L2 to L5, L7 and L8 of the design."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sleepwalker.core.action import KeepAwake, Sleep
from sleepwalker.core.annotations import read
from sleepwalker.core.plan import evolve, plan
from sleepwalker.core.policy import ALWAYS_PROTECTED
from sleepwalker.core.targets import NAMESPACE, Snapshot
from tests.builders import NEXT_NOON, prefixed, settled
from tests.strategies import any_annotations, bad_annotations, instants, policy_sets, snapshots


@given(now=instants, look=snapshots(), by=policy_sets())
def test_a_plan_carried_out_leaves_nothing_to_do(now, look, by):
    after = evolve(look, plan(now, look, by).actions)

    again = plan(now, after, by)

    assert again.actions == ()


@given(now=instants, look=snapshots(), by=policy_sets(), data=st.data())
def test_any_text_on_one_object_changes_nothing_for_another(now, look, by, data):
    refs = [each for found in look.workloads.values() for each in found]
    assume(refs)
    spoilt = data.draw(st.sampled_from(refs))
    wishes = read(prefixed(data.draw(any_annotations)), "workload")
    odd = _with(look, spoilt, wishes=wishes)

    before, after = plan(now, look, by), plan(now, odd, by)

    assert [a for a in before.actions if a.ref != spoilt] == [a for a in after.actions if a.ref != spoilt]
    assert [each for each in before.left if each.ref != spoilt] == [each for each in after.left if each.ref != spoilt]
    assert [each for each in before.problems if each.ref != spoilt] == [
        each for each in after.problems if each.ref != spoilt
    ]


@given(now=instants, look=snapshots(), by=policy_sets(), data=st.data())
def test_any_text_on_one_namespace_changes_nothing_in_another(now, look, by, data):
    assume(look.namespaces)
    spoilt = data.draw(st.sampled_from(sorted(look.namespaces)))
    wishes = read(prefixed(data.draw(any_annotations)), "namespace")
    odd = _with_namespace(look, spoilt, wishes=wishes)

    before, after = plan(now, look, by), plan(now, odd, by)

    def elsewhere(actions):
        return [a for a in actions if spoilt not in (a.ref.namespace, a.ref.name)]

    assert elsewhere(before.actions) == elsewhere(after.actions)
    assert elsewhere(before.left) == elsewhere(after.left)


@given(now=instants, look=snapshots(), by=policy_sets())
def test_nothing_protected_is_put_to_sleep(now, look, by):
    made = plan(now, look, by)

    for action in made.actions:
        if isinstance(action, Sleep | KeepAwake):
            home, found = look.namespaces[action.ref.namespace], look.workload(action.ref)
            assert home.name not in ALWAYS_PROTECTED
            assert by.protects(home.name) is None
            assert action.ref != by.itself
            assert not found.critical
            assert not found.wishes.protected
            assert not home.wishes.protected or found.wishes.protected is False


@given(now=instants, look=snapshots(), by=policy_sets(), data=st.data())
@pytest.mark.parametrize(
    "doubt", ["bad text", "bad text on the namespace", "keep awake", "protected", "rolling", "critical"]
)
def test_doubt_puts_nothing_more_to_sleep(doubt, now, look, by, data):
    refs = [each for found in look.workloads.values() for each in found]
    assume(refs)
    doubted = data.draw(st.sampled_from(refs))
    it, home = look.workload(doubted), look.namespaces[doubted.namespace]
    until = now + timedelta(hours=2)
    match doubt:
        case "bad text":
            bad = read(prefixed({**data.draw(bad_annotations), "floor": "many"}), "workload").wrong
            surer = _with(look, doubted, wishes=replace(it.wishes, wrong=(*it.wishes.wrong, *bad)))
        case "bad text on the namespace":
            bad = read(prefixed({**data.draw(bad_annotations), "uptime": "now and then"}), "namespace").wrong
            surer = _with_namespace(look, home.name, wishes=replace(home.wishes, wrong=(*home.wishes.wrong, *bad)))
        case "keep awake":
            surer = _with(look, doubted, wishes=replace(it.wishes, keep_awake_until=until))
        case "protected":
            surer = _with(look, doubted, wishes=replace(it.wishes, protected=True))
        case "rolling":
            surer = _with(look, doubted, rolling=True)
        case "critical":
            surer = _with(look, doubted, critical=True)

    slept, sleeps = _sleeps(now, look, by), _sleeps(now, surer, by)

    assert sleeps <= slept


@given(now=instants, look=snapshots(), by=policy_sets(), data=st.data())
def test_stopped_after_any_write_it_comes_to_the_same_end(now, look, by, data):
    actions = plan(now, look, by).actions
    done = data.draw(st.lists(st.booleans(), min_size=len(actions), max_size=len(actions)))

    through = settled(now, evolve(look, actions), by)
    stopped = settled(now, evolve(look, [a for a, written in zip(actions, done, strict=True) if written]), by)

    assert stopped == through


@given(look=snapshots(calm=True), by=policy_sets(calm=True), now=instants, late=st.sampled_from([1, 59, 3600, 40_000]))
def test_late_by_any_amount_it_comes_to_what_should_hold_now(look, by, now, late):
    then = now + timedelta(seconds=late)

    in_time = settled(then, settled(now, look, by), by)
    too_late = settled(then, look, by)

    assert _asleep_or_awake(in_time) == _asleep_or_awake(too_late)


@given(look=snapshots(), by=policy_sets(), now=instants)
def test_what_holds_is_the_same_until_the_next_change(look, by, now):
    look = settled(now, look, by)
    made = plan(now, look, by)

    just_before = (made.next_change or NEXT_NOON + timedelta(days=30)) - timedelta(microseconds=1)

    assert plan(just_before, look, by).actions == ()


@given(look=snapshots(), by=policy_sets(), now=instants)
def test_a_record_never_says_that_asleep_is_what_was_before(look, by, now):
    after = settled(now, look, by)

    for found in after.workloads.values():
        for it in found.values():
            assert it.record is None or it.record.original != it.record.set


def _with(look: Snapshot, of, **parts) -> Snapshot:
    home = {**look.workloads[of.namespace], of: replace(look.workload(of), **parts)}
    return replace(look, workloads={**look.workloads, of.namespace: home})


def _with_namespace(look: Snapshot, name: str, **parts) -> Snapshot:
    return replace(look, namespaces={**look.namespaces, name: replace(look.namespaces[name], **parts)})


def _sleeps(now, look, by) -> set:
    """What is newly put to sleep, not what sleeps already and is followed up."""
    return {a.ref for a in plan(now, look, by).actions if isinstance(a, Sleep) and a.ref.kind != NAMESPACE}


def _asleep_or_awake(look: Snapshot) -> dict:
    return {
        it.ref: (dict(it.fields), it.record is not None) for found in look.workloads.values() for it in found.values()
    }
