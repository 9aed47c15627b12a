"""Every answer of the command line, as somebody has looked at it."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sleepwalker.adapters.ledger.memory import MemoryLedger
from sleepwalker.adapters.memory import MemoryCluster
from sleepwalker.app.explain import explain
from sleepwalker.app.lived import dst_notes, foresee, live_through
from sleepwalker.app.reconcile import Reconciler
from sleepwalker.app.simulate import Scene, Simulation, VirtualClock
from sleepwalker.app.status import status
from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.core.plan import plan
from sleepwalker.core.policy import Policies
from sleepwalker.core.schedule import parse_schedule
from sleepwalker.core.targets import Ref
from sleepwalker.render.demo import frame, story
from sleepwalker.render.explain import explain_lines
from sleepwalker.render.html import week_page
from sleepwalker.render.plan import left_rows, plan_lines, plan_rows, summary_lines
from sleepwalker.render.schedule import schedule_lines
from sleepwalker.render.status import status_lines, status_rows
from sleepwalker.render.table import plain
from sleepwalker.render.week import week_lines, week_rows

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 24, 20, tzinfo=UTC)
WEB = Ref("team-a", "Deployment", "web", "apps")


def _namespace(name, **annotations):
    keys = {f"sleepwalker.dev/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": keys}}


def _workload(namespace, name, replicas=None, **annotations):
    keys = {f"sleepwalker.dev/{key.replace('_', '-')}": value for key, value in annotations.items()}
    metadata = {"name": name, "namespace": namespace, "annotations": keys}
    if replicas is None:
        return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": {"schedule": "0 3 * * *"}}
    asks = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"nvidia.com/gpu": 1}}
    template = {"spec": {"containers": [{"name": "a", "resources": asks}]}}
    spec = {"replicas": replicas, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


OBJECTS = [
    _namespace("team-a", uptime="Mon-Fri 07:00-20:00 Europe/Berlin"),
    _workload("team-a", "web", 3),
    _workload("team-a", "report"),
    _workload("team-a", "first", 1, wave="-10"),
    _workload(
        "team-a", "night-shift", 2, keep_awake_until="2026-11-24T22:00:00Z", override_by="anna", override_reason="demo"
    ),
    _namespace("team-b", uptime="Mon-Fri 08:00-19:30 Europe/Berlin", floor="1"),
    _workload("team-b", "a-very-long-name-of-a-deployment-as-helm-charts-like-to-make-them", 4),
    _workload("team-b", "typo", 1, uptme="never"),
    _namespace("kube-system"),
    _workload("kube-system", "coredns", 2),
]
POLICIES = Policies(recipes=bundled_recipes(), zone="Europe/Berlin")


@pytest.fixture
def cluster():
    """A cluster on a Tuesday evening."""
    cluster = MemoryCluster(POLICIES.recipes, VirtualClock(EVENING), "Europe/Berlin")
    cluster.load((each, "here") for each in OBJECTS)
    return cluster


@pytest.fixture
def week():
    """The rest of that week, in which somebody scales by hand."""
    clock = VirtualClock(EVENING)
    cluster = MemoryCluster(POLICIES.recipes, clock, "Europe/Berlin")
    cluster.load((each, "here") for each in OBJECTS)
    reconciler = Reconciler(cluster, MemoryLedger(), POLICIES, mode="enforce")
    scene = Scene(EVENING + timedelta(hours=1), "ben scales web by hand", lambda: cluster.scale(WEB, 1) and None)
    return asyncio.run(live_through(Simulation(reconciler, clock, EVENING + timedelta(days=6), [scene])))


def _text(lines):
    return "\n".join(each if isinstance(each, str) else each.plain for each in lines) + "\n"


def _fits(lines, width=80):
    lines = list(lines)
    assert max(len(each.plain) for each in lines) <= width
    return _text(lines)


def test_plan_in_a_terminal(cluster, golden):
    made = plan(EVENING, cluster.snapshot(), POLICIES)

    shown = [*plan_lines(made, made.problems, BERLIN, 80), *summary_lines(made, BERLIN, 80)]

    golden("plan-80.txt", _fits(shown))


def test_plan_in_a_pipe(cluster, golden):
    made = plan(EVENING, cluster.snapshot(), POLICIES)

    shown = [*plan_rows(made, made.problems), *plain(left_rows(made.left)), *summary_lines(made, BERLIN, None)]

    golden("plan-pipe.txt", _text(shown))


def test_a_plan_with_nothing_to_do(golden):
    made = plan(EVENING, MemoryCluster({}, VirtualClock(EVENING)).snapshot(), POLICIES)

    golden("plan-empty.txt", _text([*plan_lines(made, (), BERLIN, 80), *summary_lines(made, BERLIN, 80)]))


def test_a_plan_that_wakes(week, golden):
    [morning] = [each.plan for each in week.steps if each.plan.now == datetime(2026, 11, 25, 6, tzinfo=UTC)]

    golden("plan-wakes.txt", _text(plan_rows(morning, ())))


def test_explanation(cluster, golden):
    snapshot = cluster.snapshot()
    workload = snapshot.workload(WEB._replace(name="night-shift"))

    told = explain(EVENING, workload, snapshot, POLICIES)

    golden("explain-80.txt", _fits(explain_lines(told, EVENING, BERLIN, 80)))
    golden("explain-pipe.txt", _text(explain_lines(told, EVENING, BERLIN, None)))


def test_status_in_a_terminal_and_a_pipe(cluster, golden):
    reconciler = Reconciler(cluster, MemoryLedger(), POLICIES, mode="enforce")
    asyncio.run(reconciler.once(EVENING))
    later = EVENING + timedelta(minutes=90)

    found = status(later, cluster.snapshot(), POLICIES)

    golden("status-80.txt", _fits(status_lines(found, reconciler.problems, BERLIN, 80)))
    golden("status-pipe.txt", _text(status_rows(found, reconciler.problems, BERLIN)))


def test_week_in_a_terminal_a_pipe_and_a_page(week, golden):
    problems = sorted(week.problems)

    golden("week-80.txt", _fits(week_lines(week, problems, BERLIN, 80)))
    golden("week-pipe.txt", _text(week_rows(week, problems, BERLIN)))
    golden("week.html", week_page(week, problems, BERLIN) + "\n")


def test_foreseeing_and_living_through_agree(cluster):
    clock = VirtualClock(EVENING)
    reconciler = Reconciler(cluster, MemoryLedger(), POLICIES, mode="enforce")
    end = EVENING + timedelta(days=6)
    snapshot = cluster.snapshot()

    foreseen = foresee(snapshot, POLICIES, EVENING, end)
    lived = asyncio.run(live_through(Simulation(reconciler, clock, end)))

    def told(steps):
        return [(step.plan.now, [(a.verb, a.ref, a.set, a.because) for a in step.plan.actions]) for step in steps]

    assert told(foreseen.steps) == told(lived.steps)
    assert foreseen.freed == lived.freed
    assert foreseen.bands == lived.bands


def test_demo_frame_and_story(week, golden):
    events = [
        ("", f"Tue 24 Nov 21:{minute}  something that happened, told in a long sentence that must be cut at the edge")
        for minute in range(10, 30)
    ]

    shown = frame(week, EVENING + timedelta(days=3), events, BERLIN, (80, 24))

    assert len(shown.plain.splitlines()) <= 24
    golden("demo-80x24.txt", shown.plain + "\n")
    golden("demo-story.txt", _fits(story(week.steps, BERLIN, 80)))


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        ("office", "Mon-Fri 08:00-20:00 Europe/Berlin", EVENING),
        ("dst", "Sun 02:30-06:00, Mon-Fri 09:00-17:00", datetime(2027, 3, 26, 12, tzinfo=UTC)),
        ("always", "always", EVENING),
        ("end-of-time", "Mon-Fri 08:00-20:00", datetime(9999, 12, 30, 12, tzinfo=UTC)),
    ],
)
def test_schedule(golden, name, text, at):
    schedule = parse_schedule(text, BERLIN)
    until = at + min(timedelta(days=7), datetime.max.replace(tzinfo=UTC) - at)

    golden(f"schedule-{name}.txt", _fits(schedule_lines(schedule, at, until, BERLIN, 80)))


def test_clock_changes_of_schedules_in_use_are_found():
    cluster = MemoryCluster(POLICIES.recipes, VirtualClock(EVENING))
    cluster.load([(_namespace("a", uptime="Sun 02:30-06:00 Europe/Berlin"), "here")])

    notes = dst_notes(cluster.snapshot(), POLICIES, EVENING, EVENING + timedelta(days=365))

    assert [each.kind for each in notes] == ["gap", "overlap"]
