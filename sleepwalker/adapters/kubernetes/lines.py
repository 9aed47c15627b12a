"""A line of a watch, read."""

from __future__ import annotations

import re
from typing import NamedTuple

import orjson

from sleepwalker.adapters.kubernetes.shelves import Name, Thing
from sleepwalker.app.ports import ClusterError

_ALL_SHOWN = "k8s.io/initial-events-end"
_VERSION = re.compile(rb'"resourceVersion":"(\d+)"')
_HEAD = 4096


class StartOver(ClusterError):
    """What was seen so far does not count."""


class Garbled(ClusterError):
    """A line that says nothing."""


class Event(NamedTuple):
    """What happened to an object. `kind` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    kind: str
    thing: Thing
    name: Name
    version: str

    @property
    def says_all_shown(self) -> bool:
        """Whether a stream that begins with what there is has now shown it all."""
        return self.kind == "BOOKMARK" and _ALL_SHOWN in (self.thing["metadata"].get("annotations") or ())


def version_in(line: bytes) -> str:
    """Return the object's version without reading the rest. Metadata come first, and a quote within a text is escaped."""
    found = _VERSION.search(line, 0, _HEAD)
    return found[1].decode() if found else ""


def read_event(line: bytes) -> Event:
    """Return the event; raise Garbled, or StartOver if the line says that the watch cannot go on."""
    try:
        said = orjson.loads(line)
        kind, thing = said["type"], said["object"]
        if kind != "ERROR":
            metadata = thing["metadata"]
            name = "" if kind == "BOOKMARK" else metadata["name"]
            return Event(kind, thing, (metadata.get("namespace", ""), name), metadata["resourceVersion"])
        message = thing["message"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Garbled(f"a line that is no event: {line[:80]!r}") from error
    raise StartOver(f"the watch was ended: {message}")
