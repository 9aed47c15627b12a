"""Overrides: a person says `awake until then` or `asleep until then`, and it ends by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sleepwalker.app.explain import singular
from sleepwalker.app.ports import Writer
from sleepwalker.core.annotations import PREFIX
from sleepwalker.core.fields import Value
from sleepwalker.core.instants import shorten, show_instant
from sleepwalker.core.step import OVERRIDE_ANNOTATIONS
from sleepwalker.core.targets import Ref, namespace_ref


class TargetError(ValueError):
    """Text that names no target, in a sentence."""


@dataclass(frozen=True, slots=True)
class Override:
    """What shall hold, until when, who says so, and why."""

    awake: bool
    until: datetime
    by: str
    reason: str = ""


def parse_target(text: str, kinds: Sequence[tuple[str, str]]) -> Ref:
    """Return what `ns/NAME` or `NS/KIND/NAME` names. `kinds` are the (group, kind) that are known."""
    parts = text.split("/")
    match parts:
        case ["ns" | "namespace" | "namespaces", name] if name:
            return namespace_ref(name)
        case [namespace, kind, name] if namespace and kind and name:
            for group, known in kinds:
                if singular(known) == singular(kind):
                    return Ref(namespace, known, name, group)
            raise TargetError(f"there is no kind {shorten(kind)} that can sleep; there are {', '.join(k for _, k in kinds)}")
        case _:
            raise TargetError(f"{shorten(text)} is not like 'ns/team-a' or 'team-a/deployment/web'")


async def write_override(cluster: Writer, ref: Ref, override: Override) -> None:
    """Write the override's annotations onto the object; raise ClusterError."""
    key, other = ("keep-awake-until", "asleep-until") if override.awake else ("asleep-until", "keep-awake-until")
    annotations: dict[str, Value] = {
        PREFIX + key: show_instant(override.until),
        PREFIX + other: None,
        PREFIX + "override-by": override.by,
        PREFIX + "override-reason": override.reason or None,
    }
    await cluster.patch(ref, {"metadata": {"annotations": annotations}}, "")


async def clear_override(cluster: Writer, ref: Ref) -> None:
    """Remove any override from the object, so that the schedule decides again; raise ClusterError."""
    annotations = dict.fromkeys((PREFIX + key for key in OVERRIDE_ANNOTATIONS), None)
    await cluster.patch(ref, {"metadata": {"annotations": annotations}}, "")
