"""What an object shall be in the end: the law that nothing is lost, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Expected:
    """What an object shall have when it is awake: as it was before, between `least` and `most`; they differ only where
    nobody can know (an edit that was made while the record was gone). `edit` is what somebody did while it was held.
    It is lost if neither the object nor the ledger has its record: then a zero stays, with a problem, and more than
    zero, a floor, cannot be told from what it was.
    """

    least: int
    most: int
    edit: tuple[str, int] | None = None
    lost: bool = False

    def allows(self, value: int) -> bool:
        if self.lost:
            return True
        match self.edit:
            case ("declared", theirs):
                return value == theirs
            case ("scaled", theirs):
                return max(self.least, theirs) <= value <= max(self.most, theirs)
            case _:
                return self.least <= value <= self.most

    def became(self, value: int) -> None:
        """This is what it is now, and nobody holds it."""
        self.least = self.most = value
        self.edit, self.lost = None, False

    def put_back(self) -> None:
        """Asleep again: what was declared is what it was before, what was scaled is forgotten."""
        self.respected()
        self.edit = None

    def respected(self) -> None:
        """What was declared is what it was before."""
        if self.edit and self.edit[0] == "declared":
            self.least = self.most = self.edit[1]

    def blurred(self, value: int) -> None:
        """Changed while nobody can know whether it was held."""
        self.least, self.most, self.edit = min(self.least, value), max(self.most, value), None
