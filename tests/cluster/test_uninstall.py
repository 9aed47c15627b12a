"""Law 9: after `sleepwalker uninstall` everything is byte for byte as it was, and nothing of ours is left."""

from __future__ import annotations

import pytest

from sleepwalker.cli import main
from tests.cluster import objects
from tests.cluster.controller import Controller, annotate, asleep, essence, from_now, kubectl_apply, note

REPLICAS = 3


@pytest.fixture
def uninstall(bed, tmp_path, monkeypatch):
    """With the ledger of the controller that ran in `tmp_path`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def run(*options):
        return main(["uninstall", "--yes", "--kubeconfig", str(bed.kubeconfig), *options])

    return run


def helm(bed, namespace):
    bed.apply(objects.deployment("it", namespace, replicas=REPLICAS), manager="helm")


def helm_without_a_count(bed, namespace):
    bed.apply(objects.deployment("it", namespace, replicas=None), manager="helm")


def kubectl_create(bed, namespace):
    bed.create(objects.deployment("it", namespace, replicas=REPLICAS), manager="kubectl-create")


def kubectl_apply_from_the_client(bed, namespace):
    kubectl_apply(bed, objects.deployment("it", namespace, replicas=REPLICAS))


def kubectl_apply_on_the_server(bed, namespace):
    kubectl_apply(bed, objects.deployment("it", namespace, replicas=REPLICAS), "--server-side")


def kubectl_scale(bed, namespace):
    bed.apply(objects.deployment("it", namespace, replicas=1), manager="helm")
    bed.kubectl("scale", "deployment/it", "-n", namespace, f"--replicas={REPLICAS}")


def two_appliers(bed, namespace):
    helm(bed, namespace)
    bed.apply(objects.deployment("it", namespace, replicas=REPLICAS), manager="argocd-controller")


def with_annotations(bed, namespace):
    bed.apply(objects.deployment("it", namespace, replicas=REPLICAS, **{"a/b": "c"}), manager="helm")
    bed.patch("Deployment", "it", namespace, {"metadata": {"annotations": {"d": "e"}}}, manager="kubectl-annotate")


WAYS = (
    helm,
    helm_without_a_count,
    kubectl_create,
    kubectl_apply_from_the_client,
    kubectl_apply_on_the_server,
    kubectl_scale,
    two_appliers,
    with_annotations,
)


def it(bed, namespace):
    return bed.get("Deployment", "it", namespace)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_slept_is_as_it_was(bed, namespace, tmp_path, uninstall, way):
    way(bed, namespace)
    before = essence(it(bed, namespace))
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        bed.until("it sleeps", lambda: asleep(bed, "it", namespace))
        controller.terminate()
        controller.wait()

    assert uninstall() == 0

    assert essence(it(bed, namespace)) == before


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_was_woken_earlier_is_as_it_was(bed, namespace, tmp_path, uninstall, way):
    way(bed, namespace)
    before = essence(it(bed, namespace))
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path) as controller:
        bed.until("it sleeps", lambda: asleep(bed, "it", namespace))
        annotate(bed, namespace, uptime="always")
        bed.until("it wakes", lambda: asleep(bed, "it", namespace) is None)
        controller.terminate()
        controller.wait()

    assert uninstall() == 0

    assert essence(it(bed, namespace)) == before


def test_every_kind_is_as_it_was(bed, namespace, tmp_path, uninstall):
    def all_of_them():
        found = [bed.get("CronJob", "report", namespace), bed.get("StatefulSet", "db", namespace)]
        return [essence(thing) for thing in found]

    bed.apply(objects.cron_job("report", namespace), manager="helm")
    bed.apply(objects.stateful_set("db", namespace, replicas=2), manager="helm")
    before = all_of_them()
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        bed.until(
            "both sleep",
            lambda: asleep(bed, "report", namespace, "CronJob") and asleep(bed, "db", namespace, "StatefulSet"),
        )

    uninstall()

    assert all_of_them() == before


def test_overrides_go_and_schedules_stay(bed, namespace, uninstall):
    helm(bed, namespace)
    annotate(bed, namespace, uptime="never", asleep_until=from_now(600), override_by="me")
    annotate(bed, namespace, "it", keep_awake_until=from_now(600), override_reason="because")

    assert uninstall() == 0

    assert bed.get("Namespace", namespace)["metadata"]["annotations"] == {"sleepwalker.dev/uptime": "never"}
    assert it(bed, namespace)["metadata"].get("annotations") is None


def test_without_a_ledger_what_sleeps_is_as_it_was(bed, namespace, tmp_path, uninstall):
    helm(bed, namespace)
    before = essence(it(bed, namespace))
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path / "elsewhere"):
        bed.until("it sleeps", lambda: asleep(bed, "it", namespace))

    assert uninstall() == 0

    assert essence(it(bed, namespace)) == before


def test_a_dry_run_says_what_it_would_wake_and_writes_nothing(bed, namespace, tmp_path, uninstall, capsys):
    helm(bed, namespace)
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: asleep(bed, "it", namespace))
    before = it(bed, namespace)

    assert uninstall("--dry-run") == 0

    assert it(bed, namespace) == before
    assert "It would wake 1 object" in capsys.readouterr().out


def test_what_it_cannot_restore_it_tells(bed, namespace, tmp_path, uninstall, capsys):
    helm(bed, namespace)
    annotate(bed, namespace, uptime="never")
    with Controller(bed, tmp_path / "elsewhere"):
        bed.until("it sleeps", lambda: asleep(bed, "it", namespace))
    annotate(bed, namespace, "it", asleep=None)

    uninstall()

    assert "nothing says what to restore" in capsys.readouterr().out or note(it(bed, namespace), "asleep") is None
