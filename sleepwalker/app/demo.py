"""The demo: one week of an example platform, and what people and machines do in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from sleepwalker.app.simulate import Scene
from sleepwalker.core.annotations import ASLEEP, PREFIX
from sleepwalker.core.instants import show_instant
from sleepwalker.core.targets import Ref, Snapshot, namespace_ref

WEEK_BEGINS: Final = datetime(2026, 11, 22, 23, tzinfo=UTC)
"""Monday 2026-11-23 in Berlin; on Thursday of that week it is Thanksgiving."""
WEEK_ENDS: Final = WEEK_BEGINS + timedelta(days=7)

_MON, _TUE, _WED, _THU, _FRI, _SAT = range(6)


class Stage(Protocol):
    """A cluster on which others act as well."""

    def scale(self, ref: Ref, replicas: int, manager: str = ...) -> object:
        """Set the number of replicas."""
        ...

    def annotate(self, ref: Ref, annotations: Mapping[str, str | None], manager: str = ...) -> object:
        """Set or remove annotations."""
        ...

    def apply(self, config: Mapping[str, Any], manager: str, *, force: bool = ...) -> object:
        """Apply server-side."""
        ...


def scenes(stage: Stage, snapshot: Snapshot) -> list[Scene]:
    """Return what others do in that week, to objects that are there."""
    worker, web, api = _deployment("team-a", "worker"), _deployment("team-a", "web"), _deployment("team-b", "api")
    trainer = Ref("vision", "StatefulSet", "llava-trainer", "apps")
    script: list[tuple[Ref, datetime, str, Callable[[], object]]] = [
        (
            worker,
            _at(_MON, 22, 10),
            "ben runs 'kubectl scale deployment/worker --replicas 2': he needs it tonight",
            lambda: stage.scale(worker, 2, "kubectl-scale"),
        ),
        (
            web,
            _at(_TUE, 23, 30),
            "a script strips the 'asleep' annotation off team-a's web; the ledger has a copy",
            lambda: stage.annotate(web, {ASLEEP: None}, "cleanup-script"),
        ),
        (
            namespace_ref("team-b"),
            _at(_WED, 18, 45),
            "anna says 'sleepwalker wake ns/team-b --until 23:30': a demo for the board",
            lambda: stage.annotate(namespace_ref("team-b"), _awake(_at(_WED, 23, 30), "anna", "demo for the board")),
        ),
        *(
            (
                api,
                _at(_THU, 21, minute),
                f"Argo CD syncs team-b's api to 2 replicas, {times}",
                _sync(stage, api, 2),
            )
            for minute, times in ((0, "once"), (5, "twice"), (10, "three times"), (15, "and again"))
        ),
        (
            namespace_ref("team-c"),
            _at(_THU, 14, 0),
            "it is Thanksgiving in Boston: nobody comes to work, and team-c sleeps on",
            lambda: None,
        ),
        (
            trainer,
            _at(_FRI, 14, 0),
            "carla starts a training run early: 'sleepwalker wake vision/sts/llava-trainer --until 22:00'",
            lambda: stage.annotate(trainer, _awake(_at(_FRI, 22, 0), "carla", "the run must be through by Monday")),
        ),
        (
            namespace_ref("storefront"),
            _at(_SAT, 15, 0),
            "the shop is closed for the weekend: 'sleepwalker sleep ns/storefront --until Mon 00:00'",
            lambda: stage.annotate(namespace_ref("storefront"), _asleep(WEEK_ENDS, "dora", "stocktaking")),
        ),
    ]
    return [Scene(at, title, _played(act)) for ref, at, title, act in script if _is_there(ref, snapshot)]


def _sync(stage: Stage, ref: Ref, replicas: int) -> Callable[[], object]:
    config = {
        "apiVersion": "apps/v1",
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": {"replicas": replicas},
    }
    return lambda: stage.apply(config, "argocd-controller", force=True)


def _awake(until: datetime, by: str, reason: str) -> dict[str, str | None]:
    return _override("keep-awake-until", until, (by, reason))


def _asleep(until: datetime, by: str, reason: str) -> dict[str, str | None]:
    return _override("asleep-until", until, (by, reason))


def _override(key: str, until: datetime, said: Sequence[str]) -> dict[str, str | None]:
    by, reason = said
    return {
        PREFIX + key: show_instant(until),
        PREFIX + "override-by": by,
        PREFIX + "override-reason": reason,
    }


def _played(act: Callable[[], object]) -> Callable[[], None]:
    def play() -> None:
        act()

    return play


def _is_there(ref: Ref, snapshot: Snapshot) -> bool:
    return ref.name in snapshot.namespaces if not ref.namespace else snapshot.workload(ref) is not None


def _deployment(namespace: str, name: str) -> Ref:
    return Ref(namespace, "Deployment", name, "apps")


def _at(day: int, hour: int, minute: int) -> datetime:
    """Return a time of that week, by Berlin's clock."""
    return WEEK_BEGINS + timedelta(days=day, hours=hour, minutes=minute)
