"""Rights, hosts, streams, schedules, mappings and given files."""

from datetime import UTC, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from core.connections.errors import GivenFileDamaged, MappingWithoutEffect, ScheduleInvalid
from core.connections.given_files import empty_removed_files, files_for_a_run
from core.connections.mapping import TAKEN_AS, Decision, MappingKind, decided, require_effect, see
from core.connections.models import ConnectionRow
from core.connections.scheduling import checked_schedule, next_times, start_due_runs
from core.connections.states import note_hindrance
from core.imports.doors import RegistryConnections
from core.kernel.database.work import Work
from core.sdk.connectors import EntityKind
from core.studies.importing import EnrolmentWriter
from tests.connectors.connections.scripted import PASTED, Platform, stand
from tests.registry_house import House, Json, code

V1 = "/api/v1"
ANY = {"If-Match": "*"}


async def ready(house: House) -> str:
    admin = house.of("administrator")
    at = str((await admin.post(f"{V1}/connections", json=PASTED)).headers["location"])
    assert (await admin.post(f"{at}/check")).json()["state"] == "ready"
    return at


async def test_a_clerk_manages_connections_once_given_the_right(house_in_memory: House) -> None:
    house = house_in_memory
    stand(house, Platform())
    assert code(await house.clerk.get(f"{V1}/connections")) == (403, "forbidden")
    admin = house.browser("administrator")
    at = f"{V1}/users/{house.a.accounts['clerk']}"
    given = await admin.patch(at, json={"rights": ["connections.manage"]}, headers=ANY)
    assert given.json()["rights"] == ["connections.manage"]
    assert (await house.clerk.get(f"{V1}/connections")).status_code == 200
    assert (await house.clerk.post(f"{V1}/connections", json=PASTED)).status_code == 201
    assert code(await house.other.clerk.get(f"{V1}/connections")) == (403, "forbidden")
    back = await admin.patch(at, json={"rights": None}, headers=ANY)
    assert back.json()["rights"] == []
    assert code(await house.clerk.get(f"{V1}/connections")) == (403, "forbidden")
    assert (await house.actions()).count("account.changed") == 2
    program = f"{V1}/users/{house.a.accounts['service_account']}"
    refused = await admin.patch(program, json={"rights": ["connections.manage"]}, headers=ANY)
    assert code(refused) == (422, "right_not_given")
    oneself = f"{V1}/users/{house.a.accounts['administrator']}"
    refused = await admin.patch(oneself, json={"rights": ["connections.manage"]}, headers=ANY)
    assert code(refused) == (409, "own_account")
    strange = await admin.patch(at, json={"rights": ["documents.open"]}, headers=ANY)
    assert strange.status_code == 422


async def test_streams_hosts_and_schedule_are_chosen(house_in_memory: House) -> None:
    house = house_in_memory
    stand(house, Platform())
    at, admin = await ready(house), house.of("administrator")
    chosen = await admin.put(f"{at}/streams", json={"streams": ["files", "learners"]}, headers=ANY)
    assert [each["name"] for each in chosen.json()["streams"] if each["chosen"]] == ["learners", "files"]
    unknown = await admin.put(f"{at}/streams", json={"streams": ["grades"]}, headers=ANY)
    assert (code(unknown), unknown.json()["available"]) == ((422, "stream_unknown"), ["learners", "marks", "files"])
    everything = await admin.put(f"{at}/streams", json={"streams": None}, headers=ANY)
    assert [each["chosen"] for each in everything.json()["streams"]] == [True, True, False]
    stale = await admin.put(f"{at}/streams", json={"streams": None}, headers={"If-Match": '"1"'})
    assert code(stale) == (412, "precondition_failed")

    hosts = await admin.put(f"{at}/file-hosts", json={"hosts": ["FILES.platform.test.", "пример.рф:8443"]}, headers=ANY)
    assert hosts.json()["file_hosts"] == ["files.platform.test", "xn--e1afmkfd.xn--p1ai:8443"]
    assert hosts.json()["proposed_file_hosts"] == []
    for strange in ("https://x.test/", "user@x.test", "x.test/path", "a b"):
        refused = await admin.put(f"{at}/file-hosts", json={"hosts": [strange]}, headers=ANY)
        assert code(refused) == (422, "host_invalid"), strange

    inside = {"hosts": ["moodle.school.local"]}
    refused = await house.browser("administrator").put(f"{at}/private-hosts", json=inside, headers=ANY)
    assert code(refused) == (403, "forbidden")
    allowed = await house.browser("operator").put(f"{at}/private-hosts", json=inside, headers=ANY)
    assert allowed.json()["private_hosts"] == ["moodle.school.local"]
    assert (await house.actions())[-1] == "connection.private_hosts_allowed"

    scheduled = await admin.put(f"{at}/schedule", json={"schedule": " 30  3 * * 1-5 "}, headers=ANY)
    said = scheduled.json()
    assert (said["schedule"], said["time_zone"]) == ("30 3 * * 1-5", "Europe/Moscow")
    assert said["next_times"][0] == said["next_run_at"] == "2026-03-03T00:30:00Z"
    assert len(said["next_times"]) == 5
    too_often = await admin.put(f"{at}/schedule", json={"schedule": "* * * * *"}, headers=ANY)
    assert code(too_often) == (422, "schedule_invalid")
    by_hand = await admin.put(f"{at}/schedule", json={"schedule": ""}, headers=ANY)
    assert (by_hand.json()["next_run_at"], by_hand.json()["next_times"]) == (None, [])


