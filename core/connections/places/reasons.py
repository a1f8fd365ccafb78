"""Why a scan was refused, in words for the person at the scanner."""

from typing import Final

from core.kernel.texts import LANGUAGES, Language, mark, translate

_HEAD: Final = mark("The file «{name}» was not taken.")
_WHY: Final = mark("Reason: {reason}.")
_CODE: Final = mark("Code for whoever maintains the service: {code}.")
_WHAT: Final = mark("Scan the document again, or correct the file and put it into the folder anew.")
_OTHER: Final = mark("the service refused it")
_REASONS: Final = {
    "empty": mark("the file is empty"),
    "unreadable": mark("the file cannot be read"),
    "too_big": mark("the file is larger than documents may be"),
    "upload_too_big": mark("the file is larger than documents may be"),
    "not_allowed_here": mark("files of this type are not taken for this kind of document"),
    "kind_takes_no_such_file": mark("files of this type are not taken for this kind of document"),
    "executable": mark("it is a program or a web page, not a document"),
    "zip_entries": mark("the archive holds too many files"),
    "zip_size": mark("the archive is too large when it is unpacked"),
    "zip_ratio": mark("the archive is packed suspiciously tightly"),
    "zip_overlap": mark("the archive is built in a way that is not safe"),
    "zip_path": mark("the archive would write outside its folder"),
    "zip_nested": mark("there is an archive within the archive"),
    "image_pixels": mark("the picture has too many pixels; scan with fewer dots per inch"),
    "office_macro": mark("the file holds macros"),
}
"""By codes of the intake (docs/reference/reason-codes.md)."""


def reason_text(name: str, version: str, reason: str) -> str:
    """Return the whole text, Russian first; `reason` is a code, or what a clerk wrote."""
    parts = [_in(language, name, reason) for language in sorted(LANGUAGES, key=lambda each: each != "ru")]
    return "\n\n".join([*parts, f"({version})"]) + "\n"


def _in(language: Language, name: str, reason: str) -> str:
    known = _REASONS.get(reason)
    is_code = reason.replace("_", "").isascii() and reason.islower() and " " not in reason
    why = translate(known or _OTHER, language) if known or is_code else reason.rstrip(".")
    lines = [translate(_HEAD, language, name=name), translate(_WHY, language, reason=why)]
    if is_code:
        lines.append(translate(_CODE, language, code=reason))
    return "\n".join([*lines, translate(_WHAT, language)])
