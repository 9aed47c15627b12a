"""The controller's HTTP side: health, readiness, metrics. Read-only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Check = Callable[[], str]
"""Returns nothing if all is well, else a sentence."""


class Web:
    """A small server for probes and Prometheus."""

    def __init__(self, healthy: Check, ready: Check, metrics: Callable[[], bytes]) -> None:
        self._app = web.Application(client_max_size=1024)
        self._app.router.add_get("/healthz", _answering(healthy))
        self._app.router.add_get("/readyz", _answering(ready))
        self._app.router.add_get("/metrics", _showing(metrics))
        self._runner = web.AppRunner(self._app, access_log=None, handle_signals=False)

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port, which was chosen by the system if 0 was asked for. Raises OSError."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, shutdown_timeout=1).start()
        address: tuple[str, int] = self._runner.addresses[0][:2]
        return address[1]

    async def close(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()


def _answering(check: Check) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        wrong = check()
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    return answer


def _showing(metrics: Callable[[], bytes]) -> Answer:
    async def show(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    return show
