"""Requests to one API server, and the one place where its failures become ClusterErrors."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
from kubernetes.aio.client.rest import RESTClientObject
from yarl import URL

from sleepwalker.adapters.kubernetes.answers import NoAnswer, refusal
from sleepwalker.adapters.kubernetes.connection import CONNECT_SECONDS, hang_up, new_client
from sleepwalker.adapters.kubernetes.credentials import Credentials, find_credentials
from sleepwalker.adapters.kubernetes.paths import resource_of
from sleepwalker.app.ports import Unavailable

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
DEFAULT_SECONDS = 10.0
_IN_FLIGHT = 64
_HEADERS_SECONDS = 30.0
_OK = range(200, 300)
_UNAUTHORIZED = 401
_NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)


class Session:
    """An API server, as seen by us. `requests` counts what was sent, by verb and resource."""

    def __init__(self, credentials: Credentials, seconds: float = DEFAULT_SECONDS) -> None:
        self.seconds = seconds
        configuration = credentials.configuration
        self.host = str(configuration.host)
        self.requests: Counter[tuple[str, str]] = Counter()
        self._credentials = credentials
        self._trust = RESTClientObject(configuration).ssl_context
        self._calls = new_client(self._trust, _IN_FLIGHT)
        self._watches = new_client(self._trust, 0)
        self._proxy = credentials.proxy
        self._server_name = configuration.tls_server_name
        self._certificate = (configuration.cert_file, configuration.key_file)

    @classmethod
    async def open(
        cls, kubeconfig: str | None = None, context: str | None = None, seconds: float = DEFAULT_SECONDS
    ) -> Session:
        """Return a session with the cluster that is configured; raise ClusterError. Nothing is sent yet."""
        return cls(await find_credentials(kubeconfig, context), seconds)

    async def close(self) -> None:
        """Break off what is under way."""
        await self._calls.close()
        await self._watches.close()
        await asyncio.sleep(0)  # one turn of the loop closes the sockets

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def get(self, path: str, seconds: float | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return what is at a path; raise ClusterError."""
        return await self.request("GET", path, seconds=seconds)

    async def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content_type: str = JSON,
        seconds: float | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the answer's JSON; raise ClusterError. A token that has ended is renewed once."""
        seconds = seconds or self.seconds
        sent = None if body is None else orjson.dumps(body)
        try:
            async with asyncio.timeout(seconds):
                answer = await self._call(method, path, sent, content_type)
                if answer.status == _UNAUTHORIZED and await self._renewed(answer):
                    answer = await self._call(method, path, sent, content_type)
                raw = await answer.read()
        except _NO_ANSWER as error:
            raise self._no_answer(method, path, error, seconds) from error
        if answer.status not in _OK:
            raise refusal(_asked(method, path), answer.status, raw, answer.headers.get("Retry-After"))
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise Unavailable(f"{_asked(method, path)}: the answer from {self.host} is not JSON") from error

    async def stream(self, path: str, silence_seconds: float) -> AsyncGenerator[bytes]:
        """Yield the lines of a watch until the server ends it; raise ClusterError. Half a line is not a line."""
        asked = f"{path}&watch=1" if "?" in path else f"{path}?watch=1"
        answer = await self._open(asked, silence_seconds)
        try:
            if answer.status not in _OK:
                raw = await answer.read()
                raise refusal(_asked("WATCH", path), answer.status, raw, answer.headers.get("Retry-After"))
            begun: list[bytes] = []
            async for chunk in answer.content.iter_any():
                *whole, rest = chunk.split(b"\n")
                if whole and begun:
                    whole[0] = b"".join((*begun, whole[0]))
                    begun.clear()
                if rest:
                    begun.append(rest)
                for line in whole:
                    if line:
                        yield line
        except _NO_ANSWER as error:
            raise self._no_answer("WATCH", path, error, silence_seconds) from error
        finally:
            hang_up(answer)

    async def _call(self, method: str, path: str, sent: bytes | None, content_type: str) -> aiohttp.ClientResponse:
        self.requests[method, resource_of(path)] += 1
        headers = await self._headers()
        if sent is not None:
            headers["Content-Type"] = content_type
        return await self._calls.request(
            method,
            URL(self.host + path, encoded=True),
            data=sent,
            headers=headers,
            allow_redirects=False,
            proxy=self._proxy,
            server_hostname=self._server_name,
        )

    async def _open(self, path: str, silence_seconds: float) -> aiohttp.ClientResponse:
        patience = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=silence_seconds)
        try:
            async with asyncio.timeout(_HEADERS_SECONDS):
                answer = await self._watch(path, patience)
                if answer.status == _UNAUTHORIZED and await self._renewed(answer):
                    answer = await self._watch(path, patience)
                return answer
        except _NO_ANSWER as error:
            raise self._no_answer("WATCH", path, error, _HEADERS_SECONDS) from error

    async def _watch(self, path: str, patience: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        self.requests["WATCH", resource_of(path)] += 1
        return await self._watches.get(
            URL(self.host + path, encoded=True),
            headers=await self._headers(),
            timeout=patience,
            allow_redirects=False,
            proxy=self._proxy,
            server_hostname=self._server_name,
        )

    async def _headers(self) -> dict[str, str]:
        authorization = await self._credentials.authorization()
        return {"Accept": JSON, "Authorization": authorization} if authorization else {"Accept": JSON}

    async def _renewed(self, refused: aiohttp.ClientResponse) -> bool:
        await refused.read()
        await self._credentials.renew(refused.request_info.headers.get("Authorization", ""))
        configuration = self._credentials.configuration
        certificate = (configuration.cert_file, configuration.key_file)
        if configuration.cert_file and certificate != self._certificate:
            self._trust.load_cert_chain(configuration.cert_file, configuration.key_file)
            self._certificate = certificate
        return True

    def _no_answer(self, method: str, path: str, error: Exception, seconds: float) -> NoAnswer:
        what = str(error) or (
            f"nothing within {seconds:g} s" if isinstance(error, TimeoutError) else type(error).__name__
        )
        return NoAnswer(f"{_asked(method, path)}: no answer from {self.host}: {what}")


def _asked(method: str, path: str) -> str:
    return f"{method} {path.partition('?')[0]}"
