"""`python -m bench`: run, write docs/benchmarks.json and docs/benchmarks.md, and say what came out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench import report, sitting
from bench.sitting import Options

_DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    options, to = _options()
    results = sitting.hold(options)
    kept = to or (_DOCS / "benchmarks.json" if options.is_whole else None)
    if kept:
        kept.write_text(json.dumps(results, indent=1) + "\n")
    if options.is_whole and not to:
        (_DOCS / "benchmarks.md").write_text(report.page(results))
    print(report.table(results))


def _options() -> tuple[Options, Path | None]:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 only, one run, half a minute at rest")
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 10_000], help="numbers of Deployments")
    parser.add_argument("--runs", type=int, default=3, help="of the bare loop and of sleepwalker, in turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, and nothing to docs/")
    parser.add_argument("--only", nargs="+", choices=sitting.SCENARIOS, default=list(sitting.SCENARIOS))
    given = parser.parse_args()
    sizes, runs, rest = ([2_000], 1, 30.0) if given.quick else (given.sizes, given.runs, 60.0)
    return Options(tuple(sizes), runs, rest, tuple(given.only)), given.json


if __name__ == "__main__":
    sys.exit(main())
