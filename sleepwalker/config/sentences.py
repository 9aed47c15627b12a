"""What pydantic finds wrong → sentences: the way to the value, what was seen, what would do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sleepwalker.config.near import near
from sleepwalker.core.instants import shorten

Way = tuple[str | int, ...]

_WOULD_DO = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "names with values",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one value of a document, and the way to it."""

    way: Way
    message: str

    def __str__(self) -> str:
        return f"{show_way(self.way)}: {self.message}" if self.way else self.message


def show_way(way: Iterable[str | int]) -> str:
    """Return a way as `spec.calendars[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{_shown(step)}" for step in way).removeprefix(".")


def wrongs_of(error: ValidationError, model: type[BaseModel]) -> list[Wrong]:
    """Return a sentence for each of the errors of a model."""
    return [_wrong(each, model) for each in error.errors(include_url=False)]


def _shown(step: str) -> str:
    return step if step.isprintable() and len(step) <= 64 else shorten(step)  # noqa: PLR2004 - as long as a key may be


def _wrong(error: Mapping[str, Any], model: type[BaseModel]) -> Wrong:  # noqa: PLR0911 - a sentence for each
    way: Way = error["loc"]
    match error["type"]:
        case "extra_forbidden":
            keys = _keys(way, model)
            return Wrong(way, f"no such key{near(str(way[-1]), keys) or '; there are ' + ', '.join(keys)}")
        case "missing":
            return Wrong(way, "is missing")
        case "too_short":
            return Wrong(way, "is empty; leave the key out, or name at least one")
        case "literal_error":
            return Wrong(way, f"{shorten(error['input'])} is not {error['ctx']['expected']}")
        case "greater_than_equal" | "less_than_equal":
            return Wrong(way, f"{shorten(error['input'])} is not from {_bounds(way, model)}")
        case "value_error":
            return Wrong(way, str(error["ctx"]["error"]))
        case kind if kind in _WOULD_DO and error["input"] is None:
            return Wrong(way, "has no value; leave the key out, or give it one")
        case kind if kind in _WOULD_DO:
            return Wrong(way, f"{shorten(error['input'])} is not {_WOULD_DO[kind]}")
        case _:
            return Wrong(way, f"{shorten(error['input'])}: {error['msg']}")


def _model_at(way: Way, model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the object in which the last step of a way lies."""
    for step in way[:-1]:
        inner = [each.annotation for each in model.model_fields.values() if each.alias == step]
        model = next((found for each in inner for found in _models_in(each)), model)
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)


def _keys(way: Way, model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in _model_at(way, model).model_fields.items()]


def _bounds(way: Way, model: type[BaseModel]) -> str:
    rows = [field for field in _model_at(way, model).model_fields.values() if field.alias == way[-1]]
    limits = [
        getattr(each, name) for row in rows for each in row.metadata for name in ("ge", "le") if hasattr(each, name)
    ]
    return " to ".join(str(each) for each in limits)
