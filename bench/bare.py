"""The bare loop, a process of its own: the list is known, the bodies are ready, nothing is decided or remembered.

`python -m bench.bare < request.json` waits for the edge, sends, and prints what it took.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys

from bench.clock import now, sleep_until
from bench.processes import cpu_seconds
from bench.wire import Sent, Where, send_all

AGENT = "bench-bare"


def main() -> None:
    given = json.load(sys.stdin)
    where = Where(**given["where"])
    content_type, body = given["content_type"], given["body"].encode()
    requests = [Sent("PATCH", path, content_type, body) for path in given["paths"]]
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    sleep_until(given["edge"])
    cpu = cpu_seconds(os.getpid())
    statuses = asyncio.run(send_all(where, requests, given["concurrency"], AGENT))
    took = {"seconds": now() - given["edge"], "cpu_seconds": cpu_seconds(os.getpid()) - cpu, "statuses": statuses}
    print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
