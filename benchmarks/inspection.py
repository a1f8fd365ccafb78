"""How many 300 KiB PDFs a second `deloteka inspect` checks; the promise is 40 on two cores.

Run: `python benchmarks/inspection.py [FILES]`.
"""

import asyncio
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image

from core.inspection.pipeline import InspectionService
from core.kernel.sandbox import Sandbox, SandboxSettings

SIZE = 300 << 10
PLUGINS = ("pdf", "images", "media_type")
PROMISE = 40


def scan(seed: int) -> bytes:
    """A page of 300 KiB: one JPEG picture, as a scanner writes it."""
    noise = random.Random(seed).randbytes(414 * 585 * 3)
    picture = Image.frombytes("RGB", (414, 585), noise).resize((1240, 1754))
    low, high = 5, 95
    jpeg = b""
    while low <= high:
        quality = (low + high) // 2
        target = io.BytesIO()
        picture.save(target, "JPEG", quality=quality)
        if target.tell() <= SIZE:
            jpeg, low = target.getvalue(), quality + 1
        else:
            high = quality - 1
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(595, 842))
        image = document.make_stream(jpeg + bytes(SIZE - len(jpeg)))
        image.stream_dict = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=1240,
            Height=1754,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        page.Resources = Dictionary(XObject=Dictionary(Im0=image))
        page.Contents = document.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
        written = io.BytesIO()
        document.save(written)
        return written.getvalue()


def command(paths: list[Path]) -> float:
    """Files a second of the whole command, its start included."""
    names = "\n".join(map(str, paths)).encode()
    started = time.perf_counter()
    program = [sys.executable, "-c", "from core.cli import main; main()", "inspect", "--json", "-"]
    answer = subprocess.run(program, input=names, capture_output=True, check=True)  # noqa: S603  our own command
    lines = answer.stdout.splitlines()
    elapsed = time.perf_counter() - started
    if [json.loads(line)["verdict"] for line in lines] != ["accepted"] * len(paths):
        sys.exit("a sound file was not accepted")
    return len(paths) / elapsed


def bare(paths: list[Path]) -> float:
    """Files a second of pikepdf alone, in one process without limits, as a yardstick."""
    started = time.perf_counter()
    for path in paths:
        with pikepdf.open(path) as document:
            len(document.pages)
    return len(paths) / (time.perf_counter() - started)


async def processor(paths: list[Path]) -> tuple[float, float]:
    """Milliseconds of processor time a file, in the asking process and in the server with its children."""
    async with Sandbox(SandboxSettings(plugins=PLUGINS)) as sandbox:
        service = InspectionService(sandbox)
        await service.inspect(paths[0], paths[0].name)
        asking, serving = _self(), _server(sandbox.server_pid)
        turns = asyncio.Semaphore(4)

        async def one(path: Path) -> None:
            async with turns:
                await service.inspect(path, path.name)

        await asyncio.gather(*map(one, paths))
        return (_self() - asking) * 1000 / len(paths), (_server(sandbox.server_pid) - serving) * 1000 / len(paths)


def _self() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _server(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / 100


def main(files: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sample = [scan(seed) for seed in range(4)]
        paths = [Path(folder) / f"{number}.pdf" for number in range(files)]
        for number, path in enumerate(paths):
            path.write_bytes(sample[number % len(sample)])
        whole, yardstick = command(paths), bare(paths)
        asking, serving = asyncio.run(processor(paths))
    print(f"deloteka inspect: {whole:.0f} files a second ({whole / PROMISE:.1f} of the {PROMISE} promised)")
    print(f"bare pikepdf.open: {yardstick:.0f} files a second; the whole check is {whole / yardstick:.3f} of it")
    print(f"processor time a file: {asking:.2f} ms asking, {serving:.2f} ms in the server and its children")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
