"""Where things are on an API server."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sleepwalker.core.targets import Ref


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


def query(path: str, **params: str | int) -> str:
    """Return a path with its query."""
    return f"{path}?{urlencode(params)}"


def resource_of(path: str) -> str:
    """Return what a path is about, as `deployments/status`."""
    parts = path.partition("?")[0].strip("/").split("/")
    parts = parts[3:] if parts[0] == "apis" else parts[2:]
    if parts[:1] == ["watch"]:
        parts = parts[1:]
    if parts[:1] == ["namespaces"] and len(parts) > 2 and parts[2] not in ("status", "finalize"):  # noqa: PLR2004
        parts = parts[2:]
    return "/".join((*parts[:1], *parts[2:]))
