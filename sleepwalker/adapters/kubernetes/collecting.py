"""Python's cycle collector, held off while many objects arrive: two thirds of the time would be its."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_holders: list[bool] = []
"""One for each holder. The first says whether the collector was on before anybody held it."""


@contextmanager
def collector_held_off() -> Iterator[None]:
    """Hold the collector off; several may at once, and the last to leave puts it back as it was."""
    _holders.append(gc.isenabled())
    gc.disable()
    try:
        yield
    finally:
        was_on = _holders[0]
        _holders.pop()
        if was_on and not _holders:
            gc.enable()
