"""`sleepwalker plan`."""

from typing import Annotated

import typer

from sleepwalker.cli.failure import EXIT_ACTIONS, EXIT_FAILED
from sleepwalker.cli.options import LOOKING, Given, takes

EXAMPLES = """
sleepwalker plan                                # this cluster, now

sleepwalker plan -f manifests/ --at 'Fri 20:00' # files, on Friday evening

helm template . | sleepwalker plan -f -         # what a chart would do

sleepwalker plan -n team-a -o json --exit-code  # exit 2 if it would act
"""


@takes(*LOOKING)
def plan(
    given: Given,
    left: Annotated[bool, typer.Option("--left", help="List every object that is left, and why.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 2 if there are actions.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if there are problems.")] = False,
) -> int:
    """Show what it would do now, and why; nothing is written."""
    from sleepwalker.cli import output  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli.source import look  # noqa: PLC0415
    from sleepwalker.core import plan as core  # noqa: PLC0415
    from sleepwalker.render import plan as render  # noqa: PLC0415
    from sleepwalker.render import table  # noqa: PLC0415
    from sleepwalker.render.documents import plan_document  # noqa: PLC0415

    seen = look(given)
    made = core.plan(seen.now, seen.snapshot, seen.policies)
    problems = seen.all_problems(made.problems, given.namespace)
    if given.output != "table":
        output.emit(plan_document(made, problems), given.output)
    else:
        output.show_either(
            lambda width: render.plan_lines(made, problems, seen.zone, width),
            lambda: render.plan_rows(made, problems),
        )
        if left:
            rows = render.left_rows(made.left)
            output.show_either(lambda width: table.lines(rows, width), lambda: table.plain(rows))
        output.show(render.summary_lines(made, seen.zone, output.width() if output.in_terminal() else None))
    if strict and problems:
        return EXIT_FAILED
    return EXIT_ACTIONS if exit_code and made.actions else 0
