"""From the scanner to a document or to the tray, whatever breaks on the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.sdk.errors import ConnectorMisconfigured
from storage.s3 import S3Inbox, S3Vault
from tests.connectors.scans.desk import V1, Desk, Killed, desk_at, number
from tests.connectors.scans.places import NAME, Folder, Quick
from tests.registry.documents.papers import text
from tests.registry_house import House, code


@pytest.fixture(autouse=True)
def _nobody_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Quick, "between", None)


@pytest.fixture
async def desk(house_in_memory: House, tmp_path: Path) -> Desk:
    await number(house_in_memory, "А-17")
    return desk_at(house_in_memory, tmp_path / "scans")


async def test_scans_become_documents_or_wait_in_the_tray(desk: Desk) -> None:
    checked = await desk.connect()
    assert (checked["outcome"], checked["state"], checked["identity"]["title"]) == ("ok", "ready", NAME)
    known = text()
    desk.folder.scan("А-17_справка.txt", known)
    desk.folder.scan("А-99_справка.txt", text())
    desk.folder.scan("А-17_неведомо.txt", text())
    desk.folder.scan("папка/без правила.txt", text())
    desk.folder.scan("program.txt", b"MZ\x90\x00" + b"\0" * 200)
    desk.folder.scan("А-17_справка.txt.part", b"half")
    run = await desk.run()
    assert (run["state"], run["counts"]) == ("complete", {"new": 5})
    assert await desk.documents() == [("А-17_справка.txt", "other")]
    tray = {each["said"]["file_name"]: (each["reason"], each["address"]) for each in await desk.tray()}
    assert tray == {
        "А-99_справка.txt": ("learner_unknown", "А-99_справка.txt"),
        "А-17_неведомо.txt": ("kind_unknown", "А-17_неведомо.txt"),
        "без правила.txt": ("holder_unknown", "папка/без правила.txt"),
    }
    left = ["rejected/program.txt", "rejected/program.txt.txt", "А-17_справка.txt.part"]
    assert desk.folder.lying() == left
    reason = (desk.folder.path / "rejected/program.txt.txt").read_text(encoding="utf-8")
    assert "Причина: это программа или веб-страница, а не документ." in reason

    assert (await desk.run())["counts"] == {}
    assert (await desk.documents(), desk.folder.lying()) == ([("А-17_справка.txt", "other")], left)
    # The same bytes once more are the same document, and go away too.
    desk.folder.scan("А-17_справка.txt", known)
    assert (await desk.run())["state"] == "complete"
    assert (await desk.documents(), desk.folder.lying()) == ([("А-17_справка.txt", "other")], left)
    # Another scan under a name that was used before is another document.
    desk.folder.scan("А-17_справка.txt", text())
    await desk.run()
    assert await desk.documents() == [("А-17_справка.txt", "other")] * 2


async def test_a_clerk_empties_the_tray(desk: Desk) -> None:
    await desk.connect(rules=[])
    for name in ("a.txt", "b.txt"):
        desk.folder.scan(name, text())
    await desk.run()
    assert desk.folder.lying() == []
    first, second = sorted(await desk.tray(), key=lambda each: each["address"])
    wanted = {"personal_file_id": str(desk.house.a.personal_file), "kind": "other", "title": "Справка"}
    assigned = await desk.house.clerk.post(f"{V1}/import-tray/{first['id']}/assignment", json=wanted)
    assert assigned.json()["state"] == "kept", assigned.text
    refused = await desk.house.clerk.post(f"{V1}/import-tray/{second['id']}/refusal", json={"reason": "Не наше"})
    assert refused.json()["state"] == "refused"
    # Meanwhile another scan has come under the name of the refused one: it is not the refused one.
    desk.folder.scan("b.txt", text())
    run = await desk.run()
    assert (run["state"], run["counts"]["new"], desk.folder.lying()) == ("complete", 1, [])
    assert await desk.documents() == [("a.txt", "other")]
    assert len(await desk.tray()) == 1


def _kill_before_release(desk: Desk) -> None:
    desk.trouble.before = {"release": Killed(), "set_aside": Killed()}


def _kill_after_release(desk: Desk) -> None:
    desk.trouble.after = {"release": Killed(), "set_aside": Killed()}


def _kill_while_reading(desk: Desk) -> None:
    desk.trouble.after = {"open": Killed()}


@pytest.mark.parametrize("kill", [_kill_before_release, _kill_after_release, _kill_while_reading])
async def test_killed_on_the_way_nothing_is_kept_twice_and_all_is_released(
    desk: Desk, kill: Callable[[Desk], None]
) -> None:
    await desk.connect()
    desk.folder.scan("А-17_справка.txt", text())
    desk.folder.scan("в лоток.txt", text())
    desk.folder.scan("program.txt", b"MZ\x90\x00" + b"\0" * 200)
    kill(desk)
    ask = True
    for _ in range(3):
        with pytest.raises(Killed):
            await desk.run(ask=ask)
        # As after kill -9: whoever takes the job over finds it running with nobody at it.
        await desk.house.owner.execute("UPDATE jobs SET state = 'queued'")
        ask = False
        if kill is _kill_before_release:
            assert len([name for name in desk.folder.lying() if not name.startswith("rejected/")]) == 3
    desk.trouble.before, desk.trouble.after = {}, {}
    run = await desk.run(ask=False)
    assert run["state"] == "complete", run
    assert await desk.documents() == [("А-17_справка.txt", "other")]
    assert [each["address"] for each in await desk.tray()] == ["в лоток.txt"]
    assert desk.folder.lying() == ["rejected/program.txt", "rejected/program.txt.txt"]
    unsettled = await desk.house.owner.fetchval("SELECT count(*) FROM import_files WHERE NOT settled")
    assert unsettled == 0


async def test_a_place_that_cannot_be_emptied_or_reached_is_told_and_nothing_is_lost(desk: Desk) -> None:
    await desk.connect()
    desk.folder.scan("А-17_справка.txt", text())
    desk.trouble.before = {"release": ConnectorMisconfigured("the service may not change the folder")}
    run = await desk.run()
    assert (run["state"], run["reason"], run["message"]) == (
        "partial",
        "config",
        "the service may not change the folder",
    )
    assert desk.folder.lying() == ["А-17_справка.txt"]
    desk.trouble.before = {}
    away = desk.folder.root.rename(desk.folder.root.with_name("not mounted"))
    run = await desk.run()
    assert (run["state"], run["reason"]) == ("failed", "config")
    assert f"{desk.house.a.id}/{NAME}" in run["message"]
    away.rename(desk.folder.root)
    assert (await desk.run())["state"] == "complete"
    assert (await desk.documents(), desk.folder.lying()) == ([("А-17_справка.txt", "other")], [])


async def test_a_full_disk_leaves_the_scans_where_they_are(desk: Desk) -> None:
    await desk.connect()
    desk.folder.scan("А-17_справка.txt", text())
    desk.folder.scan("в лоток.txt", text())
    spool = desk.house.services.documents.spool
    reserve, spool._reserve = spool._reserve, 2**60
    run = await desk.run()
    spool._reserve = reserve
    assert (run["state"], run["reason"], run["message"].split(":")[0]) == ("partial", "transient", "no_space")
    desk.house.memory.faults.full = True
    assert (await desk.run())["reason"] == "transient"
    desk.house.memory.faults.full = False
    assert (await desk.documents(), len(desk.folder.lying())) == ([], 2)
    assert (await desk.run())["state"] == "complete"
    assert (len(await desk.documents()), len(await desk.tray()), desk.folder.lying()) == (1, 1, [])


async def test_bytes_of_the_tray_lie_there_once_whatever_the_storage_does(desk: Desk) -> None:
    await desk.connect()
    memory = desk.house.memory
    for name in ("первый.txt", "А-99_справка.txt"):
        desk.folder.scan(name, text())
    # The puts take effect, but nobody hears of it.
    memory.faults.lose_next_answers = 1
    assert (await desk.run())["reason"] == "transient"
    assert len(desk.folder.lying()) == 2
    # Meanwhile the learner has come, so that what waited for the tray becomes a document.
    await number(desk.house, "А-99")
    known = await desk.house.owner.fetchval("SELECT object_key FROM import_files WHERE object_key IS NOT NULL")
    assert [entry.key async for entry in memory.versions("given/")] == [known]
    assert (await desk.run())["state"] == "complete"
    memory.faults.lose_next_answers = 1
    desk.folder.scan("второй.txt", text())
    assert (await desk.run())["reason"] == "transient"
    assert (await desk.run())["state"] == "complete"
    assert sorted(each["address"] for each in await desk.tray()) == ["второй.txt", "первый.txt"]
    kept = await desk.house.owner.fetch("SELECT object_key FROM import_files WHERE state = 'tray' ORDER BY 1")
    assert [entry.key async for entry in memory.versions("given/")] == [row["object_key"] for row in kept]
    assert (await desk.documents(), desk.folder.lying()) == ([("А-99_справка.txt", "other")], [])


async def test_a_place_belongs_to_one_connection_of_one_institution(desk: Desk) -> None:
    assert (await desk.connect())["outcome"] == "ok"
    twice = await desk.connect()
    assert twice["code"] == "already_configured"
    missing = await desk.connect(name="Сканер 2")
    assert (missing["outcome"], missing["state"]) == ("config", "draft")
    # Another institution that writes the same name gets a folder of its own, or none.
    desk.folder.scan("чужой.txt", text())
    admin = desk.house.other.of("administrator")
    wanted = {"connector": "scans", "title": "Сканер", "configuration": {"name": NAME}}
    at = (await admin.post(f"{V1}/connections", json=wanted)).headers["location"]
    assert (await admin.post(f"{at}/check")).json()["outcome"] == "config"
    Folder(desk.folder.root, desk.house.other.id).made()
    there = (await admin.post(f"{at}/check")).json()
    assert (there["outcome"], there["notes"]) == ("ok", ["files that may be taken now: 0"])
    for name in ("../x", f"../{desk.house.a.id}/{NAME}", "/etc"):
        wanted["configuration"] = {"name": name}
        at = (await admin.post(f"{V1}/connections", json=wanted)).headers["location"]
        assert (await admin.post(f"{at}/check")).json()["outcome"] == "config"


async def test_the_schedule_looks_at_the_place(desk: Desk) -> None:
    await desk.connect()
    admin = desk.house.of("administrator")
    often = await admin.put(f"{desk.at}/schedule", json={"schedule": "* * * * *"}, headers={"If-Match": "*"})
    assert code(often) == (422, "schedule_invalid")
    set_ = await admin.put(f"{desk.at}/schedule", json={"schedule": "*/5 * * * *"}, headers={"If-Match": "*"})
    assert set_.status_code == 200, set_.text
    desk.folder.scan("А-17_справка.txt", text())
    assert await desk.tick() == 0
    desk.house.clock.move(minutes=5)
    assert await desk.tick() == 1
    assert (await desk.run(ask=False))["state"] == "complete"
    assert (len(await desk.documents()), desk.folder.lying()) == (1, [])


async def test_a_prefix_in_object_storage_is_emptied_like_a_folder(
    house: House, registry_vault: S3Vault, tmp_path: Path
) -> None:
    await number(house, "А-17")
    desk = desk_at(house, tmp_path / "scans", make_inbox=lambda: S3Inbox(registry_vault.address))
    assert (await desk.connect(kind="storage"))["outcome"] == "ok"
    prefix = f"incoming/{house.a.id}/{NAME}/"
    scans = {"А-17_справка.txt": text(), "год/без правила.txt": text(), "program.txt": b"MZ\x90\x00" + b"\0" * 200}
    async with S3Inbox(registry_vault.address) as inbox:
        for name, data in scans.items():
            await inbox.write(prefix + name, data)
        run = await desk.run()
        assert (run["state"], run["counts"]) == ("complete", {"new": 3})
        lying = [entry.key.removeprefix(prefix) async for entry in inbox.listing(prefix)]
    assert sorted(lying) == ["rejected/program.txt", "rejected/program.txt.txt"]
    assert await desk.documents() == [("А-17_справка.txt", "other")]
    assert [each["reason"] for each in await desk.tray()] == ["holder_unknown"]
    # No version of a scan stays behind beside the document.
    kept = {version.key.removeprefix(prefix) async for version in registry_vault.versions(prefix)}
    assert kept == set(lying)
