"""One frozen Settings, from flags, then the environment, then a file, then defaults; and the table of what there is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sleepwalker.config.files import content_of, file_problem
from sleepwalker.config.near import near
from sleepwalker.config.yaml import load_yaml
from sleepwalker.core.annotations import MissedRuns
from sleepwalker.core.duration import parse_duration
from sleepwalker.core.instants import shorten
from sleepwalker.core.problem import Problem
from sleepwalker.core.zones import zone_named

ENV: Final = "SLEEPWALKER_"
_CONFIG = ENV + "CONFIG"
_SERVICE_LINK = re.compile(r"(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)")
"""What Kubernetes puts into every container about a Service whose name begins with `sleepwalker`."""
_MOST_PORT = 65_535
_MOST_CONCURRENCY = 1024

Mode = Literal["observe", "enforce"]
LogFormat = Literal["auto", "json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(ValueError):
    """Settings with which nothing can start: a sentence a line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator has set."""

    mode: Mode = "observe"
    policies: tuple[str, ...] = ()
    kubeconfig: str = ""
    context: str = ""
    namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    zone: str = "UTC"
    grace: timedelta = timedelta(0)
    missed_runs: MissedRuns = "skip"
    ledger: str = ""
    cluster: str = "default"
    concurrency: int = 16
    request_timeout: timedelta = timedelta(seconds=10)
    lease: str = ""
    itself: str = ""
    http_address: str = "127.0.0.1"
    http_port: int = 8080
    log_format: LogFormat = "auto"
    log_level: LogLevel = "info"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. `default` is as the documentation shows it; the value itself is the field's in `Settings`."""

    name: str
    reader: Callable[[object], object]
    default: str
    example: str
    sentence: str

    @property
    def flag(self) -> str:
        """As in `--log-format`."""
        return "--" + self.name.replace("_", "-")

    @property
    def env(self) -> str:
        """As in `SLEEPWALKER_LOG_FORMAT`."""
        return ENV + self.name.upper()

    @property
    def key(self) -> str:
        """As in a settings file: `logFormat`."""
        first, *rest = self.name.split("_")
        return first + "".join(each.capitalize() for each in rest)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f"{shorten(value)} is not text on one line")
    return value.strip()


