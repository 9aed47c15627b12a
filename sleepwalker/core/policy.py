"""Policies: which namespaces and workloads, and what holds for them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase

from sleepwalker.core.annotations import MissedRuns
from sleepwalker.core.calendar import Calendar, Rule
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import Namespace, Ref, Workload

ALWAYS_PROTECTED = ("kube-system", "kube-public", "kube-node-lease")
"""Namespaces whose workloads keep the cluster itself alive."""


@dataclass(frozen=True, slots=True)
class NamespaceSelector:
    """Namespaces by labels and by name; names may have wildcards. An empty selector selects every namespace."""

    match_labels: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def selects(self, namespace: Namespace) -> bool:
        """Return whether the namespace is one of these."""
        return (
            (not self.names or any(fnmatchcase(namespace.name, each) for each in self.names))
            and not any(fnmatchcase(namespace.name, each) for each in self.exclude)
            and all(namespace.labels.get(k) == v for k, v in self.match_labels.items())
        )


@dataclass(frozen=True, slots=True)
class WorkloadSelector:
    """Workloads by kind and labels. No kinds means every kind."""

    kinds: frozenset[str] = frozenset()
    match_labels: Mapping[str, str] = field(default_factory=dict)

    def selects(self, workload: Workload) -> bool:
        """Return whether the workload is one of these."""
        if self.kinds and workload.ref.kind not in self.kinds:
            return False
        return not self.match_labels or all(workload.labels.get(k) == v for k, v in self.match_labels.items())


@dataclass(frozen=True, slots=True)
class Policy:
    """Selectors, and what holds for what they select.

    `wrong` is the sentence about a policy whose selectors could be read but whose rule could not: it puts what it
    selects in doubt, so that nothing sleeps for want of a freeze that was misspelt.
    """

    name: str
    rule: Rule
    priority: int = 0
    namespaces: NamespaceSelector = field(default_factory=NamespaceSelector)
    workloads: WorkloadSelector = field(default_factory=WorkloadSelector)
    floor: int | None = None
    grace: timedelta | None = None
    missed_runs: MissedRuns | None = None
    wake_timeout: timedelta = timedelta(minutes=10)
    max_override: timedelta | None = None
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """All that decides beside the objects themselves.

    `protected` are namespaces (wildcards allowed) that never sleep, beside ALWAYS_PROTECTED; `itself` is the
    controller's own Deployment. `kinds` limits which recipes are used; the rest are left.
    """

    policies: tuple[Policy, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    recipes: Mapping[tuple[str, str], Recipe] = field(default_factory=dict)
    protected: tuple[str, ...] = ()
    itself: Ref | None = None
    zone: str = "UTC"
    grace: timedelta = timedelta(0)
    missed_runs: MissedRuns = "skip"
    rollout_bound: timedelta = timedelta(minutes=10)
    stagger: timedelta = timedelta(minutes=1)
    max_put_back: int = 3
    problems: tuple[Problem, ...] = ()

    def recipe(self, ref: Ref) -> Recipe | None:
        """Return how this kind sleeps, if it is known."""
        return self.recipes.get((ref.group, ref.kind))

    def named(self, name: str) -> Policy | None:
        """Return the policy of that name."""
        return next((each for each in self.policies if each.name == name), None)

    def near(self, name: str) -> str:
        """Return a hint at the name that was perhaps meant: `; is 'office-hours' meant?`, or nothing."""
        near = difflib.get_close_matches(name, [each.name for each in self.policies], n=1)
        return f"; is {near[0]!r} meant?" if near else ""

    def protects(self, namespace: str) -> str | None:
        """Return why a namespace never sleeps, or None."""
        if namespace in ALWAYS_PROTECTED or (self.itself and namespace == self.itself.namespace):
            return f"protected: {namespace}"
        if any(fnmatchcase(namespace, each) for each in self.protected):
            return f"protected: {namespace} (settings)"
        return None


def ordered(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Return policies in the order in which they are asked: highest priority first, then by name."""
    return tuple(sorted(policies, key=lambda each: (-each.priority, each.name)))
