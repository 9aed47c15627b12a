"""Documents → JSON: keys as they stand, never an error about text."""

from __future__ import annotations

from typing import Any

import orjson

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS


def to_json(document: object) -> str:
    """Return the document as indented JSON. Half a character, which UTF-8 has not, becomes a question mark."""
    try:
        return orjson.dumps(document, option=_OPTIONS).decode()
    except TypeError:
        return orjson.dumps(whole(document), option=_OPTIONS).decode()


def whole(thing: Any) -> Any:  # noqa: ANN401 - any JSON value may stand there
    """Return the document with only text that UTF-8 can hold, and only numbers that JSON can."""
    match thing:
        case str():
            return thing.encode(errors="replace").decode()
        case bool() | None | float():
            return thing
        case int():
            return thing if abs(thing) < 2**63 else str(thing)
        case dict():
            return {whole(key): whole(value) for key, value in thing.items()}
        case list() | tuple():
            return [whole(each) for each in thing]
        case _:
            return str(thing)
