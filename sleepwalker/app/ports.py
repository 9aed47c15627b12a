"""The world as sleepwalker needs it, and how it fails.

ClusterError
├── Conflict       the object has changed since it was read (409)
├── Missing        there is no such object, or no such kind (404)
├── Denied         not allowed (401, 403)
├── Rejected       the server will not have this change (400, 422, …)
├── Throttled      too many requests (429); says for how long to wait
└── Unavailable    no answer, a time-out, or an error of the server's (5xx)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sleepwalker.core.ledger import Entry
from sleepwalker.core.problem import Problem
from sleepwalker.core.targets import Ref, Snapshot, Span, Workload


class ClusterError(Exception):
    """A request that did not succeed. Its text is a sentence that says what was asked of which object, and the answer."""


class Conflict(ClusterError):
    """The object has changed since it was read."""


class Missing(ClusterError):
    """There is no such object."""


class Denied(ClusterError):
    """The request is not allowed."""


class Rejected(ClusterError):
    """The server will not have this change."""


class Throttled(ClusterError):
    """The server asks for patience."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait."""


class Unavailable(ClusterError):
    """The server did not answer, or failed."""

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered
        """Whether there was an answer at all: a 5xx may be about one object, silence is about all."""


class LedgerError(Exception):
    """The ledger could not be read or written; the objects still hold what to restore."""


@dataclass(frozen=True, slots=True)
class Written:
    """The server's answer to a write."""

    resource_version: str
    managed_fields: list[dict[str, Any]] = field(default_factory=list)


class Clock(Protocol):
    """Where `now` comes from."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class Writer(Protocol):
    """A cluster whose objects can be patched."""

    async def patch(self, ref: Ref, body: Mapping[str, Any], resource_version: str, subresource: str = "") -> Written:
        """Send a JSON merge patch that the server refuses if the object has another version; raise ClusterError.

        An empty `resource_version` means: whatever the version.
        """
        ...


class Cluster(Writer, Protocol):
    """A cluster whose objects are watched, and can be patched."""

    def snapshot(self) -> Snapshot:
        """Return the latest look: a view of the caches, made without a request; `spans` is empty."""
        ...

    def problems(self) -> tuple[Problem, ...]:
        """Return what cannot be seen, and why: a kind that the cluster lacks, a namespace that is forbidden."""
        ...

    def take_changed(self) -> frozenset[str]:
        """Return the names of the namespaces in which something changed since this was last asked."""
        ...

    async def wait_changed(self) -> None:
        """Return when take_changed() would not be empty."""
        ...

    async def wait_newer(self, ref: Ref, than: str, seconds: float) -> Workload | None:
        """Return the workload once its resourceVersion is another than `than`, or as it is after so many seconds."""
        ...


class Ledger(Protocol):
    """An append-only record of facts, each keyed by (cluster, ref, since): telling one twice changes nothing."""

    async def open_spans(self) -> Mapping[Ref, Span]:
        """Return every sleep that has not ended; raise LedgerError."""
        ...

    async def last_spans(self) -> Mapping[Ref, Span]:
        """Return each object's latest sleep, ended or not; raise LedgerError."""
        ...

    async def write(self, entries: Sequence[Entry]) -> None:
        """Record facts, all of them or none; raise LedgerError."""
        ...
