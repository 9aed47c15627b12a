"""A separate watch on all Deployments, a process of its own: when could anybody have seen the change?

It reads one line for each question, `REPLICAS COUNT EDGE`, and answers with one: when, in seconds after the edge, the
first Deployment with so many replicas was seen, and when the last of so many. It watches from before the question.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys

import aiohttp

from bench.clock import now
from bench.wire import Where

AGENT = "bench-eye"
_COUNT = b'"spec":{"replicas":'
_NAME = b'"metadata":{"name":"'


class Eye:
    """What is looked for, and what of it was seen."""

    def __init__(self) -> None:
        self._replicas = b""
        self._edge = 0.0
        self._wanted = 0
        self._seen: dict[bytes, float] = {}
        self.done = asyncio.Event()

    def look_for(self, replicas: int, count: int, edge: float) -> None:
        self._replicas = b"%d" % replicas
        self._wanted, self._edge = count, edge
        self._seen.clear()
        self.done.clear()

    def see(self, line: bytes) -> None:
        if not self._wanted:
            return
        count = line.find(_COUNT) + len(_COUNT)
        if line[count : count + 2].rstrip(b",") != self._replicas:
            return
        name = line.find(_NAME)
        self._seen.setdefault(line[name : line.find(b'"uid"', name)], now())
        if len(self._seen) == self._wanted:
            self.done.set()

    def answer(self) -> dict[str, float]:
        times = sorted(self._seen.values())
        self._wanted = 0
        return {"first": times[0] - self._edge, "last": times[-1] - self._edge}


async def watch(where: Where, eye: Eye) -> None:
    trust = ssl.create_default_context(cadata=where.ca)
    headers = {"Authorization": f"Bearer {where.token}", "Accept": "application/json", "User-Agent": AGENT}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as http:
        url = f"{where.url}/apis/apps/v1/deployments?watch=1&timeoutSeconds=7200"
        version = ""
        while True:  # the server ends a watch now and then in a burst
            async with http.get(f"{url}&resourceVersion={version}", ssl=trust) as answer:
                answer.raise_for_status()
                last = await _lines(answer, eye)
            version = json.loads(last)["object"]["metadata"]["resourceVersion"] if last else version


async def _lines(answer: aiohttp.ClientResponse, eye: Eye) -> bytes:
    """Read to the end; return the last line."""
    rest = last = b""
    async for chunk in answer.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            eye.see(line)
        last = lines[-1] if lines else last
    return last


async def main() -> None:
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    eye = Eye()
    watching = asyncio.create_task(watch(Where(*json.loads(await questions.readline())), eye))
    while line := await questions.readline():
        replicas, count, edge = line.split()
        eye.look_for(int(replicas), int(count), float(edge))
        await eye.done.wait()
        print(json.dumps(eye.answer()), flush=True)
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(main())
