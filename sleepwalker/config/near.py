"""The word that was perhaps meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def near(word: str, words: Iterable[str]) -> str:
    """Return a hint at the nearest word: `; is 'uptime' meant?`, or nothing. Case does not matter."""
    known = {each.casefold(): each for each in words}
    found = get_close_matches(word[:64].casefold(), known, n=1)
    return f"; is {known[found[0]]!r} meant?" if found else ""
