"""The controller: a metronome that asks for passes, and the signals that end it. It decides nothing.

A pass is asked for by an alarm at the next change of all, by a change in the cluster, by an edited policy, and every
ten minutes as a belt to the braces. Passes never overlap. A pass that fails is logged, counted, and tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from sleepwalker.adapters.logs import configure, logger
from sleepwalker.adapters.web import Web
from sleepwalker.app.announce import Announcer
from sleepwalker.app.outcome import Outcome
from sleepwalker.app.ports import LedgerError
from sleepwalker.app.reconcile import Pass
from sleepwalker.config.settings import Settings
from sleepwalker.core.instants import show_instant
from sleepwalker.core.targets import Ref
from sleepwalker.wiring import Parts, controller_parts

_FULL_PASS = timedelta(minutes=10)
_TICK = timedelta(seconds=2)
_SETTLE = 0.05
_GRACE = 9.0
_FIRST_BACKOFF, _LONGEST_BACKOFF = 1.0, 60.0
_HEALTHY_FOR = timedelta(minutes=25)


class Controller:
    """One process's controller over the parts that the wiring made."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._log = logger().bind()
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._wanted = asyncio.Event()
        self._full = True
        self._edge: datetime | None = None
        self._next: datetime | None = None
        self._last_success: datetime | None = None
        self._stopping = asyncio.Event()
        self._announcer = Announcer(self._uid_of)
        self._web = Web(self._unhealthy, self._unready, self._metrics_text)
        self._background: set[asyncio.Task[None]] = set()
        parts.reconciler.tell = self._log_outcome

    async def run(self, *, once: bool = False) -> int:
        """Run until told to stop, or for one pass. Return the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        settings = self.parts.settings
        self._log.info(
            "starting", mode=settings.mode, cluster=settings.cluster, policies=list(map(str, settings.policies))
        )
        try:
            if not once:
                port = await self._web.start(settings.http_address, settings.http_port)
                self._log.info("listening", address=f"{settings.http_address}:{port}")
            if not await self._prepare():
                return 0
            if once:
                return await self._one_pass()
            return await self._passes()
        finally:
            await self._close()

    # -- start and end -------------------------------------------------------------------------------------------------

    async def _prepare(self) -> bool:
        """Fill the caches and read the ledger. Return whether there is anything left to do: False if told to stop."""
        await self.parts.start()
        filled = asyncio.ensure_future(self.parts.cluster.ready())
        stopped = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({filled, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (filled, stopped):
            if not task.done():
                task.cancel()
        if self._stopping.is_set():
            return False
        await filled
        try:
            await self.parts.reconciler.start()
        except LedgerError as error:
            self._log.error("the ledger cannot be read", error=str(error))
        gc.collect()
        gc.freeze()
        snapshot = self.parts.cluster.snapshot()
        workloads = sum(len(found) for found in snapshot.workloads.values())
        self._log.info("caches filled", namespaces=len(snapshot.namespaces), workloads=workloads)
        return True

    async def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._scheduler.shutdown(wait=False)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._web.close()
        self._log.info("stopped")

    # -- the metronome -------------------------------------------------------------------------------------------------

    async def _one_pass(self) -> int:
        done = await self.parts.reconciler.once(self.parts.clock.now(), full=True)
        self._tell(done)
        await asyncio.gather(*self._background)
        return 1 if done.failed else 0

    async def _passes(self) -> int:
        if self.parts.lease and not await self._first(self.parts.lease.hold(self._lost)):
            return 0
        self._scheduler.start()
        self._scheduler.add_job(self._want_full, "interval", seconds=_FULL_PASS.total_seconds(), id="full")
        self._scheduler.add_job(self._tick, "interval", seconds=_TICK.total_seconds(), id="tick")
        self._start(self._watch())
        self._wanted.set()
        backoff = _FIRST_BACKOFF
        while await self._first(self._wanted.wait()):
            self._wanted.clear()
            try:
                await self._pass()
                backoff = _FIRST_BACKOFF
            except Exception as error:  # noqa: BLE001 - the controller survives its own bugs
                self.parts.metrics.crashed()
                self._log.exception("pass failed", error=str(error), again_in_seconds=backoff)
                self._full = True
                await self._first(asyncio.sleep(backoff))
                backoff = min(backoff * 2, _LONGEST_BACKOFF)
                self._wanted.set()
        return 0

    async def _pass(self) -> None:
        now = self.parts.clock.now()
        self._edge = self._next if self._next and self._next <= now else None
        full, self._full = self._full, False
        started = asyncio.get_running_loop().time()
        running = asyncio.ensure_future(self.parts.reconciler.once(now, full=full))
        if not await self._first(asyncio.shield(running)):
            self.parts.reconciler.stop()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(running, _GRACE)
            return
        done = await running
        self._last_success = ended = self.parts.clock.now()
        self.parts.metrics.passed(done, asyncio.get_running_loop().time() - started, ended)
        self._tell(done)
        self._arm(done.next_change)

    def _arm(self, at: datetime | None) -> None:
        self._next = at
        if at is None:
            if self._scheduler.get_job("edge"):
                self._scheduler.remove_job("edge")
            return
        self._scheduler.add_job(self._wanted.set, "date", run_date=at, id="edge", replace_existing=True)

    def _want_full(self) -> None:
        self._full = True
        self._wanted.set()

    def _tick(self) -> None:
        """Look at what no event tells: an edited policy file, a clock that was set, an alarm that did not ring."""
        now = self.parts.clock.now()
        if policies := self.parts.reload(now):
            self.parts.reconciler.use(policies)
            self._log.info("policies loaded", policies=len(policies.policies), problems=len(policies.problems))
            self._wanted.set()
        if self._next and self._next <= now:
            self._wanted.set()

    async def _watch(self) -> None:
        while True:
            await self.parts.cluster.wait_changed()
            await asyncio.sleep(_SETTLE)
            self._wanted.set()
            while self._wanted.is_set():  # noqa: ASYNC110 - a pass takes the changes when it begins, not before
                await asyncio.sleep(_SETTLE)

    def _lost(self) -> None:
        """Stop at once: another controller may begin. Kubernetes starts this one again, and it waits its turn."""
        self._log.error("the lease is lost; stopping")
        self.parts.reconciler.stop()
        self._stopping.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _first(self, work: Awaitable[object]) -> bool:
        """Wait for `work`, or for being told to stop. Return whether the work came first."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if self._stopping.is_set():
            task.cancel()
            return False
        await task
        return True

    # -- what it tells -------------------------------------------------------------------------------------------------

    def _tell(self, done: Pass) -> None:
        problems = self.parts.reconciler.problems
        said = list(self._announcer.announce(done, problems))
        for each in said:
            if each.reason in ("Problem", "SleepDelayed"):
                level = self._log.warning if each.warning else self._log.info
                level(each.reason, ref=str(each.ref), because=each.message)
        if done.ledger_error:
            self._log.error("the ledger cannot be written", error=done.ledger_error)
        if said and self.parts.settings.mode == "enforce":
            self._start(self.parts.write_events(said))
        self.parts.metrics.state(self.parts.reconciler.snapshot(), len(problems), self.parts.refused_files())
        if done.outcomes:
            next_change = show_instant(done.next_change) if done.next_change else None
            self._log.info("pass done", actions=len(done.outcomes), failed=len(done.failed), next_change=next_change)

    def _log_outcome(self, outcome: Outcome) -> None:
        action = outcome.action
        self.parts.metrics.outcome(outcome, self._edge, self.parts.clock.now())
        keys = {"verb": action.verb, "ref": str(action.ref), "set": dict(action.set), "because": action.because}
        match outcome.status:
            case "done":
                self._log.info("action done", **keys)
            case "would":
                if self._announcer.newly_planned(outcome):
                    self._log.info("would act; this is observe mode", **keys)
            case "overtaken":
                self._log.debug("action overtaken", **keys)
            case "failed":
                self._log.warning("action failed", **keys, error=outcome.error, tries=outcome.tries)

    def _uid_of(self, ref: Ref) -> str:
        workload = self.parts.cluster.snapshot().workload(ref)
        return workload.uid if workload else ""

    def _unhealthy(self) -> str:
        if self._last_success is None:
            return ""
        age = self.parts.clock.now() - self._last_success
        return f"no pass has succeeded for {age}" if age > _HEALTHY_FOR else ""

    def _unready(self) -> str:
        if not self.parts.cluster.synced:
            return "the caches are not filled yet"
        if self.parts.lease and not self.parts.lease.holder:
            return "it is not known who holds the lease"
        return ""

    def _metrics_text(self) -> bytes:
        self.parts.metrics.requests(self.parts.request_counts())
        return self.parts.metrics.text()


def run_controller(settings: Settings, *, once: bool = False) -> int:
    """Run the controller until it is told to stop, or for one pass; return the exit code. Raises ClusterError."""
    configure(settings.log_format, settings.log_level)

    async def main() -> int:
        async with controller_parts(settings) as parts:
            return await Controller(parts).run(once=once)

    return asyncio.run(main())
