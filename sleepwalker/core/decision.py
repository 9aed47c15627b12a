"""What should hold for one workload now, and who says so.

Layers are asked from the top; the first opinion wins:

    protected → override on the object → override on the namespace → annotation on the object →
    annotation on the namespace → the policy that an annotation names → the matching policy of highest priority

A layer whose text cannot be read is in doubt: the layers below may still say that the object is awake, but none of
them may put it to sleep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sleepwalker.core.annotations import NO_WISHES, PREFIX, TABLE, MissedRuns, Wishes
from sleepwalker.core.calendar import CalendarRule, Rule
from sleepwalker.core.instants import show_instant
from sleepwalker.core.policy import Policies, Policy, ordered
from sleepwalker.core.targets import Namespace, Workload

PROTECTED = "protected"
OVERRIDE = "override"
NAMESPACE_OVERRIDE = "namespace override"
ANNOTATION = "annotation"
NAMESPACE_ANNOTATION = "namespace annotation"
NAMED_POLICY = "named policy"
POLICY = "policy"
NOBODY = "nobody"

_OVERRIDE_KEYS = ("keep-awake-until", "asleep-until")
_SCHEDULE_KEYS = ("uptime", "downtime", "calendar")
_DECIDING = {"protected", "policy", *_OVERRIDE_KEYS, *_SCHEDULE_KEYS}
_SETTINGS = {row.name for row in TABLE} - _DECIDING


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one layer says. `awake` is None where it says nothing; `wrong` is why it cannot be read.

    `until` is the first instant at which the layer may say something else, `since` when it began to say this.
    """

    layer: str
    awake: bool | None
    because: str
    until: datetime | None = None
    since: datetime | None = None
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What should hold: awake, asleep, or None: nobody says, or the object is in doubt and is left as it is."""

    awake: bool | None
    because: str
    layer: str
    until: datetime | None = None
    since: datetime | None = None
    wrong: str = ""


@dataclass(slots=True)
class Decider:
    """Decides at one instant. What many workloads share, such as a namespace's schedule, is worked out once.

    Wishes, rules and namespaces are told apart by identity, so each that an answer is kept for is kept as well.
    """

    now: datetime
    policies: Policies
    _ordered: tuple[Policy, ...] = ()
    _rules: dict[int, Rule | str] = field(default_factory=dict)
    _opinions: dict[tuple[int, str, str], Opinion] = field(default_factory=dict)
    _decisions: dict[tuple[int, int, int], Decision] = field(default_factory=dict)
    _selected: dict[int, tuple[Policy, ...]] = field(default_factory=dict)
    _kept: list[Wishes | Rule | Namespace] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ordered = ordered(self.policies.policies)

    def decide(self, workload: Workload, namespace: Namespace) -> Decision:
        """Return what should hold for this workload now."""
        if workload.critical:
            return _decision(self.opinions(workload, namespace))
        key = (id(workload.wishes), id(namespace), id(self.matching(workload, namespace)))
        if (known := self._decisions.get(key)) is None:
            known = self._decisions[key] = _decision(self.opinions(workload, namespace))
            self._kept.append(workload.wishes)
        return known

    def opinions(self, workload: Workload, namespace: Namespace) -> Iterator[Opinion]:
        """Yield every layer's opinion, from the top."""
        own, shared = workload.wishes, namespace.wishes
        yield self._protected(workload, namespace)
        yield self._override(OVERRIDE, own)
        yield self._override(NAMESPACE_OVERRIDE, shared)
        yield self._annotated(ANNOTATION, own)
        yield self._annotated(NAMESPACE_ANNOTATION, shared)
        yield self._named(own if own.policy or own.wrong_in("policy") else shared)
        yield self._matching(workload, namespace)

    def policy(self, workload: Workload, namespace: Namespace) -> Policy | None:
        """Return the policy whose floor, grace and such hold for this workload."""
        if name := workload.wishes.policy or namespace.wishes.policy:
            return self.policies.named(name)
        return self.matching(workload, namespace)

    def matching(self, workload: Workload, namespace: Namespace) -> Policy | None:
        """Return the policy of highest priority that selects this workload."""
        selected = self._selected.get(id(namespace))
        if selected is None:
            selected = tuple(each for each in self._ordered if each.namespaces.selects(namespace))
            self._selected[id(namespace)] = selected
            self._kept.append(namespace)
        for each in selected:
            if each.workloads.selects(workload):
                return each
        return None

    def unready_setting(self, workload: Workload, namespace: Namespace) -> str | None:
        """Return the sentence about a floor, grace or such that holds for this workload and cannot be read."""
        if wrong := workload.wishes.wrong:
            return wrong[0][1]
        for key, sentence in namespace.wishes.wrong:
            if key in _SETTINGS and getattr(workload.wishes, key.replace("-", "_"), None) is None:
                return f"namespace {namespace.name}: {sentence}"
        return None

    def floor(self, workload: Workload, namespace: Namespace) -> int:
        """Return the replicas that stay while asleep."""
        policy = self.policy(workload, namespace)
        for floor in (workload.wishes.floor, namespace.wishes.floor, policy.floor if policy else None):
            if floor is not None:
                return floor
        return 0

    def grace(self, workload: Workload, namespace: Namespace) -> timedelta:
        """Return how long a new object is let be."""
        policy = self.policy(workload, namespace)
        for grace in (workload.wishes.grace, namespace.wishes.grace, policy.grace if policy else None):
            if grace is not None:
                return grace
        return self.policies.grace

    def missed_runs(self, workload: Workload, namespace: Namespace) -> MissedRuns:
        """Return whether runs that were missed asleep are made up."""
        policy = self.policy(workload, namespace)
        own = workload.wishes.missed_runs or namespace.wishes.missed_runs
        return own or (policy.missed_runs if policy else None) or self.policies.missed_runs

    def unknown(self, wishes: Wishes) -> list[str]:
        """Return the sentences about the policy and the calendars that these annotations name, and that there are not."""
        named = wishes.policy if wishes.policy and not self.policies.named(wishes.policy) else None
        return [*([self._no_policy(named)] if named else []), *self._no_calendars(wishes)]

    def _no_policy(self, name: str) -> str:
        return f"{PREFIX}policy: there is no policy {name!r}{self.policies.near(name)}"

    def _no_calendars(self, wishes: Wishes) -> list[str]:
        names = (name for name, _ in wishes.calendar if name not in self.policies.calendars)
        return [f"{PREFIX}calendar: there is no calendar {name!r}" for name in names]

    def _protected(self, workload: Workload, namespace: Namespace) -> Opinion:
        if because := self.policies.protects(namespace.name):
            return Opinion(PROTECTED, awake=True, because=because)
        if workload.critical:
            return Opinion(PROTECTED, awake=True, because="protected: its priority class is critical to the system")
        own, shared = workload.wishes, namespace.wishes
        if wrong := own.wrong_in("protected"):
            return Opinion(PROTECTED, awake=None, because=wrong, wrong=wrong)
        if own.protected is not None:
            return Opinion(PROTECTED, awake=own.protected or None, because=f"protected: annotation {PREFIX}protected")
        if wrong := shared.wrong_in("protected"):
            return Opinion(PROTECTED, awake=None, because=wrong, wrong=wrong)
        because = f"protected: annotation {PREFIX}protected on the namespace" if shared.protected else "not protected"
        return Opinion(PROTECTED, awake=shared.protected or None, because=because)

    def _override(self, layer: str, wishes: Wishes) -> Opinion:
        if wishes is NO_WISHES:
            return Opinion(layer, awake=None, because="none")
        unknown = next((sentence for key, sentence in wishes.wrong if key not in _DECIDING | _SETTINGS), None)
        if wrong := wishes.wrong_in(*_OVERRIDE_KEYS) or unknown:
            return Opinion(layer, awake=None, because=wrong, wrong=wrong)
        for until, awake, key in (
            (wishes.keep_awake_until, True, "keep-awake-until"),
            (wishes.asleep_until, False, "asleep-until"),
        ):
            if until and until > self.now:
                return Opinion(layer, awake=awake, because=_told(layer, key, until, wishes), until=until)
        return Opinion(layer, awake=None, because="none")

    def _annotated(self, layer: str, wishes: Wishes) -> Opinion:
        if wishes is NO_WISHES:
            return Opinion(layer, awake=None, because="none")
        if wrong := wishes.wrong_in(*_SCHEDULE_KEYS):
            return Opinion(layer, awake=None, because=wrong, wrong=wrong)
        if not (wishes.uptime or wishes.downtime or wishes.calendar):
            return Opinion(layer, awake=None, because="none")
        rule = self._rule(wishes)
        if isinstance(rule, str):
            return Opinion(layer, awake=None, because=rule, wrong=rule)
        return self._ruled(layer, layer, rule)

    def _named(self, wishes: Wishes) -> Opinion:
        if wrong := wishes.wrong_in("policy"):
            return Opinion(NAMED_POLICY, awake=None, because=wrong, wrong=wrong)
        if not wishes.policy:
            return Opinion(NAMED_POLICY, awake=None, because="none")
        if not (policy := self.policies.named(wishes.policy)):
            wrong = self._no_policy(wishes.policy)
            return Opinion(NAMED_POLICY, awake=None, because=wrong, wrong=wrong)
        return self._of_policy(NAMED_POLICY, policy)

    def _matching(self, workload: Workload, namespace: Namespace) -> Opinion:
        if not (policy := self.matching(workload, namespace)):
            return Opinion(POLICY, awake=None, because="no policy matches")
        return self._of_policy(POLICY, policy)

    def _of_policy(self, layer: str, policy: Policy) -> Opinion:
        if policy.wrong:
            return Opinion(layer, awake=None, because=policy.wrong, wrong=policy.wrong)
        return self._ruled(layer, f"policy {policy.name}:", policy.rule)

    def _ruled(self, layer: str, speaker: str, rule: Rule) -> Opinion:
        if (known := self._opinions.get((id(rule), layer, speaker))) is None:
            known = self._opinions[id(rule), layer, speaker] = Opinion(
                layer,
                awake=rule.opinion(self.now),
                because=f"{speaker} {rule.because(self.now)}",
                until=rule.next_change(self.now),
                since=rule.previous_change(self.now),
            )
            self._kept.append(rule)
        return known

    def _rule(self, wishes: Wishes) -> Rule | str:
        if (known := self._rules.get(id(wishes))) is None:
            known = self._rules[id(wishes)] = self._make_rule(wishes)
            self._kept.append(wishes)
        return known

    def _make_rule(self, wishes: Wishes) -> Rule | str:
        if unknown := self._no_calendars(wishes):
            return unknown[0]
        zones = [zone for each in (wishes.uptime, wishes.downtime) if each for zone in each.zones]
        return Rule(
            uptime=wishes.uptime,
            downtime=wishes.downtime,
            calendars=tuple(CalendarRule(self.policies.calendars[name], on) for name, on in wishes.calendar),
            zone=zones[0] if zones else ZoneInfo(self.policies.zone),
        )


def _decision(opinions: Iterator[Opinion]) -> Decision:
    wrong, until = "", None
    for each in opinions:
        until = min((at for at in (until, each.until) if at), default=None)
        wrong = wrong or each.wrong
        if each.awake or (each.awake is False and not wrong):
            return Decision(each.awake, each.because, each.layer, until, each.since)
        if each.awake is False:
            return Decision(awake=None, because=f"in doubt: {wrong}", layer=each.layer, until=until, wrong=wrong)
    if wrong:
        return Decision(awake=None, because=f"in doubt: {wrong}", layer=NOBODY, until=until, wrong=wrong)
    return Decision(awake=None, because="nothing says when it shall sleep", layer=NOBODY, until=until)


def _told(layer: str, key: str, until: datetime, wishes: Wishes) -> str:
    by = f" by {wishes.override_by}" if wishes.override_by else ""
    reason = f": {wishes.override_reason}" if wishes.override_reason else ""
    return f"{layer} {key}={show_instant(until)}{by}{reason}"
