"""Something that a person must fix."""

from dataclasses import dataclass

from sleepwalker.core.targets import Ref


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong with one object, in a sentence that says what was seen and what would do."""

    ref: Ref
    message: str
