import asyncio

import pytest

from sleepwalker.adapters.kubernetes.discovery import discover
from sleepwalker.adapters.kubernetes.paths import Served
from sleepwalker.app.ports import Unavailable
from sleepwalker.core.recipe import parse_recipe
from sleepwalker.core.targets import Ref
from tests.adapters.kubernetes.server import Server, refuses, says


def recipe(kind):
    return parse_recipe({"recipe": kind, "sleep": {"/spec/replicas": "{floor}"}})


DEPLOYMENT, CLUSTER, POD = recipe("apps/v1/Deployment"), recipe("postgresql.cnpg.io/v1/Cluster"), recipe("v1/Pod")
GROUPS = {"groups": [{"name": n, "versions": [{"groupVersion": f"{n}/v1"}]} for n in ("apps", "postgresql.cnpg.io")]}
APPS = {
    "resources": [
        {"name": "deployments/scale", "kind": "Scale", "namespaced": True},
        {"name": "deployments", "kind": "Deployment", "namespaced": True},
    ]
}


def found(tmp_path, recipes, **answers):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            for path, answer in answers["on"].items():
                server.on(path, answer)
            return await discover(session, recipes), server.paths()

    return asyncio.run(run())


def test_one_request_for_each_group_that_is_there(tmp_path):
    on = {"/apis": says({"groups": GROUPS["groups"][:1]}), "/apis/apps/v1": says(APPS), "/api/v1": says({})}

    it, paths = found(tmp_path, [DEPLOYMENT, CLUSTER, POD], on=on)

    assert paths[0] == "/apis"
    assert sorted(paths[1:]) == ["/api/v1", "/apis/apps/v1"]
    assert it.served == {("apps", "Deployment"): Served("/apis/apps/v1", "deployments", namespaced=True)}
    assert set(it.problems) == {("postgresql.cnpg.io", "Cluster"), ("", "Pod")}
    assert it.problems["", "Pod"].ref == Ref("", "Pod", "*")


def test_a_group_whose_server_is_broken_costs_only_that_group(tmp_path):
    on = {"/apis": says(GROUPS), "/apis/apps/v1": says(APPS), "/apis/postgresql.cnpg.io/v1": refuses(503, "broken")}

    it, _ = found(tmp_path, [DEPLOYMENT, CLUSTER], on=on)

    assert set(it.served) == {("apps", "Deployment")}
    assert it.problems["postgresql.cnpg.io", "Cluster"].message.endswith("broken")


def test_a_server_without_its_own_groups_is_still_starting(tmp_path):
    with pytest.raises(Unavailable, match="still starting"):
        found(tmp_path, [DEPLOYMENT], on={"/apis": says({"groups": []})})


def test_forbidden_discovery_is_a_problem_of_every_kind(tmp_path):
    it, _ = found(tmp_path, [DEPLOYMENT, CLUSTER], on={"/apis": refuses(403, "not for you")})

    assert it.served == {}
    assert [problem.message[-11:] for problem in it.problems.values()] == ["not for you"] * 2


def test_names_are_quoted_in_paths():
    assert Served("/apis/a/v1", "bs", namespaced=True).item(Ref("n", "B", "../x?y"), "status") == (
        "/apis/a/v1/namespaces/n/bs/..%2Fx%3Fy/status"
    )
