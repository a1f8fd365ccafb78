"""File names as their senders gave them, made safe to show, to store and to offer for download."""

import re
import unicodedata

DEFAULT = "document"
MAX_BYTES = 255
"""Of a cleaned name in UTF-8: what file systems and object stores take as one segment."""

_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MAX_EXTENSION = 16


def clean_file_name(raw: str, default: str = DEFAULT) -> str:
    """The last part of a path, in NFC, without anything that steers a terminal, a path or the direction of writing.

    Cyrillic stays. The result is never empty, has at most 255 bytes in UTF-8 and keeps its extension; cleaning it again
    changes nothing.
    """
    name = unicodedata.normalize("NFC", _SEPARATORS.split(raw)[-1])
    name = "".join(" " if character in "\t\n\r\u2028\u2029" else character for character in name)
    name = "".join(character for character in name if unicodedata.category(character) not in _DROPPED_CATEGORIES)
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name))
    name = _SPACES.sub(" ", name).strip(" .")
    if raw.rstrip().endswith("." + name) and name.isalnum() and _only_extension(raw):
        name = f"{default}.{name}"
    if _RESERVED.match(name):
        name = "_" + name
    return _shorten(name) or default


def _only_extension(raw: str) -> bool:
    """`.pdf` has an extension and no name."""
    last = _SEPARATORS.split(raw)[-1].strip()
    return last.startswith(".") and last.strip(".").isalnum() and len(last) <= _MAX_EXTENSION


def _shorten(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _MAX_EXTENSION or not stem:
        stem, dot, extension = name, "", ""
    room = MAX_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + extension
