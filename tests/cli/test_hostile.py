"""Whatever is typed ends in a sentence and an exit code."""

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"

TEXTS = [
    pytest.param("", id="nothing"),
    pytest.param(" ", id="a space"),
    pytest.param("x" * 1_000_000, id="a megabyte"),
    pytest.param("😴" * 50, id="emoji"),
    pytest.param("a\0b", id="NUL"),
    pytest.param("\x1b[2J\u202e", id="escapes"),
    pytest.param("[bold]x[/nope]", id="markup"),
    pytest.param("\ud800", id="half a character"),
    pytest.param("-1", id="minus one"),
    pytest.param("../../etc/passwd", id="a path"),
    pytest.param("9999-12-31T23:59:59Z", id="the end of the calendar"),
    pytest.param("0001-01-01T00:00:00Z", id="its beginning"),
    pytest.param("0001-01-01T00:00:00+14:00", id="before its beginning"),
    pytest.param("9999-12-31 23:59", id="the end, by the local clock"),
    pytest.param("+366d", id="a year ahead"),
    pytest.param("99999999999999999999h", id="too long"),
]
FILES = ("-f", str(EXAMPLES / "team-a.yaml"))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "command",
    [
        ("schedule", "{}"),
        ("schedule", "Mon 08:00-09:00", "--zone={}"),
        ("schedule", "Mon 08:00-09:00", "--at={}"),
        ("schedule", "Mon 08:00-09:00", "--days={}"),
        ("schedule", "{}", "-o", "json"),
        ("schedule", "never", "--output={}"),
        ("plan", *FILES, "--at={}"),
        ("plan", *FILES, "--zone={}"),
        ("plan", *FILES, "--namespace={}"),
        ("plan", "--filename={}", "--at=2026-11-24T20:00:00Z"),
        ("plan", *FILES, "--policies={}"),
        ("plan", *FILES, "--config={}"),
        ("plan", "--kubeconfig={}"),
        ("plan", "--kubeconfig=/nowhere", "--context={}"),
        ("simulate", *FILES, "--from=2026-11-24T20:00:00Z", "--to={}"),
        ("simulate", *FILES, "--from={}"),
        ("explain", "{}", *FILES),
        ("explain", "deployment/web", *FILES, "--namespace={}"),
        ("explain", "team-a/{}/web", *FILES),
        ("check", "{}"),
        ("wake", "{}", "--for=1h", "--dry-run"),
        ("wake", "ns/team-a", "--for={}", "--dry-run"),
        ("wake", "ns/team-a", "--until={}", "--dry-run"),
        ("wake", "ns/team-a", "--for=1h", "--reason={}", "--dry-run"),
        ("sleep", "ns/team-a", "--for=1h", "--by={}", "--dry-run"),
        ("resume", "team-a/{}/web", "--dry-run"),
        ("run", "--http={}", "--kubeconfig=/nowhere"),
        ("run", "--mode={}"),
        ("{}",),
    ],
    ids=lambda command: " ".join(command)[:60].replace(str(EXAMPLES), ""),
)
def test_any_text_ends_in_an_answer(run, command, text):
    answer = run(*(each.replace("{}", text) for each in command))

    assert answer.code in (0, 1, 2, 3, 4)
    assert "bug" not in answer.err
    assert "Traceback" not in answer.out + answer.err
    assert answer.out or answer.err
    assert len(answer.err) < 10_000
