"""L1 and L7 with writes that fail, time out though they were written, or are the last thing that a process does."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sleepwalker.app.ports import Conflict, Denied, Missing, Rejected, Throttled, Unavailable
from sleepwalker.app.reconcile import Reconciler
from tests.builders import HOUR, MINUTE, MORNING, NOON, REPLICAS, policies, ref
from tests.expected import Expected
from tests.fakes import BrokenLedger, WiredCluster, cronjob, deployment, namespace, run

WEB, HELMS, JOB = ref("web"), ref("helms"), ref("report", kind="CronJob")
COUNTED = (WEB, HELMS)


class Killed(Exception):
    """The process ends here."""


FAULTS = [
    (Conflict("somebody was faster"), False),
    (Missing("gone"), False),
    (Denied("no rights"), False),
    (Rejected("no such field"), False),
    (Throttled("slow down", 3.0), False),
    (Unavailable("503", answered=True), False),
    (Unavailable("no answer"), False),
    (Unavailable("no answer, but written"), True),
    (Killed("before the write"), False),
    (Killed("after the write"), True),
]
faults = st.lists(st.tuples(st.sampled_from(FAULTS), st.sampled_from([None, WEB, HELMS, JOB])), max_size=4)


class Mishaps(RuleBasedStateMachine):
    @initialize(web=st.integers(1, 5), helms=st.integers(1, 5))
    def begin(self, web: int, helms: int) -> None:
        self.cluster = WiredCluster(MORNING)
        self.ledger = BrokenLedger()
        self.ledger.broken = False
        self.cluster.create(namespace())
        self.cluster.create(deployment("web", replicas=web))
        self.cluster.apply(deployment("helms", replicas=helms), "helm")
        self.cluster.create(cronjob())
        self.expected = {WEB: Expected(web, web), HELMS: Expected(helms, helms)}
        self.gave_all_back = True
        self._restart()

    @rule(span=st.sampled_from([MINUTE, HOUR, 6 * HOUR, 11 * HOUR]))
    def time_passes(self, span: timedelta) -> None:
        self.cluster.clock.at += span

    @rule()
    def a_pass(self) -> None:
        self._pass([])

    @rule(mishaps=faults, span=st.sampled_from([MINUTE, 11 * HOUR]))
    def a_pass_with_mishaps(self, mishaps, span: timedelta) -> None:
        self.cluster.clock.at += span
        self._pass(mishaps)

    @rule(broken=st.booleans())
    def the_ledger_breaks_or_is_mended(self, *, broken: bool) -> None:
        self.ledger.broken = broken

    @rule()
    def the_process_is_started_again(self) -> None:
        self._restart()

    @precondition(lambda self: all(self._found(it).record or self._found(it).fields[REPLICAS] > 0 for it in COUNTED))
    @rule()
    def the_ledger_is_lost(self) -> None:
        self.ledger = BrokenLedger()
        self.ledger.broken = False
        self.gave_all_back = False
        self._restart()

    @rule(it=st.sampled_from(COUNTED))
    def a_record_is_stripped(self, it) -> None:
        found = self._found(it)
        known = None if self.ledger.broken else run(self.ledger.open_spans()).get(it)
        if found.record and known and known.record == found.record and not self.expected[it].edit:
            self.cluster.annotate(it, {"sleepwalker.dev/asleep": None}, "argocd-controller")

    @rule(to=st.integers(0, 6), by=st.sampled_from(["kubectl", "kube-controller-manager", "kubectl-edit"]))
    def somebody_sets_the_replicas(self, to: int, by: str) -> None:
        found, expected = self._found(WEB), self.expected[WEB]
        if found.fields[REPLICAS] == to:
            return
        self.cluster.clock.at += MINUTE
        if found.record:
            how = "declared" if by == "kubectl-edit" else "scaled"
            expected.edit = None if to == found.record.set[REPLICAS] else (how, to)
        elif WEB in self.reconciler.snapshot().spans:
            expected.blurred(to)
        else:
            expected.became(to)
        self.cluster.scale(WEB, to, by, "" if by == "kubectl-edit" else "scale")

    def teardown(self) -> None:
        if not hasattr(self, "cluster"):
            return
        self.ledger.broken = False
        self._restart()
        at = self.cluster.clock.at
        self.cluster.clock.at = NOON + timedelta(days=7 * (1 + (at - NOON) // timedelta(days=7)))
        for _ in range(3):
            self._pass([])
            self.cluster.clock.at += MINUTE

        for it in COUNTED:
            assert self._found(it).record is None
            assert self.expected[it].allows(self._found(it).fields[REPLICAS]), (it, self._found(it), self.expected[it])
        assert self.cluster.raw(JOB)["spec"]["suspend"] is False
        assert run(self.ledger.open_spans()) == {}
        if self.gave_all_back:
            self.cluster.apply(deployment("helms", replicas=9), "helm")

    def _restart(self) -> None:
        self.reconciler = Reconciler(self.cluster, self.ledger, policies(), "enforce")
        if self.ledger.broken:
            self.gave_all_back = False
        else:
            run(self.reconciler.start())

    def _pass(self, mishaps) -> None:
        before = {it: self._found(it) for it in COUNTED}
        for (error, written), it in mishaps:
            self.cluster.fail_next(error, it, written=written)
        try:
            run(self.reconciler.once(self.cluster.clock.at, full=True))
        except Killed:
            self.gave_all_back = self.gave_all_back and not self.ledger.broken
            self._restart()
        self.cluster.forgive()
        for it in COUNTED:
            self._follow(self.expected[it], before[it], self._found(it))

    @staticmethod
    def _follow(expected: Expected, before, after) -> None:
        value = after.fields[REPLICAS]
        if before.record and after.record is None:
            assert expected.allows(value), (after, expected)
            expected.became(value)
        elif after.record and value == after.record.set[REPLICAS]:
            expected.put_back()
        elif after.record and after.record.yielded:
            expected.respected()

    def _found(self, it):
        return self.cluster.snapshot().workload(it)


TestMishaps = Mishaps.TestCase
TestMishaps.settings = settings(stateful_step_count=25)
