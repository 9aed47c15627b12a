"""Where a command's answer goes: standard output, as text for a terminal, text for a pipe, or a document."""

import shutil
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.text import Text

_NARROWEST, _WIDEST = 40, 200


def emit(document: Any, output: Literal["json", "yaml"]) -> None:  # noqa: ANN401 - any JSON value
    """Write a document."""
    from sleepwalker.render.json import to_json  # noqa: PLC0415 - each only when it is asked for
    from sleepwalker.render.yaml import to_yaml  # noqa: PLC0415

    sys.stdout.write(to_json(document) if output == "json" else to_yaml(document))


def write_lines(lines: Iterable[str]) -> None:
    """Write text, a line each."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def show(lines: Iterable["Text"]) -> None:
    """Write styled text: with its styles in a terminal, plain in a pipe."""
    lines = list(lines)
    if not in_terminal():
        write_lines(line.plain for line in lines)
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(Text("\n").join(lines), soft_wrap=True)


def show_either(terminal: Callable[[int], list["Text"]], pipe: Callable[[], list[str]]) -> None:
    """Write one text for a terminal of some width, and another for a pipe."""
    if in_terminal():
        show(terminal(width()))
    else:
        write_lines(pipe())


def in_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def width() -> int:
    """Return the terminal's width in cells."""
    return min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
