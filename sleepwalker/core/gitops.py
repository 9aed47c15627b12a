"""What to tell people whose GitOps tool undoes a sleep."""

from __future__ import annotations

from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import Ref


def advice(manager: str, recipe: Recipe, ref: Ref) -> str:
    """Return the exact setting that lets a manager leave the fields alone that a sleep changes."""
    pointers = [field.pointer for field in recipe.fields]
    name = manager.casefold()
    if "argo" in name:
        listed = ", ".join(pointers)
        return (
            f"In the Application, set spec.ignoreDifferences: [{{group: {recipe.group or chr(34) * 2}, kind: {ref.kind}, "
            f"jsonPointers: [{listed}]}}] and syncPolicy.syncOptions: [RespectIgnoreDifferences=true]."
        )
    if "kustomize-controller" in name or "flux" in name:
        ops = ", ".join(f"{{op: remove, path: {pointer}}}" for pointer in pointers)
        return (
            f"In the Flux Kustomization, set spec.patches: [{{target: {{kind: {ref.kind}, name: {ref.name}}}, patch: '[{ops}]'}}], "
            f"so that Flux does not apply the field."
        )
    if "helm" in name:
        return (
            f"Leave {' and '.join(pointers)} out of the chart's {ref.kind}, or set spec.driftDetection.ignore for it."
        )
    if name in ("kube-controller-manager", "horizontal-pod-autoscaler") or "keda" in name:
        return f"An autoscaler scales it: let it act on {ref.kind}/{ref.name} only while that is awake."
    return f"Let {manager or 'the other manager'} leave {' and '.join(pointers)} of {ref.kind}/{ref.name} alone."
