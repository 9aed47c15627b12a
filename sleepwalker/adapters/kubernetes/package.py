"""The part of the `kubernetes` package that is used, without the rest of it.

Its own `__init__` imports every client there is, synchronous and not: 260 modules, 9 MB and a tenth of a second for
nothing. Here the package is known without having been run, so that `kubernetes.aio.client` brings only itself. Import
this before anything of it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec


def _know(name: str) -> None:
    if name not in sys.modules and (spec := find_spec(name)):
        sys.modules[name] = module_from_spec(spec)


_know("kubernetes")
_know("kubernetes.aio")
