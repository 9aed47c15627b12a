"""Golden files: what is rendered is compared with what somebody has looked at."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """A function that compares a text with the golden file of that name; `SLEEPWALKER_GOLDEN=write` writes it."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("SLEEPWALKER_GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert text == path.read_text(), f"differs from {path}; look at it, then SLEEPWALKER_GOLDEN=write"

    return compare
