"""Untrusted text → documents with their places. What cannot be read becomes a Trouble; the rest is read."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

import yaml

from sleepwalker.config.nodes import DEEPEST, INT64, LONGEST_INT, ReadError, Reading, child, compose
from sleepwalker.core.instants import shorten

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_DOCUMENTS: Final = 50_000

_START = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_NOTHING_YET = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_HELM = "; it looks like a Helm template: render it first, with 'helm template'"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Text that cannot be read: where, and why."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a document was read: the how manieth of a text, after so many lines, and the way to it within."""

    text: str
    number: int = 0
    before: int = 0
    way: tuple[str | int, ...] = ()

    def node(self) -> yaml.Node | None:
        """Read the text once more; return the node of the whole document. Some JSON is no YAML, and has none."""
        try:
            return next(islice(compose(self.text), self.number, None), None)
        except yaml.YAMLError:
            return None


@dataclass(frozen=True, slots=True)
class Document:
    """One object of a file. `line` is where it begins, from 1."""

    path: str
    line: int
    content: dict[str, Any]
    source: _Source = field(default=_Source(""), repr=False, compare=False)

    @property
    def place(self) -> str:
        """As in `policies/team.yaml:12`."""
        return f"{self.path}:{self.line}"

    def line_of(self, way: Sequence[str | int]) -> int:
        """Return the line of the nearest thing to `way`, the keys that lead to a value. Reads the text once more."""
        node = self.source.node()
        line = node.start_mark.line if node else self.line - self.source.before - 1
        for step in (*self.source.way, *way):
            if node is None or not (found := child(node, step)):
                break
            line, node = found[0].line, found[1]
        return int(self.source.before + line + 1)


def load_yaml(content: bytes, path: str) -> tuple[list[Document], list[Trouble]]:
    """Return the documents of a YAML or JSON file, with every `List` taken apart, and what could not be read."""
    if len(content) > MOST_BYTES:
        return [], [Trouble(path, 1, f"the file has {len(content)} bytes; at most {MOST_BYTES} are read")]
    try:
        text = _decoded(content)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [], [Trouble(path, line, "this is not UTF-8 text; save the file as UTF-8")]
    documents: list[Document] = []
    troubles: list[Trouble] = []
    read = _json(text, path) if text.lstrip().startswith("{") else None
    for each in read or _stream(text, path):
        if isinstance(each, Trouble):
            troubles.append(each)
        elif len(documents) == MOST_DOCUMENTS:
            troubles.append(Trouble(path, each.line, f"more than {MOST_DOCUMENTS} documents; the rest is not read"))
            break
        else:
            documents.append(each)
    return documents, troubles


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    return re.sub(r"^\ufeff", "", content.decode("utf-8"), flags=re.MULTILINE)


def _json(text: str, path: str) -> list[Document | Trouble] | None:
    """Return the documents of a JSON file, or None for what YAML's reader must see: it knows the places."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError
        return found

    def refused(_text: str) -> object:
        raise ValueError

    try:
        thing = json.loads(text, object_pairs_hook=once, parse_constant=refused, parse_int=_small)
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(thing, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return list(_flattened(Document(path, 1, thing, _Source(text)))) if _shallow(thing, DEEPEST) else None


def _small(text: str) -> int:
    if len(text) > LONGEST_INT or not -INT64 <= int(text) < INT64:
        raise ValueError(text)
    return int(text)


def _shallow(thing: object, left: int) -> bool:
    if not isinstance(thing, dict | list):
        return True
    return left > 0 and all(_shallow(each, left - 1) for each in (thing.values() if isinstance(thing, dict) else thing))


def _stream(text: str, path: str) -> Iterator[Document | Trouble]:
    for chunk, before in _chunks(text):
        hint = _HELM if "{{" in chunk else ""
        try:
            for number, node in enumerate(compose(chunk)):
                reading = Reading(before, aliases="&" in chunk and "*" in chunk)
                thing, line = reading.value(node), reading.line(node)
                if isinstance(thing, dict):
                    yield from _flattened(Document(path, line, thing, _Source(chunk, number, before)))
                else:
                    yield Trouble(path, line, f"{shorten(thing)} is not an object with apiVersion and kind{hint}")
        except yaml.YAMLError as error:
            line, message = _explained(error, chunk)
            yield Trouble(path, before + line, message + hint)
        except ReadError as error:
            yield Trouble(path, error.line, f"{error}{hint}")


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Yield what stands between the `---` lines and how many lines come before; a broken one leaves the others."""
    starts = [each.start() for each in _START.finditer(text)]
    if not starts or not _NOTHING_YET.fullmatch(text, 0, starts[0]):
        starts.insert(0, 0)
    starts[0] = line = 0
    for begin, end in zip(starts, [*starts[1:], len(text)], strict=True):
        chunk = text[begin:end]
        yield chunk, line
        line += chunk.count("\n")


def _explained(error: yaml.YAMLError, chunk: str) -> tuple[int, str]:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        found = _CONTROL.search(chunk)
        line = chunk.count("\n", 0, found.start()) + 1 if found else 1
        return line, f"the character {shorten(found[0] if found else '')} may not stand in YAML"
    context = getattr(error, "context", None)
    return mark.line + 1, f"not YAML: {getattr(error, 'problem', error)}{f', {context}' if context else ''}"


def _flattened(document: Document) -> Iterator[Document | Trouble]:
    """Yield the items of a `List`, or the document itself."""
    content, kind = document.content, document.content.get("kind")
    items = content.get("items")
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list):
        yield document
        return
    named = {"apiVersion": content.get("apiVersion"), "kind": kind[:-4]} if kind != "List" else {}
    lines = _lines(document, len(items))
    for number, (item, line) in enumerate(zip(items, lines, strict=True)):
        if isinstance(item, dict):
            source = replace(document.source, way=(*document.source.way, "items", number))
            yield from _flattened(Document(document.path, line, {**named, **item}, source))
        else:
            yield Trouble(document.path, line, f"items: {shorten(item)} is not an object with apiVersion and kind")


def _lines(document: Document, count: int) -> list[int]:
    """Return where each item begins; for JSON on one line that is where the list does."""
    source = document.source
    node = source.node() if "\n" in source.text.strip() else None
    for step in (*source.way, "items"):
        found = child(node, step) if node else None
        node = found[1] if found else None
    return [source.before + each.start_mark.line + 1 for each in node.value] if node else [document.line] * count
