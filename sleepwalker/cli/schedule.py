"""`sleepwalker schedule`."""

from datetime import timedelta
from typing import Annotated

import typer

from sleepwalker.cli.options import Given, takes

EXAMPLES = """
sleepwalker schedule 'Mon-Fri 08:00-20:00 Europe/Berlin'

sleepwalker schedule 'Fri 20:00 - Mon 06:00' --zone America/New_York --days 14

sleepwalker schedule 'cron(0 8 * * 1-5 ; 0 20 * * 1-5)' -o json
"""
_MOST_DAYS = 3660


@takes("zone", "at", "output")
def schedule(
    given: Given,
    text: Annotated[str, typer.Argument(metavar="TEXT", show_default=False, help="A schedule, as in an annotation.")],
    days: Annotated[int, typer.Option(min=0, max=_MOST_DAYS, help="How many days ahead to look.")] = 7,
) -> int:
    """Show whether a schedule is awake, and its changes of the next days."""
    from sleepwalker.cli import output  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli.failure import EXIT_FAILED, told  # noqa: PLC0415
    from sleepwalker.cli.source import moment, read_settings, zone_of  # noqa: PLC0415
    from sleepwalker.core.schedule import parse_schedule  # noqa: PLC0415
    from sleepwalker.core.zones import FOREVER, zone_named  # noqa: PLC0415
    from sleepwalker.render.documents import schedule_document  # noqa: PLC0415
    from sleepwalker.render.schedule import schedule_lines  # noqa: PLC0415

    try:
        zone = zone_named(given.zone) if given.zone else zone_of(read_settings(given))
        read = parse_schedule(text, zone)
        now = moment(given, zone)
    except ValueError as error:
        if given.output == "table" or told(error) is None:
            raise
        output.emit({"error": str(error)}, given.output)
        return EXIT_FAILED
    until = now + min(timedelta(days=days), FOREVER - now)
    if given.output == "table":
        shown = read.zones[0] if read.zones and not given.zone else zone
        output.show(schedule_lines(read, now, until, shown, output.width() if output.in_terminal() else 1000))
    else:
        output.emit(schedule_document(read, now, until), given.output)
    return 0
