"""The documents of one file → policies, calendars and recipes, and a sentence with its place for whatever is wrong.

A policy that cannot be read whole is never left out: it is kept with those of its selectors that can be read (what
cannot, selects everything) and puts what it selects in doubt. Else a misspelt freeze would let things sleep.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from sleepwalker.config.documents import (
    API_VERSION,
    HIGHEST,
    CalendarDocument,
    Context,
    RecipeDocument,
    SleepPolicy,
    Use,
)
from sleepwalker.config.files import GROUP
from sleepwalker.config.near import near
from sleepwalker.config.sentences import Way, Wrong, wrongs_of
from sleepwalker.config.yaml import Document
from sleepwalker.core.calendar import Calendar, CalendarError
from sleepwalker.core.instants import shorten
from sleepwalker.core.policy import Policy
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import Recipe, RecipeError, parse_recipe
from sleepwalker.core.targets import Ref

KINDS: Final = ("SleepPolicy", "Calendar", "Recipe")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)
_TRIES = 8
_MOST_ICS_BYTES = 2 * 1024 * 1024

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy whose calendars are still to be found."""

    policy: Policy
    uses: tuple[Use, ...]
    document: Document


@dataclass(frozen=True, slots=True)
class Drawn:
    """A calendar; `wrong` is why it cannot be used."""

    calendar: Calendar
    document: Document
    wrong: str = ""


@dataclass(slots=True)
class FileRead:
    """What stands in one file, or in some."""

    drafts: list[Draft] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    recipes: list[Recipe] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Beside:
    """iCalendar files in the folder of a document, and below; `seen` are those that were asked for."""

    folder: Path | None
    seen: list[Path] = field(default_factory=list)

    def read(self, name: str) -> str:
        """Return what is in the file; raise CalendarError."""
        if self.folder is None:
            raise CalendarError(f"{shorten(name)} is beside no file: what comes from standard input has no folder")
        path = self.folder / name
        try:
            if Path(name).is_absolute() or not path.resolve().is_relative_to(self.folder.resolve()):
                raise CalendarError(f"{shorten(name)} is not in the folder of this file; copy it there")
            self.seen.append(path)
            with path.open("rb") as file:
                content = file.read(_MOST_ICS_BYTES + 1)
        except (OSError, ValueError, RuntimeError) as error:
            if isinstance(error, CalendarError):
                raise
            reason = getattr(error, "strerror", None) or error
            raise CalendarError(f"{shorten(name)} cannot be read: {reason}") from error
        if len(content) > _MOST_ICS_BYTES:
            raise CalendarError(
                f"{shorten(name)} has more than {_MOST_ICS_BYTES} bytes, which is the most that is read"
            )
        return content.decode("utf-8-sig", errors="replace")


def read_documents(documents: Iterable[Document], context: Context) -> FileRead:
    """Return what these documents say. Never raises for what is in them."""
    found = FileRead()
    for each in documents:
        kind = each.content.get("kind")
        if wrong := _heading(each.content):
            found.problems.append(problem_at(each, wrong))
        elif kind == "SleepPolicy":
            _read_policy(each, context, found)
        elif kind == "Calendar":
            _read_calendar(each, context, found)
        else:
            _read_recipe(each, found)
    return found


def problem_at(document: Document, wrong: Wrong) -> Problem:
    """Return what is wrong in a document as a problem, with its line."""
    kind = document.content.get("kind")
    ref = Ref("", kind if isinstance(kind, str) else "", _name(document.content), GROUP)
    return Problem(ref, f"{document.path}:{document.line_of(wrong.way)}: {wrong}")


def _name(content: Mapping[str, Any]) -> str:
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return name if isinstance(name, str) else ""


def _heading(content: Mapping[str, Any]) -> Wrong | None:
    version, kind = content.get("apiVersion"), content.get("kind")
    if version != API_VERSION:
        return Wrong(("apiVersion",), f"{shorten(version)} is not {API_VERSION!r}, the only one of this version")
    if kind not in KINDS:
        return Wrong(("kind",), f"{shorten(kind)} is not known to this version{near(str(kind), KINDS) or _known()}")
    return None


def _known() -> str:
    return f"; it knows {', '.join(KINDS)}"


def _misnamed(name: str) -> list[Wrong]:
    if _NAME.fullmatch(name):
        return []
    return [Wrong(("metadata", "name"), f"{shorten(name)} is not a name like 'office-hours'")]


def _read_policy(document: Document, context: Context, found: FileRead) -> None:
    model, wrong = _salvaged(document.content, SleepPolicy)
    if model is None:
        found.problems += [problem_at(document, each) for each in wrong]
        return
    policy, uses, more = model.to_core(context.zone)
    wrong += [*_misnamed(policy.name), *(each for each in more if not wrong or each.way != ("spec",))]
    name = policy.name or document.place
    if wrong:
        unsure = any(each.way[:2] == ("spec", "priority") for each in wrong)
        sentence = f"policy {shorten(name) if _misnamed(name) else name}: {wrong[0]}"
        policy = replace(policy, name=name, wrong=sentence, priority=HIGHEST if unsure else policy.priority)
    found.drafts.append(Draft(policy, uses, document))
    found.problems += [problem_at(document, each) for each in wrong]


def _read_calendar(document: Document, context: Context, found: FileRead) -> None:
    model, wrong = _salvaged(document.content, CalendarDocument)
    name = _name(document.content)
    calendar = Calendar(name)
    if model is not None and not wrong:
        calendar, wrong = model.to_core(context)
        wrong = [*_misnamed(name), *wrong]
    found.drawn.append(Drawn(calendar, document, str(wrong[0]) if wrong else ""))
    found.problems += [problem_at(document, each) for each in wrong]


def _read_recipe(document: Document, found: FileRead) -> None:
    model, wrong = _salvaged(document.content, RecipeDocument)
    if model is not None and not wrong:
        try:
            found.recipes.append(parse_recipe(model.spec))
        except RecipeError as error:
            wrong.append(Wrong(("spec",), str(error)))
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            wrong.append(Wrong(("spec",), f"this is no recipe: {type(error).__name__} at {shorten(str(error))}"))
    found.problems += [problem_at(document, each) for each in wrong]


def _salvaged(content: Mapping[str, Any], kind: type[M]) -> tuple[M | None, list[Wrong]]:
    """Return the model of what can be read, and what cannot."""
    wrong: dict[Wrong, None] = {}
    for _ in range(_TRIES):
        try:
            return kind.model_validate(content), list(wrong)
        except ValidationError as error:
            found = wrongs_of(error, kind)
            wrong.update(dict.fromkeys(found))
            content = _without(content, [each.way for each in found])
    return None, list(wrong)


def _without(content: Mapping[str, Any], ways: Sequence[Way]) -> dict[str, Any]:
    """Return the content without the values at these ways; of a list nothing stays, lest it mean less or more."""
    after = deepcopy(dict(content))
    for way in ways:
        keys = way[: next((at for at, step in enumerate(way) if isinstance(step, int)), len(way))]
        at: Any = after
        for step in keys[:-1]:
            at = at.get(step) if isinstance(at, dict) else None
        if isinstance(at, dict):
            at.pop(keys[-1], None)
    return after
