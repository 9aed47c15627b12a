"""`sleepwalker demo`."""

import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def told():
    """What the demo says in a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "sleepwalker", "demo"], capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param(
            "Mon 23 Nov 07:00  wake       team-a, 4 objects: namespace annotation uptime", id="who wakes when and why"
        ),
        pytest.param(
            "keep-awake team-a/Deployment/worker: scaled by kubectl-scale (a person)", id="a person scales by hand"
        ),
        pytest.param("the record was stripped and is written again from the ledger", id="a record is stripped"),
        pytest.param("Wed 25 Nov 23:30  sleep      team-b, 3 objects", id="an override ends by itself"),
        pytest.param("put back to sleep, declared by argocd-controller (a machine)", id="a machine undoes a sleep"),
        pytest.param("spec.ignoreDifferences", id="and again, until a problem says what to set"),
        pytest.param("Thanksgiving", id="a holiday"),
        pytest.param("namespace override asleep-until", id="somebody lets a namespace sleep"),
        pytest.param("is sleepwalker.dev/uptime meant?", id="a deliberate mistake"),
        pytest.param("in hours; not saved:", id="freed is not saved"),
    ],
)
def test_the_week_has_its_stories(told, sentence):
    assert sentence in told


def test_on_thanksgiving_nobody_in_boston_is_woken(told):
    woken = [line for line in told.splitlines() if "wake" in line and "team-c" in line]

    assert [line[:10] for line in woken] == ["Mon 23 Nov", "Tue 24 Nov", "Wed 25 Nov"]


def test_accelerators_are_freed(told):
    [total] = [line for line in told.splitlines() if line.startswith("total")]

    assert int(total.split()[3].replace(",", "")) > 500


def test_other_manifests_live_through_the_same_week(run, manifests):
    path = manifests(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: x, annotations: {sleepwalker.dev/uptime: '08:00-18:00'}}\n"
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: y, namespace: x}\nspec: {replicas: 2}\n"
    )

    answer = run("demo", "-f", path)

    assert answer.code == 0
    assert "Mon 23 Nov 08:00  wake       x/Deployment/y" in answer.out
