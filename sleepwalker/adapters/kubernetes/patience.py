"""For how long to wait."""

from __future__ import annotations

import random
from dataclasses import dataclass

_LEAST_BACKOFF_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long to wait: between tries, after a refusal, for the next line of a stream that shows what there is."""

    most_backoff_seconds: float = 15.0
    denied_seconds: float = 60.0
    silence_seconds: float = 20.0


PATIENT = Patience()


class Backoff:
    """Waits that double from try to try, spread so that not all come back at once."""

    def __init__(self, most_seconds: float) -> None:
        self.tries = 0
        self._most_seconds = most_seconds

    def longer(self) -> float:
        """Count one more try; return the seconds to wait before the next."""
        self.tries += 1
        return spread(min(_LEAST_BACKOFF_SECONDS * (1 << min(self.tries, 10)), self._most_seconds))

    def over(self) -> None:
        """Begin again with the shortest."""
        self.tries = 0


def spread(seconds: float) -> float:
    """Return somewhat less than the seconds."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load
