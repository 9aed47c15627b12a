"""Two hypothesis profiles: `dev`, when nothing is said, and `ci`, with `--hypothesis-profile=ci`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("dev", max_examples=50, **_CALM)
settings.register_profile("ci", max_examples=300, print_blob=True, **_CALM)
settings.load_profile("dev")
