"""What many commands take, declared once: `@takes(...)` hands these options over to a command as one `Given`."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Concatenate, Literal, ParamSpec

import typer

Output = Literal["table", "json", "yaml"]
Rest = ParamSpec("Rest")

_WHERE = "Where to look"
_HOW = "What decides"
_SHOWN = "How to show it"


@dataclass(frozen=True, slots=True)
class Given:
    """What was given on the command line; what was not is empty, and left to the environment or the settings file."""

    filename: tuple[str, ...] = ()
    namespace: tuple[str, ...] = ()
    kubeconfig: str = ""
    context: str = ""
    policies: tuple[str, ...] = ()
    config: str = ""
    zone: str = ""
    at: str = ""
    output: Output = "table"

    def for_settings(self) -> dict[str, object]:
        """Return what belongs to the settings, without what was not given."""
        names = ("kubeconfig", "context", "policies", "config", "zone")
        return {name: value for name in names if (value := getattr(self, name))}


_OPTIONS: Mapping[str, tuple[Any, object]] = {
    "filename": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--filename", "-f", metavar="FILE|DIR", rich_help_panel=_WHERE,
                help="Look at these manifests instead of a cluster; - is standard input. Repeatable.",
            ),
        ],
        None,
    ),
    "namespace": (
        Annotated[
            list[str] | None,
            typer.Option("--namespace", "-n", metavar="NAME", rich_help_panel=_WHERE, help="Only this; repeatable."),
        ],
        None,
    ),
    "kubeconfig": (
        Annotated[
            str,
            typer.Option(metavar="FILE", rich_help_panel=_WHERE, show_default=False, help="How to reach the cluster."),
        ],
        "",
    ),
    "context": (
        Annotated[
            str,
            typer.Option(metavar="NAME", rich_help_panel=_WHERE, show_default=False, help="Which of its contexts."),
        ],
        "",
    ),
    "policies": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--policies", "-p", metavar="FILE|DIR", rich_help_panel=_HOW,
                help="Policies and calendars. Repeatable.",
            ),
        ],
        None,
    ),
    "config": (
        Annotated[
            str,
            typer.Option(metavar="FILE", rich_help_panel=_HOW, show_default=False, help="The file of settings."),
        ],
        "",
    ),
    "zone": (
        Annotated[
            str,
            typer.Option(
                metavar="ZONE", rich_help_panel=_HOW, show_default="that of the settings",
                help="The time zone of times that name none, such as Europe/Berlin.",
            ),
        ],
        "",
    ),
    "at": (
        Annotated[
            str,
            typer.Option(
                metavar="TIME", rich_help_panel=_HOW, show_default=False,
                help="Another time than now: 2026-11-24T22:00:00+01:00, '2026-11-24 22:00', 'Fri 18:00', +12h.",
            ),
        ],
        "",
    ),
    "output": (
        Annotated[Output, typer.Option("--output", "-o", rich_help_panel=_SHOWN, help="As what to write it.")],
        "table",
    ),
}  # fmt: skip

CLUSTER = ("kubeconfig", "context", "config")
DECIDING = ("policies", "zone")
LOOKING = ("filename", "namespace", *CLUSTER, *DECIDING, "at", "output")


def takes(*names: str) -> Callable[[Callable[Concatenate[Given, Rest], int]], Callable[..., int]]:
    """Put the options of these names on a command, which is given them as its first argument."""

    def declare(command: Callable[Concatenate[Given, Rest], int]) -> Callable[..., int]:
        @wraps(command)
        def run(*args: Rest.args, **kwargs: Rest.kwargs) -> int:
            given = Given(**{name: _value(kwargs.pop(name)) for name in names})
            return command(given, *args, **kwargs)

        own = list(inspect.signature(command).parameters.values())[1:]
        common = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, (annotation, default) in ((name, _OPTIONS[name]) for name in names)
        ]
        ours = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        run.__signature__ = inspect.Signature([*ours, *common])  # type: ignore[attr-defined]  # read by inspect
        run.__annotations__ = {each.name: each.annotation for each in (*ours, *common)}
        return run

    return declare


def _value(given: object) -> Any:  # noqa: ANN401 - each field has its own type
    if given is None:
        return ()
    return tuple(given) if isinstance(given, list) else given
