"""Recognises a detached signature by its contents: CMS SignedData (RFC 5652) in DER or BER, as PEM, or as plain base64.

The form is looked at, nothing else: no signature is verified here, and no certificate is trusted.
"""

import base64
import binascii
import re
from typing import Final

from core.paperwork.errors import NotASignature

LARGEST: Final = 4 << 20
"""Bytes of a signature; those with time stamps and lists of revoked certificates in them have some hundred thousand."""
_ARMOUR: Final = re.compile(
    rb"\s*-----BEGIN (PKCS7|CMS|PKCS #7 SIGNED DATA)-----\r?\n(?:[A-Za-z][^\r\n:]*:[^\r\n]*\r?\n)*"
    rb"([A-Za-z0-9+/=\s]+)-----END \1-----\s*"
)
_BASE64: Final = re.compile(rb"\s*[A-Za-z0-9+/]{16,}[A-Za-z0-9+/=\s]*")
_SEQUENCE: Final = 0x30
_OBJECT_ID: Final = 0x06
_CONTEXT: Final = 0xA0
_INTEGER: Final = 0x02
_SET: Final = 0x31
_LONG: Final = 0x80
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")


def encoding_of(content: bytes) -> str:
    """Return `der`, `pem` or `base64`; raise `NotASignature`.

    Signatures in BER of indefinite length, as some programs write them, count as `der`.
    """
    if _is_signed_data(content):
        return "der"
    armoured = _ARMOUR.fullmatch(content)
    if armoured and _is_signed_data(_decoded(armoured[2])):
        return "pem"
    if _BASE64.fullmatch(content) and _is_signed_data(_decoded(content)):
        return "base64"
    raise NotASignature


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(re.sub(rb"\s+", b"", text), validate=True)
    except binascii.Error:
        return b""


def _is_signed_data(content: bytes) -> bool:
    """Say whether it is ContentInfo { signedData, [0] SignedData { version, digestAlgorithms, … } }, whole."""
    try:
        outer, length = _enter(content, 0, _SEQUENCE)
        if length is not None and outer + length != len(content):
            return False
        kind, length = _enter(content, outer, _OBJECT_ID)
        if length is None or content[kind : kind + length] != _SIGNED_DATA:
            return False
        explicit, _ = _enter(content, kind + length, _CONTEXT)
        signed, _ = _enter(content, explicit, _SEQUENCE)
        version, length = _enter(content, signed, _INTEGER)
        if length is None:
            return False
        _enter(content, version + length, _SET)
    except IndexError:
        return False
    return True


def _enter(content: bytes, at: int, tag: int) -> tuple[int, int | None]:
    """Return where the contents of the element at `at` begin and how long they are, None for an indefinite length.

    Raises `IndexError` for another tag, or where the bytes end before the element does.
    """
    if content[at] != tag:
        raise IndexError
    first = content[at + 1]
    if first < _LONG:
        length, start = first, at + 2
    elif first == _LONG:
        return at + 2, None
    else:
        start = at + 2 + first - _LONG
        length = int.from_bytes(content[at + 2 : start], "big")
    if start + length > len(content):
        raise IndexError
    return start, length
