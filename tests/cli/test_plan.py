"""`sleepwalker plan`."""

from pathlib import Path

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
EVENING = "2026-11-24T21:00:00+01:00"

EXAMPLE = ("-f", str(EXAMPLES), "--at", EVENING)

WEB = """
apiVersion: v1
kind: Namespace
metadata: {name: team, annotations: {sleepwalker.dev/uptime: never}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "web", namespace: team}
spec: {replicas: 3}
"""


def test_json_has_the_documented_shape(run):
    document = run("plan", *EXAMPLE, "-o", "json").json

    assert list(document) == ["now", "actions", "left", "problems", "next_change"]
    assert document["now"] == "2026-11-24T20:00:00Z"
    assert {tuple(each) for each in document["actions"]} == {
        ("verb", "kind", "namespace", "name", "set", "original", "wave", "because")
    }
    assert {tuple(each) for each in document["left"]} == {("kind", "namespace", "name", "because")}
    assert {tuple(each) for each in document["problems"]} == {("kind", "namespace", "name", "message")}
    assert document["next_change"] == "2026-11-24T21:00:00Z"


def test_an_action_says_what_is_set_and_what_was_there(run):
    document = run("plan", *EXAMPLE, "-o", "json").json

    [web] = [each for each in document["actions"] if (each["namespace"], each["name"]) == ("team-a", "web")]
    assert web == {
        "verb": "sleep",
        "kind": "Deployment",
        "namespace": "team-a",
        "name": "web",
        "set": {"/spec/replicas": 0},
        "original": {"/spec/replicas": 3},
        "wave": 0,
        "because": "namespace annotation uptime Mon-Fri 07:00-20:00 Europe/Berlin",
    }


def test_yaml_says_the_same_as_json(run):
    as_yaml = yaml.safe_load(run("plan", *EXAMPLE, "-o", "yaml").out)

    assert as_yaml == run("plan", *EXAMPLE, "-o", "json").json


def test_the_namespace_of_a_namespace_is_null(run, manifests):
    path = manifests("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {sleepwalker.dev/uptime: x}}")

    document = run("plan", "-f", path, "-o", "json").json

    assert document["problems"][0]["namespace"] is None
    assert document["next_change"] is None


def test_deliberate_mistakes_are_problems_and_put_nothing_to_sleep(run):
    document = run("plan", *EXAMPLE, "-o", "json").json

    assert {each["name"] for each in document["problems"]} == {"typo", "american", "nobody-knows"}
    assert not {each["name"] for each in document["actions"]} & {"typo", "american", "nobody-knows"}


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        pytest.param((), 0, id="a plan is no failure"),
        pytest.param(("--exit-code",), 2, id="2: there are actions"),
        pytest.param(("--strict",), 1, id="1: there are problems"),
        pytest.param(("--exit-code", "--strict"), 1, id="problems come first"),
        pytest.param(("--exit-code", "-n", "kube-system"), 0, id="nothing to do there"),
        pytest.param(("--strict", "-n", "team-a"), 0, id="no problem there"),
        pytest.param(("-n", "team-x"), 4, id="4: no such namespace"),
    ],
)
def test_exit_code(run, flags, code):
    assert run("plan", *EXAMPLE, *flags).code == code


def test_namespaces_limit_the_plan(run):
    document = run("plan", *EXAMPLE, "-n", "team-a", "-n", "sandbox", "-o", "json").json

    assert {each["namespace"] for each in document["actions"]} == {"team-a", "sandbox"}


def test_an_unknown_namespace_is_told_with_what_was_perhaps_meant(run):
    answer = run("plan", *EXAMPLE, "-n", "tema-a")

    assert answer.err == "there is no namespace 'tema-a'; is 'team-a' meant?\n"


def test_a_pipe_gets_a_row_an_action_with_nothing_cut(run):
    answer = run("plan", *EXAMPLE)

    [row] = [line for line in answer.out.splitlines() if "llava-trainer" in line]
    assert row.split()[:3] == ["sleep", "vision", "StatefulSet/llava-trainer"]
    assert row.endswith("Fri 22:00 - Sun 20:00 Europe/Berlin")
    assert "\x1b" not in answer.out


def test_what_is_left_is_counted_by_reason_and_listed_when_asked(run):
    short, long = run("plan", *EXAMPLE), run("plan", *EXAMPLE, "--left")

    assert "15 objects left as they are:\n  5  protected\n" in short.out
    assert "coredns" not in short.out
    assert "Deployment/coredns" in long.out


def test_the_next_change_is_told_in_the_local_zone_and_from_now(run):
    answer = run("plan", *EXAMPLE, "--zone", "Europe/Berlin")

    assert answer.out.endswith("Next change: Tue 24 Nov 22:00 CET (in 1 h)\n")


def test_text_of_strangers_cannot_move_the_cursor(run, manifests):
    wicked = WEB.replace("uptime: never", 'uptme: "x\\e[2Jx\\u202ex"')

    answer = run("plan", "-f", manifests(wicked))

    assert answer.code == 0
    assert not [character for character in answer.out if not character.isprintable() and character != "\n"]


def test_markup_is_text(run, manifests):
    answer = run("plan", "-f", manifests(WEB.replace("uptime: never", 'policy: "[red]x[/red]"')))

    assert "[red]x[/red]" in answer.out


def test_a_file_that_is_not_there_is_a_problem_in_the_plan(run):
    answer = run("plan", "-f", "/nowhere/at-all.yaml", "--strict")

    assert answer.code == 1
    assert "/nowhere/at-all.yaml" in answer.out + answer.err


def test_without_a_cluster_a_sentence_says_so(run):
    answer = run("plan")

    assert answer.code == 1
    assert answer.out == ""
    assert len(answer.err.strip()) > 20
    assert "Traceback" not in answer.err
