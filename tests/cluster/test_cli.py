"""The commands against a real API server, and their exit codes."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from sleepwalker.cli import main
from tests.cluster import objects
from tests.cluster.controller import Controller, annotate, asleep, from_now, note, replicas, robot, rule

DENIED, MISSING = 3, 4


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def sleepwalker(bed, tmp_path, monkeypatch, capsys):
    """Runs a command line in this process, with the ledger of a controller in `tmp_path`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def run(*argv, kubeconfig=bed.kubeconfig):
        capsys.readouterr()
        code = main([*argv, "--kubeconfig", str(kubeconfig)])
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


@pytest.fixture
def web(bed, namespace):
    """A Deployment of three that is due to sleep."""
    bed.create(objects.deployment("web", namespace, replicas=3))
    annotate(bed, namespace, uptime="never")
    return f"{namespace}/deployment/web"


@pytest.mark.usefixtures("web")
def test_plan_shows_what_would_be_done_and_does_nothing(bed, namespace, sleepwalker):
    shown = sleepwalker("plan", "-n", namespace, "-o", "json", "--exit-code")

    [action] = shown.json["actions"]
    assert shown.code == 2
    assert (action["verb"], action["name"], action["set"], action["original"]) == (
        "sleep",
        "web",
        {"/spec/replicas": 0},
        {"/spec/replicas": 3},
    )
    assert replicas(bed, "web", namespace) == 3


def test_plan_of_a_namespace_that_is_not_there_is_refused(sleepwalker):
    assert sleepwalker("plan", "-n", "nowhere").code == MISSING


def test_plan_at_another_time_shows_what_would_be_done_then(bed, namespace, sleepwalker):
    bed.create(objects.deployment("web", namespace, replicas=3))
    annotate(bed, namespace, downtime=f"from {from_now(3600)}")

    now, later = (sleepwalker("plan", "-n", namespace, "-o", "json", *at) for at in ((), ("--at", "+2h")))

    assert now.json["actions"] == []
    assert [each["verb"] for each in later.json["actions"]] == ["sleep"]


@pytest.mark.usefixtures("web")
def test_status_shows_what_sleeps_and_why(bed, namespace, tmp_path, sleepwalker):
    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: asleep(bed, "web", namespace))

        shown = sleepwalker("status", "-n", namespace, "-o", "json")

    [one] = shown.json["asleep"]
    assert shown.code == 0
    assert (one["name"], one["original"]) == ("web", {"/spec/replicas": 3})
    assert "uptime" in one["because"]


def test_explain_names_the_layer_that_decided(sleepwalker, web):
    shown = sleepwalker("explain", web, "-o", "json")

    assert shown.code == 0
    assert shown.json["awake"] is False
    assert shown.json["decided_by"] == "namespace annotation"


@pytest.mark.usefixtures("web")
def test_explain_of_what_is_not_there_is_refused_with_a_hint(namespace, sleepwalker):
    shown = sleepwalker("explain", f"{namespace}/deployment/wep")

    assert shown.code == MISSING
    assert "is Deployment/web meant?" in shown.err


def test_wake_is_obeyed_by_a_running_controller_until_resume(bed, namespace, tmp_path, sleepwalker, web):
    with Controller(bed, tmp_path):
        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)
        woken = sleepwalker("wake", web, "--for", "1h", "--reason", "demo", "--by", "alice")
        bed.until("it is awake", lambda: replicas(bed, "web", namespace) == 3)
        overrides = sleepwalker("status", "-n", namespace, "-o", "json").json["overrides"]
        resumed = sleepwalker("resume", web)

        bed.until("it sleeps again", lambda: replicas(bed, "web", namespace) == 0)
    assert (woken.code, resumed.code) == (0, 0)
    assert [(each["by"], each["reason"], each["awake"]) for each in overrides] == [("alice", "demo", True)]
    assert note(bed.get("Deployment", "web", namespace), "override-by") is None


def test_sleep_puts_a_whole_namespace_to_sleep(bed, namespace, tmp_path, sleepwalker):
    bed.create(objects.deployment("web", namespace, replicas=3))
    with Controller(bed, tmp_path):
        assert sleepwalker("sleep", f"ns/{namespace}", "--for", "1h").code == 0

        bed.until("it sleeps", lambda: replicas(bed, "web", namespace) == 0)


@pytest.mark.parametrize(
    "command", [("wake", "--for", "1h"), ("sleep", "--for", "1h"), ("resume",)], ids=lambda c: c[0]
)
def test_an_override_of_what_is_not_there_is_refused(namespace, sleepwalker, command):
    verb, *options = command

    assert sleepwalker(verb, f"{namespace}/deployment/none", *options).code == MISSING


@pytest.mark.parametrize(
    "command", [("wake", "--for", "1h"), ("sleep", "--for", "1h"), ("resume",)], ids=lambda c: c[0]
)
def test_an_override_without_the_right_to_it_is_refused(bed, namespace, sleepwalker, web, command):
    verb, *options = command
    reader = robot(bed, namespace, [rule("", "namespaces", "get,list"), rule("apps", "deployments", "get,list,watch")])

    shown = sleepwalker(verb, web, *options, kubeconfig=reader)

    assert shown.code == DENIED
    assert "cannot patch resource" in shown.err


def test_of_several_targets_the_good_ones_are_written(bed, namespace, sleepwalker, web):
    shown = sleepwalker("wake", f"{namespace}/deployment/none", web, "--for", "1h")

    assert shown.code == MISSING
    assert note(bed.get("Deployment", "web", namespace), "keep-awake-until")


def test_with_a_token_without_any_right_plan_says_so_at_once(bed, namespace, sleepwalker):
    shown = sleepwalker("plan", kubeconfig=robot(bed, namespace, []))

    assert shown.code == DENIED
    assert "forbidden" in shown.err


def test_a_server_that_does_not_answer_is_one_sentence(tmp_path, bed, sleepwalker):
    config = tmp_path / "config"
    config.write_text(bed.kubeconfig.read_text().replace(bed.url, "https://127.0.0.1:9"))

    shown = sleepwalker("wake", "ns/team-a", "--for", "1h", kubeconfig=config)

    assert shown.code == 1
    assert "no answer from https://127.0.0.1:9" in shown.err
    assert "Traceback" not in shown.err
