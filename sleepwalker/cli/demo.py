"""`sleepwalker demo`."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sleepwalker.cli.failure import Refused
from sleepwalker.cli.options import Given, takes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sleepwalker.app.lived import Lived
    from sleepwalker.app.simulate import Simulation, Step
    from sleepwalker.cli.source import Look
    from sleepwalker.render.demo import Event

EXAMPLES = """
sleepwalker demo

sleepwalker demo -f my/manifests                # that week, with yours
"""
_ZONE = "Europe/Berlin"
_BEAT = 0.06


@takes("filename", "policies", "zone")
def demo(given: Given) -> int:
    """Live through one week of an example platform in a few seconds; no cluster is needed."""
    from dataclasses import replace  # noqa: PLC0415 - --help needs none of these

    from sleepwalker.app.demo import WEEK_BEGINS, WEEK_ENDS, scenes  # noqa: PLC0415
    from sleepwalker.app.simulate import Simulation  # noqa: PLC0415
    from sleepwalker.cli import output, source  # noqa: PLC0415
    from sleepwalker.core.instants import show_instant  # noqa: PLC0415

    files = given.filename or (str(_examples()),)
    given = replace(given, filename=files, zone=given.zone or _ZONE, at=show_instant(WEEK_BEGINS))
    seen, preview = source.preview(given)
    script = scenes(preview.cluster, seen.snapshot)
    simulation = Simulation(preview.reconciler, preview.clock, WEEK_ENDS, script)
    play = _in_terminal if output.in_terminal() else _in_pipe
    lived = play(simulation, seen.zone)
    _end(lived, seen)
    return 0


def _in_terminal(simulation: "Simulation", zone: "ZoneInfo") -> "Lived":
    from time import sleep  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    from sleepwalker.render.demo import events_of, frame  # noqa: PLC0415

    events: list[Event] = []
    console = Console(highlight=False, markup=False, emoji=False)
    with Live(console=console, auto_refresh=False, transient=False) as live:

        def seen(lived: "Lived", step: "Step") -> None:
            events.extend(events_of(step, zone, lived.problems))
            columns, lines = shutil.get_terminal_size()
            live.update(frame(lived, step.plan.now, events, zone, (columns, lines)), refresh=True)
            sleep(_BEAT)

        return _live(simulation, seen)


def _in_pipe(simulation: "Simulation", zone: "ZoneInfo") -> "Lived":
    from sleepwalker.cli.output import write_lines  # noqa: PLC0415
    from sleepwalker.render.demo import events_of  # noqa: PLC0415

    def seen(lived: "Lived", step: "Step") -> None:
        write_lines(line for _, line in events_of(step, zone, lived.problems))
        sys.stdout.flush()

    return _live(simulation, seen)


def _live(simulation: "Simulation", seen: Callable[["Lived", "Step"], None]) -> "Lived":
    import asyncio  # noqa: PLC0415 - slow to import

    from sleepwalker.app.lived import live_through  # noqa: PLC0415

    return asyncio.run(live_through(simulation, seen))


def _end(lived: "Lived", seen: "Look") -> None:
    from rich.text import Text  # noqa: PLC0415 - slow to import

    from sleepwalker.cli import output  # noqa: PLC0415
    from sleepwalker.render import plan, table  # noqa: PLC0415
    from sleepwalker.render.demo import story  # noqa: PLC0415
    from sleepwalker.render.week import CAVEAT, freed_table  # noqa: PLC0415

    width = output.width() if output.in_terminal() else None
    problems = seen.all_problems(lived.problems)
    if width:
        told = story(lived.steps, seen.zone, width)
        output.show([Text(), Text("What others did in that week, and what came of it:", "bold"), *told])
    output.show([Text(), Text("Freed in that week, in hours; not saved:", "bold")])
    output.show([*table.lines(freed_table(lived.freed), width), Text(CAVEAT, "dim"), Text()])
    output.show_either(lambda wide: plan.problem_lines(problems, wide), lambda: plan.problem_rows(problems))


def _examples() -> Path:
    """Return the folder of example manifests in the checkout."""
    here = Path(__file__).resolve()
    for folder in (*here.parents[2:3], Path.cwd()):
        if (found := folder / "manifests" / "examples").is_dir():
            return found
    raise Refused("the example manifests are not here; run it from a checkout of sleepwalker, or give your own with -f")
