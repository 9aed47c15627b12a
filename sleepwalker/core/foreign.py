"""Who changed a field that we hold asleep: a person or a machine, and how.

Read from `metadata.managedFields`: the manager's name, its operation and subresource. Whoever is unknown counts as a
person: a person's change is respected, and an hour of watts is cheaper than one lost evening of someone's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from sleepwalker.core.fields import FieldOwner

OURS = "sleepwalker"

_PEOPLE_DECLARE = (
    "kubectl-client-side-apply",
    "kubectl-edit",
    "kubectl-replace",
    "kubectl-create",
    "kubectl-set",
    "kubectl",
)
_PEOPLE_SCALE = (
    "kubectl-*",
    "k9s*",
    "lens*",
    "freelens*",
    "node-fetch*",
    "mozilla*",
    "dashboard*",
    "rancher*",
    "octant*",
    "headlamp*",
)
_MACHINES = (
    "argocd*", "argo-cd*", "helm*", "flux*", "kustomize-controller*", "source-controller*", "gotk-*", "terraform*", "pulumi*",
    "fleet*", "kapp*", "kube-controller-manager*", "horizontal-pod-autoscaler*", "vpa-*", "keda*", "rollouts-controller*",
    "*-controller", "*-controller-manager", "*-operator", "*-autoscaler", "*-reconciler", "manager", "operator", "controller",
)  # fmt: skip
_AUTOSCALERS = ("*autoscal*", "*keda*", "kube-controller-manager")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of somebody else's: whose, a person's or a machine's, the whole spec declared or the count only."""

    manager: str
    who: Literal["person", "machine"]
    how: Literal["declared", "scaled"]

    def __str__(self) -> str:
        return f"{self.how} by {self.manager or 'somebody unknown'} (a {self.who})"


def change_by(owners: tuple[FieldOwner, ...]) -> Change:
    """Return who changed a field, from those who own it now: the latest of them that is not us."""
    others = [each for each in owners if each.manager != OURS]
    if not others:
        return Change("", "person", "scaled")
    latest = max(others, key=lambda each: each.time)
    return Change(latest.manager, _who(latest), _how(latest))


def owned_by_us(owners: tuple[FieldOwner, ...]) -> bool:
    """Return whether the field carries our name."""
    return any(each.manager == OURS for each in owners)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.casefold(), each) for each in patterns)


def _who(owner: FieldOwner) -> Literal["person", "machine"]:
    if _matches(owner.manager, _PEOPLE_DECLARE + _PEOPLE_SCALE):
        return "person"
    return "machine" if _matches(owner.manager, _MACHINES) else "person"


def _how(owner: FieldOwner) -> Literal["declared", "scaled"]:
    if owner.subresource == "scale":
        return "scaled"
    if owner.operation == "Apply" or _matches(owner.manager, _PEOPLE_DECLARE):
        return "declared"
    if _matches(owner.manager, _PEOPLE_SCALE) or not _matches(owner.manager, _MACHINES):
        return "scaled"
    return "scaled" if _matches(owner.manager, _AUTOSCALERS) else "declared"
