"""The API server, with an audit log: who asked for what, and when the server got it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tests.cluster.bed import Bed
from tests.cluster.programs import find_programs

if TYPE_CHECKING:
    from collections.abc import Iterable

POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, Panic]
rules:
- {level: None, users: ["system:apiserver"]}
- {level: None, nonResourceURLs: ["/readyz", "/metrics"]}
- {level: Metadata}
"""


class Asked(NamedTuple):
    """One request: who asked, what for, the answer's status, and when the server got it."""

    agent: str
    verb: str
    resource: str
    code: int
    at: float


class Server(Bed):
    """A bed that keeps an audit log."""

    def __init__(self) -> None:
        super().__init__(find_programs())
        self._read = 0

    def requests(self) -> list[Asked]:
        """Those that were answered since this was last asked; a watch counts when it is opened."""
        with (self.directory / "audit.log").open("rb") as log:
            log.seek(self._read)
            whole, _, _ = log.read().rpartition(b"\n")
        self._read += len(whole) + 1 if whole else 0
        asked = map(_asked, whole.splitlines())
        return [each for each in asked if each]

    def _bring_up(self) -> None:
        (self.directory / "audit.yaml").write_text(POLICY)
        super()._bring_up()

    def _command(self, name: str) -> tuple[str, ...]:
        audited = ("--audit-policy-file=audit.yaml", "--audit-log-path=audit.log", "--audit-log-maxsize=8000")
        return (*super()._command(name), *(audited if name == "apiserver" else ()))


def _asked(line: bytes) -> Asked | None:
    event = json.loads(line)
    is_watch = event["verb"] == "watch"
    if is_watch != (event["stage"] == "ResponseStarted") and event["responseStatus"]["code"] < 400:
        return None
    about = event.get("objectRef") or {}
    resource = "/".join(filter(None, (about.get("resource", ""), about.get("subresource"))))
    at = datetime.fromisoformat(event["requestReceivedTimestamp"]).timestamp()
    return Asked(event.get("userAgent", ""), event["verb"], resource, event["responseStatus"]["code"], at)


def by(agent: str, asked: Iterable[Asked]) -> list[Asked]:
    return [each for each in asked if each.agent.startswith(agent)]


def counted(asked: Iterable[Asked]) -> dict[str, int]:
    """How often of each, as in `patch deployments 200`."""
    counts = Counter(f"{each.verb} {each.resource or 'discovery'} {each.code}" for each in asked)
    return dict(sorted(counts.items()))
