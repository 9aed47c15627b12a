"""Untrusted text becomes documents with their places, and a trouble for each thing that cannot be read."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepwalker.config.yaml import MOST_BYTES, load_yaml

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
)


def contents(text):
    documents, troubles = load_yaml(text.encode(), "f.yaml")
    assert troubles == []
    return [each.content for each in documents]


def troubles(text):
    return [str(each) for each in load_yaml(text.encode(), "f.yaml")[1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("2026-12-24", "2026-12-24", id="a date stays text"),
        pytest.param("2026-12-24T12:00:00Z", "2026-12-24T12:00:00Z", id="a timestamp stays text"),
        pytest.param("12:00", "12:00", id="a time stays text, not a number to the base of 60"),
        pytest.param("1:30:00", "1:30:00", id="so do three numbers"),
        pytest.param("on", True, id="on"),
        pytest.param("yes", True, id="yes"),
        pytest.param("No", False, id="no"),
        pytest.param("off", False, id="off"),
        pytest.param("y", "y", id="y stays text"),
        pytest.param("'on'", "on", id="in quotes it is text"),
        pytest.param("010", 8, id="octal"),
        pytest.param("0o10", 8, id="octal as of YAML 1.2"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("0b101", 5, id="binary"),
        pytest.param("1_000", 1000, id="underscores"),
        pytest.param("08", 8, id="no octal digit"),
        pytest.param("1e3", 1000.0, id="an exponent"),
        pytest.param("-3", -3, id="negative"),
        pytest.param("~", None, id="null"),
        pytest.param("", None, id="nothing"),
        pytest.param("=", "=", id="an equals sign"),
        pytest.param("123456789012345678901234", 1.2345678901234569e23, id="an integer past 64 bits, as JSON has it"),
        pytest.param("!!str 5", "5", id="text by its tag"),
        pytest.param("😀", "😀", id="emoji"),
    ],
)
def test_a_scalar_means_what_it_means_to_kubernetes(text, value):
    assert contents(f"a: {text}") == [{"a": value}]


@pytest.mark.parametrize("key", ["on", "8080", "true", "2026-12-24", "0x1F"])
def test_a_key_is_the_text_that_was_written(key):
    assert contents(f"{key}: 1") == [{key: 1}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("---\n---\n# a comment\n---\n", [], id="empty documents, as Helm writes them"),
        pytest.param("# a\n%YAML 1.1\n---\na: 1\n", [{"a": 1}], id="a directive"),
        pytest.param("a: 1\n...\n---\nb: 2\n", [{"a": 1}, {"b": 2}], id="an end mark"),
        pytest.param("--- {a: 1}\n--- # b\nb: 2", [{"a": 1}, {"b": 2}], id="content beside the mark"),
        pytest.param("a: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n", [{"a": 1}, {"b": "x\ny\n"}], id="Windows line ends"),
        pytest.param("\ufeffa: 1\n\ufeff---\nb: 2", [{"a": 1}, {"b": 2}], id="byte order marks of joined files"),
        pytest.param("a: |\n  ---\n  b\n", [{"a": "---\nb\n"}], id="a mark inside a text"),
        pytest.param("a: &x {b: 1}\nc: *x", [{"a": {"b": 1}, "c": {"b": 1}}], id="an anchor"),
        pytest.param("a: &x {b: 1}\nd: {<<: *x, c: 3}", [{"a": {"b": 1}, "d": {"b": 1, "c": 3}}], id="a merge"),
        pytest.param("a: &x {b: 1}\nd: {<<: *x, b: 3}", [{"a": {"b": 1}, "d": {"b": 3}}], id="its own key counts"),
        pytest.param('{"a": "\\ud83d\\ude00", "b": 1}', [{"a": "😀", "b": 1}], id="JSON"),
        pytest.param('{\n\t"a": 1\n}', [{"a": 1}], id="JSON with tabs"),
        pytest.param('{"a": 1}\n{"b": 2}', None, id="JSON after JSON is no document"),
    ],
)
def test_files_as_they_are(text, found):
    if found is None:
        assert len(troubles(text)) == 1
    else:
        assert contents(text) == found


def test_utf_16_is_read_by_its_mark():
    documents, wrong = load_yaml("a: ü".encode("utf-16"), "f.yaml")

    assert (documents[0].content, wrong) == ({"a": "ü"}, [])


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        pytest.param("a: [", "f.yaml:2: not YAML: did not find expected node content", id="a bracket left open"),
        pytest.param("a: 1\nb:\n\t- c", "f.yaml:3: not YAML: found character that cannot start any token", id="a tab"),
        pytest.param("x: 1\na: 1\nb: 2\na: 3", "f.yaml:4: 'a' stands here twice: first in line 2", id="a key twice"),
        pytest.param('{"a": 1,\n "a": 2}', "f.yaml:2: 'a' stands here twice: first in line 1", id="a JSON key twice"),
        pytest.param("x: {{ .Values.x }}", "f.yaml:1: a key is not text; it looks like a Helm template", id="Helm"),
        pytest.param("{{- if .x }}\na: 1\n{{- end }}", "it looks like a Helm template", id="Helm's if"),
        pytest.param("- a\n- b", "f.yaml:1: ['a', 'b'] is not an object with apiVersion and kind", id="a list"),
        pytest.param("just words", "f.yaml:1: 'just words' is not an object", id="words"),
        pytest.param("? [a, b]\n: 1", "f.yaml:1: a key is not text", id="a list for a key"),
        pytest.param("~: 1", "f.yaml:1: a key is not text", id="null for a key"),
        pytest.param("a: 1\nb: .inf", "f.yaml:2: '.inf' is not a number that JSON has", id="infinity"),
        pytest.param("a: .nan", "f.yaml:1: '.nan' is not a number that JSON has", id="not a number"),
        pytest.param(f"a: {'9' * 5000}", "is not a number that JSON has", id="digits without end"),
        pytest.param("a: !!python/name:os.system x", "the tag 'tag:yaml.org,2002:python/name:os.system'", id="code"),
        pytest.param("a: !Ref x", "f.yaml:1: the tag '!Ref'", id="a tag of somebody's"),
        pytest.param("a: !!set {x}", "f.yaml:1: the tag", id="a set"),
        pytest.param("a: !!bool maybe", "does not fit 'maybe'", id="a tag that does not fit"),
        pytest.param("a: 1\nb: x\x00y", r"f.yaml:2: the character '\x00' may not stand in YAML", id="NUL"),
        pytest.param("a: *b", "f.yaml:1: not YAML: found undefined alias", id="an alias for nothing"),
        pytest.param("a: &a [*a]", "f.yaml:1: nested more than 200 deep, or an anchor that holds itself", id="itself"),
        pytest.param("a: {<<: [1]}", "f.yaml:1: '<<' merges mappings, not 1", id="a merge of numbers"),
        pytest.param(BOMB, "aliases repeat more than 10000 values; write them out", id="a bomb of aliases"),
        pytest.param("[" * 100_000, "exceeded maximum nesting depth", id="brackets without end"),
        pytest.param('{"a":' * 100_000, "exceeded maximum nesting depth", id="JSON without end"),
        pytest.param('{"a":' * 300 + "1" + "}" * 300, "nested more than 200 deep", id="JSON too deep"),
        pytest.param("- " * 100_000, "exceeded maximum nesting depth", id="lists without end"),
        pytest.param('{"a": "\\ud800"}', "f.yaml:1: not YAML: found invalid Unicode", id="half a character"),
    ],
)
def test_what_cannot_be_read_is_a_trouble_with_its_place(text, trouble):
    [found] = troubles(text)

    assert trouble in found


def test_what_is_not_utf_8_says_in_which_line():
    documents, [trouble] = load_yaml(b"a: 1\nb: \xff\n", "f.yaml")

    assert documents == []
    assert str(trouble) == "f.yaml:2: this is not UTF-8 text; save the file as UTF-8"


def test_a_file_that_is_too_large_is_not_read():
    documents, [trouble] = load_yaml(b"#" * (MOST_BYTES + 1), "f.yaml")

    assert documents == []
    assert "at most 16777216 are read" in trouble.message


def test_one_broken_document_leaves_the_others():
    documents, [trouble] = load_yaml(b"a: 1\n---\nb: [\n---\nc: 3\n", "f.yaml")

    assert [(each.line, each.content) for each in documents] == [(1, {"a": 1}), (5, {"c": 3})]
    assert trouble.line in (3, 4)


def test_a_list_is_taken_apart_and_each_item_has_its_line():
    text = "---\nkind: List\napiVersion: v1\nitems:\n- kind: A\n  x: 1\n- kind: B\n- 5\n"

    documents, [trouble] = load_yaml(text.encode(), "f.yaml")

    assert [(each.line, each.content["kind"]) for each in documents] == [(5, "A"), (7, "B")]
    assert str(trouble) == "f.yaml:8: items: 5 is not an object with apiVersion and kind"


@pytest.mark.parametrize("indent", [None, 2], ids=["on one line", "on many"])
def test_the_items_of_a_list_of_one_kind_are_of_that_kind(indent):
    items = [{"metadata": {"name": "web"}}, {"metadata": {"name": "api"}}]
    text = json.dumps({"kind": "DeploymentList", "apiVersion": "apps/v1", "items": items}, indent=indent)

    documents, _ = load_yaml(text.encode(), "f.json")

    assert [(each.content["apiVersion"], each.content["kind"]) for each in documents] == [("apps/v1", "Deployment")] * 2
    assert documents[1].line == (10 if indent else 1)


@pytest.mark.parametrize(
    ("way", "line"),
    [
        pytest.param((), 2, id="the document"),
        pytest.param(("spec",), 3, id="a key"),
        pytest.param(("spec", "names", 1), 6, id="an item"),
        pytest.param(("spec", "uptime"), 8, id="after a list"),
        pytest.param(("spec", "nothing", "more"), 3, id="the nearest there is"),
        pytest.param(("spec", "names", 9), 4, id="an item that is not there"),
    ],
)
def test_a_way_has_its_line(way, line):
    [document], _ = load_yaml(b"---\nkind: X\nspec:\n  names:\n  - a\n  - b\n  # why\n  uptime: x\n", "f.yaml")

    assert document.line_of(way) == line


def test_ten_thousand_documents_take_seconds_at_most():
    text = "apiVersion: v1\nkind: X\nmetadata: {name: a, labels: {b: c}}\nspec: {replicas: 3}\n---\n" * 10_000
    before = time.perf_counter()

    documents, _ = load_yaml(text.encode(), "f.yaml")

    assert len(documents) == 10_000
    assert time.perf_counter() - before < 10


@given(st.binary(max_size=200))
def test_no_bytes_make_it_stumble(content):
    documents, wrong = load_yaml(content, "f.yaml")

    assert all(isinstance(each.content, dict) for each in documents)
    assert all(each.line >= 1 for each in wrong)


@given(st.text(alphabet=st.sampled_from(list("a:-[]{}&*!|>'\"#%@? \n\t,<0x.\u00e9😀")), max_size=60))
def test_no_text_makes_it_stumble(text):
    load_yaml(text.encode(), "f.yaml")


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | FINITE | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_json_reads_as_it_was_written(value):
    [document], _ = load_yaml(json.dumps({"a": value}).encode(), "f.json")

    assert document.content == {"a": value}
