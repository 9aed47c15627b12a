"""What holds for every command."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sleepwalker import __version__
from sleepwalker.cli import app as cli

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
PROGRAM = (sys.executable, "-m", "sleepwalker")


def test_help_names_every_command(run):
    answer = run("--help")

    assert answer.code == 0
    assert all(f"│ {name} " in answer.out for name, *_ in cli._COMMANDS)  # noqa: SLF001 - its table


@pytest.mark.parametrize("command", [row[0] for row in cli._COMMANDS])  # noqa: SLF001 - its table
def test_every_command_has_examples_that_fit_a_terminal(run, command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    answer = run(command, "--help")

    shown = answer.out.partition("Examples")[2]
    assert shown.count("sleepwalker ") >= 1
    assert all(re.match(r" (sleepwalker|kubectl|helm) ", line) for line in shown.splitlines() if line.strip())


def test_the_version_is_told(run):
    assert run("--version").out == f"sleepwalker {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("plna",), "no such command 'plna'. Did you mean 'plan'"),
        (("plan", "--filname", "x"), "no such option: --filname (Possible options: --filename"),
        (("plan", "-o", "xml"), "'xml' is not one of 'table', 'json', 'yaml'"),
        (("schedule",), "missing argument 'TEXT'"),
        (("plan", "surplus"), "unexpected extra argument"),
    ],
)
def test_a_slip_is_told_with_what_was_perhaps_meant(run, argv, sentence):
    answer = run(*argv)

    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err


def test_the_program_starts_as_a_module():
    done = subprocess.run([*PROGRAM, "schedule", "always", "-o", "json"], capture_output=True, text=True, check=True)

    assert '"awake": true' in done.stdout


def test_help_loads_nothing_heavy():
    script = "import sys; from sleepwalker.cli import main; main(['--help']); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    heavy = {"pydantic", "kubernetes", "sqlalchemy", "yaml", "orjson", "asyncio", "holidays", "sleepwalker.wiring"}
    assert not loaded & heavy


def test_a_reader_that_goes_away_is_no_error():
    command = f"{' '.join(PROGRAM)} plan -f {EXAMPLES} --left -o json | head -c 10"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert done.stderr == ""


def test_an_interrupt_ends_quietly():
    with subprocess.Popen(
        [*PROGRAM, "check", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        time.sleep(2)
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=10)

    assert program.returncode == 130
    assert "Traceback" not in err


def test_a_poor_terminal_encoding_is_no_error():
    done = subprocess.run(
        [*PROGRAM, "schedule", "Mon 08:00-09:00"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )

    assert b"? awake" in done.stdout


def test_a_manifest_may_come_from_standard_input():
    manifest = (EXAMPLES / "team-a.yaml").read_bytes()

    done = subprocess.run(
        [*PROGRAM, "plan", "-f", "-", "--at", "2026-11-28"], input=manifest, capture_output=True, check=True
    )

    assert b"Deployment/web" in done.stdout


def test_a_bug_is_told_in_a_sentence_and_in_full_after_debug(run, monkeypatch):
    def broken(*_args, **_kwargs):
        raise KeyError("shoe")

    monkeypatch.setattr(cli, "app", broken)

    assert run("plan").err.startswith("this is a bug in sleepwalker: KeyError: 'shoe'")
    assert "Traceback" in run("plan", "--debug").err
