"""Whatever breaks in the middle, nothing is lost: the process, the API server, the ledger, the record, a race."""

from __future__ import annotations

import itertools
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sleepwalker.core.annotations import TABLE
from tests.cluster import objects
from tests.cluster.api import BedError
from tests.cluster.controller import (
    PREFIX,
    Controller,
    annotate,
    asleep,
    essence,
    from_now,
    note,
    replicas,
    show,
    until_instant,
)


def many(bed, namespace, count, manager="helm"):
    """As they were made: each with a count of its own."""
    things = [objects.deployment(f"web-{i:03}", namespace, replicas=1 + i % 7) for i in range(count)]
    with ThreadPoolExecutor(4) as hands:
        return [made for [made] in hands.map(lambda thing: bed.apply(thing, manager=manager), things)]


def sleeping(bed, namespace):
    return sum(note(thing, "asleep") is not None for thing in bed.items("Deployment", namespace))


def until_sleeping(bed, namespace, count, limit=30):
    bed.until(f"{count} sleep", lambda: sleeping(bed, namespace) == count, limit)


def essences(things):
    return {thing["metadata"]["name"]: essence(thing) for thing in things}


def all_as_made(bed, namespace, made):
    return lambda: essences(bed.items("Deployment", namespace)) == essences(made)


# ------------------------------------------------------------------ late is executed, not skipped


def test_an_evening_that_passed_while_it_was_down_is_made_up_for(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    evening = from_now(0)
    annotate(bed, namespace, downtime=f"from {evening}")
    until_instant(evening)

    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)


def test_a_morning_that_passed_while_it_was_down_is_made_up_for(bed, namespace, tmp_path):
    [made] = many(bed, namespace, 1)
    annotate(bed, namespace, downtime="from 2026-01-01")
    with Controller(bed, tmp_path) as controller:
        bed.until("it sleeps", lambda: sleeping(bed, namespace))
        controller.kill()
        morning = from_now(0)
        annotate(bed, namespace, downtime=f"until {morning}")
        until_instant(morning)

        controller.start()

        bed.until("it is as it was", all_as_made(bed, namespace, [made]))


# ------------------------------------------------------------------ killed


@pytest.mark.slow
def test_killed_at_random_in_every_burst_of_200_transitions_all_is_as_before_in_the_end(bed, namespace, tmp_path):
    """Law 7. Of every burst of transitions some are done, some in flight, some not begun when the process dies."""
    made, uptimes = many(bed, namespace, 60), itertools.cycle(("never", "always"))
    began, kills, cut = time.monotonic(), 0, 0
    with Controller(bed, tmp_path) as controller:
        while transitions(bed, namespace) < 200 and kills < 40:
            controller.until_ready()
            annotate(bed, namespace, uptime=next(uptimes))
            controller.until_grown(limit=2)
            time.sleep(random.uniform(0, 0.15))  # noqa: S311 - no secret
            controller.kill()
            kills += 1
            cut += sleeping(bed, namespace) not in (0, 60)
            controller.start()
        annotate(bed, namespace, uptime="always")
        bed.until("nothing sleeps", lambda: sleeping(bed, namespace) == 0)
        show(
            f"{transitions(bed, namespace)} transitions, {kills} kills of which {cut} in the middle of a burst, "
            f"{time.monotonic() - began:.0f} s"
        )

        bed.until("all are as they were made", all_as_made(bed, namespace, made), limit=20)


def transitions(bed, namespace):
    """Each changes a spec once."""
    return sum(thing["metadata"]["generation"] - 1 for thing in bed.items("Deployment", namespace))


def test_killed_on_the_way_up_it_gives_back_what_it_had_not_given_back(bed, namespace, tmp_path):
    """Between the waking write and the one that gives the field back."""
    made = many(bed, namespace, 40)
    with Controller(bed, tmp_path) as controller:
        annotate(bed, namespace, uptime="never")
        controller.until_line("pass done", actions=40)
        annotate(bed, namespace, uptime="always")
        bed.until("some wake", lambda: sleeping(bed, namespace) < 40)
        controller.kill()

        controller.start()

        bed.until("all are as they were made", all_as_made(bed, namespace, made))


# ------------------------------------------------------------------ the API server


