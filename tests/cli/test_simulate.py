"""`sleepwalker simulate`."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
WEEK = ("-f", str(EXAMPLES), "--from", "2026-11-23", "--to", "2026-11-30", "--zone", "Europe/Berlin")
STEP = ["now", "actions", "problems", "next_change"]


def test_json_has_the_documented_shape(run):
    document = run("simulate", *WEEK, "-o", "json").json

    assert list(document) == ["from", "to", "steps", "freed", "total", "problems", "dst"]
    assert (document["from"], document["to"]) == ("2026-11-22T23:00:00Z", "2026-11-29T23:00:00Z")
    assert {tuple(each) for each in document["steps"]} == {tuple(STEP)}
    assert list(document["total"]) == ["cpu_hours", "memory_gib_hours", "accelerator_hours", "replica_hours"]


def test_left_is_told_when_asked(run):
    document = run("simulate", *WEEK, "--left", "-o", "json").json

    assert list(document["steps"][0]) == ["now", "actions", "left", "problems", "next_change"]


def test_a_step_is_the_plan_of_that_moment(run):
    begin = ("-f", str(EXAMPLES), "--zone", "Europe/Berlin")

    [step, *_] = run("simulate", *begin, "--from", "2026-11-24 21:00", "-o", "json").json["steps"]
    plan = run("plan", *begin, "--at", "2026-11-24 21:00", "-o", "json").json

    assert step["actions"] == plan["actions"]


def test_what_is_freed_is_counted(run, manifests):
    path = manifests("""
apiVersion: v1
kind: Namespace
metadata: {name: team, annotations: {sleepwalker.dev/downtime: 20:00-24:00}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: team}
spec:
  replicas: 3
  template:
    spec:
      containers: [{name: a, resources: {requests: {cpu: 500m, memory: 2Gi}, limits: {nvidia.com/gpu: 1}}}]
""")

    document = run("simulate", "-f", path, "--from", "2026-11-24", "--to", "2026-11-25", "-o", "json").json

    expected = {"cpu_hours": 6.0, "memory_gib_hours": 24.0, "accelerator_hours": 12.0, "replica_hours": 12.0}
    assert document["freed"] == {"team": expected}
    assert document["total"] == expected


def test_a_holiday_is_slept_through(run):
    steps = run("simulate", *WEEK, "-n", "team-c", "-o", "json").json["steps"]

    woken = [each["now"] for each in steps if each["actions"][0]["verb"] == "wake"]
    assert woken == ["2026-11-23T13:00:00Z", "2026-11-24T13:00:00Z", "2026-11-25T13:00:00Z"]


def test_a_pipe_gets_a_row_a_change(run):
    answer = run("simulate", *WEEK, "-n", "storefront")

    assert answer.out.splitlines()[1].startswith("Mon 23 Nov 00:00  sleep  storefront  1 object  namespace annotation")
    assert "not saved" not in answer.out
    assert "Saved only where a node went away" in answer.out


def test_clock_changes_are_named(run, manifests):
    path = manifests(
        "apiVersion: v1\nkind: Namespace\n"
        "metadata: {name: a, annotations: {sleepwalker.dev/uptime: 'Sun 02:30-06:00 Europe/Berlin'}}"
    )

    document = run("simulate", "-f", path, "--from", "2027-03-27", "--to", "2027-03-29", "-o", "json").json

    assert [(each["date"], each["kind"]) for each in document["dst"]] == [("2027-03-28", "gap")]


@pytest.mark.parametrize(
    ("span", "sentence"),
    [
        pytest.param(("--from", "2026-11-24", "--to", "2026-11-23"), "--to is not after --from", id="backwards"),
        pytest.param(("--from", "2026-11-24", "--to", "2226-11-23"), "more than 3660 days", id="too long"),
        pytest.param(("--from", "soon"), "'soon' is not a time", id="no time"),
    ],
)
def test_a_span_that_cannot_be_is_refused(run, span, sentence):
    answer = run("simulate", "-f", str(EXAMPLES), *span)

    assert answer.code == 1
    assert sentence in answer.err


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "line", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("line", "rect"):
            assert self.open.pop() == tag


def test_html_is_one_page_that_needs_nothing_else(run):
    answer = run("simulate", *WEEK, "-o", "html")

    page = _Page()
    page.feed(answer.out)
    assert page.open == []
    [svg] = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert (svg["role"], svg["aria-labelledby"]) == ("img", "chart-title chart-text")
    assert not [attributes for _, attributes in page.tags if "src" in attributes or "href" in attributes]
    assert "prefers-color-scheme: dark" in answer.out
    assert [tag for tag, _ in page.tags].count("table") == 3


def test_html_holds_no_text_of_strangers_as_markup(run, manifests):
    path = manifests(
        "apiVersion: v1\nkind: Namespace\n"
        'metadata: {name: a, annotations: {sleepwalker.dev/uptime: "<script>x</script>"}}'
    )

    assert "<script>" not in run("simulate", "-f", path, "-o", "html").out
