"""A cursor over the text of a cell; whatever is not taken stays visible."""

import re
from typing import Final

from retention.normalising import clean, plain

_SPOKEN: Final = re.compile(r"[(<\[{]\s*[0-9*]+\s*[)>\]}]|[0-9]+\)|[\w№§%]+(?:[-/.][\w№]+)*")
_ABBREVIATED: Final = frozenset(
    {
        "г",
        "гг",
        "л",
        "ст",
        "п",
        "пп",
        "ч",
        "т",
        "тт",
        "д",
        "др",
        "пр",
        "им",
        "ред",
        "см",
        "утв",
        "гос",
        "мун",
        "орг",
        "ликв",
        "минов",
        "мин",
        "надобн",
        "надоб",
        "прим",
        "экз",
        "каб",
        "руб",
        "тыс",
        "обл",
        "ул",
        "кв",
        "подп",
        "абз",
        "разд",
    }
)
_BRACKETS: Final = {"(": ")", "<": ">", "[": "]"}


class Text:
    """A cleaned text in two layers of equal length: as shown to people, and plain for matching."""

    __slots__ = ("plain", "shown")

    def __init__(self, text: str) -> None:
        self.shown = clean(text)
        self.plain = plain(self.shown)

    def part(self, start: int, end: int) -> str:
        """Return what people see between two places, without separators around it."""
        return self.shown[start:end].strip(" ,;:-")


class Scan:
    """A place in a text, moved only by taking what stands there."""

    __slots__ = ("at", "end", "text")

    def __init__(self, text: Text, at: int = 0, end: int | None = None) -> None:
        self.text = text
        self.at = at
        self.end = len(text.plain) if end is None else end

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= self.end

    def look(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what stands here, without taking it."""
        return pattern.match(self.text.plain, self.at, self.end)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what stands here and go past it; None, and no step, if it does not stand here."""
        found = self.look(pattern)
        if found is not None:
            self.at = found.end()
        return found

    def shown(self, found: re.Match[str], group: int | str = 0) -> str:
        """Return a match as people see it."""
        return self.text.part(found.start(group), found.end(group))

    def clause_end(self) -> int:
        """Return where the clause that begins here ends: before «;» or the full stop of a sentence, not in brackets."""
        at = self.at
        plain_text = self.text.plain
        unclosed = ""
        while at < self.end:
            sign = plain_text[at]
            if sign in _BRACKETS and sign not in unclosed:
                closing = closing_bracket(plain_text, at)
                if closing is None or closing >= self.end:
                    unclosed += sign
                else:
                    at = closing
            elif sign == ";" or (sign == "." and _ends_sentence(plain_text, at, self.end)):
                return at
            at += 1
        return self.end


def closing_bracket(text: str, opening: int) -> int | None:
    """Return the place of the bracket that closes the one at `opening`; None if none does."""
    close = _BRACKETS[text[opening]]
    depth = 0
    for at in range(opening, len(text)):
        if text[at] == text[opening]:
            depth += 1
        elif text[at] == close:
            depth -= 1
            if not depth:
                return at
    return None


def spoken(text: str) -> tuple[str, ...]:
    """Return the words of a text one by one, without punctuation; the text itself if it has none."""
    return tuple(_SPOKEN.findall(text)) or ((text.strip(),) if text.strip() else ())


def _ends_sentence(text: str, at: int, end: int) -> bool:
    if at + 1 >= end:
        return True
    if not text[at + 1].isspace():
        return False
    start = at
    while start and text[start - 1].isalnum():
        start -= 1
    return text[start:at] not in _ABBREVIATED
