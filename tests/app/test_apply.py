"""Carrying actions out: the order, what is refused, what is slow, what stops."""

from __future__ import annotations

import asyncio

import pytest

from sleepwalker.app.apply import Applier
from sleepwalker.app.ports import Conflict, Denied, Missing, Rejected, Throttled, Unavailable
from sleepwalker.core.action import GiveBack, Tidy
from sleepwalker.core.decision import Decider
from sleepwalker.core.instants import show_instant
from sleepwalker.core.plan import plan, tidied
from sleepwalker.core.step import step
from sleepwalker.core.targets import Namespace, namespace_ref
from tests.builders import HOUR, NEXT_NOON, NIGHT, NOON, REPLICAS, policies, ref
from tests.fakes import WiredCluster, cronjob, deployment, namespace, run


class Desk:
    """An applier over a cluster, with its outcomes in the order in which they came."""

    def __init__(self, *things, now=NIGHT, concurrency=4):
        self.cluster = WiredCluster(now)
        for each in things or [deployment(f"w{number}") for number in range(3)]:
            self.cluster.create(each)
        self.outcomes = []
        self.policies = policies()
        self.applier = Applier(self.cluster, concurrency, now, self.decide, self.outcomes.append)
        self.now = now

    def decide(self, found):
        if isinstance(found, Namespace):
            return tidied(found, self.now)
        return step(
            found, self.cluster.snapshot().namespaces[found.ref.namespace], Decider(self.now, self.policies), None
        )

    def plan(self):
        return plan(self.now, self.cluster.snapshot(), self.policies).actions

    def add(self, actions=None):
        look = self.cluster.snapshot()
        for action in self.plan() if actions is None else actions:
            found = look.workload(action.ref) or look.namespaces[action.ref.name]
            self.applier.add(action, found.resource_version)

    async def finish(self):
        self.add()
        await self.applier.finish()

    async def until(self, holds):
        """Let the workers go on, in small steps, until something holds."""
        while not holds():  # noqa: ASYNC110 - nothing tells when a request is on its way
            await asyncio.sleep(0.01)

    def told(self):
        return [(each.action.ref.name, each.status) for each in self.outcomes]

    def replicas(self, name):
        return self.cluster.raw(ref(name))["spec"]["replicas"]


def test_every_action_is_one_request_and_done():
    desk = Desk()

    run(desk.finish())

    assert desk.told() == [("w0", "done"), ("w1", "done"), ("w2", "done")]
    assert len(desk.cluster.sent) == 3
    assert desk.replicas("w0") == 0


def test_wakes_are_sent_before_sleeps_whatever_the_order_of_asking():
    desk = Desk(deployment("b"), deployment("a"), now=NIGHT, concurrency=1)
    run(desk.finish())
    desk.cluster.create(deployment("fresh"))
    desk.cluster.annotate(ref("b"), {"sleepwalker.dev/protected": "true"})
    desk.cluster.sent.clear()

    again = Desk(now=NIGHT, concurrency=1)
    again.cluster = again.applier.cluster = desk.cluster
    actions = again.plan()

    async def reversed_order():
        again.add(reversed(actions))
        await again.applier.finish()

    run(reversed_order())
    assert [(each.ref.name) for each in actions] == ["b", "fresh"]
    assert desk.cluster.sent == [ref("b"), ref("fresh")]


@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_no_more_than_so_many_are_in_flight(concurrency):
    desk = Desk(*(deployment(f"w{number}") for number in range(20)), concurrency=concurrency)

    run(desk.finish())

    assert desk.cluster.most_in_flight == concurrency
    assert len(desk.outcomes) == 20


