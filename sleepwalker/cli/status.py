"""`sleepwalker status`."""

from sleepwalker.cli.options import LOOKING, Given, takes

EXAMPLES = """
sleepwalker status

sleepwalker status -n team-a -o json
"""


@takes(*LOOKING)
def status(given: Given) -> int:
    """Show what is asleep, since when, until when and why; overrides; problems."""
    from sleepwalker.app import status as app  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli import output  # noqa: PLC0415
    from sleepwalker.cli.source import look  # noqa: PLC0415
    from sleepwalker.core.plan import plan  # noqa: PLC0415
    from sleepwalker.render.documents import status_document  # noqa: PLC0415
    from sleepwalker.render.status import status_lines, status_rows  # noqa: PLC0415

    seen = look(given)
    found = app.status(seen.now, seen.snapshot, seen.policies)
    problems = seen.all_problems(plan(seen.now, seen.snapshot, seen.policies).problems, given.namespace)
    if given.output != "table":
        output.emit(status_document(found, problems), given.output)
        return 0
    output.show_either(
        lambda width: status_lines(found, problems, seen.zone, width),
        lambda: status_rows(found, problems, seen.zone),
    )
    return 0
