"""Documents → YAML, as people read it."""

from __future__ import annotations

import yaml

from sleepwalker.render.json import whole


class _Dumper(yaml.CSafeDumper):
    """Writes every list and mapping in full: no anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def to_yaml(document: object) -> str:
    """Return the document as YAML, keys in the order in which they stand."""
    return str(yaml.dump(whole(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
