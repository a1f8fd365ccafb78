"""The main job, played over HTTP: invented scans come in, are kept, found, read back, and withdrawn.

Everything printed is what a clerk would see; the people and papers are invented.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from demo.desk import Desk, Refused
from demo.fresh_service import FreshService
from demo.scans import Scan, award_photo, diploma_scan, note_original, trade_certificate_scan

_FIELDS: Final = ("series", "number", "registration_number", "issued_on", "issued_by", "programme", "hours")
_WAIT_SECONDS: Final = 30.0


class _Otherwise(RuntimeError):
    """The service did not do what the play says."""

    def __init__(self, statement: str) -> None:
        super().__init__(f"the service did otherwise: {statement}")


@dataclass(frozen=True, slots=True)
class _Kept:
    scan: Scan
    document: dict[str, Any]


def play(service: FreshService, say: Callable[[str], None] = print) -> None:
    """Play every scene on a service that was started for the first time.

    Raises `RuntimeError` when the service does otherwise than it should, `Refused` when it refuses.
    """
    administrator, clerk, auditor = _staff(service, say)
    with administrator, clerk, auditor:
        learner, file = _open_file(clerk, say)
        kept = [_bring(clerk, file, scan, say) for scan in _papers()]
        _bring_again(clerk, file, kept[0], say)
        _find(clerk, learner, say)
        _read_back(clerk, kept, say)
        _look(clerk, kept[0], say)
        _doubtful(clerk, file, say)
        _keep_out(administrator, kept[0], say)
        _withdraw(clerk, kept[-1], say)
        _audit(auditor, say)


def _papers() -> list[Scan]:
    return [diploma_scan(1), trade_certificate_scan(2), award_photo(3), note_original(4)]


def _staff(service: FreshService, say: Callable[[str], None]) -> tuple[Desk, Desk, Desk]:
    say("\n1. The administrator signs in with the one-time password and lets colleagues in")
    administrator = Desk(service.base)
    administrator.sign_in(service.login, service.password)
    administrator.change_password(service.password, "старый мост над прудом")
    institution = administrator.session["institution"]
    say(f"   {administrator.session['login']} works for «{institution['name']}», sees accounts, opens no document")
    clerk = _colleague(administrator, "demo-clerk", "Делопроизводитель (демонстрация)", "clerk", say)
    auditor = _colleague(administrator, "demo-auditor", "Проверяющий (демонстрация)", "auditor", say)
    return administrator, clerk, auditor


def _colleague(administrator: Desk, login: str, name: str, role: str, say: Callable[[str], None]) -> Desk:
    made = administrator.ask("POST", "/users", json={"login": login, "display_name": name, "roles": [role]})
    desk = Desk(administrator.base)
    desk.sign_in(login, made["one_time_password"])
    desk.change_password(made["one_time_password"], "тихая река утром 2026")
    say(f"   {login}: {name}")
    return desk


def _open_file(clerk: Desk, say: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, Any]]:
    say("\n2. The clerk opens a learner's personal file («личное дело»)")
    facts = diploma_scan(1).facts
    learner = clerk.ask(
        "POST",
        "/people",
        json={
            "family_name": facts["surname"],
            "given_name": facts["given_name"],
            "patronymic": facts["patronymic"],
            "birth_date": facts.get("birth_date"),
        },
    )
    file = clerk.ask("POST", f"/people/{learner['id']}/personal-file", json={})
    say(f"   {learner['full_name']}, личное дело № {file['number']}")
    return learner, file


def _bring(clerk: Desk, file: dict[str, Any], scan: Scan, say: Callable[[str], None]) -> _Kept:
    say(f"\n3. A file comes in: {scan.file_name} ({len(scan.content):,} bytes)".replace(",", " "))
    fields = {name: str(scan.facts[name]) for name in _FIELDS if name in scan.facts}
    begun = time.monotonic()
    document = clerk.upload(
        scan.content,
        file_name=scan.file_name,
        media_type=scan.media_type,
        personal_file_id=file["id"],
        kind=str(scan.facts["kind"]),
        **fields,
    )
    _show(document, time.monotonic() - begun, say)
    return _Kept(scan, document)


def _show(document: dict[str, Any], seconds: float, say: Callable[[str], None]) -> None:
    version = document["version"]
    say(f"   state {document['state']}, {version['media_type']}, pages {version['pages']}, {version['size']} bytes")
    say(f"   SHA-256 {version['sha256']}")
    say(f"   findings: {', '.join(finding['code'] for finding in version['findings']) or 'none'}")
    proposed = "; ".join(f"{name} = {value['value']}" for name, value in version["proposed"].items())
    say(f"   proposed: {proposed or 'nothing'}")
    say(f"   still missing: {', '.join(document['missing']) or 'nothing'}; kept safely after {seconds * 1000:.0f} ms")


def _bring_again(clerk: Desk, file: dict[str, Any], kept: _Kept, say: Callable[[str], None]) -> None:
    say("\n4. The same file once more, by mistake")
    try:
        clerk.upload(
            kept.scan.content,
            file_name="Копия.pdf",
            media_type=kept.scan.media_type,
            personal_file_id=file["id"],
            kind="diploma",
        )
    except Refused as refusal:
        _expect(refusal.problem["code"] == "duplicate", "a duplicate is reported")
        say(f"   {refusal}")
        say(f"   the first one: {refusal.problem['link']}")
    else:
        raise _Otherwise("a duplicate is reported")  # noqa: TRY003 - the statement is the message


def _find(clerk: Desk, learner: dict[str, Any], say: Callable[[str], None]) -> None:
    say("\n5. Finding it again")
    surname = learner["family_name"]
    typo = surname[:2] + surname[3:] if len(surname) > 4 else surname
    for asked in (surname, typo, f"{surname} диплом"):
        hits = clerk.ask("GET", "/search", params={"q": asked})["items"]
        _expect(bool(hits), f"«{asked}» finds something")
        say(f"   «{asked}»: {', '.join(hit['title'] for hit in hits[:3])}")


def _read_back(clerk: Desk, kept: list[_Kept], say: Callable[[str], None]) -> None:
    say("\n6. Reading back, byte for byte")
    for each in kept:
        content = clerk.content(each.document["id"])
        _expect(content == each.scan.content, "what is read is what was brought")
        say(
            f"   {each.scan.file_name}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()[:16]}… equal"
        )


def _look(clerk: Desk, kept: _Kept, say: Callable[[str], None]) -> None:
    say("\n7. Pictures of the pages, made by a job after the acknowledgement")
    deadline = time.monotonic() + _WAIT_SECONDS
    pictures: list[dict[str, Any]] = []
    while not pictures and time.monotonic() < deadline:
        pictures = clerk.ask("GET", f"/documents/{kept.document['id']}/versions/1/previews")["items"]
        time.sleep(0.2)
    _expect(bool(pictures), "previews are made")
    say(f"   {len(pictures)} pages, the first one {pictures[0]['width']} × {pictures[0]['height']}")


def _doubtful(clerk: Desk, file: dict[str, Any], say: Callable[[str], None]) -> None:
    say("\n8. A damaged scan is not thrown away: it waits for a person")
    damaged = diploma_scan(9).content[:20_000]
    document = clerk.upload(
        damaged, file_name="Обрыв.pdf", media_type="application/pdf", personal_file_id=file["id"], kind="diploma"
    )
    _expect(document["state"] == "quarantined", "a damaged file is quarantined")
    say(f"   state {document['state']}, because {document['version']['code']}")
    path = f"/documents/{document['id']}/versions/1/refusal"
    decided = clerk.ask("POST", path, json={"reason": "Скан оборван, нужен новый"})
    say(f"   the clerk decides: {decided['state']} ({decided['decision_reason']})")


def _keep_out(administrator: Desk, kept: _Kept, say: Callable[[str], None]) -> None:
    say("\n9. Who may not see it does not see it")
    try:
        administrator.content(kept.document["id"])
    except Refused as refusal:
        say(f"   the administrator: {refusal}")
    else:
        raise _Otherwise("the administrator opens no document")  # noqa: TRY003 - the statement is the message


def _withdraw(clerk: Desk, kept: _Kept, say: Callable[[str], None]) -> None:
    say("\n10. A wrong upload is withdrawn by the one who brought it")
    clerk.ask("POST", f"/documents/{kept.document['id']}/withdrawal", json={"reason": "Загружен не тот файл"})
    try:
        clerk.content(kept.document["id"])
    except Refused as refusal:
        say(f"   {kept.scan.file_name}: {refusal}")
    else:
        raise _Otherwise("a withdrawn document is gone")  # noqa: TRY003 - the statement is the message


def _audit(auditor: Desk, say: Callable[[str], None]) -> None:
    say("\n11. The auditor reads who did what")
    entries = auditor.ask("GET", "/audit/entries", params={"limit": 8})["items"]
    for entry in entries:
        say(f"   {entry['recorded_at'][:19]}  {entry['action']}")
    _expect(bool(entries), "the audit trail tells what happened")


def _expect(fulfilled: bool, statement: str) -> None:  # noqa: FBT001 - reads as a sentence at every call
    if not fulfilled:
        raise _Otherwise(statement)
