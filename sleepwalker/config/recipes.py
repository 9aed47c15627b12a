"""The recipes that come with sleepwalker."""

from collections.abc import Mapping
from importlib.resources import files

from sleepwalker.config.yaml import load_yaml
from sleepwalker.core.recipe import Recipe, parse_recipe


def bundled_recipes() -> Mapping[tuple[str, str], Recipe]:
    """Return how each known kind sleeps, by (group, kind). One that cannot be read raises: our bug."""
    recipes: dict[tuple[str, str], Recipe] = {}
    for file in sorted(files("sleepwalker.recipes").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            documents, troubles = load_yaml(file.read_bytes(), file.name)
            if troubles:
                raise ValueError(str(troubles[0]))
            for each in map(parse_recipe, (document.content for document in documents)):
                recipes[each.group, each.kind] = each
    return recipes
