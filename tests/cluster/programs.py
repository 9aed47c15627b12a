"""Where the control plane's programs are, and what to do where they are not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

ASSETS = Path(__file__).with_name("assets")

NEEDED = ("etcd", "kube-apiserver", "kubectl")
NEEDED_FOR_NODES = ("kube-controller-manager", "kube-scheduler", "kwok")


class NoProgramsError(Exception):
    """The control plane's programs are not on this machine. Says what to do."""


def find_programs(want: Collection[str] = ()) -> Path:
    """The folder of the programs of a `Bed` that wants the same: `KUBEBUILDER_ASSETS`, else what was built."""
    folder, remedy = _folder_and_remedy()
    for needed in (NEEDED, NEEDED_FOR_NODES) if "nodes" in want else (NEEDED,):
        if missing := ", ".join(name for name in needed if not os.access(folder / name, os.X_OK)):
            raise NoProgramsError(f"no {missing} in {folder}: {remedy}")
    return folder


def _folder_and_remedy() -> tuple[Path, str]:
    if said := os.environ.get("KUBEBUILDER_ASSETS"):
        return Path(said), "point KUBEBUILDER_ASSETS elsewhere, or unset it and run 'make cluster-assets'"
    built = subprocess.run([ASSETS / "build.sh", "path"], check=True, capture_output=True, text=True).stdout.strip()
    without_go = "" if shutil.which("go") else ", on a machine that has Go: there is none on the PATH"
    return Path(built), f"run 'make cluster-assets' (once, about ten minutes on two cores){without_go}"
