"""What can be done to one object, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sleepwalker.core.fields import FieldOwner, Fields
from sleepwalker.core.record import Record
from sleepwalker.core.targets import Ref


@dataclass(frozen=True, slots=True)
class Sleep:
    """Put asleep, or asleep again: the fields become `record.set`, and the record is written beside them."""

    verb: ClassVar[str] = "sleep"
    ref: Ref
    record: Record
    wave: int
    because: str
    drop: tuple[str, ...] = ()

    @property
    def set(self) -> Fields:
        """The fields that it writes."""
        return self.record.set

    @property
    def original(self) -> Fields:
        """What a wake will restore."""
        return self.record.original


@dataclass(frozen=True, slots=True)
class Wake:
    """Wake: the fields become `set`, and the record goes. `first` is written to a subresource just before."""

    verb: ClassVar[str] = "wake"
    ref: Ref
    record: Record
    set: Fields
    wave: int
    because: str
    drop: tuple[str, ...] = ()
    first: tuple[str, Fields] | None = None

    @property
    def original(self) -> Fields:
        """What was there before the sleep."""
        return self.record.original

    @property
    def returns(self) -> Mapping[str, tuple[FieldOwner, ...]]:
        """Who gets the fields back: set only where a server-side applier owned one, or nobody did."""
        restored = {p: self.record.owners.get(p, ()) for p in self.set}
        return restored if any(must_return(owners) for owners in restored.values()) else {}


def must_return(owners: tuple[FieldOwner, ...]) -> bool:
    """Return whether a server-side applier would meet a conflict if these owners did not get their field back."""
    return not owners or any(each.operation == "Apply" for each in owners)


@dataclass(frozen=True, slots=True)
class KeepAwake:
    """Give way to a person who woke it by hand: an override on the object says who, and until when."""

    verb: ClassVar[str] = "keep-awake"
    ref: Ref
    record: Record
    until: datetime
    by: str
    wave: int
    because: str
    set: Fields
    drop: tuple[str, ...] = ()

    @property
    def original(self) -> Fields:
        """What a wake will restore at least."""
        return self.record.original


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Give back the ownership of fields that a server-side applier had before the sleep; nothing else changes."""

    verb: ClassVar[str] = "give-back"
    ref: Ref
    owners: Mapping[str, tuple[FieldOwner, ...]]
    wave: int
    because: str
    set: Fields
    original: Fields
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tidy:
    """Remove overrides that have ended."""

    verb: ClassVar[str] = "tidy"
    ref: Ref
    drop: tuple[str, ...]
    because: str
    set: Fields
    original: Fields
    wave: int = 0


Action = Sleep | Wake | KeepAwake | GiveBack | Tidy


@dataclass(frozen=True, slots=True)
class Left:
    """An object that stays as it is, and why. `until` is when that may change; `problem` is for a person to fix.

    `held` is set if, and only if, the record of its sleep is still needed; `delayed` if a guard put its sleep off.
    """

    ref: Ref
    because: str
    until: datetime | None = None
    problem: str = ""
    held: bool = False
    delayed: bool = False
