"""Field ownership, as `metadata.managedFields` has it: who owned a field, and giving it back.

A plain PATCH makes its sender the owner of what it changes. A server-side applier that owned the field before (Helm,
Argo CD, Flux, kubectl apply --server-side) would meet a conflict at its next apply. One more PATCH of nothing but
`managedFields` gives the field back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from sleepwalker.core.fields import FieldOwner
from sleepwalker.core.foreign import OURS
from sleepwalker.core.recipe import tokens

ManagedFields = list[dict[str, Any]]


def owners_of(managed_fields: Iterable[Mapping[str, Any]], pointer: str) -> tuple[FieldOwner, ...]:
    """Return who owns the field that a JSON pointer names."""
    way = [f"f:{token}" for token in tokens(pointer)]
    return tuple(_owner(entry) for entry in managed_fields if isinstance(entry, Mapping) and _owns(entry, way))


def given_back(managed_fields: ManagedFields, owners: Mapping[str, tuple[FieldOwner, ...]]) -> ManagedFields | None:
    """Return `managedFields` with our claim on these fields gone and the former owners' back, or None if nothing is ours.

    A former owner whose entry is gone from the object gets a new one.
    """
    after = deepcopy(managed_fields)
    touched = False
    for pointer, had in owners.items():
        way = [f"f:{token}" for token in tokens(pointer)]
        mine = [entry for entry in after if entry.get("manager") == OURS and _owns(entry, way)]
        for entry in mine:
            _remove(entry["fieldsV1"], way)
            touched = True
        if mine:
            for owner in had:
                if owner.manager != OURS:
                    _add(_entry_of(after, owner, mine[0]), way)
    return [entry for entry in after if entry.get("fieldsV1") or entry.get("manager") != OURS] if touched else None


def _owner(entry: Mapping[str, Any]) -> FieldOwner:
    return FieldOwner(
        manager=str(entry.get("manager", "")),
        operation=str(entry.get("operation", "")),
        subresource=str(entry.get("subresource", "")),
        time=str(entry.get("time", "")),
        api_version=str(entry.get("apiVersion", "")),
    )


def _owns(entry: Mapping[str, Any], way: list[str]) -> bool:
    at: Any = entry.get("fieldsV1")
    for token in way:
        if not isinstance(at, Mapping) or token not in at:
            return False
        at = at[token]
    return True


def _remove(fields: dict[str, Any], way: list[str]) -> None:
    head, *rest = way
    if rest:
        _remove(fields[head], rest)
    if not rest or not fields[head] or set(fields[head]) == {"."}:
        del fields[head]


def _add(fields: dict[str, Any], way: list[str]) -> None:
    for token in way:
        fields = fields.setdefault(token, {})


def _entry_of(entries: ManagedFields, owner: FieldOwner, ours: Mapping[str, Any]) -> dict[str, Any]:
    for entry in entries:
        same = (entry.get("manager"), entry.get("operation"), entry.get("subresource", ""))
        if same == (owner.manager, owner.operation, owner.subresource):
            fields: dict[str, Any] = entry.setdefault("fieldsV1", {})
            return fields
    entry = {
        "manager": owner.manager,
        "operation": owner.operation,
        "apiVersion": owner.api_version or ours.get("apiVersion", "v1"),
        **({"time": owner.time} if owner.time else {}),  # the server notes none for a scale
        "fieldsType": "FieldsV1",
        "fieldsV1": {},
    }
    if owner.subresource:
        entry["subresource"] = owner.subresource
    entries.append(entry)
    new: dict[str, Any] = entry["fieldsV1"]
    return new
