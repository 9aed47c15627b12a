"""What is sent for each action: one body, with fields and record together."""

from __future__ import annotations

import pytest

from sleepwalker.core.action import GiveBack, KeepAwake, Sleep, Tidy, Wake
from sleepwalker.core.patch import body
from sleepwalker.core.record import show_record
from tests.builders import HELM, NEXT_MORNING, REPLICAS, record, ref

HELD = record(3)
WEB = ref()


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        pytest.param(
            Sleep(WEB, HELD, 0, "night"),
            {"spec": {"replicas": 0}, "metadata": {"annotations": {"sleepwalker.dev/asleep": show_record(HELD)}}},
            id="sleep",
        ),
        pytest.param(
            Sleep(WEB, HELD, 0, "night", ("keep-awake-until",)),
            {
                "spec": {"replicas": 0},
                "metadata": {
                    "annotations": {
                        "sleepwalker.dev/keep-awake-until": None,
                        "sleepwalker.dev/asleep": show_record(HELD),
                    }
                },
            },
            id="sleep, and remove an override that has ended",
        ),
        pytest.param(
            Wake(WEB, HELD, {REPLICAS: 3}, 0, "day"),
            {"spec": {"replicas": 3}, "metadata": {"annotations": {"sleepwalker.dev/asleep": None}}},
            id="wake",
        ),
        pytest.param(
            Wake(WEB, HELD, {}, 0, "day", ("override-by",)),
            {"metadata": {"annotations": {"sleepwalker.dev/override-by": None, "sleepwalker.dev/asleep": None}}},
            id="wake what a person has woken",
        ),
        pytest.param(
            KeepAwake(WEB, HELD, NEXT_MORNING, "kubectl", 0, "x" * 300, {}, ("asleep-until",)),
            {
                "metadata": {
                    "annotations": {
                        "sleepwalker.dev/asleep-until": None,
                        "sleepwalker.dev/asleep": show_record(HELD),
                        "sleepwalker.dev/keep-awake-until": "2026-11-25T08:00:00Z",
                        "sleepwalker.dev/override-by": "kubectl",
                        "sleepwalker.dev/override-reason": "x" * 256,
                    }
                }
            },
            id="give way",
        ),
        pytest.param(
            Tidy(WEB, ("keep-awake-until",), "ended", {}, {}),
            {"metadata": {"annotations": {"sleepwalker.dev/keep-awake-until": None}}},
            id="tidy",
        ),
        pytest.param(
            GiveBack(WEB, {REPLICAS: (HELM,)}, 0, "owed", {}, {}), {"metadata": {"annotations": {}}}, id="give back"
        ),
    ],
)
def test_one_action_is_one_body(action, sent):
    assert body(action) == sent


@pytest.mark.parametrize(
    ("action", "original"),
    [
        (Sleep(WEB, HELD, 0, ""), {REPLICAS: 3}),
        (Wake(WEB, HELD, {}, 0, ""), {REPLICAS: 3}),
        (KeepAwake(WEB, HELD, NEXT_MORNING, "", 0, "", {}), {REPLICAS: 3}),
    ],
)
def test_an_action_about_a_sleep_says_what_was_before(action, original):
    assert action.original == original
