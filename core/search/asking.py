"""From what a person typed to what the search is asked: words, phrases in quotation marks, numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from core.search.folding import fold_number, fold_text

LONGEST_QUESTION: Final = 200
"""Characters that are read."""

_MOST_TERMS: Final = 10
_LONGEST_WORD: Final = 60
_SHORTEST_BEGINNING: Final = 3
_SHORTEST_NUMBER: Final = 3
_LONGEST_SERIES_PART: Final = 3
"""«ПП-I 000123»: a series consists of parts of at most so many letters."""

_QUOTED: Final = re.compile(r'["«»„“”]([^"«»„“”]*)["«»„“”]')
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or a phrase, that shall be there: in any of the spellings."""

    spellings: tuple[str, ...]
    phrase: bool = False
    in_number: bool = False
    """Whether the word may be a part of a number; then the number alone is enough."""

    @property
    def query(self) -> str:
        """The term as `to_tsquery` reads it."""
        return " | ".join(spelling.replace(" ", " <-> ") for spelling in self.spellings)

    @property
    def beginning(self) -> str:
        """The same for words that begin so; empty where that would find anything and everything."""
        fits = [word for word in self.spellings if not self.phrase and len(word) >= _SHORTEST_BEGINNING]
        return " | ".join(f"{word}:*" for word in fits)


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that shall be there, and the numbers some of it may be."""

    terms: tuple[Term, ...]
    numbers: tuple[str, ...] = field(default=())

    def respelt(self, alike: dict[str, tuple[str, ...]]) -> "Question":
        """Return the question with further spellings of its words."""
        terms = tuple(
            term if term.phrase else replace(term, spellings=_more(term.spellings, alike)) for term in self.terms
        )
        return Question(terms)


def understood(typed: str) -> Question:
    """Return what `typed` asks for; a question without terms finds nothing."""
    cut = typed[:LONGEST_QUESTION]
    phrases = [fold_text(phrase) for phrase in _QUOTED.findall(cut)]
    words = [word[:_LONGEST_WORD] for word in fold_text(_QUOTED.sub(" ", cut)).split()]
    runs = list(_number_runs(words))
    inside = {position for start, end in runs for position in range(start, end)}
    terms = [Term((word,), in_number=position in inside) for position, word in enumerate(words)]
    quoted = [_quoted(phrase) for phrase in phrases if phrase]
    numbers = dict.fromkeys(number for start, end in runs for number in _numbers(words[start:end]))
    return Question(tuple([*quoted, *terms][:_MOST_TERMS]), tuple(numbers))


def _quoted(phrase: str) -> Term:
    words = [word[:_LONGEST_WORD] for word in phrase.split()][:_MOST_TERMS]
    return Term((" ".join(words),), phrase=True)


def _number_runs(words: list[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end of each row of words that may be one number: digits, and short letters beside them."""
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and (_DIGIT.search(words[end]) or len(words[end]) <= _LONGEST_SERIES_PART):
            end += 1
        if any(_DIGIT.search(word) for word in words[start:end]):
            yield start, end
        start = max(end, start + 1)


def _numbers(run: list[str]) -> Iterator[str]:
    """Yield the row as one number, from each word up to the first digits on, and each word with digits alone."""
    first = next(position for position, word in enumerate(run) if _DIGIT.search(word))
    wholes = (run[start:] for start in range(first + 1))
    for parts in (*wholes, *([word] for word in run if _DIGIT.search(word))):
        number = fold_number("".join(parts))
        if len(number) >= _SHORTEST_NUMBER:
            yield number


def _more(spellings: tuple[str, ...], alike: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    further = (other for spelling in spellings for other in alike.get(spelling, ()))
    return tuple(dict.fromkeys((*spellings, *further)))
