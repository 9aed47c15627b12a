"""`sleepwalker wake`, `sleep` and `resume`."""

import orjson
import pytest

ANNOTATIONS = {"keep-awake-until", "asleep-until", "override-by", "override-reason"}


def _patch(answer):
    """Return the annotations of the patch that a dry run shows."""
    patch = orjson.loads(answer.out[answer.out.index("{") : answer.out.rindex("}") + 1])
    return {key.removeprefix("sleepwalker.dev/"): value for key, value in patch["metadata"]["annotations"].items()}


def test_wake_writes_an_override_that_ends(run):
    answer = run(
        "wake", "ns/team-a", "--until", "2999-11-24T22:00:00+01:00", "--by", "anna", "--reason", "a demo", "--dry-run"
    )

    assert _patch(answer) == {
        "keep-awake-until": "2999-11-24T21:00:00Z",
        "asleep-until": None,
        "override-by": "anna",
        "override-reason": "a demo",
    }
    assert "Namespace/team-a: would be awake until Sun 24 Nov 2999 21:00 UTC" in answer.out


def test_sleep_writes_the_other(run):
    answer = run("sleep", "team-a/deploy/web", "--for", "3h", "--dry-run")

    patch = _patch(answer)
    assert patch["keep-awake-until"] is None
    assert patch["asleep-until"]
    assert "team-a/Deployment/web: would be asleep until" in answer.out


def test_resume_clears_every_trace(run):
    assert _patch(run("resume", "ns/team-a", "--dry-run")) == dict.fromkeys(ANNOTATIONS)


def test_several_targets_are_told_one_by_one(run):
    answer = run("wake", "ns/team-a", "team-b/sts/kafka", "--for", "1h", "--dry-run")

    assert "Namespace/team-a: would be" in answer.out
    assert "team-b/StatefulSet/kafka: would be" in answer.out


def test_a_namespace_can_be_said_apart(run):
    answer = run("wake", "deployment/web", "-n", "team-a", "--for", "1h", "--dry-run")

    assert "team-a/Deployment/web: would be" in answer.out


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        pytest.param(
            ("wake", "ns/a"), "it must have an end: say for example 'sleepwalker wake ns/team-a --for 3h'", id="no end"
        ),
        pytest.param(("sleep", "ns/a", "--for", "1h", "--until", "22:00"), "two ends", id="two ends"),
        pytest.param(
            ("wake", "ns/a", "--until", "2020-01-01T00:00:00Z"), "is not later than now", id="an end that is past"
        ),
        pytest.param(("wake", "ns/a", "--for", "0"), "is not later than now", id="for no time"),
        pytest.param(("wake", "ns/a", "--for", "3 hours"), "is not a duration like", id="no duration"),
        pytest.param(("wake", "a", "--for", "1h"), "is not like 'ns/team-a'", id="no target"),
        pytest.param(("wake", "a/pod/b", "--for", "1h"), "there is no kind 'pod' that can sleep", id="no such kind"),
        pytest.param(("wake", "ns/a", "--for", "1h", "-f", "x.yaml"), "manifests are yours to edit", id="no cluster"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_do(run, argv, sentence):
    answer = run(*argv, "--dry-run")

    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err


def test_without_a_cluster_a_sentence_says_so(run):
    answer = run("wake", "ns/team-a", "--for", "1h")

    assert answer.code == 1
    assert len(answer.err) > 20
    assert answer.out == ""
