"""L1: whatever happens, in whatever order, what is awake in the end is what was awake before, edits included."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sleepwalker.core.action import KeepAwake, Left, Sleep, Wake
from sleepwalker.core.annotations import read
from sleepwalker.core.instants import show_instant
from sleepwalker.core.ledger import SpanOpened, settle
from sleepwalker.core.plan import evolve, plan
from sleepwalker.core.targets import FieldOwner, Ref, Snapshot, Span, Workload
from tests.builders import (
    EVENING,
    HOUR,
    MINUTE,
    NO_POLICY,
    NOON,
    OFFICE_HOURS,
    REPLICAS,
    namespace,
    policies,
    policy,
    prefixed,
    snapshot,
    workload,
)
from tests.builders import ref as named
from tests.expected import Expected

REFS = (named("web"), named("db"), named("dns", "kube-system"))
OURS = REFS[:2]

PERSON_SCALES = ("kubectl", "Update", "scale")
PERSON_DECLARES = ("kubectl-edit", "Update", "")
AUTOSCALER = ("kube-controller-manager", "Update", "scale")
ARGO = ("argocd-controller", "Apply", "")
DECLARES = (PERSON_DECLARES, ARGO)

counts = st.integers(0, 6)
objects = st.sampled_from(OURS)


class Nights(RuleBasedStateMachine):
    @initialize(web=counts, db=counts)
    def begin(self, web: int, db: int) -> None:
        self.now = EVENING
        self.floor, self.schedule = 0, OFFICE_HOURS
        made = [
            replace(workload("it", n), ref=each, uid=f"uid of {each}")
            for each, n in zip(REFS, (web, db, 2), strict=True)
        ]
        self.look = snapshot(namespace("kube-system"), *made)
        self.expected = {each.ref: Expected(each.fields[REPLICAS], each.fields[REPLICAS]) for each in made}
        self.generation = 0

    # -- time, and the controller --------------------------------------------------------------------------------------

    @rule(span=st.sampled_from([MINUTE, HOUR, 5 * HOUR, 11 * HOUR]))
    def time_passes(self, span: timedelta) -> None:
        self.now += span

    @rule()
    def a_pass(self) -> None:
        self._pass(lambda _number: True)

    @rule()
    def another_pass(self) -> None:
        self.now += 3 * HOUR
        self._pass(lambda _number: True)

    @rule(written=st.lists(st.booleans(), min_size=3, max_size=3))
    def a_pass_in_which_some_writes_are_refused(self, written: list[bool]) -> None:
        self._pass(lambda number: written[number % 3])

    @rule(count=st.integers(0, 2))
    def a_pass_that_is_killed_after_some_writes_and_before_the_ledger(self, count: int) -> None:
        self._pass(lambda number: number < count, recorded=False)

    @rule()
    def the_ledger_is_lost(self) -> None:
        self.look = replace(self.look, spans={})
        self._note_the_lost()

    # -- people and machines -------------------------------------------------------------------------------------------

    @rule(it=objects, to=counts, by=st.sampled_from([PERSON_SCALES, PERSON_DECLARES, AUTOSCALER, ARGO, ARGO]))
    def somebody_sets_the_replicas(self, it: Ref, to: int, by: tuple[str, str, str]) -> None:
        self.now += MINUTE
        found = self.look.workload(it)
        if found.fields[REPLICAS] == to:
            return
        self._edited(found, "declared" if by in DECLARES else "scaled", to)
        owner = FieldOwner(*by, show_instant(self.now))
        self._put(replace(found, fields={REPLICAS: to}, owners={REPLICAS: (owner,)}))

    @rule(it=objects, to=counts, by=st.sampled_from([PERSON_SCALES, PERSON_DECLARES, AUTOSCALER, ARGO]))
    def somebody_sets_the_replicas_of_what_sleeps_and_it_is_seen(
        self, it: Ref, to: int, by: tuple[str, str, str]
    ) -> None:
        self._pass(lambda _number: True)
        self.somebody_sets_the_replicas(it, to, by)
        self._pass(lambda _number: True)

    @rule(it=objects)
    def a_record_is_stripped(self, it: Ref) -> None:
        self._put(replace(self.look.workload(it), record=None))
        self._note_the_lost()

    @rule(it=objects, to=counts)
    def an_object_is_made_again(self, it: Ref, to: int) -> None:
        self.generation += 1
        self._put(replace(workload("it", to), ref=it, uid=f"uid {self.generation}", created=self.now))
        self.expected[it].became(to)

    @rule(floor=st.integers(0, 3))
    def the_floor_is_changed(self, floor: int) -> None:
        self.floor = floor

    @rule(schedule=st.sampled_from([OFFICE_HOURS, OFFICE_HOURS, "Mon-Sun 10:00-12:00", "never", "always", None]))
    def the_policy_is_edited(self, schedule: str | None) -> None:
        self.schedule = schedule

    @rule(it=objects, key=st.sampled_from(["keep-awake-until", "asleep-until"]), span=st.sampled_from([HOUR, 9 * HOUR]))
    def an_override_is_written(self, it: Ref, key: str, span: timedelta) -> None:
        wishes = read(prefixed({key: show_instant(self.now + span), "override-by": "alice"}), "workload")
        self._put(replace(self.look.workload(it), wishes=wishes))

    @rule(it=objects, text=st.sampled_from([{}, {"protected": "true"}, {"floor": "many"}, {"uptime": "99:00"}]))
    def annotations_are_edited(self, it: Ref, text: dict[str, str]) -> None:
        self._put(replace(self.look.workload(it), wishes=read(prefixed(text), "workload")))

    # -- what must hold ------------------------------------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "look"))
    @invariant()
    def a_record_restores_what_was_there(self) -> None:
        for it, expected in self.expected.items():
            record = self.look.workload(it).record
            if record and expected.edit is None and not expected.lost:
                assert expected.allows(record.original[REPLICAS]), (it, record, expected)
                assert record.original[REPLICAS] > record.set[REPLICAS]

    @precondition(lambda self: hasattr(self, "look"))
    @invariant()
    def nothing_protected_is_touched(self) -> None:
        found = self.look.workload(REFS[2])
        assert (found.fields, found.record) == ({REPLICAS: 2}, None)

    def teardown(self) -> None:
        if not hasattr(self, "look"):
            return
        for it in OURS:
            self._put(replace(self.look.workload(it), wishes=read({}, "workload")))
        self.schedule = OFFICE_HOURS
        self.now = NOON + timedelta(days=7 * (1 + (self.now - NOON) // timedelta(days=7)))
        for _ in range(3):
            self._pass(lambda _number: True)

        for it, expected in self.expected.items():
            found = self.look.workload(it)
            assert found.record is None
            assert it not in self.look.spans
            assert expected.allows(found.fields[REPLICAS]), (found, expected)
        assert plan(self.now, self.look, self._policies()).actions == ()

    # -- the model -----------------------------------------------------------------------------------------------------

    def _policies(self):
        return policies(policy("hours", self.schedule, floor=self.floor)) if self.schedule else NO_POLICY

    def _pass(self, written, *, recorded: bool = True) -> None:
        made = plan(self.now, self.look, self._policies())
        before = self.look
        done = [action for number, action in enumerate(made.actions) if written(number)]
        self.look = evolve(before, done)
        for action in done:
            it = before.workload(action.ref)
            self._acted(action, it, self.look.workload(action.ref), known=_span_of(it, before) is not None)
        for left in made.left:
            self._was_left(left)
        if recorded:
            busy = frozenset(action.ref for action in made.actions if action not in done)
            self.look = _recorded(self.look, settle(self.now, self.look, [made], busy))
        else:
            self.look = replace(self.look, spans=before.spans)

    def _acted(self, action, before: Workload, after: Workload, *, known: bool) -> None:
        expected = self.expected[action.ref]
        match action:
            case Wake():
                if action.because.startswith("its floor"):
                    expected.put_back()
                assert expected.allows(after.fields[REPLICAS]), (action, expected)
                expected.became(after.fields[REPLICAS])
            case Sleep():
                if before.record is None and not known:
                    assert expected.allows(action.original[REPLICAS]), (action, expected)
                    assert not expected.lost or before.fields[REPLICAS] > 0
                    expected.became(action.original[REPLICAS])
                expected.put_back()
            case KeepAwake() if expected.edit == ("declared", action.original[REPLICAS]):
                expected.respected()

    def _was_left(self, left: Left) -> None:
        found, expected = self.look.workload(left.ref), self.expected[left.ref]
        if expected.lost and found.fields[REPLICAS] == 0 and "in doubt" not in left.because:
            assert "nothing says what to restore" in left.because
            assert "the ledger has no copy" in left.problem

    def _edited(self, found: Workload, how: str, to: int) -> None:
        expected, span = self.expected[found.ref], _span_of(found, self.look)
        if expected.lost:
            expected.became(to)
        elif found.record:
            expected.edit = None if to == found.record.set[REPLICAS] else (how, to)
        elif span:
            expected.blurred(to)
        else:
            expected.became(to)

    def _note_the_lost(self) -> None:
        """What is as we set it, and neither the object nor the ledger knows what it was; what was edited is what it is."""
        for it, expected in self.expected.items():
            found = self.look.workload(it)
            if found.record or _span_of(found, self.look):
                continue
            if any(each.manager == "sleepwalker" for each in found.owners.get(REPLICAS, ())):
                expected.lost = expected.lost or not expected.allows(found.fields[REPLICAS])
            else:
                expected.became(found.fields[REPLICAS])

    def _put(self, it: Workload) -> None:
        home = {**self.look.workloads[it.ref.namespace], it.ref: it}
        self.look = replace(self.look, workloads={**self.look.workloads, it.ref.namespace: home})


def _span_of(found: Workload, look: Snapshot) -> Span | None:
    span = look.spans.get(found.ref)
    return span if span and span.uid == found.uid else None


def _recorded(look: Snapshot, entries) -> Snapshot:
    spans = dict(look.spans)
    for each in entries:
        if isinstance(each, SpanOpened):
            spans[each.ref] = Span(each.ref, each.uid, each.record)
        elif (known := spans.get(each.ref)) and (known.uid, known.record.since) == (each.uid, each.since):
            del spans[each.ref]
    return replace(look, spans=spans)


TestNights = Nights.TestCase
