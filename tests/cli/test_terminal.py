"""What a person sees in a terminal of 80 columns and 24 lines."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

EXAMPLES = str(Path(__file__).parents[2] / "manifests" / "examples")
EVENING = ("-f", EXAMPLES, "--at", "2026-11-24T21:00:00+01:00")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def _seen(*argv):
    """Return what the program writes to a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    program = subprocess.Popen(
        [sys.executable, "-m", "sleepwalker", *argv],
        stdin=slave, stdout=slave, stderr=slave, env={**environment, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(slave)
    shown = b""
    try:
        while block := os.read(master, 65536):
            shown += block
    except OSError:
        pass  # Linux says so when the other end is closed
    os.close(master)
    return program.wait(timeout=30), shown.decode()


@pytest.mark.parametrize(
    "argv",
    [
        ("plan", *EVENING),
        ("plan", *EVENING, "--left"),
        ("explain", "team-b/deployment/api", *EVENING),
        ("status", *EVENING),
        ("simulate", "-f", EXAMPLES, "--from", "2026-11-23", "--to", "+2d"),
        ("schedule", "Mon-Fri 08:00-20:00 Europe/Berlin, Sat 10:00-12:00 Europe/Berlin, Sun 10:00-11:00 Europe/Berlin"),
    ],
    ids=lambda argv: argv[0],
)
def test_every_line_fits_and_has_colour(argv):
    code, shown = _seen(*argv)

    assert code == 0
    assert "\x1b[" in shown
    assert max(cell_len(line) for line in ESCAPE.sub("", shown).replace("\r", "\n").split("\n")) <= 80


def test_the_demo_is_a_picture_that_moves_and_ends_in_time():
    began = time.monotonic()

    code, shown = _seen("demo")

    assert code == 0
    assert time.monotonic() - began < 20  # ten on a machine that has nothing else to do
    assert shown.count("sleepwalker demo") > 20
    assert "What others did in that week" in shown
    assert max(cell_len(line) for line in ESCAPE.sub("", shown).replace("\r", "\n").split("\n")) <= 80
