"""Tables, and the documents of -o json and -o yaml."""

import json

import pytest
import yaml
from rich.cells import cell_len

from sleepwalker.render.json import to_json
from sleepwalker.render.table import Table, lines, plain
from sleepwalker.render.yaml import to_yaml

WIDE = Table(
    ("NAMESPACE", "OBJECT", "HOURS", "BECAUSE"),
    [
        ("team-a", "Deployment/web", "1", "namespace annotation uptime Mon-Fri 07:00-20:00 Europe/Berlin"),
        ("日本", "Deployment/" + "x" * 60, "12,345", "\x1b[31mred\x1b[0m"),
    ],
    right=frozenset({2}),
    flexible=(3, 1),
)


def test_a_pipe_gets_everything(golden):
    golden("table-pipe.txt", "\n".join(plain(WIDE)) + "\n")


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_gets_what_fits(golden, width):
    shown = [line.plain for line in lines(WIDE, width)]

    assert max(map(cell_len, shown)) <= width
    golden(f"table-{width}.txt", "\n".join(shown) + "\n")


def test_a_table_without_rows_has_its_heading():
    assert plain(Table(("A", "B"), [])) == ["A  B"]


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param({"b": 1, "a": [True, None, 1.5, "x"]}, id="the order of keys"),
        pytest.param({"a": "\x00\x1b[2J"}, id="control characters"),
        pytest.param({"a": "yes", "b": "12:00", "c": "null", "d": "- x"}, id="text that looks like something else"),
    ],
)
def test_json_and_yaml_read_back_the_same(thing):
    assert json.loads(to_json(thing)) == thing
    assert yaml.safe_load(to_yaml(thing)) == thing


def test_half_a_character_and_huge_numbers_are_written_somehow():
    thing = {"a": "\ud800", "b": 2**80}

    assert json.loads(to_json(thing)) == {"a": "?", "b": str(2**80)}
    assert yaml.safe_load(to_yaml(thing)) == {"a": "?", "b": str(2**80)}
