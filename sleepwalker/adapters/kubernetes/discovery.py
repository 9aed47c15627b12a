"""Which kinds the server has, and where their objects are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sleepwalker.adapters.kubernetes.answers import NoAnswer
from sleepwalker.adapters.kubernetes.paths import Served
from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.app.ports import ClusterError, Denied, Missing, Unavailable
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import Ref

Kind = tuple[str, str]
"""Group and kind."""

Resources = Mapping[str, Mapping[str, Any]]
"""What a group serves, by kind."""


@dataclass(slots=True)
class Found:
    """What a look at the server has shown: where kinds are kept, and a problem for each kind that it lacks."""

    served: dict[Kind, Served] = field(default_factory=dict)
    problems: dict[Kind, Problem] = field(default_factory=dict)


async def discover(session: Session, recipes: Sequence[Recipe]) -> Found:
    """Look for the recipes' kinds, with one request for each group that the server has; raise ClusterError."""
    wanted: dict[str, list[Recipe]] = {}
    for recipe in recipes:
        wanted.setdefault(recipe.api_version, []).append(recipe)
    found = Found()
    try:
        present = await _versions(session, {recipe.group for recipe in recipes})
    except Denied as error:
        found.problems = {_kind(each): Problem(kind_ref(each), str(error)) for each in recipes}
        return found
    roots = [f"/apis/{version}" if "/" in version else f"/api/{version}" for version in wanted]
    looks = (
        _resources(session, root) for root in roots if root.removeprefix("/apis/") in present or "/apis/" not in root
    )
    listed = dict(await asyncio.gather(*looks))
    for root, asked in zip(roots, wanted.values(), strict=True):
        for recipe in asked:
            match listed.get(root, {}):
                case ClusterError() as broken:
                    found.problems[_kind(recipe)] = Problem(kind_ref(recipe), str(broken))
                case {recipe.kind: it}:
                    found.served[_kind(recipe)] = Served(root, it["name"], bool(it.get("namespaced")))
                case _:
                    message = f"the cluster has no {recipe}: install what defines it, or leave its recipe out"
                    found.problems[_kind(recipe)] = Problem(kind_ref(recipe), message)
    return found


def kind_ref(recipe: Recipe, namespace: str = "") -> Ref:
    """Return a name for all objects of a kind."""
    return Ref(namespace, recipe.kind, "*", recipe.group)


def _kind(recipe: Recipe) -> Kind:
    return (recipe.group, recipe.kind)


async def _versions(session: Session, wanted: set[str]) -> set[str]:
    if not any(wanted):
        return set()
    groups = {each["name"]: each.get("versions") or [] for each in (await session.get("/apis")).get("groups") or []}
    for group in wanted - set(groups):
        if group and "." not in group:  # every server has these, but not in its first moments
            raise Unavailable(f"GET /apis: {session.host} is still starting: it does not know the group {group} yet")
    return {each["groupVersion"] for versions in groups.values() for each in versions}


async def _resources(session: Session, root: str) -> tuple[str, Resources | ClusterError]:
    try:
        resources = (await session.get(root)).get("resources") or []
    except Missing:  # gone since
        return root, {}
    except NoAnswer:
        raise
    except ClusterError as error:  # one group whose server is broken costs only that group
        return root, error
    return root, {each["kind"]: each for each in resources if "/" not in each["name"]}
