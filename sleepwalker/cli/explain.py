"""`sleepwalker explain`."""

from typing import Annotated

import typer

from sleepwalker.cli.failure import EXIT_FAILED, EXIT_MISSING, Refused
from sleepwalker.cli.options import LOOKING, Given, takes

EXAMPLES = """
sleepwalker explain deployment/web -n team-a

sleepwalker explain team-a/Deployment/web --at 'Sat 12:00'

sleepwalker explain cj/report -n team-b -f manifests/ -o json
"""


@takes(*LOOKING)
def explain(
    given: Given,
    target: Annotated[
        str,
        typer.Argument(metavar="KIND/NAME", show_default=False, help="With -n NAMESPACE; or NAMESPACE/KIND/NAME."),
    ],
) -> int:
    """Show every layer's opinion about one object, which one decided, and the next changes."""
    from dataclasses import replace  # noqa: PLC0415 - --help needs none of these

    from sleepwalker.app import explain as app  # noqa: PLC0415
    from sleepwalker.cli import output  # noqa: PLC0415
    from sleepwalker.cli.source import look  # noqa: PLC0415
    from sleepwalker.render.documents import explain_document  # noqa: PLC0415
    from sleepwalker.render.explain import explain_lines  # noqa: PLC0415

    namespace, kind, name = _parts(target, given)
    seen = look(replace(given, namespace=()))
    workload, hint = app.find(seen.snapshot, kind, namespace, name)
    if workload is None:
        raise Refused(hint, EXIT_MISSING)
    told = app.explain(seen.now, workload, seen.snapshot, seen.policies)
    if given.output != "table":
        output.emit(explain_document(told), given.output)
    else:
        output.show(explain_lines(told, seen.now, seen.zone, output.width() if output.in_terminal() else None))
    return 0


def _parts(target: str, given: Given) -> tuple[str, str, str]:
    """Return namespace, kind and name."""
    match target.split("/"):
        case [namespace, kind, name] if namespace and kind and name:
            return namespace, kind, name
        case [kind, name] if kind and name and len(given.namespace) == 1:
            return given.namespace[0], kind, name
        case [kind, name] if kind and name:
            raise Refused(f"in which namespace? Say -n NAMESPACE, or NAMESPACE/{kind[:64]}/{name[:64]}", EXIT_FAILED)
    raise Refused(
        f"{target[:64]!r} is not like 'deployment/web' (with -n team-a) or 'team-a/deployment/web'", EXIT_FAILED
    )
