"""The results of a sitting, as a table for a terminal and as the page docs/benchmarks.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.targets import figures, middle, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_METHOD = """\
etcd and kube-apiserver run on the same machine, on loopback, without controllers, nodes or pods; client and server
share the cores, so that every microsecond that the client takes slows the server. The bare loop and the real
`sleepwalker run --mode enforce` take turns in one sitting, and the figures are medians over the runs: ratios hold,
absolute times don't travel. "Others" is the share of the machine that neither the server nor anything of this
benchmark used; where it is not near zero, the machine was shared, and times are worse than they would be.

- **The bare loop** is raw aiohttp with no proxy look-up: the list is known, the bodies are ready, the answers are not
  read. Each PATCH has the bytes of ours (replicas and the record; without our guard). Of merge and JSON Patch at 8, 16
  and 32 at once, the fastest in this sitting is taken.
- **The edge** is the instant that a `sleepwalker.dev/downtime` annotation on the namespaces names. When the first PATCH
  came, and which requests were whose, says the server's audit log; when the change could be seen, a separate watch in a
  process of its own, which runs beside the bare loop too.
- **Client CPU** is user and system time of the whole process around the transition, with its watches, log, ledger,
  metrics and Events, from /proc. **Peak RSS** is VmHWM from the start to the end of both transitions.
- **Requests** leave out Events (one for each namespace and transition) and watches that the server ended and that were
  resumed; both stand in the JSON.
"""

_PEERS = """\
## Beside its peers

Measured on the same kind of machine on 2026-11-24, with the same Deployments; seconds from the edge to the change seen
by a separate watch.

| | 2,000: last asleep / awake | 10,000: last asleep / awake | peak RSS at 2,000 / 10,000 | requests for 2,000 | at rest, a minute |
|---|---|---|---|---|---|
| kube-green 0.7.1 | 8.1 / 18.0 s | 37.6 / 61.3 s | 260–323 / 519–602 MB | 2,000 APPLY + 100 | 0 |
| GoKubeDownscaler | 21.4 / 7.5 s (polls) | 47.1 / 46.5 s | 295–322 / 1,225 MB | 2,000 PUT + 21 | 40 GET, 2 LIST |
| py-kube-downscaler | 31.4 / 33.6 s (polls) | 133 / 100 s | 200 / 893 MB | 2,000 PATCH + 3 | 3 LIST, all pods |
"""


def table(results: dict[str, Any]) -> str:
    rows = [("Deployments", "measured", "at most", "", "what")]
    rows += [
        (f"{int(size):,}", number(each.measured), number(each.limit), "met" if each.met else "MISSED", _what(each))
        for size, each in figures(results)
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join("  ".join((*map(str.rjust, row[:4], widths), row[4])) for row in rows)


def page(results: dict[str, Any]) -> str:
    """The whole of docs/benchmarks.md."""
    machine, versions = results["machine"], results["versions"]
    parts = [
        "# Benchmarks",
        "Written by `make bench`; the numbers behind it are in [benchmarks.json](benchmarks.json).",
        f"{results['date']}, {machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']} GB, Linux "
        f"{machine['kernel']}, Python {machine['python']}; load average {_list(machine['load'])} at the start and "
        f"{_list(results['load_at_end'])} at the end; {results['runs']} runs each. "
        + ", ".join(f"{name} {_version(text)}" for name, text in versions.items())
        + ".",
        "## Promises",
        _markdown(_promises(results)),
        "## Transitions",
        _markdown(_sittings(results)),
        *_notes(results),
        "## How it is measured",
        _METHOD.strip(),
        _PEERS.strip(),
    ]
    return "\n\n".join(parts) + "\n"


def number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _promises(results: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("", "Deployments", "measured", "at most", "")
    for size, each in figures(results):
        yield (
            _what(each),
            f"{int(size):,}",
            number(each.measured),
            number(each.limit),
            "met" if each.met else "**missed**",
        )


def _sittings(results: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("Deployments", "who", "to", "last seen, s", "client CPU, ms each", "server CPU, ms each", "others")
    for size, found in results["sizes"].items():
        for to in ("asleep", "awake") if "transitions" in found else ():
            for who in ("bare", "sleepwalker"):
                cpu = [f"{middle(found, who, to, key):.2f}" for key in ("client_cpu_ms_each", "server_cpu_ms_each")]
                others = f"{middle(found, who, to, 'others_share'):.0%}"
                seen = spread(found, who, to, lambda seconds: f"{seconds:.1f}")
                yield f"{int(size):,}", _loop(found) if who == "bare" else who, to, seen, *cpu, others


def _notes(results: dict[str, Any]) -> Iterator[str]:
    for size, found in results["sizes"].items():
        if "bytes" in found:
            yield (
                f"{int(size):,} Deployments in {found['namespaces']} namespaces, each {found['bytes']['whole']:,} bytes "
                f"of JSON, {found['bytes']['without managedFields']:,} without `managedFields`."
            )
    if owned := results.get("ownership"):
        yield (
            f"{owned['objects']} Deployments that Helm had applied server-side: asleep {owned['asleep']}, awake "
            f"{owned['awake']}; Helm's next apply: {owned['next apply by Helm']}."
        )


def _loop(found: dict[str, Any]) -> str:
    best = found["best"]
    return f"bare loop, {best['way']} patch, {best['concurrency']} at once"


def _what(figure: Any) -> str:
    return f"{figure.what}, {figure.unit}"


def _list(load: Iterable[float]) -> str:
    return " ".join(map(str, load))


def _version(text: str) -> str:
    return text.rsplit(maxsplit=1)[-1] if " " in text else text


def _markdown(rows: Iterable[tuple[str, ...]]) -> str:
    head, *rest = rows
    lines = [head, ("---",) * len(head), *rest]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
