"""Stretches of time as a set."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sleepwalker.core.windows import Stretch


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches that neither overlap nor touch, as the row of their edges: start, end, start, end."""

    edges: tuple[datetime, ...]

    @classmethod
    def of(cls, stretches: Iterable[Stretch]) -> Self:
        """Return the union of stretches."""
        return cls(tuple(edge for stretch in merged(stretches) for edge in stretch))

    def holds(self, at: datetime) -> bool:
        """Say whether an instant is in one of them."""
        return bisect_right(self.edges, at) % 2 == 1

    def next_edge(self, at: datetime) -> datetime | None:
        """Return the first edge after an instant."""
        found = bisect_right(self.edges, at)
        return self.edges[found] if found < len(self.edges) else None

    def last_edge(self, at: datetime) -> datetime | None:
        """Return the last edge that is not after an instant."""
        found = bisect_right(self.edges, at)
        return self.edges[found - 1] if found else None


def merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return the union of stretches, in order, without those that a leap of the clock leaves empty."""
    merged: list[Stretch] = []
    for each in sorted(stretches):
        if merged and each.start <= merged[-1].end:
            merged[-1] = Stretch(merged[-1].start, max(merged[-1].end, each.end))
        elif each.start < each.end:
            merged.append(each)
    return tuple(merged)


def first(*edges: datetime | None) -> datetime | None:
    """Return the earliest of what is there."""
    return min((edge for edge in edges if edge), default=None)


def last(*edges: datetime | None) -> datetime | None:
    """Return the latest of what is there."""
    return max((edge for edge in edges if edge), default=None)
