"""The manifests, as they are, on a real API server; and the controller with just the rights that they give it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.render.rbac import documents
from tests.cluster import objects
from tests.cluster.api import BedError
from tests.cluster.bed import Bed

MANIFESTS = Path(__file__).parents[2] / "manifests"
ASLEEP = "sleepwalker.dev/asleep"


def rendered(bed: Bed, overlay: str) -> str:
    return bed.kubectl("kustomize", str(MANIFESTS / "overlays" / overlay))


@pytest.fixture
def installed(bed: Bed) -> Iterator[Bed]:
    bed.apply(rendered(bed, "enforce"))
    yield bed
    for role in ("ClusterRole", "ClusterRoleBinding"):
        bed.delete(role, "sleepwalker", "")
    bed.delete_namespace("sleepwalker")


def run_once(bed: Bed, tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One pass of the controller, as the service account that the manifests make."""
    kubeconfig = bed.kubeconfig_for(bed.token("sleepwalker", "sleepwalker"), "sleepwalker")
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "KUBECONFIG": str(kubeconfig),
        "SLEEPWALKER_MODE": "enforce",
        **more,
    }
    command = [sys.executable, "-m", "sleepwalker", "run", "--once"]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=90, check=False)


def sleeper(bed: Bed, namespace: str) -> None:
    """Put what can sleep into a namespace: a Deployment, a StatefulSet, a CronJob, and an override that has ended."""
    annotations = {
        "sleepwalker.dev/uptime": "never",
        "sleepwalker.dev/keep-awake-until": "2020-01-01T00:00:00Z",
    }
    bed.patch("Namespace", namespace, "", {"metadata": {"annotations": annotations}})
    bed.create(objects.deployment("web", namespace, 3))
    bed.create(objects.stateful_set("db", namespace, 2))
    bed.create(objects.cron_job("report", namespace))


def wake(bed: Bed, namespace: str) -> None:
    bed.patch("Namespace", namespace, "", {"metadata": {"annotations": {"sleepwalker.dev/uptime": "always"}}})


def state(bed: Bed, namespace: str) -> tuple[int, int, bool]:
    return (
        bed.get("Deployment", "web", namespace)["spec"]["replicas"],
        bed.get("StatefulSet", "db", namespace)["spec"]["replicas"],
        bed.get("CronJob", "report", namespace)["spec"]["suspend"],
    )


@pytest.mark.parametrize("overlay", ["observe", "enforce"])
def test_an_api_server_takes_the_manifests_as_they_are(bed: Bed, overlay: str) -> None:
    bed.apply(rendered(bed, overlay))

    mode = bed.get("Deployment", "sleepwalker", "sleepwalker")["spec"]["template"]["spec"]["containers"][0]["env"][0]

    assert mode == {"name": "SLEEPWALKER_MODE", "value": overlay}


def test_the_rights_in_the_manifests_are_those_that_the_recipes_need() -> None:
    written = list(yaml.safe_load_all((MANIFESTS / "base" / "rbac.yaml").read_text()))

    assert written == documents(bundled_recipes(), "sleepwalker")


def test_with_these_rights_everything_sleeps_wakes_and_is_told(installed: Bed, namespace: str, tmp_path: Path) -> None:
    sleeper(installed, namespace)

    asleep = run_once(installed, tmp_path, SLEEPWALKER_LEASE="sleepwalker/sleepwalker")

    assert asleep.returncode == 0, asleep.stderr
    assert state(installed, namespace) == (0, 0, True)
    assert ASLEEP in installed.get("Deployment", "web", namespace)["metadata"]["annotations"]
    assert "sleepwalker.dev/keep-awake-until" not in installed.get("Namespace", namespace)["metadata"]["annotations"]
    assert {event["reason"] for event in installed.items("Event", namespace)} == {"Slept"}

    wake(installed, namespace)
    woken = run_once(installed, tmp_path)

    assert woken.returncode == 0, woken.stderr
    assert state(installed, namespace) == (3, 2, False)


RULES = [
    (number, f"{','.join(rule['resources'])}: {','.join(rule['verbs'])}")
    for number, rule in enumerate(documents(bundled_recipes(), "sleepwalker")[0]["rules"])
]


@pytest.mark.parametrize("number", [n for n, _ in RULES], ids=[name for _, name in RULES])
def test_without_any_one_of_the_rules_something_is_missing(
    installed: Bed, namespace: str, tmp_path: Path, number: int
) -> None:
    role = documents(bundled_recipes(), "sleepwalker")[0]
    del role["rules"][number]
    installed.apply([role], force=True)
    sleeper(installed, namespace)
    run_once(installed, tmp_path)
    slept = state(installed, namespace)
    reasons = {event["reason"] for event in installed.items("Event", namespace)}
    wake(installed, namespace)
    run_once(installed, tmp_path)

    whole = slept == (0, 0, True) and state(installed, namespace) == (3, 2, False) and "Slept" in reasons

    assert not whole


def test_with_roles_in_one_namespace_it_acts_there_and_sees_nothing_else(
    bed: Bed, namespace: str, tmp_path: Path
) -> None:
    bed.apply([objects.namespace("sleepwalker"), objects.service_account("sleepwalker", "sleepwalker")])
    bed.apply(documents(bundled_recipes(), "sleepwalker", [namespace]))
    sleeper(bed, namespace)

    done = run_once(bed, tmp_path, SLEEPWALKER_NAMESPACES=namespace)
    whole = run_once(bed, tmp_path, SLEEPWALKER_MODE="observe")

    assert done.returncode == 0, done.stderr
    assert state(bed, namespace) == (0, 0, True)
    assert "not allowed" in whole.stderr or "forbidden" in whole.stderr


def test_the_lease_needs_its_role(installed: Bed) -> None:
    outsider = installed.seen_by(installed.token("sleepwalker", "sleepwalker"))
    path = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

    with pytest.raises(BedError) as refused:
        outsider.req("GET", f"{path}/sleepwalker")

    assert refused.value.status == 403
