"""The real cluster keeps what every Cluster promises."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import pytest

from sleepwalker.adapters.kubernetes.cluster import KubernetesCluster
from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.app.ports import Conflict
from sleepwalker.core.recipe import parse_recipe
from tests.cluster.api import BedError
from tests.cluster.bed import Bed
from tests.contracts.cluster_contract import PROMISES, keep, name_of

RECIPES = [
    parse_recipe(
        {
            "recipe": "apps/v1/Deployment",
            "sleep": {"/spec/replicas": "{floor}"},
            "demand": "/spec/template",
            "default": {"/spec/replicas": 1},
        }
    ),
    parse_recipe({"recipe": "batch/v1/CronJob", "sleep": {"/spec/suspend": True}, "default": {"/spec/suspend": False}}),
]


@dataclass
class BedWorld:
    cluster: KubernetesCluster
    namespace: str
    bed: Bed

    async def create(self, thing, manager):
        await asyncio.to_thread(self.bed.create, thing, manager)

    async def apply(self, thing, manager):
        try:
            await asyncio.to_thread(self.bed.apply, thing, manager)
        except BedError as error:
            raise Conflict(str(error)) from error

    async def edit(self, ref, body, manager):
        await asyncio.to_thread(self.bed.patch, ref.kind, ref.name, ref.namespace or None, body, manager)

    async def delete(self, ref):
        await asyncio.to_thread(self.bed.delete, ref.kind, ref.name, ref.namespace or None)


@contextlib.asynccontextmanager
async def world(bed, namespace):
    async with await Session.open(str(bed.kubeconfig)) as session:
        cluster = KubernetesCluster(session, RECIPES)
        await cluster.start()
        try:
            await cluster.ready(30)
            yield BedWorld(cluster, namespace, bed)
        finally:
            await cluster.close()


@pytest.mark.parametrize("promise", PROMISES, ids=name_of)
def test_the_real_cluster_keeps(promise, bed, namespace):
    asyncio.run(keep(promise, lambda: world(bed, namespace)))
