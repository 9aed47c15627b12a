"""How a command fails: one sentence on standard error, and an exit code."""

import sys

import typer

EXIT_FAILED = 1
EXIT_ACTIONS = 2
EXIT_DENIED = 3
EXIT_MISSING = 4
EXIT_INTERRUPTED = 130
EXIT_PIPE = 141
_LONGEST = 2000


class Refused(Exception):
    """What a person asked for cannot be done: the sentence that says why, and the exit code."""

    def __init__(self, message: str, code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.code = code


def told(error: BaseException) -> tuple[str, int] | None:
    """Return the sentence and the exit code of an error that a person can do something about, or None: it is a bug."""
    match error:
        case Refused():
            return str(error), error.code
        case typer.TyperException():
            return _usage(error), EXIT_FAILED
        case typer.Abort():
            return "stopped; nothing was done", EXIT_FAILED
        case OSError() if error.filename is not None:
            return f"{error.filename}: {error.strerror or error}", EXIT_FAILED
    return _of_the_world(error)


def report_bug(error: BaseException, debug: bool) -> str:
    """Return what to say about an error of ours."""
    import traceback  # noqa: PLC0415 - needed only when something went wrong

    if debug:
        return "".join(traceback.format_exception(error))
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({last[0].filename.rpartition('sleepwalker/')[2]}:{last[0].lineno})" if last else ""
    seen = " ".join(str(error).split())[:200]
    return (
        f"this is a bug in sleepwalker: {type(error).__name__}: {seen}{place}. "
        f"Please report it {_where()}with the output of the same command after --debug."
    )


def complain(message: str) -> None:
    """Write a sentence a line to standard error, none without end."""
    from sleepwalker.render.text import clean  # noqa: PLC0415 - rich is slow to import

    sys.stderr.write("\n".join(clean(line[:_LONGEST]) for line in message.splitlines()) + "\n")


def _of_the_world(error: BaseException) -> tuple[str, int] | None:
    from sleepwalker.app.override import TargetError  # noqa: PLC0415 - needed only when something went wrong
    from sleepwalker.app.ports import ClusterError, Denied, LedgerError, Missing  # noqa: PLC0415
    from sleepwalker.config.settings import SettingsError  # noqa: PLC0415
    from sleepwalker.core.duration import DurationError  # noqa: PLC0415
    from sleepwalker.core.instants import InstantError  # noqa: PLC0415
    from sleepwalker.core.schedule import ScheduleError  # noqa: PLC0415

    match error:
        case Denied():
            return str(error), EXIT_DENIED
        case Missing():
            return str(error), EXIT_MISSING
        case ClusterError() | LedgerError() | SettingsError():
            return str(error), EXIT_FAILED
        case ScheduleError() | InstantError() | DurationError() | TargetError():
            return str(error), EXIT_FAILED
    return None


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    hint = f"\nTry '{context.command_path} --help'." if context else ""
    message = error.format_message().replace("Value error, ", "")
    return f"{message[:1].lower()}{message[1:]}" + hint


def _where() -> str:
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415

    try:
        urls = metadata("sleepwalker").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    issues = [url.partition(", ")[2] for url in urls if url.startswith("Issues")]
    return f"at {issues[0]} " if issues else ""
