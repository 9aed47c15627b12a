"""The getting-started page, followed word by word on a fresh API server."""

import os
import re
import shlex
import subprocess
from pathlib import Path

from tests.cluster.bed import Bed
from tests.cluster.programs import find_programs

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "getting-started.md"
BLOCK = re.compile(r"^```sh( fails)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script() -> str:
    """Return the page's commands as one script that stops at the first that does not do what the page says."""
    lines = ["set -e"]
    for fails, block in BLOCK.findall(PAGE.read_text()):
        for command in filter(None, block.splitlines()):
            lines.append(f"echo '$' {shlex.quote(command)}")
            lines.append(f"if {command}; then echo 'this should have failed'; exit 1; fi" if fails else command)
    return "\n".join(lines) + "\n"


def test_every_command_of_the_page_does_what_the_page_says(tmp_path: Path) -> None:
    programs = find_programs()
    with Bed(programs) as bed:
        env = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "KUBECONFIG": str(bed.kubeconfig),
        }

        done = subprocess.run(
            ["bash"], input=script(), env=env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
        )

    said = done.stdout
    assert done.returncode == 0, f"{said[-3000:]}\n{done.stderr[-3000:]}"
    assert re.search(r"uptime never", said)
    assert "\n0\n" in said
    assert "\n3\n" in said
