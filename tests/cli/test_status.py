"""`sleepwalker status`."""

import pytest

HELD = """
apiVersion: v1
kind: Namespace
metadata:
  name: team
  annotations: {sleepwalker.dev/uptime: "Mon-Fri 08:00-20:00 Europe/Berlin"}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: team
  annotations:
    sleepwalker.dev/asleep: >-
      {"since":"2026-11-24T19:00:00Z","original":{"/spec/replicas":3},"set":{"/spec/replicas":0},"because":"it is late"}
spec: {replicas: 0}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: night-shift
  namespace: team
  annotations:
    sleepwalker.dev/keep-awake-until: "2026-11-24T23:00:00Z"
    sleepwalker.dev/override-by: anna
    sleepwalker.dev/override-reason: demo for the board
spec: {replicas: 2}
"""
AT = ("--at", "2026-11-24T21:00:00Z")


def test_json_has_the_documented_shape(run, manifests):
    document = run("status", "-f", manifests(HELD), *AT, "-o", "json").json

    assert document == {
        "now": "2026-11-24T21:00:00Z",
        "asleep": [
            {
                "kind": "Deployment",
                "namespace": "team",
                "name": "web",
                "since": "2026-11-24T19:00:00Z",
                "until": "2026-11-25T07:00:00Z",
                "because": "it is late",
                "original": {"/spec/replicas": 3},
            }
        ],
        "overrides": [
            {
                "kind": "Deployment",
                "namespace": "team",
                "name": "night-shift",
                "awake": True,
                "until": "2026-11-24T23:00:00Z",
                "by": "anna",
                "reason": "demo for the board",
            }
        ],
        "problems": [],
    }


def test_the_table_says_who_overrides_until_when_and_why(run, manifests):
    answer = run("status", "-f", manifests(HELD), *AT)

    assert (
        "override  team/Deployment/night-shift: awake until Tue 24 Nov 23:00 UTC (in 2 h) by anna: demo" in answer.out
    )


def test_an_override_that_has_ended_is_not_in_force(run, manifests):
    document = run("status", "-f", manifests(HELD), "--at", "2026-11-24T23:00:00Z", "-o", "json").json

    assert document["overrides"] == []


def test_what_a_person_has_woken_is_not_asleep(run, manifests):
    woken = HELD.replace("spec: {replicas: 0}", "spec: {replicas: 2}")

    assert run("status", "-f", manifests(woken), *AT, "-o", "json").json["asleep"] == []


def test_nothing_asleep_is_said(run, manifests):
    assert run("status", "-f", manifests(HELD), "-n", "team", "-o", "json").code == 0


@pytest.mark.parametrize("uptime", ["never", "Mon-Fri 08:00-20:00 Mars"])
def test_where_nothing_says_when_until_is_null(run, manifests, uptime):
    path = manifests(HELD.replace("Mon-Fri 08:00-20:00 Europe/Berlin", uptime))

    assert run("status", "-f", path, *AT, "-o", "json").json["asleep"][0]["until"] is None
