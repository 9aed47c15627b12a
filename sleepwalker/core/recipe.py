"""How one kind sleeps, as data.

A recipe names the fields that differ between awake and asleep, and how to tell from the object's own status
whether it is ready, or in the middle of a rollout. A new kind is a new row, not new code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sleepwalker.core.fields import Value

FLOOR = "{floor}"
"""In a recipe, the value that stands for the size while asleep."""

_MAX_COUNT = 2**31 - 1
_POINTER = re.compile(r"(/([^~/]|~[01])+)+")
_CONDITION = re.compile(r"(exists|(?P<op><=|>=|==|!=|<|>) +(?P<operand>\S+))")
_KEYS = {
    "recipe", "sleep", "asleepWhen", "ready", "rolling", "demand", "default", "beforeWake", "catchesUp",
}  # fmt: skip


class RecipeError(ValueError):
    """A recipe that says nothing usable, in a sentence."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a sleep changes. `asleep` is its value then; a count's depends on the floor."""

    pointer: str
    asleep: Value

    @property
    def is_count(self) -> bool:
        """Whether the field is a number of replicas."""
        return self.asleep == FLOOR

    def asleep_value(self, floor: int, original: Value) -> Value:
        """Return the value while asleep: never more than what is there awake."""
        if not self.is_count:
            return self.asleep
        return min(floor, original) if isinstance(original, int) else floor

    def is_asleep(self, value: Value, asleep: Value) -> bool:
        """Return whether `value` is at, or below, the value that stands for asleep."""
        if self.is_count and isinstance(value, int) and isinstance(asleep, int):
            return value <= asleep
        return value == asleep

    def can_hold(self, value: Value) -> bool:
        """Return whether this can be the field's value in an object, and so be restored."""
        if self.is_count:
            return value is None or (type(value) is int and 0 <= value <= _MAX_COUNT)
        return value is None or isinstance(value, bool if isinstance(self.asleep, bool) else (int, float, str))

    def larger(self, theirs: Value, original: Value) -> Value:
        """Return the more awake of two values."""
        if self.is_count:
            return max((v for v in (theirs, original) if isinstance(v, int)), default=original)
        return original if theirs == self.asleep else theirs


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison on an object: a missing number counts as 0, a missing anything else is unequal to all."""

    pointer: str
    operator: str
    operand: str = ""

    def holds(self, thing: Mapping[str, Any]) -> bool:
        """Return whether the object satisfies it."""
        left = lookup(thing, self.pointer)
        if self.operator == "exists":
            return left is not None
        right = lookup(thing, self.operand) if self.operand.startswith("/") else _literal(self.operand)
        if self.operator in ("==", "!="):
            return (left == right) is (self.operator == "==")
        a, b = _number(left), _number(right)
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[self.operator]


@dataclass(frozen=True, slots=True)
class BeforeWake:
    """Fields of a subresource that are written just before the waking PATCH, if runs missed asleep shall not be made up.

    `{wakes}` stands for the last second before the uptime began.
    """

    subresource: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one kind sleeps."""

    group: str
    version: str
    kind: str
    fields: tuple[Field, ...]
    asleep_when: Literal["at or below", "equal"]
    ready: tuple[Condition, ...] = ()
    rolling: tuple[tuple[Condition, ...], ...] = ()
    demand: str = ""
    default: tuple[tuple[str, Value], ...] = ()
    before_wake: BeforeWake | None = None
    catches_up: bool = False

    @property
    def count(self) -> Field | None:
        """The field that holds the number of replicas, if the kind has one."""
        return next((f for f in self.fields if f.is_count), None)

    @property
    def api_version(self) -> str:
        """As in a manifest: `apps/v1`, or `v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind}"


@lru_cache(maxsize=1024)
def tokens(pointer: str) -> tuple[str, ...]:
    """Return the keys that a JSON pointer walks through."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def lookup(thing: Any, pointer: str) -> Any:  # noqa: ANN401 - any JSON value may stand there
    """Return what a JSON pointer finds, or None."""
    for token in tokens(pointer):
        if not isinstance(thing, dict) and not isinstance(thing, Mapping):  # the first is all but always so, and cheap
            return None
        thing = thing.get(token)
    return thing


def nest(fields: Mapping[str, Value]) -> dict[str, Any]:
    """Return fields as the nested body of a merge patch."""
    body: dict[str, Any] = {}
    for pointer, value in fields.items():
        *way, last = tokens(pointer)
        at = body
        for token in way:
            at = at.setdefault(token, {})
        at[last] = value
    return body


def parse_recipe(document: Mapping[str, Any]) -> Recipe:
    """Return the recipe that a document describes; raise RecipeError with a sentence if it describes none."""
    if odd := sorted(set(document) - _KEYS):
        raise RecipeError(f"a recipe has no {odd[0]!r}; it may have {', '.join(sorted(_KEYS))}")
    kind_text = str(document.get("recipe", ""))
    if len(parts := kind_text.split("/")) not in (2, 3) or not all(parts):
        raise RecipeError(f"recipe: {kind_text!r} is not like 'apps/v1/Deployment'")
    *group, version, kind = parts
    sleep = document.get("sleep")
    if not isinstance(sleep, Mapping) or not sleep:
        raise RecipeError(f"recipe {kind_text}: sleep names no field; it is like {{/spec/replicas: '{FLOOR}'}}")
    before = document.get("beforeWake")
    return Recipe(
        group="".join(group),
        version=version,
        kind=kind,
        fields=tuple(Field(_pointer(p), v) for p, v in sleep.items()),
        asleep_when="at or below" if document.get("asleepWhen") == "already at or below" else "equal",
        ready=_conditions(document.get("ready") or {}),
        rolling=tuple(_conditions(each) for each in document.get("rolling") or ()),
        demand=_pointer(str(document["demand"])) if document.get("demand") else "",
        default=tuple((_pointer(p), v) for p, v in (document.get("default") or {}).items()),
        before_wake=BeforeWake(before["subresource"], tuple(before["set"].items())) if before else None,
        catches_up=bool(document.get("catchesUp")),
    )


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise RecipeError(f"{text!r} is not a JSON pointer like '/spec/replicas'")
    return text


def _conditions(document: Mapping[str, str]) -> tuple[Condition, ...]:
    def read(pointer: str, text: str) -> Condition:
        if not (found := _CONDITION.fullmatch(text)):
            raise RecipeError(f"{text!r} is not a condition like '>= /spec/replicas', '== true' or 'exists'")
        return Condition(_pointer(pointer), found["op"] or "exists", found["operand"] or "")

    return tuple(read(pointer, text) for pointer, text in document.items())


def _number(value: object) -> int | float:
    return value if isinstance(value, int | float) else 0


def _literal(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else text
