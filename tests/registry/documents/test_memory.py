"""Large files stream through: what they need of memory does not grow with them."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from demo.scans import large_video
from tests.registry.documents.papers import DOCUMENTS, NOTE
from tests.registry.documents.running import RunningApi
from tests.registry_house import House

SIZE = 128 * 2**20
MOST = 64 * 2**20


async def chunks_of(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(2**18):
            yield chunk


async def test_a_file_of_128_mib_is_kept_and_read_within_64_mib_of_memory(house: House, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    large_video(path, SIZE, 1)
    query = {"kind": "creative_work", "file_name": "film.mp4", "group_id": str(house.a.group)}
    async with RunningApi(house) as api:
        small = await api.client.post(DOCUMENTS, params=query | {"file_name": "a.txt"}, content=NOTE)
        assert (await api.client.get(small.headers["Location"] + "/content")).content == NOTE
        before = api.memory()
        answer = await api.client.post(
            DOCUMENTS, params=query, content=chunks_of(path), headers={"Content-Length": str(SIZE)}
        )
        assert answer.status_code == 201, answer.text
        assert api.peak() - before <= MOST
        before = api.memory()
        digest = hashlib.sha256()
        async with api.client.stream("GET", answer.headers["Location"] + "/content") as stream:
            async for chunk in stream.aiter_bytes():
                digest.update(chunk)
        assert api.peak() - before <= MOST
    assert digest.hexdigest() == answer.json()["version"]["sha256"] == _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