@pytest.mark.slow
def test_an_api_server_that_restarts_in_the_middle_of_a_transition_costs_nothing_but_time(bed, namespace, tmp_path):
    made = many(bed, namespace, 60)
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        for uptime, wanted in (("never", 60), ("always", 0)):
            annotate(bed, namespace, uptime=uptime)
            controller.until_grown(limit=5)
            bed.restart_apiserver()
            until_sleeping(bed, namespace, wanted, limit=60)

        bed.until("all are as they were made", all_as_made(bed, namespace, made))


# ------------------------------------------------------------------ two at once


def test_two_controllers_without_a_lease_do_everything_once(bed, namespace, tmp_path):
    made = many(bed, namespace, 40)
    with Controller(bed, tmp_path / "one") as one, Controller(bed, tmp_path / "two") as two:
        one.until_ready()
        two.until_ready()
        annotate(bed, namespace, uptime="never")
        bed.until("all sleep", lambda: sleeping(bed, namespace) == 40)
        annotate(bed, namespace, uptime="always")

        bed.until("all are as they were made", all_as_made(bed, namespace, made))
    slept = [len(each.lines("action done", verb="sleep")) for each in (one, two)]
    show(f"asleep by one and two: {slept}")
    assert sum(slept) == 40
    assert not one.lines("action failed") + two.lines("action failed")


def test_with_a_lease_one_acts_and_the_next_follows_when_it_leaves(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    lease = f"{namespace}/sleepwalker"
    with Controller(bed, tmp_path / "one", lease=lease) as one:
        bed.until("one leads", lambda: bed.get("Lease", "sleepwalker", namespace)["spec"]["holderIdentity"])
        with Controller(bed, tmp_path / "two", lease=lease) as two:
            two.until_ready()
            annotate(bed, namespace, uptime="never")
            bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)
            one.terminate()
            assert one.wait() == 0
            annotate(bed, namespace, uptime="always")
            bed.until("it wakes", lambda: replicas(bed, "web", namespace) == 3, limit=8)

    assert [len(each.lines("action done")) for each in (one, two)] == [1, 1]


@pytest.mark.slow
def test_with_a_lease_the_next_follows_when_the_first_is_killed(bed, namespace, tmp_path):
    bed.create(objects.deployment("web", namespace, replicas=3))
    lease = f"{namespace}/sleepwalker"
    with Controller(bed, tmp_path / "one", lease=lease) as one:
        bed.until("one leads", lambda: bed.get("Lease", "sleepwalker", namespace)["spec"]["holderIdentity"])
        with Controller(bed, tmp_path / "two", lease=lease) as two:
            two.until_ready()
            one.kill()
            annotate(bed, namespace, uptime="never")

            bed.until("the second has taken over", lambda: replicas(bed, "web", namespace) == 0, limit=30)


# ------------------------------------------------------------------ races


def test_in_a_storm_of_other_peoples_writes_nothing_of_theirs_is_lost_and_all_sleep(bed, namespace, tmp_path):
    many(bed, namespace, 8, manager="kubectl-create")
    names = [thing["metadata"]["name"] for thing in bed.items("Deployment", namespace)]
    over, written = threading.Event(), dict.fromkeys(names, 0)

    def storm(mine):
        while not over.is_set():
            for name in mine:
                number = written[name] + 1
                bed.patch(
                    "Deployment", name, namespace, {"metadata": {"annotations": {"theirs": str(number)}}}, "storm"
                )
                written[name] = number

    with Controller(bed, tmp_path) as controller, ThreadPoolExecutor(2) as hands:
        controller.until_ready()
        storms = [hands.submit(storm, names[0::2]), hands.submit(storm, names[1::2])]
        try:
            for uptime, wanted in (("never", 8), ("always", 0), ("never", 8)):
                before = dict(written)
                bed.until("the storm rages", lambda before=before: min(written[n] - before[n] for n in names) > 5)
                annotate(bed, namespace, uptime=uptime)
                until_sleeping(bed, namespace, wanted)
        finally:
            over.set()
        assert not [each.exception() for each in storms if each.exception()]
        told = {
            thing["metadata"]["name"]: thing["metadata"]["annotations"] for thing in bed.items("Deployment", namespace)
        }

    show(f"{sum(written.values())} writes of others meanwhile")
    assert {name: int(told[name]["theirs"]) for name in names} == written


