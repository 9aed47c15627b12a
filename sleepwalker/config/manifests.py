"""Manifests as people keep them → raw objects, each with its place; our own documents among them apart."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sleepwalker.config.files import GROUP, content_of, documents_in, file_problem, files_under
from sleepwalker.config.yaml import MOST_BYTES, Document
from sleepwalker.core.problem import Problem

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Manifests:
    """What was found: objects as (object, place), our own documents, and what could not be read."""

    objects: tuple[tuple[dict[str, Any], str], ...] = ()
    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()


def load_objects(paths: Iterable[str], stdin: BinaryIO | None = None) -> Manifests:
    """Return what is in these files and folders; `-` stands for standard input. Never raises for what is in them."""
    objects: list[tuple[dict[str, Any], str]] = []
    ours: list[Document] = []
    problems: list[Problem] = []
    for path in paths:
        for name, content in _contents(path, stdin, problems):
            documents, wrong = documents_in(name, content)
            problems += wrong
            for each in documents:
                if _is_ours(each.content):
                    ours.append(each)
                elif message := _not_an_object(each.content):
                    problems.append(file_problem(name, f"{each.place}: {message}"))
                else:
                    objects.append((each.content, each.place))
    return Manifests(tuple(objects), tuple(ours), tuple(problems))


def _contents(path: str, stdin: BinaryIO | None, problems: list[Problem]) -> Iterable[tuple[str, bytes]]:
    if path == STDIN:
        yield "standard input", (stdin or sys.stdin.buffer).read(MOST_BYTES + 1)
        return
    try:
        files = files_under(Path(path))
    except (OSError, ValueError) as error:
        problems.append(file_problem(path, f"{path} cannot be read: {_reason(error)}"))
        return
    for file in files:
        try:
            yield str(file), content_of(file)
        except OSError as error:
            problems.append(file_problem(str(file), f"{file} cannot be read: {_reason(error)}"))
    if not files:
        problems.append(file_problem(path, f"{path} has no file that ends in .yaml, .yml or .json"))


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _is_ours(content: dict[str, Any]) -> bool:
    return content.get("kind") == "SleepPolicy" or str(content.get("apiVersion", "")).startswith(f"{GROUP}/")


def _not_an_object(content: dict[str, Any]) -> str | None:
    for key in ("apiVersion", "kind"):
        if not isinstance(content.get(key), str) or not content[key]:
            seen = "is missing" if content.get(key) is None else f"is {str(content[key])[:60]!r}"
            return f"not a Kubernetes object: its {key} {seen}"
    return None
