"""What an API server does to an object before it keeps it: completes it, or refuses it with a sentence."""

import re
from collections.abc import Mapping
from typing import Any, Final

from sleepwalker.core.instants import shorten
from sleepwalker.core.recipe import Field, Recipe, lookup, tokens
from sleepwalker.core.targets import NAMESPACE, Ref

DEFAULT_NAMESPACE: Final = "default"
OWN_NAME: Final = "kubernetes.io/metadata.name"
"""A label that every namespace has: its name."""

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_MOST = 2**31 - 1
_MOST_ANNOTATIONS = 256 * 1024

Recipes = Mapping[tuple[str, str], Recipe]


def ref_of(thing: Mapping[str, Any], recipes: Recipes) -> Ref:
    """Return the name of an object, as far as it has one; of a kind with a recipe it is in some namespace."""
    metadata = thing.get("metadata")
    named: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    group, slash, _ = _text(thing.get("apiVersion")).partition("/")
    kind = _text(thing.get("kind"))
    row = (group if slash else "", kind)
    namespace = "" if row == ("", NAMESPACE) else _text(named.get("namespace"))
    return Ref(namespace or (DEFAULT_NAMESPACE if row in recipes else ""), kind, _text(named.get("name")), row[0])


def admit(thing: dict[str, Any], ref: Ref, recipe: Recipe | None) -> str:
    """Complete an object in place; return why an API server would refuse it, or nothing."""
    metadata = thing.get("metadata")
    if not isinstance(metadata, dict):
        return "it has no metadata"
    return _named(metadata, ref) or _maps(metadata) or (_specified(thing, recipe) if recipe else "")


def _text(thing: object) -> str:
    return thing if isinstance(thing, str) else ""


def _named(metadata: dict[str, Any], ref: Ref) -> str:
    if metadata.get("generateName") and not ref.name:
        return "it has only a generateName; a name is made when it is created"
    if ref.namespace and not _LABEL.fullmatch(ref.namespace):
        return f"its namespace {shorten(ref.namespace)} is no name that Kubernetes takes{_unrendered(ref.namespace)}"
    shape = _LABEL if ref.kind == NAMESPACE and not ref.group else _SUBDOMAIN
    if not shape.fullmatch(ref.name):
        return f"its name {shorten(metadata.get('name'))} is none that Kubernetes takes{_unrendered(ref.name)}"
    metadata["name"] = ref.name
    if ref.namespace:
        metadata["namespace"] = ref.namespace
    if ref.kind == NAMESPACE and not ref.group and isinstance(metadata.get("labels") or {}, dict):
        metadata["labels"] = {**(metadata.get("labels") or {}), OWN_NAME: ref.name}
    return ""


def _unrendered(name: str) -> str:
    return "; fill in the placeholder" if re.search(r"[{}$<>]", name) else ""


def _maps(metadata: dict[str, Any]) -> str:
    """Drop empty labels and annotations; null values are empty text."""
    for key in ("labels", "annotations"):
        pairs = metadata.pop(key, None)
        if not isinstance(pairs, dict | None):
            return f"its {key} are {shorten(pairs)}, not names with values"
        for name, value in (pairs or {}).items():
            if not isinstance(value, str | None):
                return f"its {key} have {name}: {shorten(value)}, which is not text; put it in quotes"
        if pairs:
            metadata[key] = {name: value or "" for name, value in pairs.items()}
    size = sum(len(k.encode()) + len(v.encode()) for k, v in metadata.get("annotations", {}).items())
    return (
        f"its annotations have {size} bytes; at most {_MOST_ANNOTATIONS} are kept" if size > _MOST_ANNOTATIONS else ""
    )


def _specified(thing: dict[str, Any], recipe: Recipe) -> str:
    for pointer, value in recipe.default:
        if lookup(thing, pointer) is None and (wrong := _set(thing, pointer, value)):
            return wrong
    for field in recipe.fields:
        if wrong := _typed(thing, field):
            return wrong
    return ""


def _set(thing: dict[str, Any], pointer: str, value: object) -> str:
    *way, last = tokens(pointer)
    for token in way:
        if thing.get(token) is None:
            thing[token] = {}
        if not isinstance(thing[token], dict):
            return f"its {token} is {shorten(thing[token])}, not an object"
        thing = thing[token]
    thing[last] = value
    return ""


def _typed(thing: dict[str, Any], field: Field) -> str:
    value = lookup(thing, field.pointer)
    shown = f"its {field.pointer} is {shorten(value)}"
    if value is None:
        return ""
    if isinstance(field.asleep, bool) and not isinstance(value, bool):
        return f"{shown}, neither true nor false"
    if not field.is_count:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
        _set(thing, field.pointer, value)
    if not isinstance(value, int) or isinstance(value, bool):
        return f"{shown}, not a number"
    return "" if 0 <= value <= _MOST else f"{shown}; it can be 0 to {_MOST}"
