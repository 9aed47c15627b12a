"""The ledger in a database, through SQLAlchemy: SQLite in one file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, bindparam, create_engine, event, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sleepwalker.adapters.ledger.tables import metadata, sleep_spans
from sleepwalker.app.ports import LedgerError
from sleepwalker.core.ledger import Entry, SpanClosed, SpanOpened
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.record import RecordError, parse_record, show_record
from sleepwalker.core.targets import Ref, Span

T = TypeVar("T")
Recipes = Mapping[tuple[str, str], Recipe]
_OBJECT = ("cluster", "namespace", "api_group", "kind", "name")
_KEY = (*_OBJECT, "since")
_ENDING = (  # ends an older sleep of the same object as well, of which the end was missed
    update(sleep_spans)
    .where(*(sleep_spans.c[name] == bindparam(f"of_{name}") for name in _OBJECT))
    .where(sleep_spans.c.since <= bindparam("of_since"), sleep_spans.c.until.is_(None))
    .values(until=bindparam("at"), how=bindparam("by"), ended_because=bindparam("for_"))
)


class SqlLedger:
    """One cluster's part of a ledger. All of it runs in one thread of its own, so that no pass waits for a disk."""

    def __init__(self, url: str, cluster: str, recipes: Recipes) -> None:
        self._url, self._cluster, self._recipes = url, cluster, recipes
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._opened: Engine | None = None

    async def open_spans(self) -> Mapping[Ref, Span]:
        """Return every sleep that has not ended."""
        return await self._run(lambda db: self._spans(db, only_open=True))

    async def last_spans(self) -> Mapping[Ref, Span]:
        """Return each object's latest sleep."""
        return await self._run(lambda db: self._spans(db, only_open=False))

    async def write(self, entries: Sequence[Entry]) -> None:
        """Record facts, in one transaction."""
        await self._run(lambda db: self._write(db, entries))

    async def close(self) -> None:
        """Close the database, after what is being written."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def _run(self, work: Callable[[Connection], T]) -> T:
        def job() -> T:
            with self._engine().begin() as db:
                return work(db)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except (SQLAlchemyError, ArgumentError, OSError) as error:
            reason = str(error).split("\n", 1)[0]
            raise LedgerError(f"the ledger {_shown(self._url)} failed: {reason}") from error

    def _engine(self) -> Engine:
        if self._opened is None:
            url = make_url(self._url)
            if url.database and url.database != ":memory:":
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(url)
            event.listen(engine, "connect", _tune)
            metadata.create_all(engine)
            self._opened = engine
        return self._opened

    def _close(self) -> None:
        if self._opened:
            self._opened.dispose()

    def _spans(self, db: Connection, *, only_open: bool) -> dict[Ref, Span]:
        table = sleep_spans.c
        query = select(sleep_spans).where(table.cluster == self._cluster)
        if only_open:
            query = query.where(table.until.is_(None))
        else:
            key = (table.namespace, table.api_group, table.kind, table.name)
            latest = (
                select(*key, func.max(table.since).label("since")).where(table.cluster == self._cluster).group_by(*key)
            )
            last = latest.subquery()
            query = query.join(
                last,
                (table.namespace == last.c.namespace) & (table.api_group == last.c.api_group)
                & (table.kind == last.c.kind) & (table.name == last.c.name) & (table.since == last.c.since),
            )  # fmt: skip
        spans = (self._span(row) for row in db.execute(query.order_by(table.since)).mappings())
        return {span.ref: span for span in spans if span}

    def _span(self, row: RowMapping) -> Span | None:
        ref = Ref(row["namespace"], row["kind"], row["name"], row["api_group"])
        recipe = self._recipes.get((ref.group, ref.kind))
        try:
            return Span(ref, row["uid"], parse_record(row["record"], recipe)) if recipe else None
        except RecordError:
            return None

    def _write(self, db: Connection, entries: Sequence[Entry]) -> None:
        """Write runs of like entries together; an object that opened and closed in one batch keeps that order."""
        for kind, run in _runs(entries):
            if kind is SpanOpened:
                rows = list({_identity(row): row for row in (self._row(each) for each in run)}.values())
                upsert = insert(sleep_spans)
                changed = {
                    name: upsert.excluded[name]
                    for name in ("record", "because", "uid", "until", "how", "ended_because")
                }
                db.execute(upsert.on_conflict_do_update(index_elements=_KEY, set_=changed), rows)
            else:
                db.execute(_ENDING, [self._end(each) for each in run])

    def _row(self, entry: Entry) -> dict[str, Any]:
        assert isinstance(entry, SpanOpened)  # noqa: S101 - for the type checker: _runs() keeps the kinds apart
        return {
            **self._key(entry.ref),
            "since": _naive(entry.record.since),
            "uid": entry.uid,
            "because": entry.record.because,
            "record": show_record(entry.record),
            "cpu_cores": entry.freed.cpu_cores,
            "memory_bytes": entry.freed.memory_bytes,
            "accelerators": json.dumps(dict(entry.freed.accelerators)),
        }

    def _end(self, entry: Entry) -> dict[str, Any]:
        assert isinstance(entry, SpanClosed)  # noqa: S101 - for the type checker: _runs() keeps the kinds apart
        key = {f"of_{name}": value for name, value in self._key(entry.ref).items()}
        end = {"at": _naive(entry.until), "by": entry.how, "for_": entry.because}
        return {**key, "of_since": _naive(entry.since), **end}

    def _key(self, ref: Ref) -> dict[str, Any]:
        return {
            "cluster": self._cluster, "namespace": ref.namespace, "api_group": ref.group, "kind": ref.kind, "name": ref.name,
        }  # fmt: skip


def _runs(entries: Sequence[Entry]) -> Iterable[tuple[type[Entry], list[Entry]]]:
    run: list[Entry] = []
    for entry in entries:
        if run and type(run[0]) is not type(entry):
            yield type(run[0]), run
            run = []
        run.append(entry)
    if run:
        yield type(run[0]), run


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _tune(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(its URL cannot be read)"
