"""Values → the documents of `-o json` and `-o yaml`. Their shapes are promises: DESIGN.md, section 8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sleepwalker.app.explain import Explanation
from sleepwalker.app.status import Status
from sleepwalker.core.action import Action
from sleepwalker.core.counting import Amount, Freed
from sleepwalker.core.decision import Opinion
from sleepwalker.core.fields import Fields, Value
from sleepwalker.core.instants import show_instant
from sleepwalker.core.plan import Plan
from sleepwalker.core.problem import Problem
from sleepwalker.core.schedule import DstNote, Schedule
from sleepwalker.core.targets import Ref

Document = dict[str, Any]


def plan_document(plan: Plan, problems: Iterable[Problem], *, left: bool = True) -> Document:
    """Return a plan, with all problems that are known at that moment."""
    document: Document = {"now": show_instant(plan.now), "actions": [_action(each) for each in plan.actions]}
    if left:
        document["left"] = [{**named(each.ref), "because": each.because} for each in plan.left]
    document["problems"] = problem_documents(problems)
    document["next_change"] = maybe_instant(plan.next_change)
    return document


def problem_documents(problems: Iterable[Problem]) -> list[Document]:
    """Return what a person must fix."""
    return [{**named(each.ref), "message": each.message} for each in problems]


def freed_documents(freed: Freed) -> tuple[dict[str, Document], Document]:
    """Return the capacity-hours freed: by namespace, and in total."""
    return {name: _amount(freed.hours[name]) for name in sorted(freed.hours)}, _amount(freed.total)


def explain_document(told: Explanation) -> Document:
    """Return every layer's opinion, and what follows."""
    return {
        "ref": named(told.ref),
        "awake": told.decision.awake,
        "decided_by": told.decision.layer,
        "because": told.decision.because,
        "layers": [{"layer": o.layer, "opinion": opinion_word(o), "because": o.because} for o in told.layers],
        "next": [{"at": show_instant(c.at), "awake": c.awake, "because": c.because} for c in told.next],
    }


def status_document(status: Status, problems: Iterable[Problem]) -> Document:
    """Return what is asleep, which overrides are in force, and what a person must fix."""
    return {
        "now": show_instant(status.now),
        "asleep": [
            {
                **named(each.ref),
                "since": show_instant(each.since),
                "until": maybe_instant(each.until),
                "because": each.because,
                "original": fields(each.original),
            }
            for each in status.asleep
        ],
        "overrides": [
            {
                **named(each.ref),
                "awake": each.awake,
                "until": show_instant(each.until),
                "by": each.by or None,
                "reason": each.reason or None,
            }
            for each in status.overrides
        ],
        "problems": problem_documents(problems),
    }


def schedule_document(schedule: Schedule, now: datetime, until: datetime) -> Document:
    """Return whether a schedule covers `now`, and its changes until then."""
    return {
        "awake": schedule.covers(now),
        "next_change": maybe_instant(schedule.next_change(now)),
        "changes": [{"at": show_instant(at), "awake": awake} for at, awake in schedule.changes(now, until)],
    }


def dst_documents(notes: Iterable[DstNote]) -> list[Document]:
    """Return the days on which a clock change moves the edge of a window."""
    return [
        {
            "date": each.date.isoformat(),
            "zone": each.zone,
            "kind": each.kind,
            "wall": f"{each.wall:%H:%M}",
            "at": show_instant(each.at),
            "edge": each.edge,
            "message": str(each),
        }
        for each in notes
    ]


def named(ref: Ref) -> Document:
    """Return an object's name; the namespace is null for what has none."""
    return {"kind": ref.kind, "namespace": ref.namespace or None, "name": ref.name}


def maybe_instant(at: datetime | None) -> str | None:
    """Return the instant as RFC 3339, or null."""
    return show_instant(at) if at else None


def opinion_word(opinion: Opinion) -> str:
    """Return `awake`, `asleep`, `none` or `doubt`."""
    if opinion.wrong:
        return "doubt"
    return {True: "awake", False: "asleep", None: "none"}[opinion.awake]


def fields(values: Fields) -> dict[str, Value]:
    """Return JSON pointers and their values."""
    return {pointer: dict(value) if isinstance(value, Mapping) else value for pointer, value in values.items()}


def _action(action: Action) -> Document:
    return {
        "verb": action.verb,
        **named(action.ref),
        "set": fields(action.set),
        "original": fields(action.original),
        "wave": action.wave,
        "because": action.because,
    }


def _amount(amount: Amount) -> Document:
    return {
        "cpu_hours": round(amount.cpu_cores, 3),
        "memory_gib_hours": round(amount.memory_gib, 3),
        "accelerator_hours": round(amount.accelerators, 3),
        "replica_hours": round(amount.replicas, 3),
    }