def test_a_namespace_deleted_in_the_middle_of_a_pass_harms_no_other(bed, namespace, tmp_path):
    doomed = f"{namespace}-doomed"
    bed.create(objects.namespace(doomed))
    many(bed, doomed, 60)
    many(bed, namespace, 5)
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        annotate(bed, doomed, uptime="never")
        bed.until("it has begun", lambda: sleeping(bed, doomed))
        bed.delete_namespace(doomed)
        annotate(bed, namespace, uptime="never")

        bed.until("the other sleeps", lambda: sleeping(bed, namespace) == 5)
        assert controller.alive


# ------------------------------------------------------------------ the record and the ledger


def test_a_record_stripped_by_kubectl_annotate_is_written_again(bed, namespace, tmp_path):
    [made] = many(bed, namespace, 1)
    name = made["metadata"]["name"]
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        record = bed.until("it sleeps", lambda: asleep(bed, name, namespace))
        bed.kubectl("annotate", "deployment", name, "-n", namespace, "sleepwalker.dev/asleep-")
        again = bed.until("the record is back", lambda: asleep(bed, name, namespace), limit=5)
        annotate(bed, namespace, uptime="always")

        bed.until("it is as it was made", all_as_made(bed, namespace, [made]))
    assert again == record


def test_a_record_taken_and_dropped_by_another_server_side_applier_is_written_again(bed, namespace, tmp_path):
    [made] = many(bed, namespace, 1)
    name = made["metadata"]["name"]
    bare = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace}}
    seized = {**bare, "metadata": {**bare["metadata"], "annotations": {PREFIX + "asleep": "mine"}}}
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        record = bed.until("it sleeps", lambda: asleep(bed, name, namespace))
        bed.apply(seized, manager="argocd-controller", force=True)
        bed.apply(bare, manager="argocd-controller", force=True)
        again = bed.until("the record is back", lambda: asleep(bed, name, namespace), limit=5)
        annotate(bed, namespace, uptime="always")
        bed.until("it wakes", lambda: replicas(bed, name, namespace) == made["spec"]["replicas"])
    assert again == record


def test_a_record_stripped_while_it_was_down_is_read_from_the_ledger(bed, namespace, tmp_path):
    [made] = many(bed, namespace, 1)
    name = made["metadata"]["name"]
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        controller.until_line("pass done", actions=1)
        controller.kill()
        annotate(bed, namespace, name, asleep=None)
        annotate(bed, namespace, uptime="always")

        controller.start()

        bed.until("it is as it was made", all_as_made(bed, namespace, [made]))


def test_a_ledger_that_is_lost_costs_nothing_as_long_as_the_record_is_there(bed, namespace, tmp_path):
    [made] = many(bed, namespace, 1)
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        controller.until_line("pass done", actions=1)
        controller.kill()
        lose_ledger(tmp_path)
        annotate(bed, namespace, uptime="always")

        controller.start()

        bed.until("it is as it was made", all_as_made(bed, namespace, [made]))


def test_a_ledger_that_is_garbage_is_told_and_stops_nothing(bed, namespace, tmp_path):
    [made] = many(bed, namespace, 1)
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        controller.until_line("pass done", actions=1)
        controller.kill()
        lose_ledger(tmp_path)
        (tmp_path / "sleepwalker" / "ledger.db").write_bytes(b"not a database" * 1000)
        annotate(bed, namespace, uptime="always")

        controller.start()

        bed.until("it is as it was made", all_as_made(bed, namespace, [made]))
        controller.until_line("the ledger cannot be read")


def test_without_record_and_ledger_it_is_left_with_a_problem_and_then_belongs_to_who_sets_it(bed, namespace, tmp_path):
    [made] = many(bed, namespace, 1)
    name = made["metadata"]["name"]
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        controller.until_line("pass done", actions=1)
        controller.kill()
        lose_ledger(tmp_path)
        annotate(bed, namespace, name, asleep=None)
        annotate(bed, namespace, uptime="always")
        controller.start()

        bed.until("it is told", lambda: controller.problems(name))
        assert replicas(bed, name, namespace) == 0
        bed.kubectl("scale", f"deployment/{name}", "-n", namespace, "--replicas=4")
        bed.until("the problem is gone", lambda: controller.metric("sleepwalker_problems") == 0)
        assert replicas(bed, name, namespace) == 4