def test_a_slow_object_delays_nobody_else():
    desk = Desk(*(deployment(f"w{number}") for number in range(6)), concurrency=2)
    desk.cluster.hold(ref("w0"))

    async def story():
        desk.add()
        finishing = asyncio.ensure_future(desk.applier.finish())
        await desk.until(lambda: len(desk.outcomes) == 5)
        before = desk.told()
        desk.cluster.let_go(ref("w0"))
        await finishing
        return before

    before = run(story())

    assert [name for name, _ in before] == ["w1", "w2", "w3", "w4", "w5"]
    assert desk.told()[-1] == ("w0", "done")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Throttled("slow down", 30.0), id="throttled"),
        pytest.param(Unavailable("503", answered=True), id="a server error"),
        pytest.param(Unavailable("no answer"), id="no answer"),
        pytest.param(Conflict("changed"), id="a conflict"),
    ],
)
def test_what_has_to_wait_takes_nobodys_turn(error):
    desk = Desk(*(deployment(f"w{number}") for number in range(6)), concurrency=2)
    for name in ("w0", "w1", "w2"):
        desk.cluster.fail_next(error, ref(name))

    run(desk.finish())

    assert [name for name, _ in desk.told()[:3]] == ["w3", "w4", "w5"]
    assert {status for _, status in desk.told()} == {"done"}


def test_a_late_action_does_not_wait_for_those_that_wait():
    desk = Desk(deployment("a"), deployment("b"), deployment("late"), concurrency=2)
    actions = {each.ref.name: each for each in desk.plan()}
    for name in ("a", "b"):
        desk.cluster.fail_next(Throttled("slow down", 30.0), ref(name))

    async def story():
        desk.add([actions["a"], actions["b"]])
        await asyncio.sleep(1)
        desk.add([actions["late"]])
        await desk.applier.finish()

    run(story())
    assert [name for name, _ in desk.told()] == ["late", "a", "b"]


def test_a_throttled_write_waits_for_as_long_as_the_server_says():
    desk = Desk(deployment("a"))
    desk.cluster.fail_next(Throttled("slow down", 7.0))

    run(desk.finish())

    first, second = desk.cluster.at
    assert second - first >= 7.0
    assert desk.outcomes[0].tries == 2


def test_what_was_changed_in_between_is_decided_again():
    desk = Desk(deployment("a", replicas=3))
    actions = desk.plan()
    desk.cluster.scale(ref("a"), 5)

    async def story():
        desk.applier.add(actions[0], "an older version")
        await desk.applier.finish()

    run(story())

    [outcome] = desk.outcomes
    assert outcome.action.original == {REPLICAS: 5}


def test_a_conflict_is_decided_again_on_what_is_there_then():
    desk = Desk(deployment("a", replicas=3))
    desk.cluster.hold(ref("a"))

    async def story():
        desk.add()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        desk.cluster.scale(ref("a"), 5)
        desk.cluster.let_go(ref("a"))
        await desk.applier.finish()

    run(story())

    [outcome] = desk.outcomes
    assert (outcome.status, outcome.tries) == ("done", 2)
    assert outcome.action.original == {REPLICAS: 5}


@pytest.mark.parametrize("change", ["override", "gone"])
def test_what_nobody_wants_any_more_is_overtaken(change):
    desk = Desk(deployment("a"))
    desk.cluster.hold(ref("a"))

    async def story():
        desk.add()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if change == "gone":
            desk.cluster.delete(ref("a"))
        else:
            desk.cluster.annotate(ref("a"), {"sleepwalker.dev/keep-awake-until": show_instant(NIGHT + HOUR)})
        desk.cluster.let_go(ref("a"))
        await desk.applier.finish()

    run(story())

    assert desk.told() == [("a", "overtaken")]


def test_what_is_gone_before_its_turn_is_overtaken_without_a_request():
    desk = Desk(deployment("a"))
    actions = desk.plan()
    desk.cluster.delete(ref("a"))

    async def story():
        desk.applier.add(actions[0], "1")
        await desk.applier.finish()

    run(story())

    assert desk.told() == [("a", "overtaken")]
    assert desk.cluster.sent == []


def test_an_override_of_a_namespace_that_was_extended_meanwhile_is_not_removed():
    desk = Desk(namespace(annotations={"keep-awake-until": show_instant(NOON)}))
    actions = desk.plan()
    extended = {"sleepwalker.dev/keep-awake-until": show_instant(NIGHT + HOUR)}
    desk.cluster.annotate(namespace_ref("team"), extended)

    async def story():
        desk.applier.add(actions[0], "1")
        await desk.applier.finish()

    run(story())

    assert isinstance(actions[0], Tidy)
    assert desk.told() == [("team", "overtaken")]
    assert desk.cluster.raw(namespace_ref("team"))["metadata"]["annotations"] == extended


