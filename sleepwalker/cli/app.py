"""The commands, and how one is run: what goes wrong becomes one sentence and an exit code, here and nowhere else."""

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from sleepwalker import __version__
from sleepwalker.cli import (
    check,
    demo,
    explain,
    overrides,
    plan,
    rbac,
    run,
    schedule,
    simulate,
    status,
    uninstall,
)
from sleepwalker.cli.failure import EXIT_INTERRUPTED, EXIT_PIPE, complain, report_bug, told

_LOOK = "Look: nothing is written"
_SAY = "Say what shall hold"
_ACT = "Act"

_COMMANDS = (
    ("plan", plan.plan, plan.EXAMPLES, _LOOK),
    ("simulate", simulate.simulate, simulate.EXAMPLES, _LOOK),
    ("explain", explain.explain, explain.EXAMPLES, _LOOK),
    ("status", status.status, status.EXAMPLES, _LOOK),
    ("schedule", schedule.schedule, schedule.EXAMPLES, _LOOK),
    ("check", check.check, check.EXAMPLES, _LOOK),
    ("demo", demo.demo, demo.EXAMPLES, _LOOK),
    ("wake", overrides.wake, overrides.WAKE_EXAMPLES, _SAY),
    ("sleep", overrides.sleep, overrides.SLEEP_EXAMPLES, _SAY),
    ("resume", overrides.resume, overrides.RESUME_EXAMPLES, _SAY),
    ("run", run.run, run.EXAMPLES, _ACT),
    ("rbac", rbac.rbac, rbac.EXAMPLES, _LOOK),
    ("uninstall", uninstall.uninstall, uninstall.EXAMPLES, _ACT),
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Puts Kubernetes workloads to sleep when nobody needs them, and wakes them exactly as they were, in time.",
    epilog="Exit codes: 0 done; 1 failed, or a problem; 2 actions (plan --exit-code); 3 not allowed; 4 not found.",
)
for _name, _command, _examples, _panel in _COMMANDS:
    app.command(_name, epilog=f"[bold]Examples[/bold]\n\n{_examples.strip()}", rich_help_panel=_panel)(_command)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"sleepwalker {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True),
    ] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a bug; stands anywhere.")] = False,
) -> None:
    pass


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    own = given[: given.index("--")] if "--" in given else given
    debug = "--debug" in own
    arguments = [*(each for each in own if each != "--debug"), *given[len(own) :]]
    _never_fail_to_write()
    try:
        code = app(arguments, prog_name="sleepwalker", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return _quiet()
    except SystemExit as ended:
        return _quiet() if ended.code == 1 else int(ended.code or 0)
    except Exception as error:  # noqa: BLE001 - the one place where whatever goes wrong is told
        sentence, code = told(error) or (report_bug(error, debug), 1)
        sys.stdout.flush()
        complain(sentence)
    return int(code or 0)


def _never_fail_to_write() -> None:
    """Write a question mark for what the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


def _quiet() -> int:
    """Nobody reads any more: end without a word, now and when the interpreter flushes."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_PIPE
