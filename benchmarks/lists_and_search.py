"""Promise: a page of 50 among 100,000 documents, people or personal files within 30 ms (p95), a search within 150 ms.

Rows are written straight into the database; requests go through the whole API over loopback, one at a time.

Run: python -m benchmarks.lists_and_search [--documents 100000] [--requests 200]
"""

import argparse
import asyncio
import http.client
import random
import statistics
import time
from urllib.parse import quote
from uuid import UUID

import asyncpg

from benchmarks.desk import Bench, bench, read_json
from core.bootstrap.clock import system_clock
from core.bootstrap.parts import APPS
from core.kernel.database.connection import Database
from core.kernel.scope import Scope
from core.search.entries import SearchEntry, put_entry

_BATCH = 1_000
_NOUNS = ("documents", "people", "personal-files")
_WORDS = [
    "диплом",
    "аттестат",
    "удостоверение",
    "грамота",
    "справка",
    "приказ",
    "заявление",
    "программа",
    "курс",
    "педагогика",
    "экономика",
    "право",
    "история",
    "математика",
    "химия",
    "физика",
    "логистика",
    "сварщик",
    "повар",
    "бухгалтер",
    "образцова",
    "примерова",
    "тестова",
    "учебный",
    "центр",
    "пример",
]
_FILL = """
INSERT INTO documents (id, institution_id, personal_file_id, kind, state, title, number, uploaded_by, created_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $2,
       (ARRAY['diploma', 'award', 'order', 'other'])[1 + n % 4], 'kept', 'Документ ' || n, n::text, $3,
       now() - make_interval(secs => n)
  FROM generate_series(1, $4::integer) AS n
"""
_VERSIONS = """
INSERT INTO document_versions (id, institution_id, document_id, ordinal, holder_id, object_key, storage_version_id,
  sha256, size, state, verdict, media_type, file_name, findings, facts, proposal, uploaded_by, uploaded_at)
SELECT gen_random_uuid(), institution_id, id, 1, personal_file_id, 'bench/' || id, 'v', sha256(id::text::bytea), 1,
       'kept', 'accepted', 'application/pdf', 'scan.pdf', '[]', '{}', '{}', uploaded_by, created_at
  FROM documents WHERE institution_id = $1
"""
_PEOPLE = """
INSERT INTO people (id, institution_id, family_name, given_name, patronymic, sort_key, created_at)
SELECT ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, $1, 'Образцова', 'Вера', 'Павловна',
       'образцова вера павловна ' || n % 5000, now()
  FROM generate_series(1, $2::integer) AS n
"""
_FILES = """
INSERT INTO personal_files (id, institution_id, person_id, number, opened_on, created_at)
SELECT ('01900000-0000-7000-8002-' || lpad(to_hex(n), 12, '0'))::uuid, $1,
       ('01900000-0000-7000-8001-' || lpad(to_hex(n), 12, '0'))::uuid, 'Л-' || n, '2026-01-12', now()
  FROM generate_series(1, $2::integer) AS n
"""


async def fill(place: Bench, count: int) -> None:
    addresses = place.service.addresses()
    owner = await asyncpg.connect(addresses["DELOTEKA_DATABASE__OWNER_URL"])
    institution = await owner.fetchval("SELECT id FROM institutions")
    account = await owner.fetchval("SELECT id FROM accounts WHERE login = 'bench-clerk'")
    await owner.execute(_FILL, institution, UUID(place.personal_file), account, count)
    await owner.execute(_VERSIONS, institution)
    await owner.execute(_PEOPLE, institution, count)
    await owner.execute(_FILES, institution, count)
    await index_all(addresses["DELOTEKA_DATABASE__URL"], institution, count)
    await owner.execute("ANALYZE")
    await owner.close()


async def index_all(url: str, institution: UUID, count: int) -> None:
    """Write search entries as the service does."""
    rng = random.Random(1)
    database = Database(url, apps=APPS, clock=system_clock)
    await database.open()
    for start in range(1, count + 1, _BATCH):
        async with database.work(Scope(institution_id=institution)) as work:
            for number in range(start, min(start + _BATCH, count + 1)):
                words = " ".join(rng.choices(_WORDS, k=6))
                key = UUID(f"01900000-0000-7000-8000-{number:012x}")
                entry = SearchEntry(
                    object_type="document", object_id=key, title=words, names=words, numbers=(str(number),)
                )
                await put_entry(work, entry)
    await database.close()


def p95(place: Bench, paths: list[str]) -> tuple[float, float]:
    connection: http.client.HTTPConnection = place.connect()
    seconds = []
    for path in paths:
        begun = time.perf_counter()
        connection.request("GET", path, headers=place.headers())
        read_json(connection, 200)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=20)[-1] * 1000


def pages(place: Bench, noun: str, count: int) -> list[str]:
    first = f"/api/v1/{noun}?limit=50"
    connection, path = place.connect(), first
    found: list[str] = []
    while len(found) < count:
        found.append(path)
        connection.request("GET", path, headers=place.headers())
        following = read_json(connection, 200)["next"]
        path = f"{first}&cursor={following}" if following else first
    return found


def questions(count: int) -> list[str]:
    rng = random.Random(2)
    asked = []
    for number in range(count):
        words = rng.choices(_WORDS, k=1 + number % 3)
        if number % 5 == 0:
            words[0] = words[0][:3] + words[0][4:]
        asked.append(f"/api/v1/search?q={quote(' '.join(words))}")
    return asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=200)
    chosen = parser.parse_args()
    with bench() as place:
        asyncio.run(fill(place, chosen.documents))
        empty = p95(place, ["/api/v1/documents?limit=1&kind=consent"] * chosen.requests)
        listed = {noun: p95(place, pages(place, noun, chosen.requests)) for noun in _NOUNS}
        searched = p95(place, questions(chosen.requests))
    print(f"  an empty list: median {empty[0]:.0f} ms, p95 {empty[1]:.0f} ms")
    for noun, (median, slow) in listed.items():
        print(
            f"page of 50 among {chosen.documents:,} {noun}: median {median:.0f} ms, p95 {slow:.0f} ms (promised 30);"
            f" {median / empty[0]:.1f} of an empty list"
        )
    print(f"search among {chosen.documents:,}: median {searched[0]:.0f} ms, p95 {searched[1]:.0f} ms (promised 150)")


if __name__ == "__main__":
    main()
