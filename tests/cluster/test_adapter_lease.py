"""One controller at a time, by a Lease on a real API server."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from sleepwalker.adapters.clock import SystemClock
from sleepwalker.adapters.kubernetes.lease import Claim, Lease
from sleepwalker.adapters.kubernetes.session import Session


@contextlib.asynccontextmanager
async def claims(bed, namespace, *identities, seconds=2):
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(await Session.open(str(bed.kubeconfig)))
        leases = [Lease(session, Claim(namespace, "it", each, seconds), SystemClock()) for each in identities]
        for lease in leases:
            stack.push_async_callback(lease.release)
        yield leases


def never():
    pytest.fail("the lease was lost")


def test_the_first_holds_it_and_renews_it(bed, namespace):
    async def run():
        async with claims(bed, namespace, "a") as [a]:
            await a.hold(never)
            first = bed.get("Lease", "it", namespace)
            await asyncio.sleep(3)
            later = bed.get("Lease", "it", namespace)

            assert a.is_held
            assert first["spec"]["holderIdentity"] == "a"
            assert first["spec"]["leaseDurationSeconds"] == 2
            assert later["spec"]["renewTime"] > first["spec"]["renewTime"]
            assert later["spec"]["leaseTransitions"] == 1

    asyncio.run(run())


def test_another_waits_until_it_is_released(bed, namespace):
    async def run():
        async with claims(bed, namespace, "a", "b", seconds=10) as [a, b]:
            await a.hold(never)
            waiting = asyncio.create_task(b.hold(never))
            await asyncio.sleep(0.5)
            assert not waiting.done()
            assert b.holder == "a"

            await a.release()
            await asyncio.wait_for(waiting, 5)
            assert b.is_held
            assert not a.is_held

    asyncio.run(run())


def test_another_takes_over_when_the_holder_dies_and_not_before_the_duration(bed, namespace):
    async def run():
        async with claims(bed, namespace, "a", "b") as [a, b]:
            await a.hold(never)
            a._task.cancel()  # noqa: SLF001 - it dies without a word
            began = time.perf_counter()

            await asyncio.wait_for(b.hold(never), 10)

            assert time.perf_counter() - began > 2
            assert bed.get("Lease", "it", namespace)["spec"]["leaseTransitions"] == 2
            a.is_held = False

    asyncio.run(run())


def test_of_many_at_once_one_gets_it(bed, namespace):
    async def run():
        async with claims(bed, namespace, *"abcdefgh", seconds=10) as leases:
            waiting = [asyncio.create_task(lease.hold(never)) for lease in leases]
            await asyncio.sleep(1)

            assert [lease.is_held for lease in leases].count(True) == 1
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(run())


def test_a_lease_that_was_taken_away_is_lost_at_once(bed, namespace):
    async def run():
        lost = asyncio.Event()
        async with claims(bed, namespace, "a", seconds=12) as [a]:
            await a.hold(lost.set)
            bed.patch("Lease", "it", namespace, {"spec": {"holderIdentity": "thief"}})

            await asyncio.wait_for(lost.wait(), 8)

            assert not a.is_held
            assert a.holder == "thief"

    asyncio.run(run())


def test_a_lease_that_cannot_be_renewed_is_lost_before_another_could_take_it(bed, namespace):
    async def run():
        lost = asyncio.Event()
        async with claims(bed, namespace, "a", seconds=12) as [a]:
            await a.hold(lost.set)
            began = time.perf_counter()
            bed.stop("apiserver")
            try:
                await asyncio.wait_for(lost.wait(), 20)
                assert time.perf_counter() - began < 12
            finally:
                await asyncio.to_thread(bed.start, "apiserver")

    asyncio.run(run())
