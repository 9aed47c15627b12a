"""An action as the body of a JSON merge patch."""

from __future__ import annotations

from typing import Any

from sleepwalker.core.action import Action, KeepAwake, Sleep, Wake
from sleepwalker.core.annotations import ASLEEP, PREFIX
from sleepwalker.core.fields import Value
from sleepwalker.core.instants import show_instant
from sleepwalker.core.recipe import nest
from sleepwalker.core.record import show_record


def body(action: Action) -> dict[str, Any]:
    """Return the merge patch that carries the action out: fields and record together, in one write."""
    annotations: dict[str, Value] = dict.fromkeys((PREFIX + key for key in action.drop), None)
    match action:
        case Sleep():
            annotations[ASLEEP] = show_record(action.record)
        case Wake():
            annotations[ASLEEP] = None
        case KeepAwake():
            annotations[ASLEEP] = show_record(action.record)
            annotations[PREFIX + "keep-awake-until"] = show_instant(action.until)
            annotations[PREFIX + "override-by"] = action.by
            annotations[PREFIX + "override-reason"] = action.because[:256]
        case _:
            pass
    patch = nest(action.set)
    patch.setdefault("metadata", {}).setdefault("annotations", {}).update(annotations)
    return patch
