"""Text and time as Moodle writes them."""

import html
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

_PLAIN, _MARKDOWN = 2, 4
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT = frozenset({"script", "style"})


class _Words(HTMLParser):
    """Collects the text of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain(text: object, text_format: object) -> str:
    """Return text in its format (0 Moodle, 1 HTML, 2 plain, 4 Markdown) without markup."""
    if not isinstance(text, str) or not text:
        return ""
    if text_format in {_PLAIN, _MARKDOWN}:
        return text.strip()
    words = _Words()
    words.feed(text)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).splitlines())
    return "\n".join(line for line in lines if line)


def line(text: object) -> str:
    """Return a name that the site has filtered for display: its entities are decoded."""
    return html.unescape(text).strip() if isinstance(text, str) else ""


def number(value: object) -> str | None:
    """Return a number as text, without noughts at its end: `7`, `4.5`; `None` if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        exact = Decimal(str(value)).normalize()
    except InvalidOperation:
        return None
    return f"{exact:f}" if exact.is_finite() else None


def moment(seconds: object) -> datetime | None:
    """Return the moment; 0 and null mean never."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def day(seconds: object, zone: ZoneInfo) -> date | None:
    """Return the day at the institution; 0 and null mean never."""
    when = moment(seconds)
    return None if when is None else when.astimezone(zone).date()


def identifier(value: object) -> str | None:
    """Return an id as text, whether the site says it as a number or as text; `None` if there is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None


def whole(value: object) -> int | None:
    """Return an id as a number, for questions; `None` if it is none."""
    text = identifier(value)
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
