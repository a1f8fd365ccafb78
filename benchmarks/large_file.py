"""Promise: 1 GiB in at 0.6 of a bare PUT and out at 0.7 of a bare GET, memory of an API process +64 MiB at most.

Run: python -m benchmarks.large_file [--mib 1024] [--rounds 3]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from benchmarks.desk import Bench, bench, read_json
from benchmarks.memory import PeakMemory, processes_below
from demo.scans import large_video

MIB = 1024 * 1024


def put_through_the_api(place: Bench, source: Path) -> tuple[float, str]:
    connection = place.connect()
    headers = place.headers(**{"Content-Type": "video/mp4", "Content-Length": str(source.stat().st_size)})
    begun = time.perf_counter()
    with source.open("rb") as file:
        connection.request("POST", place.upload_path("film.mp4", "creative_work"), body=file, headers=headers)
        document = read_json(connection, 201)
    return time.perf_counter() - begun, document["id"]


def get_through_the_api(place: Bench, document: str) -> float:
    connection = place.connect()
    begun = time.perf_counter()
    connection.request("GET", f"/api/v1/documents/{document}/content", headers=place.headers())
    answer = connection.getresponse()
    while answer.read(MIB):
        pass
    return time.perf_counter() - begun


def bare(place: Bench, source: Path) -> tuple[float, float]:
    client, bucket = place.bare_client()
    key = f"bare/{uuid4()}"
    begun = time.perf_counter()
    client.fput_object(bucket, key, str(source))
    put = time.perf_counter() - begun
    begun = time.perf_counter()
    answer = client.get_object(bucket, key)
    while answer.read(MIB):
        pass
    answer.release_conn()
    return put, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    puts, gets, growth = [], [], [0]
    with tempfile.TemporaryDirectory() as folder, bench({"DELOTEKA_SERVICE__PROCESSES": "1"}) as place:
        api = [pid for pid, command in processes_below(place.service.pid) if " api " in f"{command} "]
        for turn in range(chosen.rounds):
            source = Path(folder) / f"film-{turn}.mp4"
            large_video(source, chosen.mib * MIB, turn)
            bare_put, bare_get = bare(place, source)
            with PeakMemory(api) as putting:
                put, document = put_through_the_api(place, source)
            with PeakMemory(api) as getting:
                get = get_through_the_api(place, document)
            source.unlink()
            puts.append(bare_put / put)
            gets.append(bare_get / get)
            growth += [putting.growth, getting.growth]
            print(f"  in: bare {bare_put:.1f} s, API {put:.1f} s; out: bare {bare_get:.1f} s, API {get:.1f} s")
    print(f"upload of {chosen.mib} MiB: {statistics.median(puts):.2f} of a bare PUT (promised 0.6)")
    print(f"download of {chosen.mib} MiB: {statistics.median(gets):.2f} of a bare GET (promised 0.7)")
    print(f"memory of the API process: +{max(growth) // MIB} MiB (promised 64)")


if __name__ == "__main__":
    main()
