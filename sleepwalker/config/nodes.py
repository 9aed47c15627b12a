"""YAML nodes → JSON values, bounded, as go-yaml reads them for Kubernetes.

Timestamps and `12:00` stay text, `on` and `yes` are true, a key is always text. Raises ReadError with its line.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from sleepwalker.core.instants import shorten

MOST_EXPANDED: Final = 10_000
"""Nodes that aliases may repeat, in one document."""
DEEPEST: Final = 200
INT64: Final = 2**63
LONGEST_INT: Final = 66
"""Characters of 64 binary digits; longer numbers become floats."""

_INT = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*)", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII
)
_OCTAL = re.compile(r"0[0-7]+", re.ASCII)
_TAG = "tag:yaml.org,2002:"
_TEXT = {_TAG + "str", _TAG + "value", _TAG + "timestamp", "!"}
_COLLECTIONS = {_TAG + "map", _TAG + "seq", "!"}
_TRUE, _FALSE = {"yes", "true", "on"}, {"no", "false", "off"}


class ReadError(ValueError):
    """A document that cannot be read, in a sentence; `line` is where, from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.CSafeLoader):
    """Composes nodes with the plain scalars of go-yaml."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, shape) for tag, shape in rows if tag.removeprefix(_TAG) not in {"int", "float", "timestamp"}]
    for first, rows in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_TAG + "int", re.compile(f"(?:{_INT.pattern})$"), list("-+0123456789"))
_Loader.add_implicit_resolver(_TAG + "float", re.compile(f"(?:{_FLOAT.pattern})$"), list("-+0123456789."))


def compose(text: str) -> Iterator[yaml.Node]:
    """Yield the documents of a stream that hold something; raise yaml.YAMLError at the first that is not YAML."""
    for node in yaml.compose_all(text, _Loader):
        if node is not None and not (isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"):
            yield node


def child(node: yaml.Node, step: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    """Return where a key or an item begins, and its value; None if there is no such."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark, node.value[step]
    return None


@dataclass(slots=True)
class Reading:
    """Turns the nodes of one document into values; `before` lines of the file come first.

    What aliases repeat is counted, unless there are none.
    """

    before: int
    aliases: bool
    seen: set[int] = field(default_factory=set)
    expanded: int = 0

    def line(self, node: yaml.Node) -> int:
        """Return the line of the file in which a node begins."""
        return int(self.before + node.start_mark.line + 1)

    def value(self, node: yaml.Node, left: int = DEEPEST) -> Any:  # noqa: ANN401 - any JSON value may stand there
        """Return what the node says, at most `left` deep."""
        if self.aliases:
            self._count(node)
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.tag in _TEXT else self._scalar(node)
        if left == 0:
            raise ReadError(self.line(node), f"nested more than {DEEPEST} deep, or an anchor that holds itself")
        if node.tag not in _COLLECTIONS:
            raise ReadError(self.line(node), f"the tag {shorten(node.tag)} is not known here")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, left)
        return [self.value(each, left - 1) for each in node.value]

    def _count(self, node: yaml.Node) -> None:
        self.expanded += id(node) in self.seen
        self.seen.add(id(node))
        if self.expanded > MOST_EXPANDED:
            raise ReadError(self.line(node), f"aliases repeat more than {MOST_EXPANDED} values; write them out")

    def _mapping(self, node: yaml.MappingNode, left: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        places: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _TAG + "null":
                raise ReadError(self.line(key), "a key is not text")
            if key.tag == _TAG + "merge":
                for each in _parts(value):
                    merged = {**self._merged(each, left - 1), **merged}
                continue
            if key.value in places:
                first = self.line(places[key.value])
                raise ReadError(self.line(key), f"{shorten(key.value)} stands here twice: first in line {first}")
            places[key.value] = key
            found[key.value] = self.value(value, left - 1)
        return {**merged, **found} if merged else found

    def _merged(self, node: yaml.Node, left: int) -> dict[str, Any]:
        thing = self.value(node, left)
        if not isinstance(thing, dict):
            raise ReadError(self.line(node), f"'<<' merges mappings, not {shorten(thing)}")
        return thing

    def _scalar(self, node: yaml.ScalarNode) -> bool | float | None:
        text, tag = node.value, node.tag.removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool" and text.casefold() in _TRUE | _FALSE:
            return text.casefold() in _TRUE
        if tag not in {"int", "float"}:
            raise ReadError(self.line(node), f"the tag {shorten(node.tag)} does not fit {shorten(text)}")
        try:
            return _number(text.replace("_", ""))
        except ValueError as error:
            message = f"{shorten(text)} is not a number that JSON has; put it in quotes if it is text"
            raise ReadError(self.line(node), message) from error


def _parts(node: yaml.Node) -> Iterable[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else (node,)


def _number(text: str) -> float:
    if _INT.fullmatch(text) and len(text) <= LONGEST_INT:
        digits = text.lstrip("+-")
        number = int(text, 0 if digits[1:2].isalpha() else 8 if _OCTAL.fullmatch(digits) else 10)
        if -INT64 <= number < INT64:
            return number
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
