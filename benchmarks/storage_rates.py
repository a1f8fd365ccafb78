"""The vault against the bare client on the same embedded store: puts of 300 KiB, one large put, one large download.

Run: python benchmarks/storage_rates.py [--large-mib 1024] [--small 800]
"""

import argparse
import asyncio
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

from minio import Minio

from storage.digest import sha256_of, sha256_of_file
from storage.embedded import EmbeddedStore
from storage.keys import original_key
from storage.s3 import MAX_TRANSFERS, S3Address, S3Vault

MIB = 1024 * 1024
PAGE = resource.getpagesize()


def new_key() -> str:
    return original_key(uuid4(), uuid4(), uuid4())


def bare_client(address: S3Address) -> Minio:
    return Minio(
        urlsplit(address.endpoint).netloc,
        access_key=address.access_key,
        secret_key=address.secret_key,
        secure=False,
        region=address.region,
    )


class PeakMemory:
    """How far the resident memory of this process grows while a block runs."""

    def __enter__(self) -> Self:
        self._start = self._now()
        self.growth = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.growth = max(self.growth, self._now() - self._start)

    @staticmethod
    def _now() -> int:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def small_files(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"small-{number}" for number in range(count)]
    for path in paths:
        path.write_bytes(os.urandom(300 * 1024))
    return paths


async def small_puts(vault: S3Vault, client: Minio, paths: list[Path]) -> None:
    described = [(path, sha256_of(path.read_bytes()), path.stat().st_size) for path in paths]
    gate = asyncio.Semaphore(MAX_TRANSFERS)

    async def put(path: Path, sha256: str, size: int) -> None:
        async with gate:
            await vault.put(new_key(), path, sha256=sha256, size=size, media_type="application/pdf")

    def bare() -> None:
        with ThreadPoolExecutor(MAX_TRANSFERS) as pool:
            list(pool.map(lambda path: client.fput_object(vault.address.bucket, new_key(), str(path)), paths))

    ratios = []
    for _ in range(3):
        bare_seconds = await asyncio.to_thread(timed, bare)
        start = time.perf_counter()
        await asyncio.gather(*(put(*each) for each in described))
        seconds = time.perf_counter() - start
        ratios.append(bare_seconds / seconds)
        print(f"  bare {len(paths) / bare_seconds:.0f}/s, vault {len(paths) / seconds:.0f}/s")
    print(f"300 KiB puts, {MAX_TRANSFERS} at a time: {sorted(ratios)[1]:.2f} of the bare client")


async def large_object(vault: S3Vault, client: Minio, folder: Path, size: int) -> None:
    source = folder / "large"
    with source.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    sha256, size = sha256_of_file(source)
    bucket, bare_key = vault.address.bucket, new_key()
    bare_put = await asyncio.to_thread(timed, lambda: client.fput_object(bucket, bare_key, str(source)))
    key = new_key()
    with PeakMemory() as put_memory:
        start = time.perf_counter()
        await vault.put(key, source, sha256=sha256, size=size, media_type="video/mp4")
        vault_put = time.perf_counter() - start
    print(
        f"put of {size // MIB} MiB with read-back: {bare_put / vault_put:.2f} of the bare client "
        f"({size / MIB / bare_put:.0f} and {size / MIB / vault_put:.0f} MiB/s), "
        f"memory +{put_memory.growth / MIB:.0f} MiB"
    )

    def bare_get() -> None:
        response = client.get_object(bucket, bare_key)
        while response.read(MIB):
            pass
        response.release_conn()

    bare_seconds = await asyncio.to_thread(timed, bare_get)
    with PeakMemory() as get_memory:
        start = time.perf_counter()
        async with vault.open(key) as stream:
            total = sum([len(chunk) async for chunk in stream])
        seconds = time.perf_counter() - start
    print(
        f"download of {total // MIB} MiB: {bare_seconds / seconds:.2f} of the bare client "
        f"({size / MIB / bare_seconds:.0f} and {size / MIB / seconds:.0f} MiB/s), "
        f"memory +{get_memory.growth / MIB:.0f} MiB"
    )


async def main(large_mib: int, small: int) -> None:
    with tempfile.TemporaryDirectory(prefix="storage-rates-") as name:
        folder = Path(name)
        async with EmbeddedStore(folder / "store") as store, await store.open_vault() as vault:
            client = bare_client(vault.address)
            await small_puts(vault, client, small_files(folder, small))
            await large_object(vault, client, folder, large_mib * MIB)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large-mib", type=int, default=1024)
    parser.add_argument("--small", type=int, default=800)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.large_mib, chosen.small))
