"""Which kinds the server has, and where their objects are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.app.ports import Denied, Missing
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import Ref

Kind = tuple[str, str]
"""Group and kind."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where the objects of one kind are kept."""

    root: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str = "") -> str:
        """Return the path of all, or of those in one namespace."""
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace and self.namespaced else ""
        return f"{self.root}{within}/{self.plural}"

    def item(self, ref: Ref, subresource: str = "") -> str:
        """Return the path of one object."""
        path = f"{self.collection(ref.namespace)}/{quote(ref.name, safe='')}"
        return f"{path}/{subresource}" if subresource else path


NAMESPACES = Served("/api/v1", "namespaces", namespaced=False)


@dataclass(slots=True)
class Found:
    """What a look at the server has shown: where kinds are kept, and a problem for each kind that it lacks."""

    served: dict[Kind, Served] = field(default_factory=dict)
    problems: dict[Kind, Problem] = field(default_factory=dict)


async def discover(session: Session, recipes: Iterable[Recipe]) -> Found:
    """Look for the recipes' kinds, with one request for each group that the server has; raise ClusterError."""
    wanted: dict[str, list[Recipe]] = {}
    for recipe in recipes:
        wanted.setdefault(recipe.api_version, []).append(recipe)
    found = Found()
    try:
        present = await _versions(session) if any("/" in each for each in wanted) else set()
        roots = [f"/apis/{each}" if "/" in each else f"/api/{each}" for each in wanted]
        looks = (_resources(session, root, root[6:] in present or root.startswith("/api/")) for root in roots)
        answers = await asyncio.gather(*looks)
    except Denied as error:
        found.problems = {_kind(r): Problem(kind_ref(r), str(error)) for group in wanted.values() for r in group}
        return found
    for root, resources, asked in zip(roots, answers, wanted.values(), strict=True):
        plurals = {each["kind"]: each for each in resources if "/" not in each["name"]}
        for recipe in asked:
            if it := plurals.get(recipe.kind):
                found.served[_kind(recipe)] = Served(root, it["name"], bool(it.get("namespaced")))
            else:
                message = f"the cluster has no {recipe}: install what defines it, or leave its recipe out"
                found.problems[_kind(recipe)] = Problem(kind_ref(recipe), message)
    return found


def kind_ref(recipe: Recipe, namespace: str = "") -> Ref:
    """Return a name for all objects of a kind."""
    return Ref(namespace, recipe.kind, "*", recipe.group)


def _kind(recipe: Recipe) -> Kind:
    return (recipe.group, recipe.kind)


async def _versions(session: Session) -> set[str]:
    groups = (await session.get("/apis")).get("groups") or []
    return {each["groupVersion"] for group in groups for each in group.get("versions") or []}


async def _resources(session: Session, root: str, present: bool) -> list[Mapping[str, Any]]:  # noqa: FBT001 - seen
    if not present:
        return []
    try:
        return (await session.get(root)).get("resources") or []
    except Missing:  # gone since
        return []
