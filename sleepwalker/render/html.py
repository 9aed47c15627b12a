"""A week as one HTML page: a band for each namespace, drawn as SVG, and the same as tables. It needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from sleepwalker.app.lived import Lived
from sleepwalker.core.problem import Problem
from sleepwalker.core.zones import instant_of
from sleepwalker.render.table import Table
from sleepwalker.render.text import clean, local, show_day, show_time
from sleepwalker.render.week import CAVEAT, changes_of, freed_table

_LEFT, _WIDTH, _ROW, _TOP = 180, 820, 26, 24
_MOST_DAYS = 62
_MOST_CHANGES = 2000
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2433; --paper: #fff; --line: #c9cfdb; --awake: #f2b632; --asleep: #31539c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8f0; --paper: #12161f; --line: #3a4356; --awake: #d9a021; --asleep: #6d8fe0; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; }
.awake { fill: var(--awake); } .asleep { fill: var(--asleep); } .day { stroke: var(--line); }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); }
.n { text-align: right; } .swatch { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em; }
"""


def week_page(lived: Lived, problems: Sequence[Problem], zone: ZoneInfo) -> str:
    """Return the page."""
    title = f"sleepwalker: {show_time(lived.start, zone)} to {show_time(lived.end, zone)}"
    changes = changes_of(lived.steps, zone)
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>',
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>',
        f"<h1>{_text(title)}</h1>",
        *_chart(lived, zone),
        '<p><span class="swatch" style="background:var(--awake)"></span>awake',
        '<span class="swatch" style="background:var(--asleep)"></span>asleep; a band is split where a part sleeps.</p>',
        "<h2>Freed</h2>",
        *_table(freed_table(lived.freed)),
        f"<p>{_text(CAVEAT)}</p>",
        "<h2>Changes</h2>",
        *_table(Table(("When", "What", "Namespace", "How many", "Because"), changes[:_MOST_CHANGES])),
    ]
    if len(changes) > _MOST_CHANGES:
        parts.append(f"<p>… and {len(changes) - _MOST_CHANGES:,} more; -o json has all.</p>")
    if lived.dst:
        parts += ["<h2>Clock changes</h2><ul>", *(f"<li>{_text(str(each))}</li>" for each in lived.dst), "</ul>"]
    if problems:
        rows = [(str(each.ref), each.message) for each in problems]
        parts += ["<h2>Problems</h2>", *_table(Table(("Object", "Problem"), rows))]
    return "\n".join([*parts, "</body></html>"])


def _chart(lived: Lived, zone: ZoneInfo) -> Iterator[str]:
    names = sorted(lived.bands)
    height = _TOP + _ROW * len(names) + 4
    yield f'<svg viewBox="0 0 {_LEFT + _WIDTH} {height}" role="img" aria-labelledby="chart-title chart-text">'
    yield '<title id="chart-title">When each namespace is asleep</title>'
    yield '<desc id="chart-text">A band for each namespace; the tables below say the same in words.</desc>'
    for at, label in _midnights(lived, zone):
        x = _x(at, lived)
        yield f'<line class="day" x1="{x:.1f}" x2="{x:.1f}" y1="8" y2="{height}"/>'
        yield f'<text x="{x + 4:.1f}" y="16">{_text(label)}</text>'
    for number, name in enumerate(names):
        y = _TOP + _ROW * number
        yield f'<text x="0" y="{y + 15}">{_text(name[:26])}</text>'
        yield f"<g><title>{_text(name)}</title>"
        yield from _band(lived, name, y)
        yield "</g>"
    yield "</svg>"


def _band(lived: Lived, name: str, y: int) -> Iterator[str]:
    """Yield what is awake above, what sleeps below, as high as its share."""
    marks, full = lived.bands[name], _ROW - 6
    ends = [*(at for at, _, _ in marks[1:]), lived.end]
    for (at, asleep, total), end in zip(marks, ends, strict=True):
        x, wide = _x(at, lived), _x(end, lived) - _x(at, lived)
        dark = full * asleep / total if total else 0.0
        for kind, top, high in (("awake", y, full - dark), ("asleep", y + full - dark, dark)):
            if high > 0 and wide > 0:
                yield f'<rect class="{kind}" x="{x:.2f}" y="{top:.2f}" width="{wide:.2f}" height="{high:.2f}"/>'


def _midnights(lived: Lived, zone: ZoneInfo) -> Iterator[tuple[datetime, str]]:
    first = datetime.combine(local(lived.start, zone).date(), datetime.min.time())
    days = (lived.end - lived.start).days + 2
    step = max(1, -(-days // _MOST_DAYS), days // 10)
    for number in range(1, days, step):
        at = instant_of(first + timedelta(days=number), zone, 0)
        if lived.start < at < lived.end:
            yield at, show_day(at, zone)


def _x(at: datetime, lived: Lived) -> float:
    return _LEFT + _WIDTH * ((at - lived.start) / (lived.end - lived.start))


def _table(table: Table) -> Iterator[str]:
    yield "<table><thead><tr>"
    yield "".join(
        f'<th scope="col"{_number(table, column)}>{_text(head)}</th>' for column, head in enumerate(table.heads)
    )
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td{_number(table, c)}>{_text(cell)}</td>" for c, cell in enumerate(row)) + "</tr>"
    yield "</tbody></table>"


def _number(table: Table, column: int) -> str:
    return ' class="n"' if column in table.right else ""


def _text(text: str) -> str:
    return escape(clean(text))
