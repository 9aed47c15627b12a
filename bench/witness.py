"""The separate watch, asked from here."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from bench.wire import Where


class Witness:
    """Alive as long as a `with` block."""

    def __init__(self, where: Where) -> None:
        self._where = where

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bench.eye"]
        self._eye = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(json.dumps(self._where))
        return self

    def __exit__(self, *_: object) -> None:
        self._eye.kill()
        self._eye.wait()

    @property
    def pid(self) -> int:
        return self._eye.pid

    def look_for(self, replicas: int, count: int, edge: float) -> None:
        """Say before the edge what will be seen after it."""
        self._say(f"{replicas} {count} {edge}")

    def answer(self) -> dict[str, float]:
        """Wait for the last, and return when the first and the last were seen, in seconds after the edge."""
        line = self._eye.stdout.readline()
        if not line:
            raise RuntimeError(f"the separate watch ended with {self._eye.wait()}")
        return json.loads(line)

    def _say(self, line: str) -> None:
        self._eye.stdin.write(line + "\n")
        self._eye.stdin.flush()
