"""`sleepwalker rbac`."""

from typing import Annotated

import typer

EXAMPLES = """
sleepwalker rbac | kubectl apply -f -

sleepwalker rbac --only team-a --only team-b    # only in these
"""


def rbac(
    service_account_namespace: Annotated[
        str, typer.Option("--namespace", "-n", metavar="NAME", help="Where the controller's service account is.")
    ] = "sleepwalker",
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAMESPACE", show_default=False, help="Act in this one only. Repeatable."),
    ] = None,
) -> int:
    """Print the least rights that the controller needs, as Kubernetes roles and bindings."""
    import sys  # noqa: PLC0415 - --help needs none of these

    import yaml  # noqa: PLC0415

    from sleepwalker.cli.failure import Refused  # noqa: PLC0415
    from sleepwalker.config.recipes import bundled_recipes  # noqa: PLC0415
    from sleepwalker.render.rbac import documents, is_label  # noqa: PLC0415

    for name in (service_account_namespace, *(only or ())):
        if not is_label(name):
            raise Refused(f"{name[:64]!r} is not a namespace's name like 'team-a'")
    made = documents(bundled_recipes(), service_account_namespace, tuple(only or ()))
    sys.stdout.write(yaml.safe_dump_all(made, sort_keys=False))
    return 0
