"""Writes the pages and manifests that are made from tables; with --check, says which of them are out of date instead."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.config.settings import TABLE as SETTINGS
from sleepwalker.core.annotations import PREFIX, TABLE
from sleepwalker.render.rbac import documents

ROOT = Path(__file__).parents[2]
HEAD = "<!-- Written by `make docs` from the tables in the code. -->\n\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Yield each generated file and its text."""
    yield ROOT / "docs/reference/annotations.md", annotations()
    yield ROOT / "docs/reference/recipes.md", recipes()
    yield ROOT / "docs/reference/settings.md", settings()
    yield ROOT / "manifests/base/rbac.yaml", rbac()


def annotations() -> str:
    """Return the page of annotations."""
    rows = [
        f"| `{PREFIX}{k.name}` | {', '.join(k.where)} | {k.default} | `{k.example}` | {k.sentence} |" for k in TABLE
    ]
    return "\n".join(
        [
            f"{HEAD}# Annotations\n",
            "Text that cannot be read is a Problem, and puts its object in doubt: it is not put to sleep.",
            "The grammar of schedules is in [schedules](schedules.md).\n",
            "| key | on a | without it | example | meaning |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def recipes() -> str:
    """Return the page of recipes."""
    parts = [f"{HEAD}# Recipes\n", "How each kind sleeps. A recipe is data: `sleepwalker/recipes/*.yaml`.\n"]
    parts += ["| kind | while asleep | left alone if | awake means |", "|---|---|---|---|"]
    for each in bundled_recipes().values():
        sleep = ", ".join(f"`{f.pointer}: {f.asleep if f.is_count else str(f.asleep).lower()}`" for f in each.fields)
        ready = ", ".join(f"`{c.pointer} {c.operator} {c.operand}`" for c in each.ready) or "not suspended"
        parts.append(f"| `{each}` | {sleep} | {each.asleep_when} | {ready} |")
    return "\n".join([*parts, ""])


def settings() -> str:
    """Return the page of settings."""
    parts = [
        f"{HEAD}# Settings\n",
        "A flag wins over the environment, the environment over the file named by `--config`.\n",
    ]
    parts += ["| flag | environment | file | default | example | meaning |", "|---|---|---|---|---|---|"]
    parts += [
        f"| `{f.flag}` | `{f.env}` | `{f.key}` | `{f.default}` | `{f.example}` | {f.sentence} |" for f in SETTINGS
    ]
    return "\n".join([*parts, ""])


def rbac() -> str:
    """Return the roles that the controller needs."""
    head = "# Written by `make docs`, as `sleepwalker rbac` prints it: the least that the controller needs.\n"
    return head + yaml.safe_dump_all(documents(bundled_recipes(), "sleepwalker"), sort_keys=False)


def main() -> int:
    """Write, or check, every page."""
    stale = []
    for path, text in pages():
        if path.exists() and path.read_text() == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in sys.argv:
            path.write_text(text)
    if stale and "--check" in sys.argv:
        print(f"out of date: {', '.join(stale)}; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
