"""What became of an action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sleepwalker.core.action import Action

Status = Literal["done", "overtaken", "failed", "would"]
"""`done`: written. `overtaken`: the object changed, and nothing is left to do. `would`: observed only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An action, what became of it, and after how many tries. `error` is a sentence, where it failed.

    `owed`: it is awake, but the ownership of its fields could not be given back yet; why is in `error`.
    """

    action: Action
    status: Status
    at: datetime
    tries: int = 1
    error: str = ""
    owed: bool = False