@pytest.mark.parametrize("error", [Denied("no rights"), Rejected("no such field")], ids=["denied", "rejected"])
def test_what_is_refused_fails_once_with_what_the_server_said(error):
    desk = Desk(deployment("a"), deployment("b"))
    desk.cluster.fail_next(error, ref("a"))

    run(desk.finish())

    failed = next(each for each in desk.outcomes if each.status == "failed")
    assert (failed.action.ref.name, failed.error, failed.tries) == ("a", str(error), 1)
    assert desk.cluster.sent.count(ref("a")) == 1


def test_what_the_server_does_not_know_any_more_is_overtaken():
    desk = Desk(deployment("a"))
    desk.cluster.fail_next(Missing("gone"))

    run(desk.finish())

    assert desk.told() == [("a", "overtaken")]


@pytest.mark.parametrize(
    "error", [Conflict("changed"), Unavailable("503", answered=True), Throttled("wait", 1.0)], ids=repr
)
def test_it_does_not_try_for_ever(error):
    desk = Desk(deployment("a"), deployment("b"))
    for _ in range(6):
        desk.cluster.fail_next(error, ref("a"))

    run(desk.finish())

    assert desk.told() == [("b", "done"), ("a", "failed")]
    assert desk.outcomes[1].tries == 6


def test_pauses_grow():
    desk = Desk(deployment("a"))
    for _ in range(4):
        desk.cluster.fail_next(Unavailable("503", answered=True))

    run(desk.finish())

    pauses = [later - earlier for earlier, later in zip(desk.cluster.at, desk.cluster.at[1:], strict=False)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[0]


def test_when_nobody_gets_an_answer_it_stops_trying():
    desk = Desk(*(deployment(f"w{number:02}") for number in range(40)), concurrency=2)
    for _ in range(300):
        desk.cluster.fail_next(Unavailable("no answer"))

    run(desk.finish())

    assert len(desk.outcomes) == 40
    assert {status for _, status in desk.told()} == {"failed"}
    assert len(desk.cluster.sent) < 10
    assert "not tried: stopped before its turn" in {each.error for each in desk.outcomes}


def test_one_object_without_answer_does_not_stop_the_others():
    desk = Desk(*(deployment(f"w{number}") for number in range(8)), concurrency=1)
    for _ in range(6):
        desk.cluster.fail_next(Unavailable("no answer"), ref("w0"))

    run(desk.finish())

    assert [status for _, status in desk.told()] == ["done"] * 7 + ["failed"]


def test_stopped_it_starts_nothing_new_and_finishes_what_is_in_flight():
    desk = Desk(*(deployment(f"w{number}") for number in range(6)), concurrency=2)
    for name in ("w0", "w1"):
        desk.cluster.hold(ref(name))

    async def story():
        desk.add()
        await asyncio.sleep(0)
        desk.applier.stop()
        desk.cluster.let_go(ref("w0"))
        desk.cluster.let_go(ref("w1"))
        await desk.applier.finish()

    run(story())

    assert desk.cluster.sent == [ref("w0"), ref("w1")]
    assert desk.told()[:2] == [("w0", "done"), ("w1", "done")]
    assert {status for _, status in desk.told()[2:]} == {"failed"}


def test_stopped_while_something_waits_for_its_next_try_it_is_not_tried():
    desk = Desk(deployment("a"))
    desk.cluster.fail_next(Throttled("slow down", 30.0))

    async def story():
        desk.add()
        await desk.until(lambda: desk.cluster.at and not desk.cluster.in_flight)
        desk.applier.stop()
        await desk.applier.finish()

    run(story())

    [outcome] = desk.outcomes
    assert (outcome.status, outcome.error, outcome.tries) == ("failed", "slow down", 1)
    assert len(desk.cluster.sent) == 1


def test_stopped_while_a_refused_write_is_in_flight_it_is_not_tried_again():
    desk = Desk(deployment("a"))
    desk.cluster.fail_next(Throttled("slow down", 30.0))
    desk.cluster.hold(ref("a"))

    async def story():
        desk.add()
        await asyncio.sleep(0)
        desk.applier.stop()
        desk.cluster.let_go(ref("a"))
        await desk.applier.finish()

    run(story())

    assert desk.told() == [("a", "failed")]
    assert len(desk.cluster.sent) == 1


@pytest.mark.parametrize("when", ["at once", "later"])
def test_a_bug_of_ours_comes_out(when):
    desk = Desk(deployment("a"), deployment("b"), concurrency=1)
    desk.cluster.fail_next(RuntimeError("a bug"), ref("a"))

    async def story():
        desk.add()
        if when == "later":
            await asyncio.sleep(1)
        await desk.applier.finish()

    with pytest.raises(RuntimeError, match="a bug"):
        run(story())


# -- ownership ---------------------------------------------------------------------------------------------------------


def helm_deployment():
    """Applied by Helm, put to sleep in the evening; the desk of the next noon."""
    evening = Desk(namespace())
    evening.cluster.apply(deployment("a"), "helm")
    run(evening.finish())
    noon = Desk(namespace("unused"), now=NEXT_NOON)
    noon.cluster = noon.applier.cluster = evening.cluster
    noon.cluster.sent.clear()
    noon.cluster.bodies.clear()
    return noon


def test_waking_gives_the_field_back_to_helm_so_that_its_next_apply_succeeds():
    desk = helm_deployment()

    run(desk.finish())

    assert [sorted(body) for body in desk.cluster.bodies] == [["metadata", "spec"], ["metadata"]]
    assert desk.told() == [("a", "done")]
    desk.cluster.apply(deployment("a", replicas=5), "helm")
    assert desk.replicas("a") == 5


def test_what_could_not_be_given_back_is_owed():
    desk = helm_deployment()

    async def story():
        desk.cluster.hold(ref("a"))
        desk.add()
        await desk.until(lambda: len(desk.cluster.sent) == 1)
        desk.cluster.let_go(ref("a"))
        desk.cluster.hold(ref("a"))
        await desk.until(lambda: len(desk.cluster.sent) == 2)
        desk.cluster.fail_next(Denied("no rights"))
        desk.cluster.let_go(ref("a"))
        await desk.applier.finish()

    run(story())

    [outcome] = desk.outcomes
    assert (outcome.status, outcome.owed) == ("done", True)
    assert outcome.error == "awake, but its fields' ownership is not given back yet: no rights"
    assert desk.replicas("a") == 3


def test_what_is_owed_can_be_given_back_later():
    desk = helm_deployment()
    [wake] = desk.plan()
    desk.cluster.update(
        ref("a"),
        {"spec": {"replicas": 3}, "metadata": {"annotations": {"sleepwalker.dev/asleep": None}}},
        "sleepwalker",
    )
    owed = GiveBack(ref("a"), wake.record.owners, 0, "owed", {}, {})
    desk.decide = lambda _found: owed

    async def story():
        desk.add([owed])
        await desk.applier.finish()

    run(story())

    assert desk.told() == [("a", "done")]
    desk.cluster.apply(deployment("a", replicas=5), "helm")


def test_giving_back_what_is_given_back_already_writes_nothing_more():
    desk = Desk(namespace())
    desk.cluster.apply(deployment("a"), "helm")
    [owners] = [desk.cluster.snapshot().workload(ref("a")).owners]

    async def story():
        desk.add([GiveBack(ref("a"), owners, 0, "owed", {}, {})])
        await desk.applier.finish()

    run(story())

    assert desk.cluster.bodies == [{}]


def test_a_write_to_the_subresource_comes_first():
    desk = Desk(namespace(), cronjob())
    run(desk.finish())
    noon = Desk(namespace("unused"), now=NEXT_NOON)
    noon.cluster = noon.applier.cluster = desk.cluster
    noon.cluster.bodies.clear()

    run(noon.finish())

    assert [sorted(body) for body in noon.cluster.bodies] == [["status"], ["metadata", "spec"]]
    assert noon.cluster.raw(ref("report", kind="CronJob"))["status"] == {"lastScheduleTime": "2026-11-25T07:59:59Z"}
