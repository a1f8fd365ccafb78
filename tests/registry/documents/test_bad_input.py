"""Files that nobody should have sent: each is answered clearly, and nothing half-kept is left."""

import zipfile
from io import BytesIO
from typing import Any

import pikepdf
from fastapi import FastAPI

from tests.inspection import samples
from tests.registry.documents.papers import DOCUMENTS, FORMS, NOTE, keep, read, send, settle, text
from tests.registry_house import House, code

EXECUTABLE = b"MZ" + bytes(200) + b"This program cannot be run in DOS mode"
SCRIPT = b"#!/bin/sh\nrm -rf /\n"
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


def archive_with_path() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/passwd", b"root")
    return out.getvalue()


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(8 * 1024 * 1024))
    return out.getvalue()


REJECTED: tuple[tuple[str, bytes, str], ...] = (
    ("a.txt", b"", "empty"),
    ("a.exe", EXECUTABLE, "executable"),
    ("a.pdf", EXECUTABLE, "executable"),
    ("a.txt", SCRIPT, "executable"),
    ("a.html", PAGE, "executable"),
    ("a.zip", archive_with_path(), "zip_path"),
    ("a.zip", bomb(), "zip_ratio"),
    ("a.zip", samples.overlapping_archive(), "zip_overlap"),
    ("a.png", samples.flat_png(40_000, 40_000), "image_pixels"),
)
QUARANTINED: tuple[tuple[str, bytes, str], ...] = (
    ("a.pdf", NOTE, "type_mismatch"),
    ("a.txt", samples.pdf(), "type_mismatch"),
    ("a.pdf", samples.pdf() + archive_with_path(), "polyglot"),
    ("a.dat", bytes(range(256)) * 4, "unknown_type"),
    ("a.pdf", samples.cyclic_page_tree(), ""),
)


async def test_what_may_not_be_kept_is_rejected_with_its_reason(house: House) -> None:
    for name, content, reason in REJECTED:
        answer = await send(house.a, content, file_name=name)
        assert code(answer) == (422, "upload_rejected"), (name, reason, answer.text)
        said = answer.json()
        assert said["reason"] == reason
        assert said["findings"]
    assert house.spooled() == []
    assert await house.objects() == []
    actions = await house.actions()
    assert actions.count("document.rejected") == len(REJECTED)


async def test_what_cannot_be_judged_waits_for_a_person(house: House) -> None:
    for name, content, reason in QUARANTINED:
        made = await keep(house.a, content, file_name=name)
        assert made["state"] == "quarantined", (name, reason)
        assert reason in {"", made["version"]["code"]}
        assert (await read(house.a, made)).content == content


async def test_a_declared_type_against_the_content_waits_for_a_person(house: House) -> None:
    made = await keep(house.a, headers={"Content-Type": "application/pdf"})
    assert (made["state"], made["version"]["code"]) == ("quarantined", "type_mismatch")


async def test_a_kind_takes_its_types_only(house: House) -> None:
    video = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)
    answer = await send(house.a, video, file_name="a.mp4", kind="diploma")
    assert (code(answer), answer.json()["reason"]) == ((422, "upload_rejected"), "not_allowed_here")
    assert (await send(house.a, video, file_name="a.mp4", kind="creative_work")).status_code == 201


async def test_names_lose_what_could_do_harm(house: House) -> None:
    for given, expected in (
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Windows\\a.txt", "a.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("con.txt", "_con.txt"),
        ("'; DROP TABLE documents; --.txt", "'; DROP TABLE documents; --.txt"),
        (".txt", "document.txt"),
    ):
        made = await keep(house.a, file_name=given)
        assert made["version"]["file_name"] == expected
        assert "\n" not in (await read(house.a, made)).headers["Content-Disposition"]
    long = (await keep(house.a, file_name="я" * 500 + ".txt"))["version"]["file_name"]
    assert len(long.encode()) <= 255
    assert long.endswith(".txt")


async def test_control_characters_in_the_query_are_refused(house: House) -> None:
    for name in ("a\x00.txt", "a\x1b[31m.txt"):
        answer = await send(house.a, file_name=name)
        assert answer.status_code in {400, 422}
        assert answer.json()["code"] == "invalid_text"
    assert (await send(house.a, file_name="я" * 4000)).status_code in {400, 414}


async def test_a_file_above_the_limit_is_refused_as_soon_as_it_is_known(build_house: Any) -> None:  # noqa: ANN401 - a fixture
    house = await build_house(
        settings={
            "DELOTEKA_INTAKE__MAX_FILE_BYTES": "1000",
            "DELOTEKA_INTAKE__MAX_ARCHIVE_BYTES": "1000",
            "DELOTEKA_INTAKE__MAX_LARGE_FILE_BYTES": "5000",
        }
    )
    assert code(await send(house.a, b"a" * 1001)) == (413, "too_big")
    received = 0

    async def endless() -> Any:  # noqa: ANN401 - a generator
        nonlocal received
        while True:
            received += 500
            yield b"a" * 500

    assert code(await send(house.a, endless())) == (413, "too_big")
    assert received <= 2000
    assert house.spooled() == []
    assert (await send(house.a, b"a" * 1001, kind="creative_work")).status_code == 201


