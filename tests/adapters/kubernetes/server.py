"""A small HTTP server that plays an API server, its misbehaviour included: each path answers as it was told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from aiohttp import web

from sleepwalker.adapters.kubernetes.credentials import find_credentials
from sleepwalker.adapters.kubernetes.session import Session

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class Server:
    """`server.on("/path", answer, answer)`: one answer a request, the last one for all that follow."""

    def __init__(self):
        self.asked: list[Asked] = []
        self._answers: dict[str, deque[Answer]] = defaultdict(deque)
        self._closing = asyncio.Event()

    async def __aenter__(self):
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        self._closing.set()
        await self._runner.cleanup()

    def on(self, path: str, *answers: Answer) -> None:
        self._answers[path] = deque(answers)

    def paths(self, *methods: str) -> list[str]:
        return [each.path for each in self.asked if not methods or each.method in methods]

    def watches(self, path: str) -> list[dict[str, str]]:
        return [each.query for each in self.asked if each.path == path and "watch" in each.query]

    async def until(self, predicate: Callable[[], Any], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not predicate():  # noqa: ASYNC110 - of anything at all
                await asyncio.sleep(0.01)

    def kubeconfig(self, folder, **user: Any) -> str:
        path = folder / "config"
        path.write_text(json.dumps(kubeconfig(self.url, user or {"token": "first"})))
        return str(path)

    @contextlib.asynccontextmanager
    async def session(self, folder, **user: Any):
        credentials = await find_credentials(self.kubeconfig(folder, **user))
        async with Session(credentials) as session:
            yield session

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw) if raw else None
        self.asked.append(Asked(request.method, request.path, dict(request.query), dict(request.headers), body))
        answers = self._answers.get(request.path)
        if not answers:
            return web.json_response(status(404, "not here"), status=404)
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        return await answer(request)

    # ------------------------------------------------------------------ answers

    def watch(self, *lines: Any, then: str = "hold", slowly: float = 0) -> Answer:
        """Lines of a watch (dicts, or raw bytes); `then` hold the stream open, end it, or break it off."""

        async def answer(request: web.Request) -> web.StreamResponse:
            stream = web.StreamResponse()
            stream.enable_chunked_encoding()
            await stream.prepare(request)
            for line in lines:
                await stream.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
                await asyncio.sleep(slowly)
            if then == "break":
                request.transport.close()
            if then == "hold":
                await self._closing.wait()
            return stream

        return answer


def says(body: Any, code: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=code, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def refuses(code: int, message: str = "no", **headers: str) -> Answer:
    return says(status(code, message), code, **headers)


def stalls(seconds: float) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response({})

    return answer


def hangs_up() -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        request.transport.close()
        return web.Response()

    return answer


def only_with(token: str, then: Answer) -> Answer:
    """Answer 401 to any other token."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {token}":
            return web.json_response(status(401, "Unauthorized"), status=401)
        return await then(request)

    return answer


def status(code: int, message: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


def kubeconfig(url: str, user: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


# ---------------------------------------------------------------------- what a watch says


def added(name: str, version: int, replicas: int = 1) -> dict[str, Any]:
    return {"type": "ADDED", "object": deployment(name, version, replicas)}


def modified(name: str, version: int, replicas: int = 1) -> dict[str, Any]:
    return {"type": "MODIFIED", "object": deployment(name, version, replicas)}


def deleted(name: str, version: int) -> dict[str, Any]:
    return {"type": "DELETED", "object": deployment(name, version)}


def bookmark(version: int) -> dict[str, Any]:
    return {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(version)}}}


def all_shown(version: int) -> dict[str, Any]:
    mark = {"resourceVersion": str(version), "annotations": {"k8s.io/initial-events-end": "true"}}
    return {"type": "BOOKMARK", "object": {"metadata": mark}}


def error(code: int, message: str = "too old resource version") -> dict[str, Any]:
    return {"type": "ERROR", "object": status(code, message)}


def deployment(
    name: str, version: int, replicas: int = 1, namespace: str = "team", **annotations: str
) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{name}",
            "resourceVersion": str(version),
            "annotations": annotations,
        },
        "spec": {"replicas": replicas},
    }


def namespace(name: str, version: int) -> dict[str, Any]:
    return {"metadata": {"name": name, "resourceVersion": str(version)}}
