"""Keeps one shelf of the cache equal to what the server holds, for ever, whatever becomes of the watch.

Filled from a stream that begins with everything there is and goes on with what changes; where a server cannot do that,
or the stream breaks off three times, from a list in pages. A stream that ends before the mark that says "that was all"
has shown an unknown part, and starts over. After that a watch that ends goes on from the last version that was seen,
and one that the server cannot go on with starts over.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import NoReturn

import structlog

from sleepwalker.adapters.kubernetes.answers import Gone, NoAnswer
from sleepwalker.adapters.kubernetes.collecting import collector_held_off
from sleepwalker.adapters.kubernetes.lines import Event, Garbled, StartOver, read_event, version_in
from sleepwalker.adapters.kubernetes.paths import query
from sleepwalker.adapters.kubernetes.patience import PATIENT, Backoff, Patience, spread
from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.adapters.kubernetes.shelves import Name, Shelf, is_newer
from sleepwalker.app.ports import ClusterError, Denied, Missing, Rejected, Throttled, Unavailable

PAGE = 500
_PAGE_SECONDS = 60.0
_WATCH_SECONDS = (240, 420)
_GRACE_SECONDS = 30
_STREAM_TRIES = 3
_GARBLED_TRIES = 3
_TRIES_TO_PROBLEM = 4
_TRIES_TO_BELIEVE = 3
"""An API server that has just started forbids at first what it allows a moment later."""
_TRIES_TO_START_OVER = 8
_LONG_SECONDS = 5.0
_WITH_WHAT_THERE_IS = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where objects are listed and where they are watched. A list may be a single object."""

    listed: str
    watched: str


