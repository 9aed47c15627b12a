"""Settings come from flags, then the environment, then a file; what is misspelt is refused with the right word."""

from datetime import timedelta

import pytest

from sleepwalker.config.settings import TABLE, Settings, SettingsError, load_settings
from tests.config.hostile import HOSTILE

HOME = {"HOME": "/home/alice"}


def settings(given=None, environ=None, config=None):
    found, problems = load_settings(given or {}, {**HOME, **(environ or {})}, config)
    assert problems == ()
    return found


def refusal(given=None, environ=None, config=None):
    with pytest.raises(SettingsError) as error:
        load_settings(given or {}, {**HOME, **(environ or {})}, config)
    return str(error.value)


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "settings.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_when_nothing_is_said_it_only_looks():
    assert settings() == Settings(mode="observe", ledger="sqlite:////home/alice/.local/state/sleepwalker/ledger.db")


def test_a_flag_is_before_the_environment_and_that_before_the_file(file):
    config = file("zone: Europe/Berlin\ngrace: 1h\nmode: enforce\n")

    found = settings({"zone": "Asia/Tokyo"}, {"SLEEPWALKER_ZONE": "Europe/Paris", "SLEEPWALKER_GRACE": "2h"}, config)

    assert (found.zone, found.grace, found.mode) == ("Asia/Tokyo", timedelta(hours=2), "enforce")


def test_a_flag_that_was_not_given_says_nothing():
    assert settings({"zone": None}, {"SLEEPWALKER_ZONE": "Asia/Tokyo"}).zone == "Asia/Tokyo"


def test_the_environment_may_name_the_file(file):
    assert settings(environ={"SLEEPWALKER_CONFIG": file("mode: enforce\n")}).mode == "enforce"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        pytest.param("protected", "prod-*, vault", ("prod-*", "vault"), id="names with commas"),
        pytest.param("protected", ["prod-*"], ("prod-*",), id="a list"),
        pytest.param("protected", (), (), id="an empty list"),
        pytest.param("concurrency", "32", 32, id="a number as text"),
        pytest.param("concurrency", 32, 32, id="a number"),
        pytest.param("request_timeout", "30s", timedelta(seconds=30), id="a duration"),
        pytest.param("grace", 0, timedelta(0), id="zero"),
        pytest.param("zone", "europe/berlin", "Europe/Berlin", id="a zone as the tz database writes it"),
        pytest.param("mode", "Enforce", "enforce", id="a choice in any case"),
        pytest.param("ledger", "/data/l.db", "sqlite:////data/l.db", id="a file for a ledger"),
        pytest.param("ledger", "postgresql://db/x", "postgresql://db/x", id="a database for a ledger"),
    ],
)
def test_a_value_is_read_once(name, value, found):
    assert getattr(settings({name: value}), name) == found


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param({"mode": "enforced"}, "'enforced' is none of observe, enforce; is 'enforce' meant?", id="mode"),
        pytest.param({"zone": "PST"}, "--zone: 'PST' is not a time zone", id="zone"),
        pytest.param({"concurrency": 0}, "--concurrency: 0 is not a whole number from 1 to 1024", id="zero at once"),
        pytest.param({"concurrency": True}, "--concurrency: True is not a whole number", id="true for a number"),
        pytest.param({"http_port": "70000"}, "--http-port: '70000' is not a whole number from 1 to 65535", id="port"),
        pytest.param({"request_timeout": "0"}, "'0' is not more than 0 and at most 5m", id="no time"),
        pytest.param({"grace": 30}, "--grace: 30 is not text on one line", id="a duration without a unit"),
        pytest.param({"log_level": "warn"}, "is none of debug, info, warning, error; is 'warning' meant?", id="level"),
        pytest.param({"protected": 5}, "--protected: 5 is neither a list nor text with commas", id="a number of names"),
        pytest.param({"mod": "x"}, "there is no setting 'mod'; is 'mode' meant?", id="a flag that is none"),
    ],
)
def test_a_bad_flag_is_refused_with_what_would_do(given, sentence):
    assert sentence in refusal(given)


def test_a_bad_variable_is_refused_by_its_name():
    assert refusal(environ={"SLEEPWALKER_MODE": "on"}) == "SLEEPWALKER_MODE: 'on' is none of observe, enforce"


def test_a_bad_file_is_refused_with_the_lines(file):
    path = file("mode: enforce\nzoen: UTC\nlog_format: json\ngrace: soon\n")

    assert refusal(config=path).splitlines() == [
        f"{path}:2: zoen: no such setting; is 'zone' meant?",
        f"{path}:3: log_format: no such setting; is 'logFormat' meant?",
        f"{path}:4: grace: 'soon' is not a duration like '15m', '1h30m', '2d'",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("a: [", "not YAML", id="no YAML"),
        pytest.param("- a", "is not an object", id="a list"),
        pytest.param("mode: observe\n---\nmode: enforce\n", "a settings file has one document", id="two documents"),
        pytest.param("mode: observe\nmode: enforce\n", "'mode' stands here twice", id="a key twice"),
    ],
)
def test_a_file_that_is_no_settings_file_is_refused(file, text, sentence):
    assert sentence in refusal(config=file(text))


def test_a_file_that_is_not_there_is_refused():
    assert refusal(config="/nothing.yaml") == "/nothing.yaml cannot be read: No such file or directory"


def test_a_misspelt_variable_is_a_problem_with_the_right_one():
    _, problems = load_settings({}, {**HOME, "SLEEPWALKER_ZOEN": "UTC"})

    assert [each.message for each in problems] == [
        "the environment variable SLEEPWALKER_ZOEN is no setting; is 'SLEEPWALKER_ZONE' meant?"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "SLEEPWALKER_SERVICE_HOST",
        "SLEEPWALKER_SERVICE_PORT",
        "SLEEPWALKER_SERVICE_PORT_HTTP",
        "SLEEPWALKER_PORT",
        "SLEEPWALKER_PORT_8080_TCP",
        "SLEEPWALKER_PORT_8080_TCP_ADDR",
        "SLEEPWALKER_METRICS_SERVICE_HOST",
        "SLEEPWALKER_HTTP_PORT",
    ],
)
def test_what_kubernetes_says_of_a_service_called_sleepwalker_is_no_setting(name):
    assert settings(environ={name: "tcp://10.0.0.1:8080"}) == settings()


def test_the_table_gives_every_name_a_setting_has():
    [row] = [row for row in TABLE if row.name == "log_format"]

    assert (row.flag, row.env, row.key) == ("--log-format", "SLEEPWALKER_LOG_FORMAT", "logFormat")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_example_of_a_setting_can_be_read(row):
    settings({row.name: row.example})


PLAIN = [row for row in TABLE if row.default == str(getattr(Settings(), row.name))]


@pytest.mark.parametrize("row", PLAIN, ids=lambda row: row.name)
def test_the_default_of_a_setting_is_what_the_table_says(row):
    assert getattr(settings({row.name: row.default}), row.name) == getattr(Settings(), row.name)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_no_value_makes_the_settings_stumble(row, value):
    sentence = complaint({row.name: value})

    assert len(sentence) < 1000
    assert sentence.isprintable()


def complaint(given):
    try:
        load_settings(given, HOME)
    except SettingsError as error:
        return str(error)
    return ""
