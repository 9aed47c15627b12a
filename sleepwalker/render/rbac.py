"""The least RBAC that the controller needs, from the recipes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sleepwalker.core.recipe import Recipe

NAME = "sleepwalker"
_API = "rbac.authorization.k8s.io/v1"
_LABELS = {"app.kubernetes.io/name": NAME}
Document = dict[str, Any]


def is_label(name: str) -> bool:
    """Return whether a text can be the name of a namespace."""
    return bool(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name, re.ASCII))


def plural(kind: str) -> str:
    """Return a kind's resource name, by the rule that all the kinds with recipes follow."""
    word = kind.lower()
    return word[:-1] + "ies" if word.endswith("y") else word + "es" if word.endswith(("s", "x")) else word + "s"


def documents(
    recipes: Mapping[tuple[str, str], Recipe], namespace: str, namespaces: Sequence[str] = ()
) -> list[Document]:
    """Return the roles and bindings for the service account `sleepwalker` in `namespace`.

    With `namespaces`, there is a Role in each of these and no ClusterRole: the controller sees nothing of the others.
    """
    rules = _workload_rules(recipes.values())
    lease = _role(
        "Role", f"{NAME}-lease", namespace, [_rule("coordination.k8s.io", ["leases"], ["create", "get", "update"])]
    )
    made = [lease, _binding("RoleBinding", lease, namespace)]
    if not namespaces:
        role = _role("ClusterRole", NAME, None, [_rule("", ["namespaces"], ["list", "patch", "watch"]), *rules])
        return [role, _binding("ClusterRoleBinding", role, namespace), *made]
    for each in sorted(namespaces):
        role = _role("Role", NAME, each, [_rule("", ["namespaces"], ["get", "patch", "watch"]), *rules])
        made += [role, _binding("RoleBinding", role, namespace)]
    return made


def _workload_rules(recipes: Iterable[Recipe]) -> list[Document]:
    by_group: dict[str, set[str]] = {}
    statuses: dict[str, set[str]] = {}
    for recipe in recipes:
        by_group.setdefault(recipe.group, set()).add(plural(recipe.kind))
        if recipe.before_wake:
            statuses.setdefault(recipe.group, set()).add(f"{plural(recipe.kind)}/{recipe.before_wake.subresource}")
    rules = [_rule(group, sorted(kinds), ["list", "patch", "watch"]) for group, kinds in sorted(by_group.items())]
    rules += [_rule(group, sorted(kinds), ["patch"]) for group, kinds in sorted(statuses.items())]
    return [*rules, _rule("", ["events"], ["create"])]


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> Document:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _role(kind: str, name: str, namespace: str | None, rules: list[Document]) -> Document:
    return {"apiVersion": _API, "kind": kind, "metadata": _metadata(name, namespace), "rules": rules}


def _binding(kind: str, role: Document, subject_namespace: str) -> Document:
    return {
        "apiVersion": _API,
        "kind": kind,
        "metadata": dict(role["metadata"]),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role["kind"], "name": role["metadata"]["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": subject_namespace}],
    }


def _metadata(name: str, namespace: str | None) -> Document:
    return {"name": name} | ({"namespace": namespace} if namespace else {}) | {"labels": dict(_LABELS)}
