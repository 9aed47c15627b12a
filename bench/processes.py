"""What a process has used, as the kernel counts it, and how busy the machine was with others."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_mb(pid: int, what: str = "VmHWM") -> float:
    """MB as in 10⁶ bytes. `VmHWM` is the most that it ever had resident, `VmRSS` what it has now."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def busy_seconds() -> float:
    """CPU time that all processes of the machine together have used."""
    fields = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _idle, _wait, irq, soft, _stolen = fields
    return (user + nice + system + irq + soft) / _TICK


def machine() -> dict[str, Any]:
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cores": os.cpu_count(),
        "cpu": model[1].strip() if model else platform.machine(),
        "memory_gb": round(int(memory[1]) * 1024 / 1e9, 1) if memory else None,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": [round(each, 2) for each in os.getloadavg()],
    }
