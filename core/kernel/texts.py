"""Texts in the reader's language: English message ids, translations in `core/locale/<language>/…/deloteka.po`.

The `.po` file is read as it is when the first text is needed; nothing has to be compiled.
"""

import gettext
import io
import re
from functools import cache
from pathlib import Path
from typing import Final, Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["ru", "en"]

DEFAULT_LANGUAGE: Final[Language] = "ru"
LANGUAGES: Final[tuple[Language, ...]] = ("ru", "en")
LOCALE_FOLDER: Final = Path(__file__).parents[1] / "locale"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LONGEST_HEADER: Final = 200


def mark(message: str) -> str:
    """Return the message id itself; says that it is translated where it is shown."""
    return message


def catalog_path(language: Language) -> Path:
    """Return the file that holds the translations into `language`."""
    return LOCALE_FOLDER / language / "LC_MESSAGES" / "deloteka.po"


@cache
def _translations(language: Language) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    with catalog_path(language).open("rb") as source:
        catalog = read_po(source, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(message: str, language: Language = DEFAULT_LANGUAGE, /, **values: object) -> str:
    """Return the text of a message id; `{name}` is replaced by `values["name"]`, an unknown `{name}` stays."""
    return _filled(_translations(language).gettext(message) if message else "", values)


def translate_plural(one: str, many: str, number: int, language: Language = DEFAULT_LANGUAGE, **values: object) -> str:
    """Return the form that fits `number`, which also replaces `{number}`."""
    return _filled(_translations(language).ngettext(one, many, number), {"number": number, **values})


def is_translated(message: str, language: Language) -> bool:
    """Say whether the message id has a text of its own in `language`."""
    missing = "\0"
    translations = _translations(language)
    if language == "en":
        return True
    found = getattr(translations, "_catalog", {}).get(message, missing)
    return bool(found != missing and found)


def _filled(text: str, values: dict[str, object]) -> str:
    # Not str.format: a text never reaches into attributes of what it is given.
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]) if found[1] in values else found[0], text)


def choose_language(accept_language: str | None, default: Language = DEFAULT_LANGUAGE) -> Language:
    """Return the language an `Accept-Language` header prefers (RFC 9110, 12.5.4), else `default`."""
    best: Language = default
    weight = 0.0
    for part in (accept_language or "")[:_LONGEST_HEADER].split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if language in LANGUAGES and quality > weight:
            best, weight = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
