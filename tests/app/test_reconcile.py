"""One pass after the other: what is written, what is remembered, what a failure changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sleepwalker.adapters.ledger.memory import MemoryLedger
from sleepwalker.app.ports import Conflict, Denied, Unavailable
from sleepwalker.app.reconcile import Reconciler
from sleepwalker.core.instants import show_instant
from sleepwalker.core.ledger import SpanClosed, SpanOpened
from sleepwalker.core.targets import namespace_ref
from tests.builders import HOUR, MINUTE, NEXT_NOON, NIGHT, NO_POLICY, NOON, REPLICAS, SECOND, policies, ref
from tests.fakes import BrokenLedger, WiredCluster, cronjob, deployment, namespace, run

WEB = ref()


class House:
    """A cluster with a ledger, and the reconciler that lives in it."""

    def __init__(self, *things, mode="enforce", by=None, ledger=None):
        self.cluster = WiredCluster(NIGHT)
        for each in things or [deployment()]:
            self.cluster.create(each)
        self.ledger = ledger or MemoryLedger()
        self.policies = by or policies()
        self.mode = mode
        self.told = []
        self.restart()

    def restart(self):
        self.reconciler = Reconciler(self.cluster, self.ledger, self.policies, self.mode, tell=self.told.append)

    def once(self, now=NIGHT, *, full=False):
        self.cluster.clock.at = now
        return run(self.reconciler.once(now, full=full))

    def start(self):
        run(self.reconciler.start())

    def replicas(self, it=WEB):
        return self.cluster.raw(it)["spec"]["replicas"]

    def spans(self):
        return dict(run(self.ledger.open_spans()))


def test_in_the_evening_it_sleeps_and_in_the_morning_it_is_as_it_was():
    house = House()

    house.once(NIGHT)
    asleep = house.replicas()
    house.once(NEXT_NOON)

    assert (asleep, house.replicas()) == (0, 3)
    assert house.cluster.raw(WEB)["metadata"]["annotations"] == {"team": "a"}


def test_what_was_done_is_told_and_recorded():
    house = House()

    done = house.once(NIGHT)

    assert [each.status for each in done.outcomes] == ["done"]
    assert house.told == list(done.outcomes)
    [entry] = house.ledger.entries
    assert isinstance(entry, SpanOpened)
    assert entry.freed.cpu_cores == 0.5
    assert house.spans()[WEB].record == house.cluster.snapshot().workload(WEB).record


def test_a_waking_closes_the_span():
    house = House()
    house.once(NIGHT)

    house.once(NEXT_NOON)

    entry = house.ledger.entries[-1]
    assert isinstance(entry, SpanClosed)
    assert (entry.how, entry.since, entry.until) == ("woken", NIGHT, NEXT_NOON)
    assert house.spans() == {}


def test_what_is_recorded_once_is_not_recorded_again():
    house = House()
    house.once(NIGHT)

    house.once(NIGHT + MINUTE, full=True)

    assert len(house.ledger.entries) == 1


def test_observing_writes_nothing_anywhere():
    house = House(mode="observe")

    done = house.once(NIGHT)

    assert [each.status for each in done.outcomes] == ["would"]
    assert house.cluster.sent == []
    assert house.ledger.entries == []
    assert house.replicas() == 3


def test_at_rest_nothing_is_planned_and_nothing_is_sent():
    house = House()
    house.once(NIGHT)
    house.once(NIGHT)
    house.cluster.sent.clear()

    done = house.once(NIGHT + HOUR)

    assert done.plan.namespaces == frozenset()
    assert house.cluster.sent == []


def test_only_namespaces_in_which_something_changed_are_planned():
    house = House(deployment(), deployment(namespace="other"))
    house.once(NOON)
    house.once(NOON)
    house.cluster.scale(ref(namespace="other"), 5)

    done = house.once(NOON + MINUTE)

    assert done.plan.namespaces == {"other"}


def test_when_something_is_due_its_namespace_is_planned():
    house = House()
    done = house.once(NOON)
    house.once(NOON)

    late = house.once(done.next_change)

    assert [each.status for each in late.outcomes] == ["done"]


def test_new_policies_are_used_everywhere():
    house = House()
    house.once(NIGHT)

    house.reconciler.use(NO_POLICY)
    house.once(NIGHT + MINUTE)

    assert house.replicas() == 3


def test_problems_are_those_of_all_namespaces_whenever_they_were_planned():
    house = House(deployment(annotations={"floor": "x"}), deployment(namespace="other", annotations={"floor": "y"}))
    house.once(NOON)
    house.cluster.annotate(WEB, {"sleepwalker.dev/floor": None})

    house.once(NOON + MINUTE)

    assert [str(each.ref) for each in house.reconciler.problems] == ["other/Deployment/web"]


def test_a_namespace_that_is_gone_has_no_problems():
    house = House(deployment(annotations={"floor": "x"}))
    house.once(NOON)
    house.cluster.delete(namespace_ref("team"))

    house.once(NOON + MINUTE)

    assert house.reconciler.problems == ()


def test_an_ended_override_of_a_namespace_is_removed():
    house = House(namespace(annotations={"keep-awake-until": show_instant(NIGHT)}), deployment())

    house.once(NIGHT)

    assert "annotations" not in house.cluster.raw(namespace_ref("team"))["metadata"]
    assert len(house.ledger.entries) == 1


def test_a_namespace_that_goes_away_meanwhile_is_left():
    house = House()
    house.cluster.fail_next(Conflict("changed"))
    deleting = {"metadata": {"deletionTimestamp": "2026-11-24T22:00:00Z"}}
    wait_newer = house.cluster.wait_newer

    async def and_then(*args):
        thing = house.cluster.raw(namespace_ref("team"))
        thing["metadata"] |= deleting["metadata"]
        house.cluster._store.replace(namespace_ref("team"), thing)  # noqa: SLF001 - nobody deletes slowly here
        house.cluster.scale(WEB, 4)
        return await wait_newer(*args)

    house.cluster.wait_newer = and_then

    done = house.once(NIGHT)

    assert [each.status for each in done.outcomes] == ["overtaken"]


# -- failures ----------------------------------------------------------------------------------------------------------


def test_what_failed_is_tried_again_later_and_later():
    house = House()
    waits = []
    now = NIGHT
    for _ in range(10):
        house.cluster.fail_next(Denied("no rights"))
        done = house.once(now)
        assert [each.status for each in done.failed] == ["failed"]
        waits.append(done.next_change - now)
        now = done.next_change

    house.once(now)

    assert waits == sorted(waits)
    assert waits[0] == 5 * SECOND
    assert waits[-1] == timedelta(minutes=10)
    assert house.replicas() == 0


def test_before_its_turn_what_failed_is_not_tried():
    house = House()
    house.cluster.fail_next(Denied("no rights"))
    house.once(NIGHT)

    done = house.once(NIGHT + SECOND, full=True)

    assert done.outcomes == ()
    assert len(house.cluster.sent) == 1


def test_what_failed_and_succeeds_is_forgiven():
    house = House()
    house.cluster.fail_next(Denied("no rights"))
    house.once(NIGHT)

    done = house.once(NIGHT + 5 * SECOND)

    assert [each.status for each in done.outcomes] == ["done"]
    assert done.next_change > NIGHT + HOUR


@pytest.mark.parametrize("what", ["object", "namespace", "wish"])
def test_what_failed_and_is_not_wanted_any_more_does_not_ring_for_ever(what):
    house = House()
    house.cluster.fail_next(Denied("no rights"))
    house.once(NIGHT)
    match what:
        case "object":
            house.cluster.delete(WEB)
        case "namespace":
            house.cluster.delete(namespace_ref("team"))
        case "wish":
            house.cluster.annotate(WEB, {"sleepwalker.dev/protected": "true"})

    later = NIGHT + MINUTE
    done = house.once(later)

    assert done.next_change is None or done.next_change > later


def test_a_failure_of_one_is_nobody_elses():
    house = House(*(deployment(f"w{number}") for number in range(5)))
    house.cluster.fail_next(Denied("no rights"), ref("w2"))

    done = house.once(NIGHT)

    assert sorted(each.status for each in done.outcomes) == ["done"] * 4 + ["failed"]


def test_written_though_it_timed_out_it_is_recorded_and_not_written_twice():
    house = House()
    house.cluster.fail_next(Unavailable("no answer"), written=True)

    done = house.once(NIGHT)

    assert [each.status for each in done.outcomes] == ["overtaken"]
    assert len(house.cluster.sent) == 1
    assert set(house.spans()) == {WEB}


def test_woken_though_it_timed_out_its_span_is_closed():
    house = House()
    house.once(NIGHT)
    house.cluster.fail_next(Unavailable("no answer"), written=True)

    house.once(NEXT_NOON)
    house.once(NEXT_NOON + SECOND)

    assert house.spans() == {}


# -- the ledger --------------------------------------------------------------------------------------------------------


def test_while_the_ledger_is_broken_it_says_so_and_goes_on():
    house = House(ledger=BrokenLedger())

    done = house.once(NIGHT)

    assert done.ledger_error == "the disk is full"
    assert house.replicas() == 0


def test_what_a_broken_ledger_was_told_it_is_told_again():
    house = House(ledger=BrokenLedger())
    house.once(NIGHT)
    house.ledger.broken = False

    done = house.once(NIGHT + MINUTE)

    assert done.ledger_error == ""
    assert [type(each) for each in house.ledger.entries] == [SpanOpened]


def test_a_night_through_which_the_ledger_was_broken_is_told_whole():
    house = House(ledger=BrokenLedger())
    house.once(NIGHT)
    house.once(NEXT_NOON)
    house.ledger.broken = False

    house.once(NEXT_NOON + MINUTE)

    assert [type(each) for each in house.ledger.entries] == [SpanOpened, SpanClosed]
    assert house.spans() == {}


def test_before_it_wakes_anything_it_tells_what_the_ledger_could_not_take():
    house = House(ledger=BrokenLedger())
    house.once(NIGHT)
    house.ledger.broken = False
    house.cluster.fail_next(RuntimeError("killed"), written=True)

    with pytest.raises(RuntimeError):
        house.once(NEXT_NOON)

    assert set(house.spans()) == {WEB}


def test_a_sleep_whose_end_the_ledger_missed_ends_when_the_next_one_begins():
    house = House(ledger=BrokenLedger())
    house.ledger.broken = False
    house.once(NIGHT)
    house.ledger.broken = True
    house.once(NEXT_NOON)
    house.once(NIGHT + 24 * HOUR)
    house.ledger.broken = False
    house.restart()
    house.start()

    house.once(NEXT_NOON + 24 * HOUR)

    ends = [(each.since, each.until, each.how) for each in house.ledger.entries if isinstance(each, SpanClosed)]
    assert ends == [(NIGHT, NIGHT + 24 * HOUR, "changed"), (NIGHT + 24 * HOUR, NEXT_NOON + 24 * HOUR, "woken")]
    assert house.spans() == {}


def test_a_ledger_that_was_lost_is_told_again_by_the_annotations():
    house = House(deployment("a"), deployment("b"))
    house.once(NIGHT)
    house.ledger = MemoryLedger()
    house.restart()
    house.start()

    house.once(NIGHT + MINUTE)

    assert set(house.spans()) == {ref("a"), ref("b")}


def test_after_a_restart_the_ledgers_copy_restores_a_stripped_record():
    house = House()
    house.once(NIGHT)
    before = house.cluster.raw(WEB)["metadata"]["annotations"]
    house.cluster.annotate(WEB, {"sleepwalker.dev/asleep": None})
    house.restart()
    house.start()

    house.once(NIGHT + MINUTE)

    assert house.cluster.raw(WEB)["metadata"]["annotations"] == before


@pytest.mark.parametrize("gone", [WEB, namespace_ref("team")], ids=["the object", "its namespace"])
def test_the_span_of_what_was_deleted_is_closed(gone):
    house = House()
    house.once(NIGHT)
    house.cluster.delete(gone)

    house.once(NIGHT + MINUTE)

    assert house.ledger.entries[-1].how == "deleted"
    assert house.spans() == {}


def test_a_long_transition_is_recorded_while_it_goes_on():
    house = House(*(deployment(f"w{number}") for number in range(600)))
    house.cluster.hold(ref("w599"))
    seen = []

    async def story():
        running = asyncio.ensure_future(house.reconciler.once(NIGHT))
        for _ in range(20):
            await asyncio.sleep(1)
        seen.append(len(house.ledger.entries))
        house.cluster.let_go(ref("w599"))
        await running

    run(story())

    assert seen[0] >= 512
    assert len(house.ledger.entries) == 600


# -- ownership ---------------------------------------------------------------------------------------------------------


def by_helm():
    house = House(namespace())
    house.cluster.apply(deployment(), "helm")
    house.once(NIGHT)
    return house


def test_after_a_night_the_next_apply_of_helm_succeeds():
    house = by_helm()

    house.once(NEXT_NOON)

    house.cluster.apply(deployment(replicas=7), "helm")
    assert house.replicas() == 7


def test_what_could_not_be_given_back_is_given_back_later():
    house = by_helm()
    sent = len(house.cluster.sent)
    patch = house.cluster.patch

    async def refusing(target, body, *rest):
        if (
            list(body) == ["metadata"]
            and list(body["metadata"]) == ["managedFields"]
            and len(house.cluster.sent) == sent + 1
        ):
            house.cluster.sent.append(target)
            raise Conflict("a status was written in between")
        return await patch(target, body, *rest)

    house.cluster.patch = refusing
    owed = house.once(NEXT_NOON)
    still_open = set(house.spans())

    house.once(owed.next_change)

    assert owed.outcomes[0].owed
    assert still_open == {WEB}
    assert house.spans() == {}
    house.cluster.apply(deployment(replicas=7), "helm")


def test_stopped_it_starts_no_further_write():
    house = House(*(deployment(f"w{number}") for number in range(40)))
    house.reconciler.stop()
    house.reconciler.tell = lambda _outcome: house.reconciler.stop()

    done = house.once(NIGHT)

    assert 1 <= sum(each.status == "done" for each in done.outcomes) <= 16
    assert len(done.failed) >= 24


def test_a_cronjob_sleeps_and_wakes():
    house = House(namespace(), cronjob())
    job = ref("report", kind="CronJob")

    house.once(NIGHT)
    suspended = house.cluster.raw(job)["spec"]["suspend"]
    house.once(NEXT_NOON)

    assert (suspended, house.cluster.raw(job)["spec"]["suspend"]) == (True, False)


def test_a_person_who_scales_up_at_night_is_respected_until_the_morning():
    house = House()
    house.once(NIGHT)
    house.cluster.clock.at = NIGHT + MINUTE
    house.cluster.scale(WEB, 1)

    for minutes in (1, 2, 600):
        house.once(NIGHT + minutes * MINUTE - MINUTE)
    by_night = house.replicas()
    house.once(NEXT_NOON)

    assert by_night == 1
    assert house.replicas() == 3
    assert house.cluster.raw(WEB)["metadata"]["annotations"] == {"team": "a"}


def test_a_machine_that_insists_is_put_back_three_times_and_then_left_with_a_problem():
    house = House(namespace())
    house.cluster.apply(deployment(), "argocd-controller")
    house.once(NIGHT)
    seen = []
    for minute in range(1, 6):
        house.cluster.clock.at = NIGHT + minute * MINUTE
        house.cluster.apply(deployment(), "argocd-controller", force=True)
        house.once(NIGHT + minute * MINUTE)
        seen.append(house.replicas())

    assert seen == [0, 0, 0, 3, 3]
    [problem] = house.reconciler.problems
    assert "ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]" in problem.message
    house.once(NEXT_NOON)
    assert house.cluster.snapshot().workload(WEB).fields == {REPLICAS: 3}
