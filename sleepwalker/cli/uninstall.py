"""`sleepwalker uninstall`."""

from typing import TYPE_CHECKING, Annotated

import typer

from sleepwalker.cli.failure import EXIT_FAILED, Refused
from sleepwalker.cli.options import CLUSTER, DECIDING, Given, takes

if TYPE_CHECKING:
    from sleepwalker.app.outcome import Outcome
    from sleepwalker.config.settings import Settings

EXAMPLES = """
sleepwalker uninstall --dry-run                 # what would be woken

kubectl -n sleepwalker scale deployment/sleepwalker --replicas 0

sleepwalker uninstall --yes
"""


@takes(*CLUSTER, *DECIDING)
def uninstall(
    given: Given,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would wake; write nothing.")] = False,
) -> int:
    """Wake everything, and remove every trace; stop the controller first."""
    import asyncio  # noqa: PLC0415 - slow to import

    from sleepwalker.cli import source  # noqa: PLC0415 - --help needs none of these

    settings = source.read_settings(given)
    return asyncio.run(_uninstall(settings, given, ask=not yes, dry_run=dry_run))


async def _uninstall(settings: "Settings", given: Given, *, ask: bool, dry_run: bool) -> int:
    from sleepwalker import wiring  # noqa: PLC0415
    from sleepwalker.app.status import status  # noqa: PLC0415
    from sleepwalker.app.uninstall import uninstall as leave  # noqa: PLC0415
    from sleepwalker.cli import output, source  # noqa: PLC0415
    from sleepwalker.render.plan import problem_rows  # noqa: PLC0415
    from sleepwalker.render.status import status_lines, status_rows  # noqa: PLC0415
    from sleepwalker.render.text import count  # noqa: PLC0415

    zone = source.zone_of(settings)
    now = source.moment(given, zone)
    async with wiring.live(settings) as live:
        found = status(now, live.cluster.snapshot(), live.policies)
        output.show_either(lambda width: status_lines(found, (), zone, width), lambda: status_rows(found, (), zone))
        if dry_run:
            output.write_lines([f"It would wake {count(len(found.asleep), 'object')} and remove every override."])
            return 0
        if ask and not typer.confirm(f"Wake {count(len(found.asleep), 'object')} and remove every trace?"):
            raise Refused("nothing was done")
        ended = await leave(live.cluster, live.ledger, live.policies, now, _tell)
    done = sum(each.status == "done" for each in ended.outcomes)
    output.write_lines([f"{count(done, 'action')} done, {len(ended.failed)} failed."])
    output.write_lines(problem_rows(ended.problems))
    return EXIT_FAILED if ended.failed else 0


def _tell(outcome: "Outcome") -> None:
    from sleepwalker.cli import output  # noqa: PLC0415
    from sleepwalker.render.text import clean  # noqa: PLC0415

    error = f": {outcome.error}" if outcome.error else ""
    output.write_lines([clean(f"{outcome.status:<9} {outcome.action.verb:<9} {outcome.action.ref}{error}")])
