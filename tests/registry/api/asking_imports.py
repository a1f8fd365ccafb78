"""Valid requests to the addresses of imports, on rows as runs leave them."""

import hashlib
import json
from typing import Final
from uuid import UUID, uuid4

from storage.keys import given_file_key
from tests.registry.api.asking_connections import connected
from tests.registry.api.world import V1, Ask, Sample, World, made, plain
from tests.registry.documents.papers import text

_SAID: Final = {"family_name": "Тезкина", "given_name": "Вера"}
_FILE: Final = {"file_name": "грамота.txt"}


async def new_run(world: World) -> Ask:
    return Ask(json={"connection_id": await connected(world), "mode": "retry"})


async def _run(world: World) -> tuple[str, str]:
    ask = await new_run(world)
    answer = await world.house.of("administrator").post(f"{V1}/import-runs", json=ask.json)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["connection_id"]


async def run(world: World) -> Ask:
    return Ask(ids={"run_id": (await _run(world))[0]})


async def bookmarks(world: World) -> Ask:
    return Ask(ids={"connection_id": await connected(world)})


async def reset(world: World) -> Ask:
    return Ask(ids={"connection_id": await connected(world)}, json={"stream": "marks"})


async def letter(world: World) -> Ask:
    connection, letter_id = await connected(world), uuid4()
    await world.house.owner.execute(
        "INSERT INTO import_letters (id, institution_id, connection_id, run_id, stream, partition, kind, external_id,"
        " class, reason, first_at, last_at) VALUES ($1, $2, $3, $1, 'marks', '', 'results', 'm1', 'record', 'odd',"
        " now(), now())",
        letter_id,
        world.house.a.id,
        connection,
    )
    return Ask(ids={"letter_id": letter_id})


async def dismissed(world: World) -> Ask:
    return Ask(ids=(await letter(world)).ids, json={"note": "Демонстрационная запись"})


async def _proposal(world: World) -> tuple[str, str]:
    connection, proposal = await connected(world), uuid4()
    person = await world.house.owner.fetchval(
        "INSERT INTO people (id, institution_id, family_name, given_name, sort_key, created_at)"
        " VALUES (gen_random_uuid(), $1, 'Тезкина', 'Вера', 'тезкина вера', now()) RETURNING id",
        world.house.a.id,
    )
    await world.house.owner.execute(
        "INSERT INTO import_proposals (id, institution_id, connection_id, run_id, stream, partition, kind, external_id,"
        " candidates, hash, mapped, raw, raised_at) VALUES ($1, $2, $3, $1, 'learners', '', 'learners', '1', $4,"
        " sha256('1'), $5, '{}', now())",
        proposal,
        world.house.a.id,
        connection,
        json.dumps([{"entity_id": str(person), "alike": ["family_name"]}]),
        json.dumps(_SAID),
    )
    return str(proposal), str(person)


async def proposal(world: World) -> Ask:
    return Ask(ids={"proposal_id": (await _proposal(world))[0]})


async def candidate(world: World) -> Ask:
    proposal_id, person = await _proposal(world)
    return Ask(ids={"proposal_id": proposal_id}, json={"person_id": person})


async def decided(world: World) -> Ask:
    ask = await candidate(world)
    path = f"{V1}/person-proposals/{ask.ids['proposal_id']}/confirmation"
    answer = await world.house.clerk.post(path, json=ask.json)
    assert answer.status_code == 200, answer.text
    return Ask(ids=ask.ids, json={})


async def conflict(world: World) -> Ask:
    ask = await decided(world)
    conflict_id = await world.house.owner.fetchval(
        "INSERT INTO origin_conflicts (id, institution_id, kind, entity_id, field, origin_id, source_value, hand_value,"
        " raised_at) SELECT gen_random_uuid(), o.institution_id, o.kind, o.entity_id, 'family_name', o.id,"
        " '\"Тезкина\"', '\"Иная\"', now() FROM origins o JOIN import_proposals p ON p.entity_id = o.entity_id"
        " WHERE p.id = $1 RETURNING id",
        ask.ids["proposal_id"],
    )
    return Ask(ids={"conflict_id": conflict_id}, json={"take": True})


async def origin(world: World) -> Ask:
    ask = await decided(world)
    person = await world.house.owner.fetchval(
        "SELECT entity_id FROM import_proposals WHERE id = $1", ask.ids["proposal_id"]
    )
    return Ask(ids={"kind": "learners", "entity_id": person})


async def tray_file(world: World) -> Ask:
    file_id, content = uuid4(), text()
    key = given_file_key(world.house.a.id, uuid4(), file_id)
    path = world.house.services.documents.scratch / str(file_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    digest = hashlib.sha256(content)
    stored = await world.house.services.vault.put(
        key, path, sha256=digest.hexdigest(), size=len(content), media_type="text/plain"
    )
    await world.house.owner.execute(
        "INSERT INTO import_files (id, institution_id, said, state, reason, object_key, storage_version_id, sha256,"
        " received_size, media_type, created_at) VALUES ($1, $2, $3, 'tray', 'holder_unknown', $4, $5, $6, $7,"
        " 'text/plain', now())",
        file_id,
        world.house.a.id,
        json.dumps(_FILE),
        key,
        stored.version_id,
        digest.digest(),
        len(content),
    )
    return Ask(ids={"file_id": file_id})


async def assigned(world: World) -> Ask:
    ask = await tray_file(world)
    holder = await world.house.learner()
    return Ask(ids=ask.ids, json={"personal_file_id": str(holder), "kind": "award"})


async def refused(world: World) -> Ask:
    """Of a file that is known to be no held person's."""
    ask, person = await tray_file(world), UUID(await world.person())
    await world.house.owner.execute("UPDATE import_files SET person_id = $2 WHERE id = $1", ask.ids["file_id"], person)
    return Ask(ids=ask.ids, json={"reason": "Не относится к учреждению"})


_RUN: Final = f"{V1}/import-runs/{{run_id}}"
_LETTER: Final = f"{V1}/dead-letters/{{letter_id}}"
_PROPOSAL: Final = f"{V1}/person-proposals/{{proposal_id}}"
_FILE_AT: Final = f"{V1}/import-tray/{{file_id}}"

SAMPLES: Final[dict[str, Sample]] = {
    f"GET {V1}/import-runs": plain(),
    f"POST {V1}/import-runs": made(new_run),
    f"GET {_RUN}": made(run),
    f"POST {_RUN}/cancellation": made(run),
    f"GET {_RUN}/differences": made(run),
    f"GET {V1}/connections/{{connection_id}}/bookmarks": made(bookmarks),
    f"POST {V1}/connections/{{connection_id}}/bookmark-reset": made(reset),
    f"GET {V1}/dead-letters": plain(),
    f"POST {_LETTER}/retry": made(letter),
    f"POST {_LETTER}/dismissal": made(dismissed),
    f"GET {V1}/person-proposals": plain(),
    f"POST {_PROPOSAL}/confirmation": made(candidate),
    f"POST {_PROPOSAL}/new-person": made(proposal),
    f"POST {_PROPOSAL}/rejection": made(candidate),
    f"POST {_PROPOSAL}/undoing": made(decided),
    f"GET {V1}/import-conflicts": plain(),
    f"POST {V1}/import-conflicts/{{conflict_id}}/settlement": made(conflict),
    f"GET {V1}/import-tray": plain(),
    f"GET {_FILE_AT}": made(tray_file),
    f"POST {_FILE_AT}/assignment": made(assigned),
    f"POST {_FILE_AT}/refusal": made(refused),
    f"GET {V1}/provenance/{{kind}}/{{entity_id}}": made(origin),
}
