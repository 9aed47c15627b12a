"""Runs the command line in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from sleepwalker.cli import main


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path) -> Run:
    """A function that runs a command line: `run("plan", "-f", …)`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    def call(*argv: str) -> Answer:
        code = main(argv)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


@pytest.fixture
def manifests(tmp_path) -> Callable[[str], str]:
    """A function that writes a manifest into a file, and says which."""

    def write(text: str, name: str = "manifest.yaml") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write
