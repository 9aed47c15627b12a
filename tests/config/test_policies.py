"""The policies that come as examples do what their comments say."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sleepwalker.config.folder import load_folder
from sleepwalker.config.loaded import to_policies
from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.config.settings import Settings
from sleepwalker.core.annotations import NO_WISHES
from sleepwalker.core.targets import Namespace

POLICIES = Path(__file__).parents[2] / "policies"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FILES = ["follow-the-sun", "gpu-lab", "holidays", "nights", "office-hours", "release-freeze", "weekends-only"]


def policy(file, name):
    loaded = load_folder([str(POLICIES / f"{file}.yaml")], NOW, Settings())
    return next(each for each in loaded.policies if each.name == name)


def in_berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def test_all_of_them_can_be_used_together():
    found = to_policies(load_folder([str(POLICIES)], NOW, Settings()), Settings(), bundled_recipes())

    assert found.problems == ()
    assert [each.wrong for each in found.policies] == [""] * 8


def test_there_is_no_example_that_is_not_tested():
    assert sorted(each.stem for each in POLICIES.iterdir()) == FILES


@pytest.mark.parametrize("file", FILES)
def test_each_stands_alone_and_says_what_it_is_for(file):
    loaded = load_folder([str(POLICIES / f"{file}.yaml")], NOW, Settings())

    assert loaded.problems == ()
    assert (POLICIES / f"{file}.yaml").read_text().startswith("# ")


@pytest.mark.parametrize(
    ("file", "name", "at", "awake"),
    [
        pytest.param("office-hours", "office-hours", "2026-11-24T10:00", True, id="office: Tuesday, ten"),
        pytest.param("office-hours", "office-hours", "2026-11-24T06:59", False, id="office: before seven"),
        pytest.param("office-hours", "office-hours", "2026-11-24T19:00", False, id="office: the end is not in it"),
        pytest.param("office-hours", "office-hours", "2026-11-28T10:00", False, id="office: Saturday"),
        pytest.param("nights", "nights", "2026-11-28T12:00", True, id="nights: Saturday, noon"),
        pytest.param("nights", "nights", "2026-11-28T23:00", False, id="nights: before midnight"),
        pytest.param("nights", "nights", "2026-11-29T05:59", False, id="nights: after midnight"),
        pytest.param("nights", "nights", "2026-11-29T06:00", True, id="nights: morning"),
        pytest.param("weekends-only", "weekends-only", "2026-11-26T03:00", True, id="weekends: a night in the week"),
        pytest.param("weekends-only", "weekends-only", "2026-11-27T20:00", False, id="weekends: Friday evening"),
        pytest.param("weekends-only", "weekends-only", "2026-11-30T05:59", False, id="weekends: Monday, before six"),
        pytest.param("weekends-only", "weekends-only", "2026-11-30T06:00", True, id="weekends: Monday"),
        pytest.param("holidays", "working-days-in-bavaria", "2026-11-24T10:00", True, id="holidays: a working day"),
        pytest.param("holidays", "working-days-in-bavaria", "2027-01-06T10:00", False, id="holidays: Epiphany"),
        pytest.param("holidays", "working-days-in-bavaria", "2026-12-23T13:59", True, id="holidays: before the party"),
        pytest.param("holidays", "working-days-in-bavaria", "2026-12-23T14:00", False, id="holidays: the party"),
        pytest.param("holidays", "working-days-in-bavaria", "2026-12-30T10:00", False, id="holidays: a bridging day"),
        pytest.param("release-freeze", "release-freeze", "2026-12-08T03:00", True, id="freeze: at night"),
        pytest.param("release-freeze", "release-freeze", "2026-12-11T23:59", True, id="freeze: to its last minute"),
        pytest.param("release-freeze", "release-freeze", "2026-12-12T03:00", False, id="freeze: over"),
        pytest.param("release-freeze", "release-freeze", "2026-12-15T10:00", True, id="freeze: ordinary hours"),
        pytest.param("gpu-lab", "gpu-lab", "2026-11-24T21:00", True, id="gpu: a long Tuesday"),
        pytest.param("gpu-lab", "gpu-lab", "2026-11-27T19:00", False, id="gpu: a short Friday"),
        pytest.param("follow-the-sun", "follow-the-sun", "2026-11-24T01:00", True, id="sun: morning in Tokyo"),
        pytest.param("follow-the-sun", "follow-the-sun", "2026-11-24T16:00", True, id="sun: two offices"),
        pytest.param("follow-the-sun", "follow-the-sun", "2026-11-24T23:30", True, id="sun: late in New York"),
        pytest.param("follow-the-sun", "follow-the-sun", "2026-11-28T12:00", False, id="sun: weekend everywhere"),
    ],
)
def test_it_is_awake_when_its_comment_says_so(file, name, at, awake):
    assert policy(file, name).rule.opinion(in_berlin(at)) is awake


@pytest.mark.parametrize(
    ("file", "name", "namespace", "labels", "selected"),
    [
        pytest.param("office-hours", "office-hours", "team-a", {"tier": "dev"}, True, id="by its label"),
        pytest.param("office-hours", "office-hours", "team-a", {}, False, id="not without"),
        pytest.param("office-hours", "office-hours", "team-oncall", {"tier": "dev"}, False, id="not what is excluded"),
        pytest.param("follow-the-sun", "follow-the-sun", "shared-build", {}, True, id="by its name"),
        pytest.param("release-freeze", "release-freeze", "shop", {"release-train": "true"}, True, id="in quotes"),
    ],
)
def test_it_selects_what_its_comment_says(file, name, namespace, labels, selected):
    assert policy(file, name).namespaces.selects(Namespace(namespace, labels, NO_WISHES)) is selected


def test_the_gateway_of_the_gpu_lab_stays():
    assert policy("gpu-lab", "gpu-gateways").floor == 1
    assert policy("gpu-lab", "gpu-gateways").priority > policy("gpu-lab", "gpu-lab").priority
