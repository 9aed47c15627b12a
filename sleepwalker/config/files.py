"""Files of YAML and JSON: which ones there are, and what is in them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sleepwalker.config.yaml import MOST_BYTES, Document, Trouble, load_yaml
from sleepwalker.core.problem import Problem
from sleepwalker.core.targets import Ref

GROUP: Final = "sleepwalker.dev"
_ENDINGS: Final = {".yaml", ".yml", ".json"}


def file_problem(path: str, message: str) -> Problem:
    """Return the problem of a file as a whole."""
    return Problem(Ref(namespace="", kind="File", name=path), message)


def troubled(trouble: Trouble) -> Problem:
    """Return a trouble as a problem of its file."""
    return file_problem(trouble.path, str(trouble))


def documents_in(path: str, content: bytes) -> tuple[list[Document], list[Problem]]:
    """Return the documents of a file's content, and what could not be read."""
    documents, troubles = load_yaml(content, path)
    return documents, [troubled(each) for each in troubles]


def files_under(path: Path) -> list[Path]:
    """Return the YAML and JSON files of a folder, at any depth, in order, or the file itself; raise OSError.

    What begins with a dot is passed over: `.git`, and the `..data` of a mounted ConfigMap, whose files are seen
    through their links.
    """
    if not path.is_dir():
        path.stat()
        return [path]
    return sorted(_walk(path))


def content_of(path: Path) -> bytes:
    """Return what is in a file, up to one byte more than is read of any; raise OSError."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for at, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for name in files:
            file = Path(at, name)
            if not name.startswith(".") and file.suffix in _ENDINGS and file.is_file():
                yield file
