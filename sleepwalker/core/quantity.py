"""Kubernetes quantities as numbers."""

from __future__ import annotations

import re
from functools import lru_cache

_QUANTITY = re.compile(r"([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)(m|u|n|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?", re.ASCII)
_SUFFIX = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip
_MAX_TEXT = 64


@lru_cache(maxsize=4096, typed=True)
def parse_quantity(text: str | float) -> float:
    """Return the number that `500m`, `2Gi` or `4` stands for; 0 for what is none."""
    found = _QUANTITY.fullmatch(str(text)[:_MAX_TEXT])
    if not found:
        return 0.0
    number = float(found[1]) * _SUFFIX[found[2] or ""]
    return number if 0 <= number < 1e30 else 0.0  # noqa: PLR2004 - no cluster has more of anything
