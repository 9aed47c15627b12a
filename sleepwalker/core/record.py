"""The `sleepwalker.dev/asleep` annotation: what to restore, kept on the object that it restores."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sleepwalker.core.fields import FieldOwner, Fields, Value, shared_fields, shared_owners
from sleepwalker.core.instants import InstantError, parse_instant, shorten, show_instant
from sleepwalker.core.recipe import Recipe

_MAX_TEXT = 16_384
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class RecordError(ValueError):
    """An `asleep` annotation that cannot be read, in a sentence."""


@dataclass(frozen=True, slots=True)
class Yielded:
    """A change of a person's that the schedule gave way to: whose, and until when."""

    by: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """Set if, and only if, we hold the object asleep.

    `set` names the fields that we changed, `original` has each one's value to restore (None: it was absent),
    `owners` who owned them. `put_back` counts how often a machine undid this sleep.
    """

    since: datetime
    original: Fields
    set: Fields
    because: str
    owners: Mapping[str, tuple[FieldOwner, ...]] = field(default_factory=dict)
    put_back: int = 0
    yielded: Yielded | None = None


def show_record(record: Record) -> str:
    """Return the record as the annotation's text."""
    document: dict[str, Any] = {
        "since": show_instant(record.since),
        "original": dict(record.original),
        "set": dict(record.set),
        "because": record.because,
    }
    if record.owners:
        document["owners"] = {
            pointer: [[o.manager, o.operation, o.subresource, o.time, o.api_version] for o in owners]
            for pointer, owners in record.owners.items()
        }
    if record.put_back:
        document["putBack"] = record.put_back
    if record.yielded:
        document["yielded"] = {"by": record.yielded.by, "until": show_instant(record.yielded.until)}
    return _WRITER.encode(document)


def parse_record(text: str, recipe: Recipe) -> Record:
    """Return the record. Raise RecordError if the text is not one for this kind: only the recipe's fields may stand in it."""
    if len(text) > _MAX_TEXT:
        raise RecordError(f"the record is {len(text)} characters long; at most {_MAX_TEXT} are read")
    try:
        document = json.loads(text)
        return _read(document, recipe)
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError(f"{shorten(text)} is not a record of a sleep") from error


def _read(document: Mapping[str, Any], recipe: Recipe) -> Record:
    yielded = document.get("yielded")
    put_back = document.get("putBack", 0)
    if set(document["original"]) != set(document["set"]):
        raise RecordError(
            f"the record sets {shorten(sorted(document['set']))} but restores {shorten(sorted(document['original']))}"
        )
    try:
        return Record(
            since=_instant(document["since"]),
            original=_fields(document["original"], recipe),
            set=_fields(document["set"], recipe),
            because=_shared(str(document.get("because", ""))),
            owners=shared_owners(tuple(_owners(document))),
            put_back=put_back if isinstance(put_back, int) and put_back >= 0 else 0,
            yielded=Yielded(str(yielded["by"]), parse_instant(yielded["until"])) if yielded else None,
        )
    except InstantError as error:
        raise RecordError(f"the record's time: {error}") from error


def _owners(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[FieldOwner, ...]]]:
    for pointer, owners in document.get("owners", {}).items():
        if pointer in document["set"]:
            yield pointer, tuple(FieldOwner(*map(str, each[:5])) for each in owners)


@lru_cache(maxsize=1024)
def _shared(text: str) -> str:
    return text


@lru_cache(maxsize=1024)
def _instant(text: str) -> datetime:
    return parse_instant(text)


def _fields(document: Mapping[str, Value], recipe: Recipe) -> Fields:
    known = {each.pointer: each for each in recipe.fields}
    if not document or not set(document) <= set(known):
        raise RecordError(f"the record names {shorten(sorted(document))}; a {recipe.kind} sleeps by {sorted(known)}")
    for pointer, value in document.items():
        if not known[pointer].can_hold(value):
            raise RecordError(f"the record's {pointer} is {shorten(value)}; no {recipe.kind} can have that")
    return shared_fields(document.items())
