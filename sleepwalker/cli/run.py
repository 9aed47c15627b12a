"""`sleepwalker run`."""

from typing import Annotated, Literal

import typer

from sleepwalker.cli.failure import Refused
from sleepwalker.cli.options import CLUSTER, DECIDING, Given, takes

EXAMPLES = """
sleepwalker run                                 # only log what it would do

sleepwalker run --mode enforce -p policies/     # act

sleepwalker run --mode enforce --once           # one pass, for a CronJob
"""


@takes(*CLUSTER, *DECIDING)
def run(
    given: Given,
    mode: Annotated[
        Literal["observe", "enforce"] | None,
        typer.Option(show_default="observe", help="Only look, or act."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Make one pass, and end.")] = False,
    http: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", show_default=False, help="Where to serve /healthz, /readyz and /metrics, as :8080."
        ),
    ] = "",
) -> int:
    """Run the controller, until it is told to stop."""
    from sleepwalker import controller  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli.source import read_settings  # noqa: PLC0415

    settings = read_settings(given, **({"mode": mode} if mode else {}), **_listening(http))
    return controller.run_controller(settings, once=once)


def _listening(address: str) -> dict[str, object]:
    """Return the settings that an address such as `0.0.0.0:8080`, `:8080` or `[::]:8080` stands for."""
    host, colon, port = address.rpartition(":") if address else ("", "", "")
    if address and not colon:
        raise Refused(f"--http {address[:64]!r} is not like ':8080' or '0.0.0.0:8080'")
    given = {"http_address": host.strip("[]"), "http_port": port}
    return {name: value for name, value in given.items() if value}
