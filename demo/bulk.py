"""Many or large files, cheaply: scan-like PDFs of a wanted size, and a video of any size."""

import hashlib
import struct
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from demo import packing, wear
from demo.people import graduate
from demo.sheets import data_of
from demo.typesetting import rasterised, typeset

_DPI = 100
_MOST_PAGES = 250
_PAGE_OVERHEAD, _FILE_OVERHEAD = 520, 420
_LONGEST_COMMENT = 65_533 - 2
_BLOCK = 1 << 20
_PIECES_OF_BLOCK = 4
_VIDEO_HEAD = 32 + 116 + 16
_KIB = 1024

ReadyPage = tuple[bytes, tuple[int, int]]


def pdf_of_size(kib: int, seed: int) -> bytes:
    """A valid PDF of scanned pages of about `kib` KiB: real pictures, the rest filled up in JPEG comments.

    Below about 20 KiB it is one small page and may be larger than wanted. Other seeds give other bytes.
    """
    random = Random(f"{kib} {seed}")
    mark = hashlib.sha256(f"{kib} {seed}".encode()).hexdigest()[:32]
    room = kib * _KIB - _FILE_OVERHEAD
    smallest, *stock = _ready_pages()
    pages: list[ReadyPage] = []
    while len(pages) < _MOST_PAGES:
        fitting = [page for page in stock if len(page[0]) + _PAGE_OVERHEAD <= room]
        if not fitting:
            break
        best = fitting[-2:] if room < len(stock[-1][0]) * _MOST_PAGES / 2 else fitting[-1:]
        pages.append(random.choice(best))
        room -= len(pages[-1][0]) + _PAGE_OVERHEAD
    pages = pages or [smallest]
    content, size = pages[-1]
    pages[-1] = (_with_comments(content, random.randbytes(max(room, 32))), size)
    return packing.pdf_of_ready_jpegs(pages, _DPI, f"Scan {seed}", mark)


def _with_comments(jpeg: bytes, filling: bytes) -> bytes:
    """The JPEG with bytes that no decoder shows, behind its JFIF header."""
    behind_header = 4 + int.from_bytes(jpeg[4:6], "big")
    pieces = [filling[start : start + _LONGEST_COMMENT] for start in range(0, len(filling), _LONGEST_COMMENT)]
    comments = b"".join(b"\xff\xfe" + struct.pack(">H", len(piece) + 2) + piece for piece in pieces)
    return jpeg[:behind_header] + comments + jpeg[behind_header:]


@lru_cache(maxsize=1)
def _ready_pages() -> tuple[ReadyPage, ...]:
    """Worn grey pages from small to large, made once a process."""
    rng = np.random.default_rng(7)
    person = graduate(7)
    ready: list[ReadyPage] = []
    for template in ("note", "transcript"):
        sheet = rasterised(typeset(template, data_of(person), person.issued_on), _DPI)[0]
        for quality in (25, 60, 88):
            picture = wear.scanned(sheet, rng, grey=True)
            ready.append((packing.jpeg(picture, quality), picture.size))
    small = Image.new("L", (200, 280), 244)
    ready.append((packing.jpeg(small, 40), small.size))
    return tuple(sorted(ready, key=lambda page: len(page[0])))


def large_video(path: Path, size: int, seed: int) -> None:
    """Write a file of exactly `size` bytes that is signed as MP4; its frames are noise.

    Raises:
        ValueError: There is no room for the boxes an MP4 begins with.
    """
    if size < _VIDEO_HEAD:
        message = f"An MP4 needs at least {_VIDEO_HEAD} bytes, not {size}"
        raise ValueError(message)
    rng = np.random.default_rng(seed)
    pieces = [rng.bytes(_BLOCK) for _ in range(_PIECES_OF_BLOCK)]
    with path.open("wb") as file:
        file.write(_video_head(size))
        left, number = size - _VIDEO_HEAD, 0
        while left > 0:
            # a running number in every block, so that no two blocks of a file are equal
            block = struct.pack(">QQ", seed, number) + pieces[number % _PIECES_OF_BLOCK][16:]
            file.write(block[:left])
            left -= len(block)
            number += 1


def _video_head(size: int) -> bytes:
    brands = b"isom\x00\x00\x02\x00isomiso2avc1mp41"
    movie_header = struct.pack(">4xIIII", 0, 0, 1000, 60_000) + bytes(76) + struct.pack(">I", 2)
    header_box = struct.pack(">I4s", 8 + len(movie_header), b"mvhd") + movie_header
    movie = struct.pack(">I4s", 8 + len(header_box), b"moov") + header_box
    media = struct.pack(">I4sQ", 1, b"mdat", size - _VIDEO_HEAD + 16)
    return struct.pack(">I4s", 8 + len(brands), b"ftyp") + brands + movie + media
