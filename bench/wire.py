"""Raw requests, many at once: to fill the cluster fast, and for the bare loop. Nothing here reads an answer."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Sequence


class Where(NamedTuple):
    """An API server, and how to be let in."""

    url: str
    ca: str
    token: str


class Sent(NamedTuple):
    """One request that is ready to go."""

    method: str
    path: str
    content_type: str
    body: bytes


async def send_all(where: Where, requests: Sequence[Sent], concurrency: int, agent: str) -> Counter[int]:
    """Send them in order, so many at once, and count the answers by status."""
    statuses: Counter[int] = Counter()
    waiting = iter(requests)
    connector = aiohttp.TCPConnector(limit=concurrency, ssl=ssl.create_default_context(cadata=where.ca))
    always = {"Authorization": f"Bearer {where.token}", "Accept": "application/json", "User-Agent": agent}
    async with aiohttp.ClientSession(
        connector=connector, headers=always, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as http:

        async def work() -> None:
            for each in waiting:
                said = {"Content-Type": each.content_type}
                url = URL(where.url + each.path, encoded=True)
                async with http.request(each.method, url, data=each.body, headers=said) as answer:
                    await answer.read()
                    statuses[answer.status] += 1

        await asyncio.gather(*(work() for _ in range(concurrency)))
    return statuses
