"""The machine's clock, as the seconds that schedules, logs and other processes here agree on."""

from __future__ import annotations

import time

from sleepwalker.adapters.clock import SystemClock

_CLOCK = SystemClock()


def now() -> float:
    """Seconds since 1970."""
    return _CLOCK.now().timestamp()


def sleep_until(at: float) -> None:
    time.sleep(max(at - now(), 0.0))
