"""Rows under a heading, one line each: whole in a pipe, cut to the width of a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.text import Text

from sleepwalker.render.text import clean, cut

_GAP = "  "
_NARROWEST = 8
VERBS = {"sleep": "blue", "wake": "yellow", "keep-awake": "magenta", "give-back": "cyan", "tidy": "dim"}


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of text. `right` are columns of numbers; `flexible` are cut first, in order, where a line is too long."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: frozenset[int] = frozenset()
    flexible: tuple[int, ...] = ()
    styles: dict[int, str] = field(default_factory=dict)


def lines(table: Table, width: int | None = None) -> list[Text]:
    """Return the table, a line a row; without `width` nothing is cut."""
    cleaned = [tuple(map(clean, row)) for row in table.rows]
    widths = [max(map(cell_len, column)) for column in zip(table.heads, *cleaned, strict=True)]
    if width is not None:
        _fit(widths, table, width)
    shown = [_line(table, table.heads, widths, dict.fromkeys(range(len(widths)), "bold"))]
    return [*shown, *(_line(table, row, widths, _styles(table, row)) for row in cleaned)]


def plain(table: Table) -> list[str]:
    """Return the table for a pipe: aligned columns, nothing cut."""
    return [line.plain for line in lines(table)]


def _fit(widths: list[int], table: Table, width: int) -> None:
    """Take away from the flexible columns, and then from the widest, what does not fit."""
    for column in table.flexible:
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
        if excess > 0:
            widths[column] = max(widths[column] - excess, min(_NARROWEST, widths[column]))
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1


def _line(table: Table, cells: Sequence[str], widths: list[int], styles: dict[int, str]) -> Text:
    line = Text()
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        shown = cut(cell, width)
        padding = " " * (width - cell_len(shown))
        if column in table.right:
            line.append(padding)
        line.append(shown, styles.get(column, ""))
        if column < len(widths) - 1:
            line.append((padding if column not in table.right else "") + _GAP)
    line.rstrip()
    return line


def _styles(table: Table, row: Sequence[str]) -> dict[int, str]:
    return table.styles | {column: VERBS[cell] for column, cell in enumerate(row) if cell in VERBS}
