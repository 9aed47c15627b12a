"""The in-memory cluster keeps every promise of the port."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from sleepwalker.adapters.memory import MemoryCluster
from sleepwalker.app.simulate import VirtualClock
from sleepwalker.config.recipes import bundled_recipes
from tests.contracts.cluster_contract import PROMISES, keep, name_of


class MemoryWorld:
    def __init__(self):
        self.cluster = MemoryCluster(bundled_recipes(), VirtualClock(datetime(2026, 11, 24, tzinfo=UTC)))
        self.namespace = "contract"
        self.cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "contract"}})

    async def create(self, thing, manager):
        self.cluster.create(thing, manager)

    async def apply(self, thing, manager):
        self.cluster.apply(thing, manager)

    async def edit(self, ref, body, manager):
        self.cluster.update(ref, body, manager)

    async def delete(self, ref):
        self.cluster.delete(ref)


@asynccontextmanager
async def memory_world():
    yield MemoryWorld()


@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
def test_the_memory_cluster_keeps(promise):
    asyncio.run(keep(promise, memory_world))
