"""L9: after an uninstall every object is, in spec, annotations and field ownership, what it was."""

from __future__ import annotations

import pytest

from sleepwalker.adapters.ledger.memory import MemoryLedger
from sleepwalker.app.ports import Denied
from sleepwalker.app.reconcile import Reconciler
from sleepwalker.app.uninstall import uninstall
from sleepwalker.core.instants import show_instant
from sleepwalker.core.targets import namespace_ref
from tests.builders import HOUR, MINUTE, NEXT_NOON, NIGHT, policies, ref
from tests.fakes import BrokenLedger, WiredCluster, cronjob, deployment, namespace, run

WEB, HELMS, SCALED, JOB = ref(), ref("helms"), ref("scaled"), ref("report", kind="CronJob")
ALL = (WEB, HELMS, SCALED, JOB, namespace_ref("team"))


@pytest.fixture
def cluster():
    made = WiredCluster(NIGHT - HOUR)
    made.create(namespace(annotations={"uptime": "Mon-Fri 08:00-20:00"}))
    made.create(deployment(annotations={"floor": "1"}))
    made.apply(deployment("helms"), "helm")
    made.create(deployment("scaled"))
    made.scale(SCALED, 7)
    made.create(cronjob())
    made.clock.at = NIGHT
    return made


def look(cluster):
    """Spec, annotations and ownership, without times and without status."""
    return {it: _without_times(cluster.raw(it)) for it in ALL}


def _without_times(thing):
    managed = [{k: v for k, v in each.items() if k != "time"} for each in thing["metadata"]["managedFields"]]
    managed = [each for each in managed if each.get("subresource") != "status"]
    annotations = thing["metadata"].get("annotations", {})
    return thing.get("spec"), annotations, sorted(managed, key=str)


def nights(cluster, ledger, *times):
    reconciler = Reconciler(cluster, ledger, policies(), "enforce")
    for at in times:
        cluster.clock.at = at
        run(reconciler.once(at, full=True))


def leave(cluster, ledger, now=NIGHT + MINUTE):
    cluster.clock.at = now
    return run(uninstall(cluster, ledger, policies(), now, lambda _outcome: None))


@pytest.mark.parametrize("times", [(), (NIGHT,), (NIGHT, NEXT_NOON)], ids=["before any night", "at night", "by day"])
def test_every_object_is_what_it_was(cluster, times):
    before = look(cluster)
    ledger = MemoryLedger()
    nights(cluster, ledger, *times)

    left = leave(cluster, ledger, max((NIGHT, *times)) + MINUTE)

    assert left.failed == ()
    assert left.problems == ()
    assert look(cluster) == before


def test_overrides_go_too(cluster):
    before = look(cluster)
    override = {"sleepwalker.dev/asleep-until": show_instant(NEXT_NOON), "sleepwalker.dev/override-by": "alice"}
    run(cluster.patch(namespace_ref("team"), {"metadata": {"annotations": override}}, ""))
    run(cluster.patch(WEB, {"metadata": {"annotations": override}}, ""))
    ledger = MemoryLedger()
    nights(cluster, ledger, NIGHT)

    leave(cluster, ledger)

    assert look(cluster) == before


def test_an_override_alone_is_removed(cluster):
    run(cluster.patch(WEB, {"metadata": {"annotations": {"sleepwalker.dev/override-by": "alice"}}}, ""))

    leave(cluster, MemoryLedger())

    assert "sleepwalker.dev/override-by" not in cluster.raw(WEB)["metadata"]["annotations"]


@pytest.mark.parametrize("times", [(NIGHT,), (NIGHT, NEXT_NOON)], ids=["at night", "by day"])
def test_without_a_ledger_everything_is_awake_and_helm_can_apply(cluster, times):
    nights(cluster, BrokenLedger(), *times)

    left = leave(cluster, BrokenLedger(), times[-1] + MINUTE)

    assert left.failed == ()
    assert [cluster.raw(it)["spec"]["replicas"] for it in (WEB, HELMS, SCALED)] == [3, 3, 7]
    cluster.apply(deployment("helms", replicas=5), "helm")


def test_what_could_not_be_woken_keeps_its_record_and_is_told(cluster):
    ledger = MemoryLedger()
    nights(cluster, ledger, NIGHT)
    cluster.fail_next(Denied("no rights"), WEB)

    left = leave(cluster, ledger)

    assert [str(each.action.ref) for each in left.failed] == ["team/Deployment/web"]
    assert "sleepwalker.dev/asleep" in cluster.raw(WEB)["metadata"]["annotations"]
    assert cluster.raw(HELMS)["spec"]["replicas"] == 3


def test_each_outcome_is_told(cluster):
    told = []
    ledger = MemoryLedger()
    nights(cluster, ledger, NIGHT)

    left = run(uninstall(cluster, ledger, policies(), NIGHT + MINUTE, told.append))

    assert tuple(told) == left.outcomes


def test_schedules_that_people_wrote_stay(cluster):
    leave(cluster, MemoryLedger())

    assert cluster.raw(WEB)["metadata"]["annotations"]["sleepwalker.dev/floor"] == "1"