class Reflector:
    """One kind, everywhere or in one namespace. `changed` is called when `synced` or `problem` has."""

    def __init__(
        self,
        session: Session,
        source: Source,
        shelf: Shelf,
        changed: Callable[[], None],
        patience: Patience = PATIENT,
    ) -> None:
        self.synced = False
        """Whether all there is has been seen."""
        self.problem = ""
        """Why nothing is seen now, if it is more than a passing trouble."""
        self.heard: float | None = None
        """When the server last said something, in the loop's time."""
        self.counts: Counter[str] = Counter()
        """How often it failed, met a garbled line, resumed a watch that broke off, started over."""
        self._session = session
        self._source = source
        self._shelf = shelf
        self._changed = changed
        self._patience = patience
        self._began = 0.0
        self._refused = False
        self._version = ""
        self._backoff = Backoff(patience.most_backoff_seconds)
        self._broken_streams = 0
        self._garbled = 0

    @property
    def settled(self) -> bool:
        """Whether it is known what can be seen: all, or nothing because the server says no."""
        return self.synced or self._refused

    async def run(self) -> NoReturn:
        """Go on for ever."""
        while True:
            self._began = asyncio.get_running_loop().time()
            try:
                wait = await self._turn()
            except ClusterError as error:
                wait = self._failed(error)
            await asyncio.sleep(wait)

    async def _turn(self) -> float:
        """Fill the shelf and go on watching; return for how long to wait before the next turn."""
        if not self._version and self._broken_streams >= _STREAM_TRIES:
            await self._list()
        params = {"resourceVersion": self._version} if self._version else _WITH_WHAT_THERE_IS
        async with aclosing(self._events(params)) as events:
            if not self._version:
                await self._fill(events)
            async for event in events:
                self._hear(event)
        if asyncio.get_running_loop().time() - self._began > _LONG_SECONDS:
            self._backoff.over()
            return 0.0
        self.counts["resumed"] += 1
        return self._backoff.longer()

    async def _fill(self, events: AsyncGenerator[Event]) -> None:
        """Take in what there is, up to the mark that says that this was all; what follows is for others to read."""
        shown: set[Name] = set()
        loop = asyncio.get_running_loop()
        silence = self._patience.silence_seconds
        try:
            with collector_held_off():
                async with asyncio.timeout(silence) as waiting:
                    async for event in events:
                        if event.says_all_shown:
                            self._filled(shown, event.version)
                            return
                        self._hear_first(event, shown)
                        waiting.reschedule(loop.time() + silence)
        except TimeoutError as error:
            self._broken_streams = _STREAM_TRIES  # it does not know how to end
            raise StartOver(f"the stream said nothing for {silence:g} s before all was shown") from error
        except (Unavailable, Throttled):
            self._broken_streams += bool(shown)
            raise
        except (Rejected, Denied) as error:
            if isinstance(error, Gone) or (isinstance(error, Denied) and "sendInitialEvents" not in str(error)):
                raise
            self._broken_streams = _STREAM_TRIES
            raise StartOver(f"the server knows no such stream: {error}") from error
        except ClusterError:
            self._broken_streams += 1
            raise
        self._broken_streams += 1
        raise StartOver("the stream ended before all was shown")

    async def _list(self) -> None:
        shown: set[Name] = set()
        token: dict[str, str] = {}
        with collector_held_off():
            while True:
                page = await self._session.get(query(self._source.listed, limit=PAGE, **token), _PAGE_SECONDS)
                things = page["items"] or () if "items" in page else (page,)
                shown.update(self._shelf.put(thing) for thing in things)
                if not (rest := page["metadata"].get("continue")):
                    break
                token = {"continue": rest}
        self._filled(shown, page["metadata"]["resourceVersion"])

    async def _events(self, params: Mapping[str, str]) -> AsyncGenerator[Event]:
        seconds = random.randint(*_WATCH_SECONDS)  # noqa: S311 - spreads load
        path = query(self._source.watched, allowWatchBookmarks="true", timeoutSeconds=seconds, **params)
        loop = asyncio.get_running_loop()
        async with aclosing(self._session.stream(path, seconds + _GRACE_SECONDS)) as lines:
            async for line in lines:
                self.heard = loop.time()
                if self.synced and self._shelf.is_echo(version := version_in(line)):
                    self._version = version
                else:
                    yield read_event(line)

    def _hear_first(self, event: Event, shown: set[Name]) -> None:
        """Take in one of the events that show what there is."""
        if event.kind == "DELETED":
            self._shelf.drop(event.name)
            shown.discard(event.name)
        elif event.kind != "BOOKMARK":
            shown.add(self._shelf.put(event.thing))

    def _hear(self, event: Event) -> None:
        """Take in one of the events that show what has changed."""
        if event.kind == "DELETED":
            self._shelf.drop(event.name)
        elif event.kind != "BOOKMARK":
            self._shelf.put_newer(event.thing)
        elif self._version.isdigit() and is_newer(self._version, event.version):
            raise StartOver("versions have gone back, as after a restored backup")
        self._version = event.version
        self._garbled = 0
        if self.heard and self.heard - self._began > _LONG_SECONDS:
            self._backoff.over()
        if self.problem:
            self._settle(synced=True)

    def _filled(self, shown: set[Name], version: str) -> None:
        self._shelf.keep_only(shown)
        self._version = version
        self._broken_streams = 0
        self._refused = False
        self._settle(synced=True)

    def _failed(self, error: ClusterError) -> float:
        """Return for how long to wait."""
        self.counts["failed"] += 1
        wait = self._backoff.longer() + (error.retry_after if isinstance(error, Throttled) else 0.0)
        self.counts["garbled"] += isinstance(error, Garbled)
        self._garbled += isinstance(error, Garbled)
        hopeless = self._garbled >= _GARBLED_TRIES or self._backoff.tries >= _TRIES_TO_START_OVER
        if isinstance(error, StartOver | Rejected) or hopeless:
            self._version = ""
            self.counts["started over"] += 1
        elif self._version:
            self.counts["resumed"] += 1
        log.debug(
            "watch failed",
            path=self._source.watched,
            because=str(error),
            tries=self._backoff.tries,
            wait=round(wait, 2),
        )
        if isinstance(error, Denied | Missing) and self._backoff.tries >= _TRIES_TO_BELIEVE:
            return self._lost(error)
        if self._backoff.tries >= _TRIES_TO_PROBLEM:
            self._refused = self._refused or not isinstance(error, NoAnswer)
            self._settle(synced=self.synced, problem=f"{self._source.watched} cannot be watched: {error}")
        return wait

    def _lost(self, error: ClusterError) -> float:
        """Forget everything: what cannot be seen is not decided on. Return for how long to wait."""
        self._version = ""
        self._refused = True
        self._settle(synced=False, problem=str(error))
        self._shelf.keep_only(set())
        return spread(self._patience.denied_seconds)

    def _settle(self, *, synced: bool, problem: str = "") -> None:
        if (synced, problem) != (self.synced, self.problem):
            self.synced, self.problem = synced, problem
            self._changed()
