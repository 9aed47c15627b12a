"""The architecture page, held against the tree."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PACKAGE = ROOT / "sleepwalker"


def named_modules() -> set[str]:
    """Return the rooms and modules that the page's table of rooms names, as paths without suffix."""
    table = PAGE.split("## The rooms")[1].split("## State")[0]
    found: set[str] = set()
    for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE):
        names = re.findall(r"`([^`]+)`", row)
        room = names[0].split("/")[0]
        found |= {name if "/" in name else f"{room}/{name}" for name in names}
    return found


def test_every_module_that_the_page_names_exists() -> None:
    named = {name.removesuffix("/…").removesuffix("/") for name in named_modules()}

    missing = sorted(name for name in named if not ((PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()))

    assert missing == []


def test_every_module_of_the_core_the_app_and_the_adapters_stands_on_the_page() -> None:
    named = named_modules()
    modules = {
        str(path.relative_to(PACKAGE).with_suffix(""))
        for room in ("core", "app", "adapters")
        for path in (PACKAGE / room).glob("*.py")
        if path.stem != "__init__"
    }

    assert sorted(modules - named) == []
