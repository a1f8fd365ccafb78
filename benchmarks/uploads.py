"""Promise: 300 KiB PDFs, 16 at a time, through the API with every check, at 0.35 of bare PUTs or more (aim: 0.5).

Previews and other jobs run meanwhile, as they do in use, and are waited for before anything is put bare again; how long
they run on is printed beside it.

Run: python -m benchmarks.uploads [--count 600] [--rounds 3]
"""

import argparse
import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import uuid4

import asyncpg

from benchmarks.desk import Bench, bench, read_json
from demo.scans import pdf_of_size

AT_A_TIME = 16
KIB = 300


def rate(action: Callable[[bytes], object], files: Sequence[bytes]) -> float:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        begun = time.perf_counter()
        list(pool.map(action, files))
        return len(files) / (time.perf_counter() - begun)


def through_the_api(place: Bench) -> Callable[[bytes], object]:
    own = threading.local()
    headers = place.headers(**{"Content-Type": "application/pdf"})

    def upload(content: bytes) -> object:
        if not hasattr(own, "connection"):
            own.connection = place.connect()
        own.connection.request("POST", place.upload_path("scan.pdf"), body=content, headers=headers)
        return read_json(own.connection, 201)

    return upload


def bare(place: Bench) -> Callable[[bytes], object]:
    client, bucket = place.bare_client()

    def put(content: bytes) -> object:
        return client.put_object(bucket, f"bare/{uuid4()}", BytesIO(content), len(content), "application/pdf")

    return put


def wait_for_jobs(place: Bench) -> None:
    """Return when no job is left."""
    while asyncio.run(_jobs_left(place.service.addresses()["DELOTEKA_DATABASE__OWNER_URL"])):
        time.sleep(0.2)


async def _jobs_left(url: str) -> bool:
    owner = await asyncpg.connect(url)
    left: bool = await owner.fetchval("SELECT EXISTS (SELECT FROM jobs WHERE state IN ('queued', 'running'))")
    await owner.close()
    return left


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    ratios = []
    with bench() as place:
        upload, put = through_the_api(place), bare(place)
        rate(upload, [pdf_of_size(KIB, 900_000 + number) for number in range(64)])
        wait_for_jobs(place)
        for turn in range(chosen.rounds):
            files = [pdf_of_size(KIB, turn * chosen.count + number) for number in range(chosen.count)]
            alone, ours = rate(put, files), rate(upload, files)
            ratios.append(ours / alone)
            begun = time.perf_counter()
            wait_for_jobs(place)
            later = time.perf_counter() - begun
            print(f"  bare {alone:.0f}/s, API {ours:.0f}/s: {ours / alone:.2f}; jobs {later:.0f} s more", flush=True)
    print(f"uploads of {KIB} KiB, {AT_A_TIME} at a time: {statistics.median(ratios):.2f} of bare PUTs (promised 0.35)")


if __name__ == "__main__":
    main()