async def test_due_runs_are_started_once_each(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at, admin = await ready(house), house.of("administrator")
    await admin.put(f"{at}/schedule", json={"schedule": "0 * * * *"}, headers=ANY)
    assert (await admin.get(f"{at}/schedule")).json()["next_times"][1] == "2026-03-02T11:00:00Z"
    started: list[str] = []

    async def start(work: Work, row: ConnectionRow) -> None:
        started.append(f"{work.scope.institution_id}/{row.id}")

    assert await start_due_runs(services, start) == 0
    house.clock.move(hours=5, minutes=10)
    await admin.post(f"{at}/pause")
    assert await start_due_runs(services, start) == 0
    await admin.post(f"{at}/resumption")
    assert await start_due_runs(services, start) == 1
    assert await start_due_runs(services, start) == 0
    assert started == [f"{house.a.id}/{at.rpartition('/')[2]}"]
    assert (await admin.get(at)).json()["next_run_at"] == "2026-03-02T15:00:00Z"

    async def fails(work: Work, row: ConnectionRow) -> None:
        del work, row
        raise RuntimeError

    house.clock.move(hours=1)
    assert await start_due_runs(services, fails) == 0
    assert await start_due_runs(services, start) == 1, "a start that failed is repeated"


async def test_a_connection_says_since_when_no_run_gets_through_and_people_are_told_once(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at, admin = await ready(house), house.of("administrator")
    connection = UUID(at.rpartition("/")[2])

    async def ended(*, hindered: bool) -> tuple[object, int]:
        async with services.database.work(house.a.scope("administrator")) as work:
            await note_hindrance(work, connection, hindered=hindered)
        told = "SELECT count(*) FROM outbox_events WHERE topic = 'connection.failing'"
        return (await admin.get(at)).json()["first_failed_at"], await house.owner.fetchval(told)

    assert await ended(hindered=False) == (None, 0)
    since = house.clock.now.isoformat().replace("+00:00", "Z")
    revision = (await admin.get(at)).json()["revision"]
    assert await ended(hindered=True) == (since, 0)
    house.clock.move(days=2)
    assert await ended(hindered=True) == (since, 0)
    house.clock.move(days=1)
    assert await ended(hindered=True) == (since, 1)
    assert await ended(hindered=True) == (since, 1)
    assert (await admin.get(at)).json()["revision"] == revision + 1
    assert (await house.actions())[-1] == "connection.failing"
    assert await ended(hindered=False) == (None, 1)


@pytest.mark.parametrize(
    "schedule", ["", "0 3 * *", "0 3 * * * *", "@daily", "0 0 30 2 *", "61 * * * *", "*/3 * * * *", "R R * * *", "3 x"]
)
def test_no_schedule(schedule: str) -> None:
    with pytest.raises(ScheduleInvalid):
        checked_schedule(schedule, ZoneInfo("Europe/Moscow"), datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize("schedule", ["*/5 * * * *", "0 3 1 9 *", "0 8-18 * * mon-fri", "0 0 29 2 *"])
def test_a_schedule(schedule: str) -> None:
    assert checked_schedule(schedule, ZoneInfo("Europe/Moscow"), datetime(2026, 3, 2, tzinfo=UTC)) == schedule


def test_a_schedule_means_the_clock_on_the_wall() -> None:
    # Berlin's clocks go forward on 29 March 2026 and back on 25 October; Moscow's stay.
    berlin = ZoneInfo("Europe/Berlin")
    spring = next_times("30 2 * * *", berlin, datetime(2026, 3, 28, 0, 0, tzinfo=UTC), 3)
    assert [each.isoformat() for each in spring] == [
        "2026-03-28T01:30:00+00:00",
        "2026-03-29T01:30:00+00:00",
        "2026-03-30T00:30:00+00:00",
    ]
    autumn = next_times("30 2 * * *", berlin, datetime(2026, 10, 24, 12, 0, tzinfo=UTC), 2)
    assert [each.isoformat() for each in autumn] == ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]
    hourly = next_times("0 * * * *", berlin, datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 4)
    assert [each.hour for each in hourly] == [0, 2, 3, 4]


async def test_words_are_seen_by_runs_and_decided_by_people(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at, admin = await ready(house), house.of("administrator")
    connection, scope = UUID(at.rpartition("/")[2]), house.a.scope("administrator")
    group = str(house.a.group)
    async with services.database.work(scope) as work:
        await see(work, connection, MappingKind.SUBJECT, {"77": "Алгебра", "78": ""})
        await see(work, connection, MappingKind.RESULT_KIND, ["Контрольная"])
        await see(work, connection, MappingKind.SUBJECT, {"78": "Физика"})
    waiting = (await admin.get(f"{at}/mappings", params={"unmapped": "true"})).json()["items"]
    assert [(each["kind"], each["source"], each["source_title"]) for each in waiting] == [
        ("result_kind", "Контрольная", ""),
        ("subject", "77", "Алгебра"),
        ("subject", "78", "Физика"),
    ]
    scale = (
        await house.clerk.post(f"{V1}/mark-scales", json={"name": "Пятибалльная", "known_values": [{"value": "5"}]})
    ).json()
    body: Json = {
        "mappings": [
            {"kind": "group", "source": "8А", "target_id": group},
            {"kind": "subject", "source": "78", "ignored": True},
            {"kind": "scale", "source": "mark5", "target_id": scale["id"]},
            {"kind": "relation", "source": "Mother", "target_word": "мать"},
        ]
    }
    assert (await admin.put(f"{at}/mappings", json=body)).json() == {"decided": 4}
    async with services.database.work(scope) as work:
        found = await decided(work, connection)
    assert {key: (str(each.id), each.word, each.ignored) for key, each in found.items()} == {
        ("group", "8А"): (group, None, False),
        ("subject", "78"): ("None", None, True),
        ("scale", "mark5"): (scale["id"], None, False),
        ("relation", "Mother"): ("None", "мать", False),
    }
    again = {"mappings": [{"kind": "subject", "source": "78"}]}
    await admin.put(f"{at}/mappings", json=again)
    waiting = (await admin.get(f"{at}/mappings", params={"unmapped": "true", "kind": "subject"})).json()["items"]
    assert [each["source"] for each in waiting] == ["77", "78"]
    unknown = (
        {"kind": "group", "target_id": str(house.other.group)},
        {"kind": "subject", "target_id": str(uuid4())},
        {"kind": "role", "target_word": "наставник"},
        {"kind": "document_kind", "target_word": "грамота"},
    )
    for strange in unknown:
        refused = await admin.put(f"{at}/mappings", json={"mappings": [{"source": "9", **strange}]})
        named = [strange.get("target_id") or strange["target_word"]]
        assert (code(refused), refused.json()["unknown"]) == ((422, "mapping_target_unknown"), named)
    both = {"mappings": [{"kind": "subject", "source": "1", "target_word": "x", "ignored": True}]}
    assert (await admin.put(f"{at}/mappings", json=both)).status_code == 422
    kind = (await house.clerk.post(f"{V1}/result-kinds", json={"name": "Ориентиры", "assessed": False})).json()["id"]
    for said in ("result_kind", "final_kind"):
        orientation = {"mappings": [{"kind": said, "source": "9", "target_id": kind}]}
        assert code(await admin.put(f"{at}/mappings", json=orientation)) == (422, "target_not_assessed")


ID, WORD = "target_id", "target_word"


@pytest.mark.parametrize(
    ("kind", "takes", "taken_as"),
    [
        ("subject", ID, "own"), ("group", ID, "own"), ("period", ID, "own"), ("scale", ID, "no_scale"),
        ("result_kind", ID, "usual"), ("final_kind", ID, "usual"), ("award_kind", ID, "no_kind"),
        ("attendance", WORD, "as_said"), ("relation", WORD, "as_said"), ("role", WORD, "no_role"),
        ("document_kind", WORD, "tray"),
    ],
)  # fmt: skip
def test_each_kind_takes_an_id_or_a_word_and_says_what_it_is_taken_for_until_then(
    kind: str, takes: str, taken_as: str
) -> None:
    said, target = MappingKind(kind), uuid4()
    require_effect([Decision(kind=said, source="1", target_id=target if takes == ID else None, ignored=takes != ID)])
    require_effect([Decision(kind=said, source="1", target_word="x" if takes == WORD else None)])
    wrong = Decision(
        kind=said, source="1", target_id=target if takes == WORD else None, target_word="x" if takes == ID else None
    )
    with pytest.raises(MappingWithoutEffect) as refused:
        require_effect([wrong])
    assert refused.value.facts["refused"] == [{"kind": kind, "source": "1", "takes": takes}]
    assert TAKEN_AS[said] == taken_as


async def test_what_needs_nobody_does_not_wait_and_words_stand_for_what_runs_then_read(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at, admin = await ready(house), house.of("administrator")
    connection, scope = UUID(at.rpartition("/")[2]), house.a.scope("administrator")
    door = RegistryConnections(services)
    seen = {
        EntityKind.FINAL_RESULTS: {"final_kind": {"year", "Exam", "Зачёт"}},
        EntityKind.ENROLMENTS: {"role": {"Classteacher", "учитель", "Наставник"}},
        EntityKind.FILES: {"document_kind": {"diploma", "грамота"}},
        EntityKind.ATTENDANCE: {"status": {"Absent"}},
        EntityKind.GUARDIANS: {"relation": {"Mother"}},
    }
    async with services.database.work(scope) as work:
        for kind, words in seen.items():
            await door.met(work, connection, kind, words)
        for kind, said in ((EntityKind.STUDY_PERIODS, "1 четверть"), (EntityKind.SUBJECTS, "Алгебра")):
            await door.note_objects(work, connection, kind, {"7": said, "8": said})
    await house.owner.execute(
        "INSERT INTO origins (id, institution_id, connection_id, stream, external_id, kind, entity_id, made, hash,"
        " mapped, raw, first_run_id, first_at, last_run_id, last_at) VALUES ($1, $2, $3, 'subjects', '8', 'subjects',"
        " $1, true, sha256('1'), '{}', '{}', $1, now(), $1, now())",
        uuid4(),
        house.a.id,
        connection,
    )
    waiting = (await admin.get(f"{at}/mappings", params={"unmapped": "true"})).json()["items"]
    assert [(each["kind"], each["source"]) for each in waiting] == [
        ("document_kind", "грамота"),
        ("final_kind", "Зачёт"),
        ("role", "Наставник"),
        ("subject", "7"),
    ]
    assert (await admin.get(f"{at}/diagnostics")).json()["unmapped"] == len(waiting)
    every = {(each["kind"], each["source"]): each for each in (await admin.get(f"{at}/mappings")).json()["items"]}
    assert every["subject", "8"]["standing"] == "brought"
    shown = {
        key: (each["standing"], each["taken_as"]) for key, each in every.items() if each["standing"] == "understood"
    }
    assert shown == {
        ("attendance", "Absent"): ("understood", "as_said"),
        ("period", "7"): ("understood", "own"),
        ("period", "8"): ("understood", "own"),
        ("relation", "Mother"): ("understood", "as_said"),
    }
    body: Json = {
        "mappings": [
            {"kind": "role", "source": "Наставник", "target_word": "class_teacher"},
            {"kind": "attendance", "source": "Absent", "target_word": "н"},
            {"kind": "document_kind", "source": "грамота", "target_word": "award"},
            {"kind": "document_kind", "source": "прочее", "ignored": True},
            {"kind": "relation", "source": "Mother", "ignored": True},
        ]
    }
    assert (await admin.put(f"{at}/mappings", json=body)).json() == {"decided": 5}
    async with services.database.work(scope) as work:
        meant = {kind: dict((await door.words(work, connection, kind)).fields) for kind in seen}
    assert meant[EntityKind.ENROLMENTS] == {"role": {"Наставник": {"meant_role": "class_teacher"}}}
    assert meant[EntityKind.ATTENDANCE] == {"status": {"Absent": {"status": "н"}}}
    assert meant[EntityKind.GUARDIANS] == {"relation": {"Mother": {}}}
    kinds = {"грамота": {"document_kind": "award"}, "прочее": {"document_kind": ""}}
    assert meant[EntityKind.FILES] == {"document_kind": kinds}
    enrolment = {"group": uuid4(), "staff": uuid4(), "role": "Наставник", "meant_role": "class_teacher"}
    columns = EnrolmentWriter().columns(enrolment)
    assert (columns["role"], columns["source_role"]) == ("class_teacher", "Наставник")
    # A host of files is proposed once, and not when it is confirmed already.
    await admin.put(f"{at}/file-hosts", json={"hosts": ["files.platform.test"]}, headers=ANY)
    for host in ("cdn.test", "cdn.test", "files.platform.test", ""):
        async with services.database.work(scope) as work:
            await door.propose_file_host(work, connection, host)
    assert (await admin.get(at)).json()["proposed_file_hosts"] == ["cdn.test"]
    assert (await house.actions()).count("connection.file_host_proposed") == 1


async def test_files_are_given_read_and_taken_away(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at, admin = await ready(house), house.of("administrator")
    connection, scope = UUID(at.rpartition("/")[2]), house.a.scope("administrator")
    given = await admin.post(f"{at}/files", params={"file_name": "C:\\Списки\\5А.csv"}, content="ФИО;Класс".encode())
    assert (given.status_code, given.json()["name"], given.json()["size"]) == (201, "5А.csv", 17), given.text
    twice = await admin.post(f"{at}/files", params={"file_name": "other.csv"}, content="ФИО;Класс".encode())
    assert (code(twice), twice.json()["file_id"]) == ((409, "given_file_twice"), given.json()["id"])
    house.app.state.connections = services
    async with files_for_a_run(services, scope, connection) as (file,):
        assert (file.name, file.path.read_text(), file.id) == ("5А.csv", "ФИО;Класс", given.json()["id"])
        folder = file.path.parent
    assert not folder.exists()
    (entry,) = [entry async for entry in services.vault.versions("given/")]
    await services.vault.destroy(entry.key)
    with pytest.raises(GivenFileDamaged):
        async with files_for_a_run(services, scope, connection):
            pass
    assert len((await admin.get(f"{at}/files")).json()["items"]) == 1

    assert (await admin.delete(f"{at}/files/{given.json()['id']}")).status_code == 204
    assert code(await admin.delete(f"{at}/files/{given.json()['id']}")) == (404, "not_found")
    assert (await admin.get(f"{at}/files")).json()["items"] == []
    assert await empty_removed_files(services) == 1
    assert await empty_removed_files(services) == 0
    assert [entry async for entry in services.vault.versions("given/")] == []
    anew = await admin.post(f"{at}/files", params={"file_name": "5А.csv"}, content="ФИО;Класс".encode())
    assert anew.status_code == 201