def test_a_zero_that_a_person_set_after_a_wake_that_the_ledger_missed_stays(bed, namespace, tmp_path):
    """Killed between waking it and telling the ledger, it must not take their zero for its own."""
    bed.create(objects.deployment("web", namespace, replicas=3))
    bed.create(objects.deployment("other", namespace, replicas=3))
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        controller.until_line("pass done", actions=2)
        controller.kill()
        woken = {"metadata": {"annotations": {PREFIX + "asleep": None}}, "spec": {"replicas": 3}}
        bed.patch("Deployment", "web", namespace, woken, manager="sleepwalker")
        bed.kubectl("scale", "deployment/web", "-n", namespace, "--replicas=0")
        annotate(bed, namespace, uptime="always")

        controller.start()

        bed.until("the next one has made a pass", lambda: len(controller.lines("pass done")) > 1)
        assert replicas(bed, "other", namespace) == 3
        assert replicas(bed, "web", namespace) == 0


def lose_ledger(home):
    for file in (home / "sleepwalker").glob("ledger.db*"):
        file.unlink()


# ------------------------------------------------------------------ nonsense

NONSENSE = {
    "empty": "",
    "blank": " \t\n",
    "words": "whenever you like",
    "long": "Mon-Fri 08:00-20:00, " * 12_000,
    "deep": "[" * 100_000,
    "json": '{"since":"2026-01-01T00:00:00Z","original":{"/metadata/name":"x"},"set":{"/metadata/name":"y"}}',
    "number": "9" * 5000,
    "control": "\x01\x1b[31m\u202e\ufeff\U0001f4a5",
    "zone": "Mon-Fri 08:00-20:00 ../../etc/passwd",
    "markup": "[red]{0}%s</script>",
}
FREE = {"override-by", "override-reason"}
"""Text that may be anything printable."""


@pytest.fixture
def nonsense(bed, namespace):
    """An object for every annotation and every nonsense: its name → its annotation."""
    made = {}
    for row in TABLE:
        if "workload" in row.where or row.name == "asleep":
            for title, text in NONSENSE.items():
                name = f"{row.name}-{title}"
                bed.create(objects.deployment(name, namespace, replicas=3, **{PREFIX + row.name: text}))
                made[name] = row.name
    return made


def test_nonsense_in_any_annotation_leaves_that_object_awake_and_is_told(bed, namespace, tmp_path, nonsense):
    bed.create(objects.deployment("sane", namespace, replicas=3))
    with Controller(bed, tmp_path) as controller:
        annotate(bed, namespace, uptime="never")
        bed.until("the sane one sleeps", lambda: replicas(bed, "sane", namespace) == 0)
        controller.until_line("pass done")
        slept = {
            thing["metadata"]["name"] for thing in bed.items("Deployment", namespace) if thing["spec"]["replicas"] == 0
        }
        told = {line["ref"].rpartition("/")[2] for line in controller.lines("Problem")}

    in_doubt = {name for name, key in nonsense.items() if key not in FREE}
    assert slept - {"sane"} == nonsense.keys() - told
    assert in_doubt <= told


def test_nonsense_on_a_namespace_leaves_what_is_in_it_awake_and_harms_no_other(bed, namespace, tmp_path):
    unread = {*FREE, "policy"}  # the schedule beside it is asked first
    rows = [row.name for row in TABLE if "namespace" in row.where and row.name not in unread]
    names = {f"{namespace}-{key}": key for key in rows}
    for name, key in names.items():
        bed.create(objects.namespace(name, **{PREFIX + "uptime": "never", PREFIX + key: NONSENSE["markup"]}))
        bed.create(objects.deployment("web", name, replicas=3))
    bed.create(objects.deployment("sane", namespace, replicas=3))
    try:
        with Controller(bed, tmp_path) as controller:
            annotate(bed, namespace, uptime="never")
            bed.until("the sane one sleeps", lambda: replicas(bed, "sane", namespace) == 0)
            controller.until_line("pass done")
            awake = {name for name in names if replicas(bed, "web", name) == 3}
            told = {line["ref"].rpartition("/")[2] for line in controller.lines("Problem")}
    finally:
        for name in names:
            bed.delete_namespace(name)

    assert awake == names.keys()
    assert names.keys() <= told


def test_the_api_server_itself_refuses_more_than_256_kib(bed, namespace):
    with pytest.raises(BedError, match="may not be more than 262144 bytes"):
        bed.create(objects.deployment("web", namespace, **{PREFIX + "uptime": "x" * 300_000}))
