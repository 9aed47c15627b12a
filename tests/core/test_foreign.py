"""Who changed a field, by what `managedFields` says."""

from __future__ import annotations

import pytest

from sleepwalker.core.foreign import change_by, owned_by_us
from sleepwalker.core.targets import FieldOwner
from tests.builders import HELM, KUBECTL_SCALE, OURS


@pytest.mark.parametrize(
    ("manager", "operation", "subresource", "who", "how"),
    [
        ("kubectl-client-side-apply", "Update", "", "person", "declared"),
        ("kubectl-edit", "Update", "", "person", "declared"),
        ("kubectl-replace", "Update", "", "person", "declared"),
        ("kubectl-create", "Update", "", "person", "declared"),
        ("kubectl-set", "Update", "", "person", "declared"),
        ("kubectl", "Apply", "", "person", "declared"),
        ("kubectl", "Update", "scale", "person", "scaled"),
        ("kubectl-scale", "Update", "scale", "person", "scaled"),
        ("kubectl-patch", "Update", "", "person", "scaled"),
        ("k9s", "Update", "scale", "person", "scaled"),
        ("Lens", "Update", "", "person", "scaled"),
        ("freelens", "Update", "", "person", "scaled"),
        ("node-fetch", "Update", "", "person", "scaled"),
        ("Mozilla", "Update", "", "person", "scaled"),
        ("dashboard", "Update", "scale", "person", "scaled"),
        ("rancher", "Update", "", "person", "scaled"),
        ("headlamp", "Update", "", "person", "scaled"),
        ("Go-http-client", "Update", "", "person", "scaled"),
        ("my-script", "Update", "", "person", "scaled"),
        ("my-script", "Apply", "", "person", "declared"),
        ("", "", "", "person", "scaled"),
        ("argocd-controller", "Apply", "", "machine", "declared"),
        ("argocd-application-controller", "Update", "", "machine", "declared"),
        ("helm", "Update", "", "machine", "declared"),
        ("Helm", "Apply", "", "machine", "declared"),
        ("kustomize-controller", "Apply", "", "machine", "declared"),
        ("helm-controller", "Apply", "", "machine", "declared"),
        ("Terraform", "Apply", "", "machine", "declared"),
        ("pulumi-kubernetes", "Apply", "", "machine", "declared"),
        ("fleetagent", "Update", "", "machine", "declared"),
        ("rollouts-controller", "Update", "", "machine", "declared"),
        ("cnpg-operator", "Update", "", "machine", "declared"),
        ("manager", "Update", "", "machine", "declared"),
        ("kube-controller-manager", "Update", "scale", "machine", "scaled"),
        ("kube-controller-manager", "Update", "", "machine", "scaled"),
        ("horizontal-pod-autoscaler", "Update", "", "machine", "scaled"),
        ("keda", "Update", "scale", "machine", "scaled"),
        ("KEDA-operator", "Update", "", "machine", "scaled"),
        ("cluster-proportional-autoscaler", "Update", "", "machine", "scaled"),
        ("my-operator", "Update", "scale", "machine", "scaled"),
    ],
)
def test_a_manager_is_a_person_or_a_machine_and_has_declared_or_scaled(manager, operation, subresource, who, how):
    made = change_by((FieldOwner(manager, operation, subresource),))

    assert (made.who, made.how) == (who, how)


def test_the_latest_of_those_who_own_it_counts():
    made = change_by((HELM, KUBECTL_SCALE, OURS))

    assert made.manager == "kubectl"


@pytest.mark.parametrize("owners", [(), (OURS,)], ids=["nobody", "only we"])
def test_a_change_that_nobody_owns_counts_as_a_persons(owners):
    made = change_by(owners)

    assert str(made) == "scaled by somebody unknown (a person)"


@pytest.mark.parametrize(("owners", "ours"), [((), False), ((HELM,), False), ((HELM, OURS), True)])
def test_a_field_is_ours_if_it_carries_our_name(owners, ours):
    assert owned_by_us(owners) is ours
