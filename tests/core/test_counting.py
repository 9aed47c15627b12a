"""What sleeping frees."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sleepwalker.core.counting import Amount, Freed, freed_by, freed_now
from sleepwalker.core.targets import Demand
from tests.builders import HOUR, NIGHT, asleep, cronjob, outcome_of, ref, snapshot, workload

GPUS = Demand(2.0, 8 * 2**30, (("nvidia.com/gpu", 4.0), ("amd.com/gpu", 1.0)))


@pytest.mark.parametrize(
    ("it", "amount"),
    [
        pytest.param(workload(), Amount(), id="awake: nothing"),
        pytest.param(asleep(original=3, demand=GPUS), Amount(6.0, 24.0, 15.0, 3.0), id="all its replicas"),
        pytest.param(asleep(original=3, floor=1, demand=GPUS), Amount(4.0, 16.0, 10.0, 2.0), id="all above its floor"),
        pytest.param(
            cronjob(suspend=True, record=outcome_of(NIGHT, cronjob()).record),
            Amount(),
            id="a CronJob: nothing that is known",
        ),
        pytest.param(
            replace(asleep(original=3), fields={"/spec/replicas": 5}), Amount(), id="woken by a person: nothing"
        ),
    ],
)
def test_a_sleeping_workload_frees_what_its_missing_replicas_ask_for(it, amount):
    assert freed_by(it) == amount


def test_it_is_summed_by_namespace():
    look = snapshot(asleep("a"), asleep("b"), workload("c"), asleep("d", ref=ref("d", "other")))

    made = freed_now(look)

    assert made == {"team": Amount(3.0, 6.0, 0.0, 6.0), "other": Amount(1.5, 3.0, 0.0, 3.0)}


def test_it_adds_up_over_time():
    now = {"team": Amount(2.0, 4.0, 1.0, 3.0)}

    made = Freed().plus(now, HOUR).plus(now, timedelta(minutes=30)).plus({"other": Amount(1.0)}, HOUR)

    assert made.hours["team"] == Amount(3.0, 6.0, 1.5, 4.5)
    assert made.total == Amount(4.0, 6.0, 1.5, 4.5)


@pytest.mark.parametrize(("now", "span"), [({}, HOUR), ({"team": Amount(1.0)}, timedelta(0))])
def test_nothing_freed_or_no_time_adds_nothing(now, span):
    before = Freed()

    assert before.plus(now, span) is before