def _texts(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ValueError(f"{shorten(value)} is neither a list nor text with commas")  # noqa: TRY004 - a reader's error
    return tuple(_text(each) for each in parts if each != "")


def _pair(value: object) -> str:
    if not re.fullmatch(r"[a-z0-9][-a-z0-9.]{0,252}/[a-z0-9][-a-z0-9.]{0,252}", text := _text(value), re.ASCII):
        raise ValueError(f"{shorten(value)} is not like NAMESPACE/NAME")
    return text


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value.strip().casefold() not in words:
            hint = near(value, words) if isinstance(value, str) else ""
            raise ValueError(f"{shorten(value)} is none of {', '.join(words)}{hint}")
        return value.strip().casefold()

    return read


def _count(most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        text = value.strip() if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not 1 <= int(text) <= most:
            raise ValueError(f"{shorten(value)} is not a whole number from 1 to {most}")
        return int(text)

    return read


def _zone(value: object) -> str:
    return zone_named(_text(value)).key


def _duration(value: object) -> timedelta:
    return parse_duration(str(value) if isinstance(value, int | timedelta) and not value else _text(value))


def _timeout(value: object) -> timedelta:
    timeout = _duration(value)
    if not timedelta(0) < timeout <= timedelta(minutes=5):
        raise ValueError(f"{shorten(value)} is not more than 0 and at most 5m")
    return timeout


def _ledger(value: object) -> str:
    text = _text(value)
    return text if "://" in text else f"sqlite:///{Path(text).expanduser()}"


TABLE: Final[tuple[Row, ...]] = (
    Row(
        "mode", _one_of("observe", "enforce"), "observe", "enforce",
        "Whether it only says what it would do (`observe`), or does it (`enforce`).",
    ),
    Row("policies", _texts, "none", "/etc/sleepwalker/policies", "Files and folders with policies and calendars."),
    Row("kubeconfig", _text, "as kubectl", "~/.kube/config", "The kubeconfig file."),
    Row("context", _text, "the current one", "dev", "The context of the kubeconfig."),
    Row("namespaces", _texts, "all", "team-a,team-b", "The only namespaces that are looked at."),
    Row("kinds", _texts, "all with a recipe", "Deployment,CronJob", "The only kinds that are put to sleep."),
    Row("protected", _texts, "none", "prod-*,vault", "Namespaces that never sleep; wildcards allowed."),
    Row("zone", _zone, "UTC", "Europe/Berlin", "The time zone of schedules that name none."),
    Row("grace", _duration, "0", "30m", "How long a new object is let be, where nothing else says."),
    Row(
        "missed_runs", _one_of("skip", "run"), "skip", "run",
        "Whether CronJobs make up for a run that they missed, where their policy does not say.",
    ),
    Row(
        "ledger", _ledger, "~/.local/state/sleepwalker/ledger.db", "sqlite:////data/ledger.db",
        "The ledger: a file, or a database's URL.",
    ),
    Row("cluster", _text, "default", "prod-eu", "The cluster's name in the ledger, in reports and metrics."),
    Row("concurrency", _count(_MOST_CONCURRENCY), "16", "32", "How many writes are under way at once, at most."),
    Row("request_timeout", _timeout, "10s", "30s", "How long a request may take."),
    Row(
        "lease", _pair, "none", "sleepwalker/sleepwalker",
        "The Lease, as NAMESPACE/NAME, that one controller of several holds.",
    ),
    Row(
        "itself", _pair, "none", "sleepwalker/sleepwalker",
        "The controller's own Deployment, as NAMESPACE/NAME; it never sleeps.",
    ),
    Row("http_address", _text, "127.0.0.1", "0.0.0.0", "Where `/healthz` and `/metrics` listen."),  # noqa: S104 - a text
    Row("http_port", _count(_MOST_PORT), "8080", "9090", "And at which port."),
    Row(
        "log_format", _one_of("auto", "json", "console"), "auto", "json",
        "How to log; `auto` is `console` in a terminal and `json` elsewhere.",
    ),
    Row("log_level", _one_of("debug", "info", "warning", "error"), "info", "debug", "The least that is logged."),
)  # fmt: skip

_ROWS: Mapping[str, Row] = {row.name: row for row in TABLE}
assert {*_ROWS} == {field.name for field in fields(Settings)}  # noqa: S101 - the table is the truth


def load_settings(
    given: Mapping[str, object], environ: Mapping[str, str], config: str | None = None
) -> tuple[Settings, tuple[Problem, ...]]:
    """Return the settings, and a problem for each variable that looks like a setting and is none.

    `given` are flags by the name of their field; None is a flag that was not given. Raises SettingsError, with all
    that is wrong, for what cannot be read: an operator's slip must not be passed over at the start.
    """
    wrong: list[str] = []
    path = config or environ.get(_CONFIG)
    sources = (_of_file(path, wrong) if path else {}, _of_environment(environ), _of_flags(given, wrong))
    found: dict[str, Any] = {"ledger": _ledger(str(_state(environ) / "ledger.db"))}
    for place, (row, value) in (each for source in sources for each in source.items()):
        try:
            found[row.name] = row.reader(value)
        except ValueError as error:
            wrong.append(f"{place}: {error}")
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(**found), tuple(_misspelt(environ))


def _of_flags(given: Mapping[str, object], wrong: list[str]) -> dict[str, tuple[Row, object]]:
    wrong += [f"there is no setting {each!r}{near(each, _ROWS)}" for each in given if each not in _ROWS]
    return {
        _ROWS[name].flag: (_ROWS[name], value) for name, value in given.items() if name in _ROWS and value is not None
    }


def _of_environment(environ: Mapping[str, str]) -> dict[str, tuple[Row, object]]:
    rows = [(row, environ[row.env]) for row in TABLE if environ.get(row.env)]
    return {row.env: (row, value) for row, value in rows if not _is_link(row.env, value)}


def _of_file(path: str, wrong: list[str]) -> dict[str, tuple[Row, object]]:
    try:
        documents, troubles = load_yaml(content_of(Path(path)), path)
    except (OSError, ValueError) as error:
        wrong.append(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}")
        return {}
    wrong += [str(each) for each in troubles]
    wrong += [f"{each.place}: a settings file has one document" for each in documents[1:]]
    found: dict[str, tuple[Row, object]] = {}
    keys = {row.key: row for row in TABLE}
    for key, value in documents[0].content.items() if documents else ():
        place = f"{path}:{documents[0].line_of([key])}: {key if key.isprintable() else shorten(key)}"
        if key in keys:
            found[place] = (keys[key], value)
        else:
            wrong.append(f"{place}: no such setting{near(key, keys) or '; there are ' + ', '.join(keys)}")
    return found


def _misspelt(environ: Mapping[str, str]) -> list[Problem]:
    known = {_CONFIG, *(row.env for row in TABLE)}
    names = [name for name in sorted(environ) if name.startswith(ENV) and name not in known]
    return [
        file_problem(name, f"the environment variable {name} is no setting{near(name, known)}")
        for name in names
        if not _is_link(name, environ[name])
    ]


def _is_link(name: str, value: str) -> bool:
    """Say whether Kubernetes wrote this variable: `SLEEPWALKER_HTTP_PORT=tcp://…` is about a Service."""
    link = _SERVICE_LINK.fullmatch(name.removeprefix(ENV))
    return bool(link) and (value.startswith(("tcp://", "udp://", "sctp://")) or name not in {row.env for row in TABLE})


def _state(environ: Mapping[str, str]) -> Path:
    home = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or "/tmp", ".local", "state")  # noqa: S108 - a pod may have no home
    return Path(home, "sleepwalker")
