"""What is taken for a detached signature, by its contents."""

import base64

import pytest

from core.paperwork.cms import encoding_of
from core.paperwork.errors import NotASignature
from tests.registry.paperwork.desk import cms, pem

WHOLE = cms(b"x" * 400)
INDEFINITE = bytes.fromhex("308006092a864886f70d010702a0803080020101310030800609") + bytes(20)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (WHOLE, "der"),
        (INDEFINITE, "der"),
        (pem(WHOLE), "pem"),
        (pem(WHOLE).replace(b"\n", b"\r\n"), "pem"),
        (pem(WHOLE).replace(b"CMS", b"PKCS7"), "pem"),
        (base64.b64encode(WHOLE), "base64"),
        (base64.encodebytes(WHOLE), "base64"),
    ],
)
def test_a_signature_is_known_by_its_contents(content: bytes, encoding: str) -> None:
    assert encoding_of(content) == encoding


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"0",
        b"%PDF-1.7",
        WHOLE[:-1],
        WHOLE + b"\0",
        WHOLE.replace(bytes.fromhex("2a864886f70d010702"), bytes.fromhex("2a864886f70d010701")),
        base64.b64encode(WHOLE[:-9]),
        b"!" + base64.b64encode(WHOLE),
        pem(b"0" * 30),
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(WHOLE) + b"-----END CERTIFICATE-----\n",
        "не подпись".encode(),
    ],
)
def test_anything_else_is_none(content: bytes) -> None:
    with pytest.raises(NotASignature):
        encoding_of(content)
