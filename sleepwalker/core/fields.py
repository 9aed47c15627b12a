"""Fields of an object: their values, and who owns them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

Value = int | float | str | bool | None | Mapping[str, str]
"""A field's value. None means that the field is absent, as in a JSON merge patch."""

Fields = Mapping[str, Value]
"""JSON pointer → value."""


@dataclass(frozen=True, slots=True)
class FieldOwner:
    """One entry of `metadata.managedFields` that owns a field of ours. `time` is RFC 3339, or empty."""

    manager: str
    operation: str
    subresource: str = ""
    time: str = ""
    api_version: str = ""


def shared_fields(found: Iterable[tuple[str, Value]]) -> Fields:
    """Return values by pointer: one mapping for all that are alike, as most of ten thousand objects are."""
    return _fields_of(tuple((pointer, type(value), value) for pointer, value in found))


@lru_cache(maxsize=4096)
def shared_owners(found: tuple[tuple[str, tuple[FieldOwner, ...]], ...]) -> Mapping[str, tuple[FieldOwner, ...]]:
    """Return owners by pointer: one mapping for all that are alike."""
    return dict(found)


@lru_cache(maxsize=4096)
def _fields_of(found: tuple[tuple[str, type, Value], ...]) -> Fields:
    """Return values by pointer. The types are there to tell 1 from true, which are equal."""
    return {pointer: value for pointer, _, value in found}
