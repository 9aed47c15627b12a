"""Events as the server takes them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sleepwalker.adapters.kubernetes.events import EventWriter, Happening
from sleepwalker.adapters.kubernetes.session import Session
from sleepwalker.core.targets import Ref, namespace_ref
from tests.cluster import objects

NOW = datetime(2026, 11, 24, 19, tzinfo=UTC)


def happening(namespace, name, reason="Slept", message="because", uid=""):
    return Happening(Ref(namespace, "Deployment", name, "apps"), "apps/v1", uid, reason, message)


def written(bed, batch):
    async def run():
        async with await Session.open(str(bed.kubeconfig)) as session:
            writer = EventWriter(session)
            await writer.start()
            await writer.write(NOW, batch)
            await writer.close(seconds=20)
            return writer.outcomes

    return asyncio.run(run())


def test_an_event_is_about_the_object_and_says_why(bed, namespace):
    web = bed.create(objects.deployment("web", namespace))

    outcomes = written(bed, [happening(namespace, "web", message="x" * 999 + "ü" * 999, uid=web["metadata"]["uid"])])

    [event] = bed.items("Event", namespace)
    assert outcomes == {"written": 1}
    assert event["involvedObject"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "namespace": namespace,
        "uid": web["metadata"]["uid"],
    }
    assert (event["reason"], event["type"], event["count"]) == ("Slept", "Normal", 1)
    assert event["lastTimestamp"] == "2026-11-24T19:00:00Z"
    assert len(event["message"].encode()) <= 1024
    assert "Slept" in bed.kubectl("events", "--for", "deployment/web", "-n", namespace)


def test_many_alike_are_told_as_one_on_the_namespace(bed, namespace):
    many = [happening(namespace, f"web-{i}") for i in range(11)]
    few = [happening(namespace, f"web-{i}", reason="Problem") for i in range(2)]

    outcomes = written(bed, many + few)

    events = bed.items("Event", namespace)
    [one] = [event for event in events if event["reason"] == "Slept"]
    assert outcomes == {"written": 3}
    assert (one["involvedObject"]["kind"], one["involvedObject"]["name"], one["count"]) == ("Namespace", namespace, 11)
    assert one["message"].startswith("11 objects: Deployment/web-0, Deployment/web-1, Deployment/web-2,")
    assert [event["type"] for event in events if event["reason"] == "Problem"] == ["Warning", "Warning"]


def test_an_event_about_a_namespace_stands_in_it(bed, namespace):
    written(bed, [Happening(namespace_ref(namespace), "v1", "", "KeptAwake", "not tonight")])

    [event] = bed.items("Event", namespace)
    assert event["involvedObject"]["name"] == namespace


def test_what_cannot_be_written_or_is_too_much_is_counted_and_never_raised(bed, namespace):
    outcomes = written(bed, [happening("no-such-namespace", "web"), happening(namespace, "web")])
    assert outcomes == {"failed": 1, "written": 1}

    async def flood():
        async with await Session.open(str(bed.kubeconfig)) as session:
            writer = EventWriter(session)
            for i in range(1100):
                await writer.write(NOW, [happening(namespace, f"web-{i}")])
            return writer.outcomes

    assert asyncio.run(flood()) == {"dropped": 100}
