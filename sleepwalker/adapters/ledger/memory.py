"""A ledger that lasts as long as the process: for previews, simulated weeks and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sleepwalker.core.ledger import Entry, SpanClosed, SpanOpened
from sleepwalker.core.targets import Ref, Span


class MemoryLedger:
    """Keeps the latest sleep of each object, and every entry in the order in which it was told."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._open: dict[Ref, Span] = {}
        self._last: dict[Ref, Span] = {}

    async def open_spans(self) -> Mapping[Ref, Span]:
        """Return every sleep that has not ended."""
        return dict(self._open)

    async def last_spans(self) -> Mapping[Ref, Span]:
        """Return each object's latest sleep."""
        return dict(self._last)

    async def write(self, entries: Sequence[Entry]) -> None:
        """Record facts."""
        for entry in entries:
            self.entries.append(entry)
            match entry:
                case SpanOpened():
                    span = Span(entry.ref, entry.uid, entry.record)
                    self._open[entry.ref] = self._last[entry.ref] = span
                case SpanClosed():
                    known = self._open.get(entry.ref)
                    if known and known.uid == entry.uid and known.record.since == entry.since:
                        del self._open[entry.ref]
