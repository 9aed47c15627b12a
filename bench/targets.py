"""What is promised, as figures: each with its limit, read from the results of a sitting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, NamedTuple

_TOS = ("asleep", "awake")
_PEAK_MB = {2_000: 110.0, 10_000: 125.0}
_NOT_ABOUT_OBJECTS = ("watch", "create events")


class Figure(NamedTuple):
    """One line of the table: what was measured, at most what was promised."""

    what: str
    measured: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.limit


def figures(results: dict[str, Any]) -> Iterator[tuple[str, Figure]]:
    """Yield each figure, with the size that it is about."""
    for size, found in results["sizes"].items():
        if "transitions" in found:
            yield from ((size, each) for each in _transitions(int(size), found))
        if "starts" in found and int(size) == max(_PEAK_MB):
            seconds = median(each["first pass"] for each in found["starts"])
            yield size, Figure("start → first full plan", seconds, 2.5, "s")
    if planned := results.get("plan"):
        yield "10000", Figure("plan() in memory, nothing to do", planned["full_ms"], 150, "ms")
        yield "10000", Figure("plan() of one dirty namespace of 50", planned["one_dirty_namespace_ms"], 5, "ms")
    if owned := results.get("ownership"):
        each = (_about_objects(owned["asleep"]) + _about_objects(owned["awake"])) / owned["objects"]
        yield str(owned["objects"]), Figure("PATCHes for a night where Helm owned the field", each, 3, "an object")


def _transitions(size: int, found: dict[str, Any]) -> Iterator[Figure]:
    for to in _TOS:
        bare = middle(found, "bare", to, "last_seen_s")
        ratio = middle(found, "sleepwalker", to, "last_seen_s") / bare
        yield Figure(f"edge → last object {to}, to the bare loop's", ratio, 1.15, "×")
    for what, key, limit in (
        ("edge → first PATCH with the server", "first_sent_s", 50),
        ("edge → first change seen by a separate watch", "first_seen_s", 150),
    ):
        slower = max(middle(found, "sleepwalker", to, key) for to in _TOS)
        yield Figure(what, slower * 1000, limit, "ms")
    runs = [each for each in found["transitions"] if each["who"] == "sleepwalker"]
    yield Figure(
        "requests for a transition", median(_about_objects(each["requests"]) for each in runs) / size, 1, "an object"
    )
    yield Figure(
        "client CPU, all included",
        max(middle(found, "sleepwalker", to, "client_cpu_ms_each") for to in _TOS),
        0.5,
        "ms an object",
    )
    if size in _PEAK_MB:
        yield Figure("peak RSS", median(each["peak_rss_mb"] for each in runs), _PEAK_MB[size], "MB")
    if rest := found.get("rest"):
        asked = sum(count for what, count in rest["requests"].items() if not what.startswith("watch"))
        yield Figure("requests at rest, but open watches", asked * 60 / rest["seconds"], 0, "a minute")


def middle(found: dict[str, Any], who: str, to: str, key: str) -> float:
    """The median over the runs."""
    return median(each[key] for each in found["transitions"] if (each["who"], each["to"]) == (who, to))


def spread(found: dict[str, Any], who: str, to: str, show: Callable[[float], str]) -> str:
    """All runs of one kind, in order."""
    runs = [each["last_seen_s"] for each in found["transitions"] if (each["who"], each["to"]) == (who, to)]
    return " / ".join(map(show, runs))


def _about_objects(requests: dict[str, int]) -> int:
    """All but watches that were resumed, and Events."""
    return sum(count for what, count in requests.items() if not what.startswith(_NOT_ABOUT_OBJECTS))
