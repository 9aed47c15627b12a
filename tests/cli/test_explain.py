"""`sleepwalker explain`."""

from pathlib import Path

import pytest

EXAMPLE = ("-f", str(Path(__file__).parents[2] / "manifests" / "examples"), "--at", "2026-11-24T21:00:00+01:00")


def test_json_has_the_documented_shape(run):
    document = run("explain", "deployment/api", "-n", "team-b", *EXAMPLE, "-o", "json").json

    assert list(document) == ["ref", "awake", "decided_by", "because", "layers", "next"]
    assert document["ref"] == {"kind": "Deployment", "namespace": "team-b", "name": "api"}
    assert (document["awake"], document["decided_by"]) == (False, "policy")
    assert {tuple(each) for each in document["layers"]} == {("layer", "opinion", "because")}
    assert document["next"][0] == {
        "at": "2026-11-25T07:00:00Z",
        "awake": True,
        "because": "policy office-hours: uptime Mon-Fri 08:00-19:00 Europe/Berlin",
    }
    assert len(document["next"]) == 5


@pytest.mark.parametrize(
    ("target", "opinion"),
    [
        pytest.param("kube-system/deployment/coredns", "awake", id="protected"),
        pytest.param("team-b/deployment/api", "asleep", id="asleep"),
        pytest.param("sandbox/deploy/american", "doubt", id="in doubt"),
    ],
)
def test_a_layer_has_an_opinion_or_none(run, target, opinion):
    document = run("explain", target, *EXAMPLE, "-o", "json").json

    assert {each["opinion"] for each in document["layers"]} >= {opinion, "none"}


@pytest.mark.parametrize(
    "target", ["team-a/sts/postgres", "team-a/StatefulSet/postgres", "team-a/statefulsets.apps/postgres"]
)
def test_kinds_are_named_as_people_type_them(run, target):
    assert run("explain", target, *EXAMPLE).code == 0


def test_the_table_marks_what_decided(run):
    answer = run("explain", "deployment/ollama-llava", "-n", "vision", *EXAMPLE, "--zone", "Europe/Berlin")

    [decided] = [line for line in answer.out.splitlines() if line.startswith(">")]
    assert "policy gpu-days" in decided
    assert "Tue 24 Nov 22:00 CET   asleep    in 1 h" in answer.out


@pytest.mark.parametrize(
    ("argv", "code", "sentence"),
    [
        pytest.param(("team-a/deploy/wbe",), 4, "is Deployment/web meant?", id="a misspelt name"),
        pytest.param(("taem-a/deploy/web",), 4, "is 'team-a' meant?", id="a misspelt namespace"),
        pytest.param(("deploy/web",), 1, "in which namespace?", id="no namespace"),
        pytest.param(("web",), 1, "is not like 'deployment/web'", id="no kind"),
        pytest.param(("a/b/c/d",), 1, "is not like 'deployment/web'", id="too many parts"),
    ],
)
def test_what_is_not_there_is_told(run, argv, code, sentence):
    answer = run("explain", *argv, *EXAMPLE)

    assert answer.code == code
    assert sentence in answer.err
