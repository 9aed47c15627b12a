"""The real `sleepwalker run`, as a process of its own with a ledger of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from bench.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENT = "sleepwalker"
_ROOT = Path(__file__).parents[1]
_PATIENCE_SECONDS = 180.0


class Sleeper:
    """Alive as long as a `with` block. `folder` is for its ledger and its log."""

    def __init__(self, kubeconfig: Path, folder: Path, mode: str = "enforce") -> None:
        self._kubeconfig, self._folder, self._mode = kubeconfig, folder, mode
        self._log = folder / "sleepwalker.log"

    def __enter__(self) -> Self:
        self._port = _free_port()
        command = [
            sys.executable,
            "-m",
            "sleepwalker",
            "run",
            "--mode",
            self._mode,
            "--kubeconfig",
            str(self._kubeconfig),
        ]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        settings = {"SLEEPWALKER_LEDGER": str(self._folder / "ledger.db"), "SLEEPWALKER_LOG_FORMAT": "json"}
        with self._log.open("wb") as log:
            self.started = now()
            self._process = subprocess.Popen(
                [*command, "--http", f"127.0.0.1:{self._port}"],
                cwd=_ROOT,
                env=environment | settings,
                stderr=log,
                stdout=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def first_pass(self) -> dict[str, float]:
        """Wait for it, and return what had happened when, in seconds after the start."""
        filled = self._until("the caches are filled", lambda: self._logged("caches filled"))
        passed = self._until("the first pass has ended", lambda: self._metric("last_pass_timestamp_seconds"))
        told = {"listening": self._logged("listening"), "caches filled": filled}
        return {each: _at(line) - self.started for each, line in told.items() if line} | {
            "first pass": passed - self.started
        }

    def passed_since(self, lines: int) -> dict[str, Any]:
        """Wait for the end of a pass that is logged after so many lines."""
        return self._until("a pass has ended", lambda: self._logged("pass done", lines))

    def lines(self) -> int:
        """How many it has logged."""
        return sum(1 for _ in self._log.open("rb"))

    def troubles(self) -> list[str]:
        """What it has logged as a warning, or worse."""
        return [json.dumps(each) for each in self._events() if each.get("level") in ("warning", "error", "critical")]

    def _logged(self, event: str, after: int = 0) -> dict[str, Any]:
        return next((each for each in self._events(after) if each.get("event") == event), {})

    def _events(self, after: int = 0) -> Iterator[dict[str, Any]]:
        with self._log.open("rb") as log:
            for number, line in enumerate(log):
                if number >= after and line.startswith(b"{") and line.endswith(b"\n"):
                    yield json.loads(line)

    def _metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
            found = re.search(rf"^sleepwalker_{name} (\S+)$", answer.read().decode(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def _until(self, what: str, look: Any) -> Any:
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            if seen := look():
                return seen
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"not seen: {what}. The log ends:\n{self._log.read_text()[-3000:]}")


def _at(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
