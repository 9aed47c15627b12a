"""Many objects at once: 600 Deployments in one namespace."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster import objects
from tests.cluster.controller import Controller, annotate, show

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("crowd")]

MANY = 600


@pytest.fixture
def crowd(bed, namespace):
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(bed.create, [objects.deployment(f"web-{i:03}", namespace, replicas=2) for i in range(MANY)]))


def counts(bed, namespace):
    return [thing["spec"]["replicas"] for thing in bed.items("Deployment", namespace)]


def test_600_deployments_of_one_namespace_all_sleep_and_all_wake(bed, namespace, tmp_path):
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        took = []
        for uptime, verb in (("never", "sleep"), ("always", "wake")):
            began = time.monotonic()
            annotate(bed, namespace, uptime=uptime)
            controller.until_metric(MANY, "sleepwalker_patches_total", verb=verb, outcome="done")
            took.append(time.monotonic() - began)
            assert counts(bed, namespace) == [0 if verb == "sleep" else 2] * MANY
        assert controller.lines("action failed") == []
    show(f"{MANY} asleep in {took[0]:.1f} s, awake in {took[1]:.1f} s")


def test_told_to_stop_in_the_middle_it_finishes_what_is_in_flight_and_the_next_does_the_rest(bed, namespace, tmp_path):
    with Controller(bed, tmp_path) as controller:
        controller.until_ready()
        annotate(bed, namespace, uptime="never")
        bed.until("it has begun", lambda: controller.metric("sleepwalker_patches_total") > 0)
        began = time.monotonic()
        controller.terminate()
        code = controller.wait()
        took = time.monotonic() - began
        first, asleep = len(controller.lines("action done")), counts(bed, namespace).count(0)
        controller.start()

        bed.until("all sleep", lambda: counts(bed, namespace) == [0] * MANY)
    show(f"stopped after {took:.1f} s with {first} asleep")
    assert code == 0
    assert took < 10
    assert first == asleep < MANY
