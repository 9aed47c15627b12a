"""What an API server's refusal means, in a sentence and as one of the port's errors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson

from sleepwalker.app.ports import ClusterError, Conflict, Denied, Missing, Rejected, Throttled, Unavailable

MOST_PATIENCE_SECONDS = 60.0
_SAID = 300


class Gone(Rejected):
    """The version asked for is too old to go on from (410)."""


class NoAnswer(Unavailable):
    """The server said nothing at all."""


_MEANING: Mapping[int, type[ClusterError]] = {
    HTTPStatus.UNAUTHORIZED: Denied,
    HTTPStatus.FORBIDDEN: Denied,
    HTTPStatus.NOT_FOUND: Missing,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.GONE: Gone,
    HTTPStatus.REQUEST_TIMEOUT: Unavailable,
}


def refusal(asked: str, status: int, body: bytes, retry_after: str | None) -> ClusterError:
    """Return the error for an answer that is not a success. `asked` is the method and the object's path."""
    message = f"{asked}: {_status(status)}: {_message(body)}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(message, _patience(retry_after))
    if meaning := _MEANING.get(status):
        return meaning(message)
    is_ours = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return Rejected(message) if is_ours else Unavailable(message)


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _message(body: bytes) -> str:
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    if isinstance(said, Mapping) and isinstance(said.get("message"), str):
        return str(said["message"])[: 4 * _SAID]
    return " ".join(body[: 4 * _SAID].decode(errors="replace").split())[:_SAID] or "no reason given"


def _patience(retry_after: str | None) -> float:
    """Return the seconds asked for, within reason. A date, which API servers do not send, counts as one second."""
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else 1.0
    return min(seconds, MOST_PATIENCE_SECONDS)