async def raw_request(app: FastAPI, path: str, query: str, headers: dict[str, str], messages: list[Any]) -> int | None:
    """Speak ASGI itself, to send what no client library would; returns the status that was answered."""
    waiting = list(messages)
    status: list[int] = []

    async def receive() -> Any:  # noqa: ANN401 - ASGI
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def answer(message: Any) -> None:  # noqa: ANN401 - ASGI
        if message["type"] == "http.response.start":
            status.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("203.0.113.7", 1),
        "server": ("deloteka.test", 80),
        "app": app,
    }
    await app(scope, receive, answer)
    return status[0] if status else None


async def test_a_cut_connection_and_a_wrong_length_leave_nothing(house: House) -> None:
    query = f"kind=other&file_name=a.txt&personal_file_id={house.a.personal_file}"
    headers = {"authorization": f"Bearer {house.a.tokens['clerk']}", "content-length": "100"}
    part = {"type": "http.request", "body": NOTE[:20], "more_body": True}
    whole = {"type": "http.request", "body": NOTE[:20], "more_body": False}
    long = {"type": "http.request", "body": NOTE * 3, "more_body": False}
    for messages in ([part, {"type": "http.disconnect"}], [whole], [long]):
        assert await raw_request(house.app, DOCUMENTS, query, headers, messages) == 400
    assert house.spooled() == []
    assert await house.objects() == []
    assert await house.owner.fetchval("SELECT count(*) FROM documents") == 0
    del headers["content-length"]
    headers["transfer-encoding"] = "chunked"
    assert await raw_request(house.app, DOCUMENTS, query, headers, [part, {"type": "http.disconnect"}]) == 400
    assert house.spooled() == []


def form(*parts: tuple[str, bytes], end: bool = True) -> bytes:
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="' + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return body + (b"--x--\r\n" if end else b"")


async def test_forms_that_are_none_are_refused_and_leave_nothing(house: House) -> None:
    own = [('kind"', b"other"), ('personal_file_id"', str(house.a.personal_file).encode())]
    file = ('file"; filename="a.txt"', text())
    sent = "multipart/form-data; boundary=x"
    refused: tuple[tuple[str, bytes, set[tuple[int, str]]], ...] = (
        ("application/json", b"{}", {(400, "malformed_form"), (400, "malformed_json")}),
        ("multipart/form-data", form(*own, file), {(400, "malformed_form")}),
        (sent, b"", {(400, "upload_cut"), (400, "malformed_form")}),
        (sent, form(*own), {(400, "malformed_form")}),
        (sent, form(*own, file, end=False), {(400, "upload_cut"), (400, "malformed_form")}),
        (sent, form(*own, file, ('title"', b"late")), {(400, "malformed_form")}),
        (sent, form(*own, ('file"', b"no name")), {(400, "malformed_form")}),
        (sent, form(*own, ('title"', b"\xff\xfe"), file), {(400, "malformed_form")}),
        (sent, form(*own, ('title"', b"a" * 20_000), file), {(400, "malformed_form")}),
        (sent, form(file, *own), {(422, "invalid_request")}),
        (sent, form(*own, ('issued_on"', b"2026-02-30"), file), {(422, "invalid_request")}),
        (sent, form(*own, ('colour"', b"red"), file), {(422, "invalid_request")}),
        (sent, form(*own, ('file"; filename="a.txt"', b"")), {(422, "upload_rejected")}),
        (f"multipart/form-data; boundary={'x' * 300}", form(*own, file), {(400, "malformed_form")}),
        (sent, b"--x\r\n" + b"A" * 40_000, {(400, "malformed_form")}),
    )
    for content_type, body, expected in refused:
        answer = await house.clerk.post(FORMS, content=body, headers={"Content-Type": content_type})
        assert code(answer) in expected, (content_type, body[:200], answer.text)
    assert house.spooled() == []
    answer = await house.clerk.post(FORMS, content=form(*own, file), headers={"Content-Type": sent})
    assert answer.status_code == 201, answer.text


async def test_hostile_text_inside_a_file_does_not_stop_its_keeping(house: House) -> None:
    document = pikepdf.open(BytesIO(samples.pdf(text="Hello")))
    document.docinfo["/Title"] = pikepdf.String("a\x00b\ud800".encode("utf-16-be", "surrogatepass").decode("latin-1"))
    document.docinfo["/Author"] = "\x00\x01\x02"
    out = BytesIO()
    document.save(out)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a\u0001\u202e.txt", NOTE)
    for name, content in (("a.pdf", out.getvalue()), ("a.zip", archive.getvalue())):
        answer = await send(house.a, content, file_name=name)
        assert answer.status_code in {201, 422}, answer.text
    await settle(house)
    assert house.spooled() == []
