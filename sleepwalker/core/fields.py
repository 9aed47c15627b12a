"""Fields of an object: their values, and who owns them."""

from collections.abc import Mapping
from dataclasses import dataclass

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
