"""Overrides: a person says `awake until then` or `asleep until then`, and it ends by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sleepwalker.app.explain import singular
from sleepwalker.app.ports import Writer
from sleepwalker.core.annotations import PREFIX
from sleepwalker.core.duration import show_duration
from sleepwalker.core.fields import Value
from sleepwalker.core.instants import shorten, show_instant
from sleepwalker.core.policy import Policies, ordered
from sleepwalker.core.step import OVERRIDE_ANNOTATIONS
from sleepwalker.core.targets import Namespace, Ref, namespace_ref


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
            raise TargetError(
                f"there is no kind {shorten(kind)} that can sleep; there are {', '.join(k for _, k in kinds)}"
            )
        case _:
            raise TargetError(f"{shorten(text)} is not like 'ns/team-a' or 'team-a/deployment/web'")


def allowed(now: datetime, override: Override, namespace: Namespace, policies: Policies) -> str:
    """Return why a policy of this namespace does not allow so long an override, or nothing."""
    named = policies.named(namespace.wishes.policy) if namespace.wishes.policy else None
    policy = named or next((each for each in ordered(policies.policies) if each.namespaces.selects(namespace)), None)
    if policy is None or policy.max_override is None or override.until - now <= policy.max_override:
        return ""
    most = now + policy.max_override
    return f"policy {policy.name} allows overrides of {show_duration(policy.max_override)}: until {show_instant(most)}"


def annotations_of(override: Override | None) -> dict[str, Value]:
    """Return the annotations that say so, as a merge patch has them; with None, those that take any override back."""
    if override is None:
        return dict.fromkeys((PREFIX + key for key in OVERRIDE_ANNOTATIONS), None)
    key, other = ("keep-awake-until", "asleep-until") if override.awake else ("asleep-until", "keep-awake-until")
    return {
        PREFIX + key: show_instant(override.until),
        PREFIX + other: None,
        PREFIX + "override-by": override.by,
        PREFIX + "override-reason": override.reason or None,
    }


async def write_override(cluster: Writer, ref: Ref, override: Override | None) -> None:
    """Write the override onto the object, or take it back with None, so that the schedule decides; raise ClusterError."""
    await cluster.patch(ref, {"metadata": {"annotations": annotations_of(override)}}, "")
