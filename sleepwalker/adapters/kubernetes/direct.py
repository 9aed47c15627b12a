"""Writes to a cluster that is not watched: for a command that patches one object and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sleepwalker.adapters.kubernetes.discovery import discover
from sleepwalker.adapters.kubernetes.paths import NAMESPACES
from sleepwalker.adapters.kubernetes.session import MERGE_PATCH, Session
from sleepwalker.app.ports import Missing, Written
from sleepwalker.core.foreign import OURS
from sleepwalker.core.projection import project_namespace
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import NAMESPACE, Namespace, Ref, namespace_ref


class DirectWriter:
    """Patches objects of the recipes' kinds; where a kind is kept is asked once, when it is first needed."""

    def __init__(self, session: Session, recipes: Iterable[Recipe]) -> None:
        self._session = session
        self._recipes = {(each.group, each.kind): each for each in recipes}

    async def namespace(self, name: str) -> Namespace:
        """Return a namespace; raise ClusterError."""
        return project_namespace(await self._session.get(NAMESPACES.item(namespace_ref(name))))

    async def patch(self, ref: Ref, body: Mapping[str, Any], resource_version: str, subresource: str = "") -> Written:
        """Send a JSON merge patch; raise ClusterError."""
        if resource_version:
            body = {**body, "metadata": {**(body.get("metadata") or {}), "resourceVersion": resource_version}}
        home = NAMESPACES
        if (ref.group, ref.kind) != ("", NAMESPACE):
            kind = (ref.group, ref.kind)
            found = await discover(self._session, [self._recipes[kind]])
            if kind not in found.served:
                raise Missing(found.problems[kind].message)
            home = found.served[kind]
        path = f"{home.item(ref, subresource)}?fieldManager={OURS}"
        answer = await self._session.request("PATCH", path, body, content_type=MERGE_PATCH)
        return Written(answer["metadata"]["resourceVersion"], answer["metadata"].get("managedFields") or [])
