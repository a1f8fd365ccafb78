"""How tests have papers issued, signed and looked into: by the people of an institution, through the API."""

import base64
import io
from typing import Any

import httpx
import pypdfium2

from tests.registry.cases.desk import open_case
from tests.registry.nomenclature.office import OFFICER, begin, in_force_by_hand, row, section
from tests.registry_house import House, Json, Place

V1 = "/api/v1"
PAPERS = f"{V1}/issued-papers"
POLICIES = f"{V1}/paperwork-policies"
ADDRESS = "000000, г. Нигдеевск, ул. Небывалая, д. 1"
FOR_GOOD = "До ликвидации организации"
FIVE_YEARS = "5 лет"
YEAR = 2026
ACT_KINDS = ("disposal_act", "commission_minutes", "inventory", "nomenclature_form")
PERSONAL_KINDS = ("personal_data_act", "event_log_export", "destruction_certificate")


def cms(content: bytes = b"nobody signed this") -> bytes:
    """The outer form of a detached signature, with invented contents and nobody's key."""
    oid = bytes.fromhex("06092a864886f70d0107")
    signed = _tlv(0x30, _tlv(0x02, b"\x01") + _tlv(0x31, b"") + _tlv(0x30, oid + b"\x01") + _tlv(0x04, content))
    return _tlv(0x30, oid + b"\x02" + _tlv(0xA0, signed))


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def pem(content: bytes) -> bytes:
    return b"-----BEGIN CMS-----\n" + base64.encodebytes(content) + b"-----END CMS-----\n"


async def filing_classes(house: House, place: Place | None = None) -> tuple[Json, Json]:
    """Rows of this year's nomenclature for the «дело фонда» and for papers kept five years."""
    place = place or house.a
    version = await begin(place, YEAR)
    part = await section(place, version)
    fonds = await row(place, part, title="Дело фонда", term=FOR_GOOD, article="ст. 170")
    papers = await row(place, part, title="Документы об уничтожении персональных данных", term=FIVE_YEARS)
    await in_force_by_hand(house, version, place)
    return fonds, papers


def policy_body(fonds: Json, papers: Json, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    filing = dict.fromkeys(ACT_KINDS, fonds["lineage_id"]) | dict.fromkeys(PERSONAL_KINDS, papers["lineage_id"])
    return {
        "address": ADDRESS,
        "place": "г. Нигдеевск",
        "fonds_number": "17",
        "fonds_name": "Вымышленный колледж",
        "head_post": "Директор",
        "chair_name": "Проверкина А. А.",
        "chair_post": "Заместитель директора",
        "backup_days": 30,
        "backup_media": "ленты хранилища № 1",
        "filing": filing,
        **members,
    }


async def ready(house: House) -> None:
    """Say where papers are filed, and open the cases for them."""
    fonds, papers = await filing_classes(house)
    answer = await house.of("head").post(POLICIES, json=policy_body(fonds, papers))
    assert answer.status_code == 201, answer.text
    for record_class in (fonds, papers):
        await open_case(house.a, record_class)


async def issue(place: Place, kind: str, subject_id: str, subject_type: str = "disposal_act") -> httpx.Response:
    body = {"kind": kind, "subject_type": subject_type, "subject_id": subject_id}
    return await place.of(OFFICER).post(PAPERS, json=body)


async def issued(place: Place, kind: str, subject_id: str, subject_type: str = "disposal_act") -> Json:
    answer = await issue(place, kind, subject_id, subject_type)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def content(place: Place, paper: Json, role: str = OFFICER) -> bytes:
    answer = await place.of(role).get(f"{PAPERS}/{paper['id']}/content")
    assert answer.status_code == 200, answer.text
    return answer.content


async def look(place: Place, path: str, role: str = OFFICER, **params: str) -> bytes:
    """A paper as it would be now."""
    answer = await place.of(role).get(f"{V1}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.content


async def sign(
    place: Place, paper: Json, body: bytes | None = None, role: str = OFFICER, **params: str
) -> httpx.Response:
    return await place.of(role).post(f"{PAPERS}/{paper['id']}/signatures", params=params, content=body or b"")


def words(pdf: bytes) -> str:
    """What a PDF says, in one line, without the hyphens of line ends."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        said = " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
    return " ".join(said.replace("\ufffe\r\n", "").replace("\u200b", "").replace("\u00a0", " ").split())
