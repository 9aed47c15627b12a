"""A simulated time is lived through as the controller would live through it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sleepwalker.adapters.ledger.memory import MemoryLedger
from sleepwalker.app.reconcile import Reconciler
from sleepwalker.app.simulate import Scene, Simulation
from sleepwalker.core.counting import Amount
from sleepwalker.core.instants import show_instant
from tests.builders import EVENING, HOUR, MINUTE, MORNING, NEXT_MORNING, NIGHT, NOON, policies, policy, ref
from tests.fakes import WiredCluster, cronjob, deployment, namespace, run

WEB, DB = ref(), ref("db", "other")


def world():
    cluster = WiredCluster(MORNING - HOUR)
    for each in (
        namespace(annotations={"grace": "30m"}),
        deployment(),
        deployment("young", annotations={"floor": "1"}),
        deployment("wrong", annotations={"uptime": "25:00"}),
        deployment("early", annotations={"uptime": "Mon-Fri 06:00-09:30 Europe/Berlin"}),
        cronjob(),
        namespace("other", {"asleep-until": show_instant(NOON)}),
        deployment("db", "other"),
    ):
        cluster.create(each)
    return cluster


def scenes(cluster):
    """What others do, at whole minutes."""
    return [
        Scene(NOON, "a release", lambda: cluster.apply(deployment("db", "other", 5), "argocd-controller", force=True)),
        Scene(EVENING + HOUR, "a person", lambda: cluster.scale(WEB, 2)),
        Scene(EVENING + 61 * MINUTE, "an autoscaler", lambda: cluster.scale(DB, 4, "kube-controller-manager")),
        Scene(NIGHT, "GitOps", lambda: cluster.annotate(DB, {"sleepwalker.dev/asleep": None}, "argocd-controller")),
        Scene(NIGHT + HOUR, "a new one", lambda: cluster.create(deployment("fresh"))),
        Scene(NEXT_MORNING - HOUR, "a deletion", lambda: cluster.delete(ref("early"))),
    ]


def told(at, outcomes):
    return [(at, o.action.verb, str(o.action.ref), dict(o.action.set), o.action.because, o.status) for o in outcomes]


def simulated(by, until):
    cluster = world()
    simulation = Simulation(Reconciler(cluster, MemoryLedger(), by, "enforce"), cluster.clock, until, scenes(cluster))

    async def story():
        return [line async for step in simulation.steps() for line in told(step.plan.now, step.outcomes)]

    return run(story()), cluster


def lived(by, until):
    """The same, minute by minute, as a controller that is woken by nothing but its metronome."""
    cluster = world()
    reconciler = Reconciler(cluster, MemoryLedger(), by, "enforce")
    todo = scenes(cluster)
    lines = []

    async def story():
        while cluster.clock.at <= until:
            while todo and todo[0].at <= cluster.clock.at:
                todo.pop(0).act()
            done = await reconciler.once(cluster.clock.at, full=True)
            while done.outcomes:
                lines.extend(told(cluster.clock.at, done.outcomes))
                done = await reconciler.once(cluster.clock.at)
            cluster.clock.at += MINUTE

    run(story())
    return lines, cluster


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(policies(), id="office hours"),
        pytest.param(policies(policy(floor=1)), id="with a floor"),
        pytest.param(policies(policy(uptime=None, downtime="22:30-23:00"), grace=10 * MINUTE), id="a short night"),
    ],
)
def test_simulate_and_run_do_the_same_at_the_same_instants(by):
    until = NEXT_MORNING + HOUR

    simulated_lines, simulated_cluster = simulated(by, until)
    lived_lines, lived_cluster = lived(by, until)

    assert simulated_lines == lived_lines
    assert len(simulated_lines) >= 4
    for it in (WEB, DB, ref("young"), ref("fresh"), ref("report", kind="CronJob")):
        assert simulated_cluster.raw(it)["spec"] == lived_cluster.raw(it)["spec"]


def test_what_was_freed_adds_up():
    cluster = WiredCluster(NOON)
    cluster.create(deployment())
    simulation = Simulation(Reconciler(cluster, MemoryLedger(), policies(), "enforce"), cluster.clock, NEXT_MORNING)

    async def story():
        return [step async for step in simulation.steps()]

    *_, last = run(story())

    assert last.plan.now == NEXT_MORNING
    assert last.freed.total == Amount(cpu_cores=18.0, memory_gib=36.0, accelerators=0.0, replicas=36.0)


def test_an_ended_override_does_not_hide_when_a_grace_ends():
    cluster = WiredCluster(NIGHT)
    override = {"keep-awake-until": show_instant(NIGHT + 10 * MINUTE), "grace": "30m"}
    cluster.create(deployment(annotations=override))
    simulation = Simulation(Reconciler(cluster, MemoryLedger(), policies(), "enforce"), cluster.clock, NEXT_MORNING)

    async def story():
        return [(step.plan.now, o.action.verb) async for step in simulation.steps() for o in step.outcomes]

    lines = run(story())

    assert lines[:2] == [(NIGHT + 10 * MINUTE, "tidy"), (NIGHT + 30 * MINUTE, "sleep")]


def test_a_time_of_nothing_ends_at_once():
    cluster = WiredCluster(NIGHT)
    simulation = Simulation(
        Reconciler(cluster, MemoryLedger(), policies(), "observe"), cluster.clock, NIGHT - timedelta(1)
    )

    async def story():
        return [step async for step in simulation.steps()]

    assert run(story()) == []
