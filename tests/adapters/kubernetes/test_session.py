import asyncio
import json
import time
import traceback

import pytest

from sleepwalker.adapters.kubernetes.credentials import find_credentials
from sleepwalker.adapters.kubernetes.paths import resource_of
from sleepwalker.adapters.kubernetes.session import MERGE_PATCH, Session
from sleepwalker.app.ports import ClusterError, Conflict, Denied, Missing, Rejected, Throttled, Unavailable
from tests.adapters.kubernetes.server import Server, hangs_up, kubeconfig, only_with, refuses, says, stalls

PATH = "/apis/apps/v1/namespaces/team/deployments/web"


def test_a_patch_is_sent_as_it_was_meant(tmp_path):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, says({"ok": True}))

            answer = await session.request("PATCH", PATH + "?fieldManager=me", {"a": None}, content_type=MERGE_PATCH)

            [asked] = server.asked
            assert answer == {"ok": True}
            assert (asked.method, asked.query, asked.body) == ("PATCH", {"fieldManager": "me"}, {"a": None})
            assert asked.headers["Content-Type"] == MERGE_PATCH
            assert asked.headers["Authorization"] == "Bearer first"
            assert session.requests == {("PATCH", "deployments"): 1}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(302, Unavailable, id="redirects are not followed"),
        pytest.param(400, Rejected, id="400"),
        pytest.param(401, Denied, id="401"),
        pytest.param(403, Denied, id="403"),
        pytest.param(404, Missing, id="404"),
        pytest.param(409, Conflict, id="409"),
        pytest.param(410, Rejected, id="410"),
        pytest.param(422, Rejected, id="422"),
        pytest.param(429, Throttled, id="429"),
        pytest.param(500, Unavailable, id="500"),
        pytest.param(504, Unavailable, id="504"),
        pytest.param(599, Unavailable, id="a status without a name"),
    ],
)
def test_a_refusal_is_an_error_of_the_port_that_says_what_was_asked_and_answered(tmp_path, code, expected):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, refuses(code, "because of reasons"))

            with pytest.raises(expected) as refusal:
                await session.request("PATCH", PATH, {})

            assert str(refusal.value).startswith(f"PATCH {PATH}: {code}")
            assert str(refusal.value).endswith(": because of reasons")
            assert "first" not in "".join(traceback.format_exception(refusal.value))

    asyncio.run(run())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param({"Retry_After": "7"}, 7.0, id="as it says"),
        pytest.param({"Retry_After": "86400"}, 60.0, id="bounded"),
        pytest.param({"Retry_After": "-3"}, 1.0, id="nonsense"),
        pytest.param({"Retry_After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1.0, id="a date"),
        pytest.param({}, 1.0, id="nothing said"),
    ],
)
def test_patience_is_what_the_server_asks_for_within_reason(tmp_path, header, seconds):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, refuses(429, "slow down", **header))

            with pytest.raises(Throttled) as refusal:
                await session.get(PATH)

            assert refusal.value.retry_after == seconds

    asyncio.run(run())


@pytest.mark.parametrize("answer", [stalls(5), hangs_up()], ids=["a slow answer", "a connection that breaks"])
def test_no_answer_is_unavailable(tmp_path, answer):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, answer)

            with pytest.raises(Unavailable, match=f"PATCH {PATH}: no answer from http://127"):
                await session.request("PATCH", PATH, {}, seconds=0.2)

    asyncio.run(run())


def test_a_closed_port_is_unavailable(tmp_path):
    async def run():
        async with Server() as server:
            file = server.kubeconfig(tmp_path)
        async with await Session.open(file) as session:
            with pytest.raises(Unavailable, match="no answer"):
                await session.get("/version")

    asyncio.run(run())


def test_an_answer_that_is_not_json_is_unavailable(tmp_path):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, server.watch(b"<html>gateway</html>\n", then="end"))

            with pytest.raises(Unavailable, match="is not JSON"):
                await session.get(PATH)

    asyncio.run(run())


def test_a_refused_token_is_asked_for_anew_once_for_all_who_wait(tmp_path):
    async def run():
        async with Server() as server:
            token = tmp_path / "token"
            token.write_text("old\n")
            async with server.session(tmp_path, tokenFile=str(token)) as session:
                server.on(PATH, only_with("new", says({"ok": True})))
                token.write_text("new\n")

                answers = await asyncio.gather(*(session.get(PATH) for _ in range(8)))

                assert answers == [{"ok": True}] * 8
                assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer old", "Bearer new"}
                assert len(server.asked) <= 16

    asyncio.run(run())


def test_a_token_that_stays_refused_is_denied_after_one_more_try(tmp_path):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, only_with("other", says({})))

            with pytest.raises(Denied):
                await session.get(PATH)

            assert len(server.asked) == 2

    asyncio.run(run())


