"""`sleepwalker run`."""

from typing import Annotated, Any, Literal

import typer

from sleepwalker.cli.failure import Refused
from sleepwalker.cli.options import CLUSTER, DECIDING, Given, takes

EXAMPLES = """
sleepwalker run                                 # only log what it would do

sleepwalker run --mode enforce -p policies/     # act

sleepwalker run --mode enforce --once           # one pass, for a CronJob
"""
_REACH = "What it acts on"
_PROCESS = "The process"


def _setting(metavar: str, panel: str, sentence: str) -> Any:  # noqa: ANN401 - typer's own type is private
    """Return an option for a setting: what is not given is decided by the environment, the file, or the default."""
    return typer.Option(metavar=metavar, rich_help_panel=panel, show_default=False, help=sentence)


@takes(*CLUSTER, *DECIDING)
def run(  # noqa: PLR0913, PLR0917 - a flag for each setting
    given: Given,
    mode: Annotated[
        Literal["observe", "enforce"] | None,
        typer.Option(show_default="observe", help="Only look, or act."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Make one pass, and end.")] = False,
    namespaces: Annotated[str, _setting("A,B", _REACH, "These namespaces only; a Role in each is enough.")] = "",
    kinds: Annotated[str, _setting("A,B", _REACH, "These kinds only.")] = "",
    protected: Annotated[str, _setting("A,B*", _REACH, "Namespaces that never sleep.")] = "",
    grace: Annotated[str, _setting("30m", _REACH, "How long a new object is let be.")] = "",
    missed_runs: Annotated[str, _setting("skip|run", _REACH, "Whether CronJobs make up for a missed run.")] = "",
    http: Annotated[str, _setting(":8080", _PROCESS, "Where to serve /healthz, /readyz and /metrics.")] = "",
    ledger: Annotated[str, _setting("FILE|URL", _PROCESS, "Where to record what slept.")] = "",
    cluster: Annotated[str, _setting("NAME", _PROCESS, "What to call the cluster in the ledger.")] = "",
    lease: Annotated[str, _setting("NS/NAME", _PROCESS, "Act only while holding this Lease.")] = "",
    itself: Annotated[str, _setting("NS/NAME", _PROCESS, "The controller's own Deployment.")] = "",
    concurrency: Annotated[str, _setting("N", _PROCESS, "How many writes at once, at most.")] = "",
    request_timeout: Annotated[str, _setting("10s", _PROCESS, "How long a request may take.")] = "",
    log_format: Annotated[str, _setting("auto|json|console", _PROCESS, "How to log.")] = "",
    log_level: Annotated[str, _setting("LEVEL", _PROCESS, "debug, info, warning or error.")] = "",
) -> int:
    """Run the controller, until it is told to stop."""
    flags = {
        "mode": mode, "namespaces": namespaces, "kinds": kinds, "protected": protected, "grace": grace,
        "missed_runs": missed_runs, "ledger": ledger, "cluster": cluster, "lease": lease, "itself": itself,
        "concurrency": concurrency, "request_timeout": request_timeout, "log_format": log_format, "log_level": log_level,
    }  # fmt: skip
    from sleepwalker import controller  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli.source import read_settings  # noqa: PLC0415

    settings = read_settings(given, **{name: value for name, value in flags.items() if value}, **_listening(http))
    return controller.run_controller(settings, once=once)


def _listening(address: str) -> dict[str, object]:
    """Return the settings that an address such as `0.0.0.0:8080`, `:8080` or `[::]:8080` stands for."""
    host, colon, port = address.rpartition(":") if address else ("", "", "")
    if address and not colon:
        raise Refused(f"--http {address[:64]!r} is not like ':8080' or '0.0.0.0:8080'")
    given = {"http_address": host.strip("[]"), "http_port": port}
    return {name: value for name, value in given.items() if value}
