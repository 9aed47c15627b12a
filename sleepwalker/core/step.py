"""One workload, one decision: what to do with it, or why it is left."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sleepwalker.core.action import Action, GiveBack, KeepAwake, Left, Sleep, Tidy, Wake, must_return
from sleepwalker.core.annotations import NO_WISHES, Wishes
from sleepwalker.core.decision import OVERRIDE, Decider, Decision
from sleepwalker.core.fields import FieldOwner, Fields, Value, shared_fields, shared_owners
from sleepwalker.core.foreign import change_by, owned_by_us
from sleepwalker.core.gitops import advice
from sleepwalker.core.instants import shorten, show_instant
from sleepwalker.core.recipe import Field, Recipe
from sleepwalker.core.record import Record, Yielded
from sleepwalker.core.targets import Namespace, Span, Workload

OVERRIDE_ANNOTATIONS = ("keep-awake-until", "asleep-until", "override-by", "override-reason")
_RESPECTED_WITHOUT_UPTIME = timedelta(hours=24)
_LAST_RUN = timedelta(seconds=1)
_LOOKS = 400


@dataclass(frozen=True, slots=True)
class _Case:
    """One workload and all that bears on it now."""

    workload: Workload
    namespace: Namespace
    recipe: Recipe
    decision: Decision
    decider: Decider
    span: Span | None

    @property
    def now(self) -> datetime:
        return self.decider.now

    @property
    def held(self) -> Record | None:
        """The record of its sleep: the object's own, or the ledger's where that was stripped."""
        return self.workload.record or (self.span.record if self.span else None)

    @property
    def wave(self) -> int:
        own, shared = self.workload.wishes.wave, self.namespace.wishes.wave
        return own if own is not None else shared or 0

    @property
    def ended(self) -> tuple[str, ...]:
        return ended_overrides(self.workload.wishes, self.now)

    def left(self, because: str, until: datetime | None = None, problem: str = "", *, held: bool = False) -> Left:
        until = min((at for at in (until, self.decision.until) if at), default=None)
        return Left(self.workload.ref, because, until, problem, held)

    def delayed(self, because: str, until: datetime) -> Left:
        return replace(self.left(because, until), delayed=True)


def step(workload: Workload, namespace: Namespace, decider: Decider, span: Span | None) -> Action | Left:
    """Return what to do with one workload now, or why it is left."""
    recipe = decider.policies.recipe(workload.ref)
    decision = decider.decide(workload, namespace)
    if recipe is None:
        return Left(workload.ref, f"no recipe for {workload.ref.kind}", decision.until)
    if span and span.uid != workload.uid:
        span = None
    case = _Case(workload, namespace, recipe, decision, decider, span)
    outcome = _step(case)
    if isinstance(outcome, Left) and (ended := case.ended):
        return Tidy(workload.ref, ended, "the override has ended", {}, {})
    return outcome


def ended_overrides(wishes: Wishes, now: datetime) -> tuple[str, ...]:
    """Return the annotations of overrides that have ended, without prefix."""
    if wishes is NO_WISHES:
        return ()
    times = {"keep-awake-until": wishes.keep_awake_until, "asleep-until": wishes.asleep_until}
    ended = [key for key, until in times.items() if until and until <= now]
    if not ended or any(until and until > now for until in times.values()):
        return tuple(ended)
    told = {"override-by": wishes.override_by, "override-reason": wishes.override_reason}
    return (*ended, *(key for key, text in told.items() if text is not None))


def _step(case: _Case) -> Action | Left:
    if case.workload.deleting:
        return case.left("being deleted")
    if case.decision.awake is None:
        return _undecided(case)
    return _awake(case) if case.decision.awake else _asleep(case)


def _undecided(case: _Case) -> Action | Left:
    if case.decision.wrong:
        return case.left(case.decision.because, problem=case.decision.wrong, held=case.held is not None)
    return _awake(case)


# -- shall be awake ----------------------------------------------------------------------------------------------------


def _awake(case: _Case) -> Action | Left:
    workload, held = case.workload, case.held
    if held is None:
        return _unreadable(case) or _orphaned(case) or case.left(case.decision.because)
    if held.yielded and case.decision.layer == OVERRIDE and _yields(case, held.yielded):
        because = f"the record was stripped and is written again from the ledger; {case.decision.because}"
        return (
            case.left(case.decision.because, held=True)
            if workload.record
            else _keep_awake(case, held, held.yielded, because)
        )
    if workload.record is None and not _still_asleep(case, held) and not _changed_asleep(case, held):
        return _returned(case, held) or case.left(case.decision.because)
    if until := _staggered_until(case):
        return case.left(f"waits its turn to make up for a missed run, until {show_instant(until)}", until, held=True)
    return _wake(case, held)


def _wake(case: _Case, held: Record) -> Wake:
    fields = {
        field.pointer: _woken(case, field, held)
        for field in case.recipe.fields
        if field.pointer in held.set
    }  # fmt: skip
    drop = OVERRIDE_ANNOTATIONS if held.yielded and _yields(case, held.yielded) else case.ended
    return Wake(
        ref=case.workload.ref,
        record=held,
        set={p: v for p, v in fields.items() if v != case.workload.fields.get(p)},
        wave=case.wave,
        because=case.decision.because,
        drop=drop,
        first=_before_wake(case),
    )


def _yields(case: _Case, yielded: Yielded) -> bool:
    """Whether the override on the object is the one that we wrote when we gave way."""
    wishes = case.workload.wishes
    return (wishes.override_by, wishes.keep_awake_until) == (yielded.by, yielded.until)


def _woken(case: _Case, field: Field, held: Record) -> Value:
    """Merge three ways: what we set, what was there before, what is there now."""
    current, original = case.workload.fields.get(field.pointer), held.original.get(field.pointer)
    if current == held.set.get(field.pointer):
        return original
    change = change_by(case.workload.owners.get(field.pointer, ()))
    return current if change.how == "declared" else field.larger(current, original)


def _before_wake(case: _Case) -> tuple[str, Fields] | None:
    before = case.recipe.before_wake
    if before is None or case.decider.missed_runs(case.workload, case.namespace) == "run":
        return None
    wakes = show_instant((case.decision.since or case.now) - _LAST_RUN)
    return before.subresource, {pointer: text.replace("{wakes}", wakes) for pointer, text in before.fields}


def _staggered_until(case: _Case) -> datetime | None:
    if not case.recipe.catches_up or case.decider.missed_runs(case.workload, case.namespace) != "run":
        return None
    if case.decision.since is None:
        return None
    share = zlib.crc32(str(case.workload.ref).encode()) / 2**32
    turn = case.decision.since + case.decider.policies.stagger * share
    return turn if turn > case.now else None


def _returned(case: _Case, held: Record) -> GiveBack | None:
    """Awake already, but what a server-side applier owned was not given back: we were stopped between the two writes."""
    ours = {p: held.owners.get(p, ()) for p in held.set if owned_by_us(case.workload.owners.get(p, ()))}
    if not any(must_return(owners) for owners in ours.values()):
        return None
    return GiveBack(
        case.workload.ref, ours, case.wave, "the fields' ownership goes back to who had it", {}, {}, case.ended
    )


# -- shall be asleep ---------------------------------------------------------------------------------------------------


def _asleep(case: _Case) -> Action | Left:
    if wrong := case.decider.unready_setting(case.workload, case.namespace):
        return case.left(f"in doubt: {wrong}", problem=wrong, held=case.held is not None)
    if unreadable := _unreadable(case):
        return unreadable
    held = case.held
    if held is None or (case.workload.record is None and _is_over(case, held)):
        return _orphaned(case) or _fall_asleep(case, held)
    if _changed(case.workload, held):
        return _changed_by_others(case, held)
    return _stay_asleep(case, held)


def _fall_asleep(case: _Case, last: Record | None) -> Action | Left:
    workload, decision = case.workload, case.decision
    target = _asleep_fields(case, workload.fields)
    if all(f.is_asleep(workload.fields.get(f.pointer), target[f.pointer]) for f in case.recipe.fields):
        return case.left("already at or below its floor, and not by us: left alone")
    if (owner := workload.controller) and case.decider.policies.recipe(owner):
        return case.left(f"sleeps through its owner {owner.kind}/{owner.name}")
    if odd := next((f for f in case.recipe.fields if not f.can_hold(workload.fields.get(f.pointer))), None):
        problem = f"{odd.pointer} is {shorten(workload.fields.get(odd.pointer))}, which could not be restored"
        return case.left(f"left alone: {problem}", problem=problem)
    if guard := _guard(case):
        return guard
    record = Record(
        since=case.now.replace(microsecond=0),
        original=shared_fields((p, workload.fields.get(p)) for p in target),
        set=target,
        because=decision.because,
        owners=_owners_before(workload, last),
    )
    return Sleep(workload.ref, record, case.wave, decision.because, case.ended)


def _owners_before(workload: Workload, last: Record | None) -> Mapping[str, tuple[FieldOwner, ...]]:
    """Return who owned the fields before us: of what was not given back after the last sleep, who had it then."""
    owners = {p: last.owners.get(p, now) if last and owned_by_us(now) else now for p, now in workload.owners.items()}
    return shared_owners(tuple((p, had) for p, had in owners.items() if had))


def _stay_asleep(case: _Case, held: Record) -> Action | Left:
    """Asleep as we left it. Write the record again if it was stripped, and follow a floor that was changed."""
    target = _asleep_fields(case, held.original)
    if target == held.original:
        return _restored(case, held)
    if target != held.set:
        because = f"the floor has changed; {case.decision.because}"
        return Sleep(case.workload.ref, replace(held, set=target), case.wave, because, case.ended)
    if case.workload.record is None:
        because = f"the record was stripped and is written again from the ledger; {held.because}"
        return Sleep(case.workload.ref, held, case.wave, because, case.ended)
    return case.left(f"asleep since {show_instant(held.since)}: {held.because}", held=True)


def _restored(case: _Case, held: Record) -> Wake:
    """Its floor is no longer below what it was: that is what it sleeps at."""
    exactly = {p: v for p, v in held.original.items() if v != case.workload.fields.get(p)}
    because = f"its floor is not below what it was; {case.decision.because}"
    return replace(_wake(case, held), set=exactly, because=because)


def _changed_by_others(case: _Case, held: Record) -> Action | Left:
    if case.workload.record is None and all(case.workload.fields.get(p) == v for p, v in held.set.items()):
        return _stay_asleep(case, held)
    changed = {p for p in held.set if not _as_we_left_it(case.workload, held, p)}
    fields = [f for f in case.recipe.fields if f.pointer in changed]
    change = change_by(case.workload.owners.get(fields[0].pointer, ()))
    if all(f.is_asleep(case.workload.fields.get(f.pointer), held.set.get(f.pointer)) for f in fields):
        return case.left(f"asleep, and {change} to no more than its floor", held=True)
    original = dict(held.original)
    if change.how == "declared":
        original |= {f.pointer: case.workload.fields.get(f.pointer) for f in fields}
    if change.who == "person" and held.yielded is None:
        yielded = Yielded(change.manager or "unknown", _next_uptime(case))
        because = f"{change} while asleep: respected until {show_instant(yielded.until)}"
        return _keep_awake(case, replace(held, original=original), yielded, because)
    if change.who == "machine" and held.put_back >= case.decider.policies.max_put_back:
        problem = (
            f"{change} {held.put_back + 1} times while asleep; left awake until the next uptime. "
            f"{advice(change.manager, case.recipe, case.workload.ref)}"
        )
        return case.left(f"left awake: {change} again and again", problem=problem, held=True)
    record = replace(
        held,
        original=original,
        set=_asleep_fields(case, original),
        put_back=held.put_back + (change.who == "machine"),
        owners=case.workload.owners if change.how == "declared" else held.owners,
        yielded=None,
    )
    if record.set == record.original:
        return _restored(case, record)
    because = f"put back to sleep, {change}; {case.decision.because}"
    return Sleep(case.workload.ref, record, case.wave, because, case.ended)


def _keep_awake(case: _Case, held: Record, yielded: Yielded, because: str) -> KeepAwake:
    return KeepAwake(
        ref=case.workload.ref,
        record=replace(held, yielded=yielded),
        until=yielded.until,
        by=yielded.by,
        wave=case.wave,
        because=because,
        set={},
        drop=case.ended,
    )


def _next_uptime(case: _Case) -> datetime:
    """Return the first instant at which nothing says any more that it shall sleep; without one, a day from now."""
    until = case.decision.until
    for _ in range(_LOOKS):
        if until is None:
            break
        later = Decider(until, case.decider.policies).decide(case.workload, case.namespace)
        if later.awake is not False:
            return until
        until = later.until
    return (case.now + _RESPECTED_WITHOUT_UPTIME).replace(microsecond=0)


def _guard(case: _Case) -> Left | None:
    workload, decision = case.workload, case.decision
    grace = case.decider.grace(workload, case.namespace)
    if grace and workload.created and case.now - workload.created < grace:
        ends = min(workload.created, case.now) + grace
        return case.delayed(f"new: its grace ends {show_instant(ends)}", ends)
    bound = decision.since + case.decider.policies.rollout_bound if decision.since else case.now
    if workload.rolling and bound > case.now:
        return case.delayed(f"a rollout is in progress: waits until {show_instant(bound)} at most", bound)
    return None


# -- shared ------------------------------------------------------------------------------------------------------------


def _asleep_fields(case: _Case, original: Mapping[str, Value]) -> Fields:
    floor, fields = case.decider.floor(case.workload, case.namespace), case.recipe.fields
    held = (f for f in fields if f.pointer in original)
    return shared_fields((f.pointer, f.asleep_value(floor, original[f.pointer])) for f in held)


def _changed(workload: Workload, held: Record) -> bool:
    return not all(_as_we_left_it(workload, held, pointer) for pointer in held.set)


def _as_we_left_it(workload: Workload, held: Record, pointer: str) -> bool:
    """Whether a field is as we set it.

    Without a record its owner tells: the ledger may not know of the latest floor, or that we have woken it since.
    """
    current, owners = workload.fields.get(pointer), workload.owners.get(pointer, ())
    if workload.record or not owners or held.set[pointer] == held.original[pointer]:
        return current == held.set[pointer]
    return owned_by_us(owners) and current != held.original[pointer]


def _is_over(case: _Case, held: Record) -> bool:
    """Whether a sleep of which only the ledger knows has ended without its knowing.

    So it is if the fields were restored by us, or changed by others before this downtime began, if only to zero.
    """
    if not _changed(case.workload, held):
        return not _still_asleep(case, held)
    if any(owned_by_us(case.workload.owners.get(p, ())) for p in held.set):
        return True
    changed, since = _last_change(case.workload, held), case.decision.since
    return bool(since and changed and changed < show_instant(since))


def _changed_asleep(case: _Case, held: Record) -> bool:
    """Whether a stripped object was changed by others while it slept, before this uptime began: theirs is merged."""
    changed, since = _last_change(case.workload, held), case.decision.since
    if not since or any(owned_by_us(case.workload.owners.get(p, ())) for p in held.set):
        return False
    return show_instant(held.since) <= changed < show_instant(since)


def _still_asleep(case: _Case, held: Record) -> bool:
    """Whether a stripped object is as we left it: still under our name, or known to have been set so since it fell asleep."""
    if _changed(case.workload, held):
        return False
    put = [p for p, value in held.set.items() if value != held.original.get(p)]
    owners = [case.workload.owners[pointer] for pointer in put if pointer in case.workload.owners]
    if all(owned_by_us(each) for each in owners):  # or nothing is known of owners
        return True
    return show_instant(held.since) <= _last_change(case.workload, held)


def _last_change(workload: Workload, held: Record) -> str:
    """Return when one of these fields was last written, as RFC 3339, or nothing where no owner has a time."""
    return max((owner.time for pointer in held.set for owner in workload.owners.get(pointer, ())), default="")


def _unreadable(case: _Case) -> Left | None:
    if not case.workload.record_wrong or case.span:
        return None
    problem = f"its asleep annotation cannot be read and the ledger has no copy: {case.workload.record_wrong}"
    return case.left("its record cannot be read", problem=problem)


def _orphaned(case: _Case) -> Left | None:
    """Asleep under our name, but neither the object nor the ledger says what to restore."""
    looks_asleep = [
        f
        for f in case.recipe.fields
        if f.is_asleep(case.workload.fields.get(f.pointer), f.asleep_value(0, None))
        and owned_by_us(case.workload.owners.get(f.pointer, ()))
    ]
    if not looks_asleep:
        return None
    problem = (
        f"{looks_asleep[0].pointer} was set by sleepwalker, but its record was removed and the ledger has no copy; "
        f"set the value that you want by hand, and it is yours"
    )
    return case.left("asleep by us, but nothing says what to restore", problem=problem)