def test_an_exec_plugin_is_run_again_only_when_its_token_is_refused(tmp_path):
    runs, plugin = tmp_path / "runs", tmp_path / "plugin"
    credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%s"}}'
    plugin.write_text(f"#!/bin/sh\necho run >> {runs}\nprintf '{credential}' $(wc -l < {runs})\n")
    plugin.chmod(0o700)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin)}}

    async def run():
        async with Server() as server, server.session(tmp_path, **user) as session:
            server.on(PATH, only_with("t1", says({})), only_with("t2", says({})))

            await session.get(PATH)
            assert runs.read_text().count("run") == 1
            await asyncio.gather(*(session.get(PATH) for _ in range(5)))
            assert runs.read_text().count("run") == 2

    asyncio.run(run())


def test_a_pods_token_is_read_from_its_folder_and_again_when_it_has_changed(tmp_path):
    async def run():
        async with Server() as server:
            host, _, port = server.url.removeprefix("http://").partition(":")
            environ = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port, "HOME": str(tmp_path)}
            (tmp_path / "token").write_text("one\n")
            (tmp_path / "ca.crt").write_text("not read here")
            credentials = await find_credentials(environ=environ, service_account=tmp_path)
            before = await credentials.authorization()
            (tmp_path / "token").write_text("two\n")
            await credentials.renew(before)

            assert credentials.configuration.host == f"https://{host}:{port}"
            assert before == "bearer one"
            assert await credentials.authorization() == "bearer two"

    asyncio.run(run())


def test_kubeconfig_files_in_a_colon_list_are_merged(tmp_path):
    whole = kubeconfig("http://127.0.0.1:1", {"token": "t"})
    first = {key: value for key, value in whole.items() if key != "users"}
    second = {"apiVersion": "v1", "kind": "Config", "users": whole["users"]}
    for name, part in (("first", first), ("second", second)):
        (tmp_path / name).write_text(json.dumps(part))
    environ = {"KUBECONFIG": f"{tmp_path}/none:{tmp_path}/first:{tmp_path}/second", "HOME": str(tmp_path)}

    async def run():
        credentials = await find_credentials(environ=environ)
        return await credentials.authorization()

    assert asyncio.run(run()) == "Bearer t"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param({}, "no cluster is configured: pass a kubeconfig", id="nothing at all"),
        pytest.param(
            {"kubeconfig": "/nowhere/config"}, "there is no file /nowhere/config", id="a file that is not there"
        ),
        pytest.param(
            {"environ": {"KUBECONFIG": "/nowhere", "HOME": "/"}}, "there is no file /nowhere", id="KUBECONFIG"
        ),
        pytest.param({"context": "other", "kubeconfig": "HERE"}, "cannot be used: .*other", id="an unknown context"),
    ],
)
def test_a_missing_configuration_says_what_would_do(tmp_path, arguments, sentence):
    (tmp_path / "config").write_text(json.dumps(kubeconfig("http://127.0.0.1:1", {"token": "t"})))
    if arguments.get("kubeconfig") == "HERE":
        arguments["kubeconfig"] = str(tmp_path / "config")

    with pytest.raises(ClusterError, match=sentence):
        asyncio.run(find_credentials(**{"environ": {"HOME": str(tmp_path / "none")}, **arguments}))


def test_a_stream_yields_lines_of_any_length_and_no_half_ones(tmp_path):
    huge = b'"' + b"x" * 2_000_000 + b'"\n'

    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, server.watch(b"1\n2\n3", b"4\n", huge, b"half", then="end"))
            began = time.perf_counter()

            lines = [line async for line in session.stream(PATH, 5)]

            assert [len(line) if len(line) > 9 else line for line in lines] == [b"1", b"2", b"34", 2_000_002]
            assert time.perf_counter() - began < 2
            assert session.requests == {("WATCH", "deployments"): 1}

    asyncio.run(run())


def test_a_stream_that_falls_silent_is_unavailable(tmp_path):
    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, server.watch(b"1\n"))
            stream = session.stream(PATH, 0.2)

            assert await anext(stream) == b"1"
            with pytest.raises(Unavailable, match=f"WATCH {PATH}: no answer"):
                await anext(stream)

    asyncio.run(run())


@pytest.mark.parametrize(("no_proxy", "proxy"), [("", "http://proxy:3128"), ("cluster.example", None)])
def test_the_environments_proxy_is_used_unless_it_is_said_not_to(tmp_path, monkeypatch, no_proxy, proxy):
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    (tmp_path / "config").write_text(json.dumps(kubeconfig("https://cluster.example", {"token": "t"})))

    async def run():
        return (await find_credentials(str(tmp_path / "config"))).proxy

    assert asyncio.run(run()) == proxy


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/team", "namespaces"),
        ("/api/v1/namespaces/team/status", "namespaces/status"),
        ("/api/v1/watch/namespaces/team?watch=1", "namespaces"),
        ("/apis/apps/v1/deployments?watch=1", "deployments"),
        ("/apis/apps/v1/namespaces/team/deployments/web/scale", "deployments/scale"),
        ("/apis/apps/v1", ""),
    ],
)
def test_requests_are_counted_by_resource(path, resource):
    assert resource_of(path) == resource
