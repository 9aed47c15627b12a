"""An explanation as text: the layers from the top, and what follows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from sleepwalker.app.explain import Explanation
from sleepwalker.core.decision import PROTECTED
from sleepwalker.render.documents import opinion_word
from sleepwalker.render.plan import sentence
from sleepwalker.render.table import Table, lines
from sleepwalker.render.text import clean, show_relative, show_time

_WORDS = {True: "awake", False: "asleep", None: "as it is"}
_STYLES = {"awake": "bold yellow", "asleep": "bold blue", "as it is": "bold"}
_UNLIMITED = 10_000


def explain_lines(told: Explanation, now: datetime, zone: ZoneInfo, width: int | None) -> list[Text]:
    """Return why one object shall be as it is; without `width`, as for a pipe, nothing is cut."""
    word = _WORDS[told.decision.awake]
    shown = [
        Text.assemble((clean(str(told.ref)), "bold"), f" at {show_time(now, zone)}: shall be ", (word, _STYLES[word])),
        *sentence(told.decision.because, width or _UNLIMITED, "  "),
        *sentence(f"now: {told.now.removesuffix(f': {told.decision.because}')}", width or _UNLIMITED, "  "),
        Text(),
    ]
    rows = [
        (
            ">" if each.layer == told.decision.layer else "",
            each.layer,
            _opinion(each.layer, opinion_word(each)),
            each.because,
        )
        for each in told.layers
    ]
    shown += lines(Table(("", "LAYER", "SAYS", "BECAUSE"), rows, flexible=(3,)), width)
    shown.append(Text())
    for change in told.next:
        says = _WORDS[change.awake]
        when = Text.assemble(f"{show_time(change.at, zone, now):<21}  ", (f"{says:<8}", _STYLES[says]))
        shown.append(when.append(f"  {show_relative(change.at, now)}"))
    return [*shown, *([] if told.next else [Text("Nothing changes after this, as things stand.")])]


def _opinion(layer: str, word: str) -> str:
    if word == "none":
        return "-"
    return "never sleeps" if layer == PROTECTED and word == "awake" else word
