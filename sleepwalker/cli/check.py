"""`sleepwalker check`."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from sleepwalker.cli.failure import EXIT_FAILED
from sleepwalker.cli.options import DECIDING, Given, takes

if TYPE_CHECKING:
    from sleepwalker.cli.source import Look
    from sleepwalker.core.problem import Problem
    from sleepwalker.core.targets import Ref

EXAMPLES = """
sleepwalker check policies/ manifests/

sleepwalker check team-a.yaml -o json           # exit 1 if anything is wrong
"""
_YEAR = timedelta(days=365)


@takes("config", *DECIDING, "at", "output")
def check(
    given: Given,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", show_default=False, help="Files and folders; - is stdin.")
    ],
) -> int:
    """Check policies and manifests: every problem with its place."""
    from sleepwalker.app.lived import dst_notes  # noqa: PLC0415 - --help needs none of these
    from sleepwalker.cli import output, source  # noqa: PLC0415
    from sleepwalker.cli.times import later  # noqa: PLC0415
    from sleepwalker.core.plan import plan  # noqa: PLC0415
    from sleepwalker.render.documents import dst_documents, named  # noqa: PLC0415
    from sleepwalker.render.text import clean, count  # noqa: PLC0415

    seen, _ = source.preview(replace(given, filename=tuple(paths)))
    documents, places = _places(paths)
    standing = {*_standing(seen)}
    told_of = {each.message for each in standing}
    planned = plan(seen.now, seen.snapshot, seen.policies).problems
    problems = seen.all_problems((*standing, *(each for each in planned if each.message not in told_of)))
    placed = sorted(_placed(problems, places))
    try:
        notes = dst_notes(seen.snapshot, seen.policies, seen.now, later(seen.now, _YEAR))
    except ValueError:
        notes = ()
    if given.output != "table":
        told = [{**named(ref), "place": place or None, "message": message} for place, message, ref in placed]
        output.emit({"documents": documents, "problems": told, "notes": dst_documents(notes)}, given.output)
    else:
        output.write_lines(
            clean(f"{place or ref}: {f'{ref}: ' if place and ref.kind != 'File' else ''}{message}")
            for place, message, ref in placed
        )
        output.write_lines(f"note: {each}" for each in notes)
        read = "" if documents is None else f"{count(documents, 'document')}, "
        output.write_lines([f"{read}{count(len(placed), 'problem')}"])
    return EXIT_FAILED if placed else 0


def _standing(seen: "Look") -> Iterable["Problem"]:
    """Yield what a layer cannot read, also where another layer decides today: it will not tomorrow."""
    from sleepwalker.core.decision import NAMED_POLICY, NAMESPACE_ANNOTATION, POLICY, Decider  # noqa: PLC0415
    from sleepwalker.core.problem import Problem  # noqa: PLC0415
    from sleepwalker.core.targets import namespace_ref  # noqa: PLC0415

    decider = Decider(seen.now, seen.policies)
    for name, workloads in seen.snapshot.workloads.items():
        namespace = seen.snapshot.namespaces[name]
        told = {sentence for _, sentence in namespace.wishes.wrong}
        for ref, workload in workloads.items():
            own = {sentence for _, sentence in workload.wishes.wrong}
            for each in decider.opinions(workload, namespace):
                if not each.wrong or each.layer == POLICY or each.wrong in told | own:
                    continue
                shared = each.layer == NAMESPACE_ANNOTATION or (
                    each.layer == NAMED_POLICY and not workload.wishes.policy
                )
                yield Problem(namespace_ref(name) if shared else ref, each.wrong)


def _places(paths: list[str]) -> tuple[int | None, dict[str, str]]:
    """Return how many documents there are, and where each object stands; standard input cannot be read twice."""
    from sleepwalker.config.manifests import STDIN, load_objects  # noqa: PLC0415

    found = load_objects(path for path in paths if path != STDIN)
    places = {}
    for content, place in found.objects:
        metadata = content.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        namespace = "" if content["kind"] == "Namespace" else metadata.get("namespace", "default")
        places[f"{namespace}/{content['kind']}/{metadata.get('name')}"] = place
    number = len(found.objects) + len(found.documents)
    return None if STDIN in paths else number, places


def _placed(problems: Iterable["Problem"], places: dict[str, str]) -> Iterable[tuple[str, str, "Ref"]]:
    """Yield place, message and object; a message that begins with its place gives it up."""
    for each in problems:
        path, line, message = (*each.message.split(":", 2), "", "")[:3]
        if line.isdigit() and message:
            yield f"{path}:{line}", message.strip(), each.ref
        else:
            yield places.get(f"{each.ref.namespace}/{each.ref.kind}/{each.ref.name}", ""), each.message, each.ref
