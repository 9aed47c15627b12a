"""Files and folders with policies and calendars: read once, or watched. A good edit takes effect, a bad one not."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sleepwalker.config.documents import Context
from sleepwalker.config.files import content_of, documents_in, file_problem, files_under
from sleepwalker.config.loaded import Loaded, put_together
from sleepwalker.config.reading import Beside, FileRead, read_documents
from sleepwalker.config.settings import Settings
from sleepwalker.config.yaml import Document
from sleepwalker.core.problem import Problem

Stamp = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file's latest version; or, if that is bad, its last clean one, with what is `wrong` with the latest.

    A file that never was clean is used as far as it can be read.
    """

    stamp: Stamp
    read: FileRead
    clean: bool
    beside: tuple[Path, ...] = ()
    wrong: tuple[Problem, ...] = ()


@dataclass(slots=True)
class PolicyFolder:
    """Watched files and folders. A file that turns bad keeps its last good version; one that is gone is gone."""

    paths: Sequence[str]
    zone: str = "UTC"
    _seen: dict[Path, _Seen] = field(default_factory=dict)
    _state: tuple[int, dict[Path, Stamp], dict[str, str]] | None = None

    def poll(self, now: datetime) -> Loaded | None:
        """Return all that holds now, or None if nothing has changed since this was last asked. Never raises."""
        files, unreadable = self._look()
        stamps = {file: _stamp(file, self._seen[file].beside if file in self._seen else ()) for file in files}
        if (now.year, stamps, unreadable) == self._state:
            return None
        another_year = self._state is None or self._state[0] != now.year
        for file, stamp in stamps.items():
            if another_year or file not in self._seen or self._seen[file].stamp != stamp:
                self._seen[file] = self._read(file, now)
        self._seen = {
            file: self._seen[file] for file in sorted(self._seen) if file in stamps or _is_under(file, unreadable)
        }
        self._state = (now.year, {file: self._seen[file].stamp for file in files}, unreadable)
        loaded = put_together(each.read for each in self._seen.values())
        wrong = [each for seen in self._seen.values() for each in seen.wrong]
        wrong += [file_problem(path, f"{path} cannot be read: {reason}") for path, reason in unreadable.items()]
        return replace(loaded, problems=(*loaded.problems, *wrong))

    def _look(self) -> tuple[list[Path], dict[str, str]]:
        """Return the files that there are, and the paths that cannot be looked into, with the reasons."""
        files: dict[Path, None] = {}
        unreadable: dict[str, str] = {}
        for path in self.paths:
            try:
                files.update(dict.fromkeys(files_under(Path(path))))
            except (OSError, ValueError) as error:
                unreadable[path] = _reason(error)
        return list(files), unreadable

    def _read(self, file: Path, now: datetime) -> _Seen:
        """Return the file's latest version, or its last clean one with what is wrong with the latest."""
        beside = Beside(file.parent)
        stamp = _stamp(file, ())
        try:
            documents, troubles = documents_in(str(file), content_of(file))
        except OSError as error:
            read = FileRead(problems=[file_problem(str(file), f"{file} cannot be read: {_reason(error)}")])
        else:
            read = read_documents(documents, Context(self.zone, now, beside.read))
            read.problems += troubles
        stamp = (*stamp, *(_stamp(each, ()) for each in beside.seen))
        known = self._seen.get(file)
        if not read.problems or known is None or not known.clean:
            return _Seen(stamp, read, not read.problems, tuple(beside.seen))
        note = file_problem(str(file), f"{file}: its last good version stays in effect until this is mended")
        return _Seen(stamp, known.read, known.clean, tuple(beside.seen), (*read.problems, note))


def load_folder(paths: Iterable[str], now: datetime, settings: Settings) -> Loaded:
    """Return what is in these files and folders."""
    return PolicyFolder(tuple(paths), settings.zone).poll(now) or Loaded()


def load_documents(documents: Iterable[Document], now: datetime, settings: Settings) -> Loaded:
    """Return what these documents say, wherever they were found."""
    reads = []
    for each in documents:
        file = Path(each.path)
        beside = Beside(file.parent if file.is_file() else None)
        reads.append(read_documents([each], Context(settings.zone, now, beside.read)))
    return put_together(reads)


def _stamp(file: Path, beside: Iterable[Path]) -> Stamp:
    """Return what changes when a file does; of a mounted ConfigMap also where its `..data` points."""
    try:
        stat = file.stat()
        own: Stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino, _readlink(file.parent / "..data"))
    except OSError as error:
        own = (_reason(error),)
    return (*own, *(_stamp(each, ()) for each in beside))


def _readlink(path: Path) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - its text, not a path
    except OSError:
        return ""


def _is_under(file: Path, paths: Iterable[str]) -> bool:
    return any(file == Path(path) or Path(path) in file.parents for path in paths)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
