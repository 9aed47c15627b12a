"""Processes that end with whoever started them, and ports that nobody else takes."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"

_ASK_THEN_BECOME = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
os.execv(sys.argv[1], sys.argv[1:])
"""

LEASH = (sys.executable, "-ISc", _ASK_THEN_BECOME)
"""Put before a command: Python starts, asks the kernel to be killed when its parent ends, and becomes the command.

Popen's preexec_fn would do the same, but is unsafe beside threads, and pytest-xdist's workers have some.
"""


@contextlib.contextmanager
def reserved_ports(count: int) -> Iterator[int]:
    """The first of `count` free ports in a row. Beds keep out of each other's way by holding the port just before.

    They are below the range from which the kernel serves outgoing connections, so that one of those cannot take the
    API server's port while it restarts.
    """
    blocks = range(20_000, 32_000, count + 1)
    for i in range(len(blocks)):
        first = blocks[(os.getpid() + i) % len(blocks)]
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(_bound(first))
                for port in range(first + 1, first + 1 + count):
                    _bound(port).close()
            except OSError:
                continue
            yield first + 1
            return
    raise OSError(f"no {count + 1} free ports in a row between 20000 and 32000 on {HOST}")


def _bound(port: int) -> socket.socket:
    server = socket.socket()
    try:
        server.bind((HOST, port))
    except OSError:
        server.close()
        raise
    return server
