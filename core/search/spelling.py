"""Typing errors: which words may stand for which."""

import re
from collections.abc import Iterable
from typing import Final

from core.search.folding import fold_text

SHORTEST: Final = 4
"""Letters of a word that may be misspelt: of shorter ones everything is one step away from everything."""

_LONG: Final = 7
_MOST: Final = 4

_CYRILLIC: Final = re.compile("[а-яё]")
_KEYS: Final = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё")


def other_layout(typed: str) -> str:
    """Return what the same keys write in the Russian layout: «j,hfpwjdf» is «образцова»; nothing for Russian text."""
    lowered = typed.lower()
    return "" if _CYRILLIC.search(lowered) else lowered.translate(_KEYS)


def alike(asked: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Return the candidates that may be meant by `asked`, the nearest first, at most 4.

    One wrong, missing, superfluous or exchanged letter, two in words of 7 letters and more.
    """
    allowed = 2 if len(asked) >= _LONG else 1
    measured = sorted((distance(asked, word), word) for word in set(candidates))
    near = [(steps, word) for steps, word in measured if 0 < steps <= allowed]
    return tuple(word for steps, word in near if steps == near[0][0])[:_MOST]


def misspelt(word: str) -> bool:
    """Say whether `word` is one that typing errors are looked for in."""
    return len(word) >= SHORTEST and word.isalpha() and fold_text(word) == word


def distance(first: str, second: str) -> int:
    """Return how many letters must be changed, added, left out or swapped (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, left in enumerate(first, start=1):
        line = [row]
        for column, right in enumerate(second, start=1):
            best = min(above[column] + 1, line[-1] + 1, above[column - 1] + (left != right))
            if row > 1 and column > 1 and left == second[column - 2] and first[row - 2] == right:
                best = min(best, before[column - 2] + 1)
            line.append(best)
        before, above = above, line
    return above[-1]
