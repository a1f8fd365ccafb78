"""Generated scans of documents of plainly invented people; the same seed gives the same bytes.

    python -m demo.scans FOLDER --count N

writes a set of files and a list of them, `scans.jsonl`: one JSON object a line.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random

import click
import numpy as np
from PIL import Image

from demo import packing, wear
from demo.bulk import large_video, pdf_of_size
from demo.people import Graduate, graduate
from demo.sheets import data_of, sheets
from demo.typesetting import typeset

__all__ = [
    "MAKERS",
    "Scan",
    "advanced_training_scan",
    "award_photo",
    "award_scan",
    "diploma_scan",
    "large_video",
    "note_original",
    "note_scan",
    "pdf_of_size",
    "scan_set",
    "trade_certificate_scan",
]

_DPI = 200
_PHOTO_SIZE = (2160, 2880)


@dataclass(frozen=True, slots=True)
class Scan:
    """A file as a clerk holds it, and what a person can read in it."""

    file_name: str
    media_type: str
    content: bytes
    facts: Mapping[str, str | int]
    """`kind`, `surname`, `given_name`, `patronymic`, `birth_date`, `issued_by`, `programme`, `hours`, `series`,
    `number`, `registration_number`, `issued_on` and `pages`, as far as the paper shows them; dates in ISO 8601.
    Names are those of the service's kinds and fields of documents."""


def diploma_scan(seed: int) -> Scan:
    """A diploma of retraining (диплом о профессиональной переподготовке): cover, inside, appendix; colour PDF."""
    person, rng = graduate(seed), _rng("diploma", seed)
    titles = {"title": "ДИПЛОМ", "subtitle": "О ПРОФЕССИОНАЛЬНОЙ ПЕРЕПОДГОТОВКЕ"}
    pages = [
        wear.scanned(sheet, rng)
        for template in ("cover", "spread", "transcript")
        for sheet in sheets(template, person, _DPI, rng, **titles)
    ]
    return _scanned_pdf("diploma", "Диплом", person, pages=pages, seed=seed)


def advanced_training_scan(seed: int) -> Scan:
    """A certificate of advanced training (удостоверение о повышении квалификации): one sheet; colour PDF."""
    person, rng = graduate(seed), _rng("advanced", seed)
    titles = {"title": "УДОСТОВЕРЕНИЕ", "subtitle": "О ПОВЫШЕНИИ КВАЛИФИКАЦИИ"}
    pages = [wear.scanned(sheet, rng) for sheet in sheets("spread", person, _DPI, rng, **titles)]
    return _scanned_pdf("qualification_certificate", "Удостоверение", person, pages=pages, seed=seed)


def trade_certificate_scan(seed: int) -> Scan:
    """A trade certificate (свидетельство о профессии рабочего) with appendix; black-and-white TIFF, two pages."""
    person, rng = graduate(seed), _rng("trade", seed)
    titles = {"title": "СВИДЕТЕЛЬСТВО", "subtitle": "О ПРОФЕССИИ РАБОЧЕГО, ДОЛЖНОСТИ СЛУЖАЩЕГО"}
    pages = [
        wear.scanned(sheet, rng, grey=True)
        for template in ("spread", "transcript")
        for sheet in sheets(template, person, _DPI, rng, **titles)
    ]
    facts = _facts("training_certificate", person, len(pages))
    return Scan(f"Свидетельство {person.surname}.tif", "image/tiff", packing.fax_tiff(pages, _DPI), facts)


def award_photo(seed: int) -> Scan:
    """A certificate of honour (грамота), photographed on a desk with a telephone; JPEG with EXIF."""
    person, rng = graduate(seed), _rng("award photo", seed)
    picture = wear.photographed(sheets("award", person, _DPI, rng)[0], rng, _PHOTO_SIZE)
    content = packing.photo(picture, person.issued_on, turned=seed % 2 == 1)
    name = f"IMG_{person.issued_on:%Y%m%d}_{101500 + seed % 40}.jpg"
    return Scan(name, "image/jpeg", content, _facts("award", person, 1))


def award_scan(seed: int) -> Scan:
    """A certificate of honour (грамота) from a flat-bed scanner; PNG."""
    person, rng = graduate(seed), _rng("award scan", seed)
    picture = wear.scanned(sheets("award", person, _DPI // 2, rng)[0], rng)
    content = packing.png(picture, _DPI // 2)
    return Scan(f"Грамота {person.surname}.png", "image/png", content, _facts("award", person, 1))


def note_scan(seed: int) -> Scan:
    """An enrolment note (справка об обучении) from an office scanner; grey PDF, one page."""
    person, rng = graduate(seed), _rng("note", seed)
    pages = [wear.scanned(sheet, rng, grey=True) for sheet in sheets("note", person, _DPI, rng)]
    return _scanned_pdf("other", "Справка", person, pages=pages, seed=seed)


def note_original(seed: int) -> Scan:
    """An enrolment note (справка об обучении) as the office program made it: a PDF with text."""
    person = graduate(seed)
    content = typeset("note", data_of(person), person.issued_on)
    name = f"Справка {person.number} {person.surname}.pdf"
    return Scan(name, "application/pdf", content, _facts("other", person, 1))


MAKERS: tuple[Callable[[int], Scan], ...] = (
    diploma_scan,
    advanced_training_scan,
    note_original,
    award_photo,
    trade_certificate_scan,
    note_scan,
    award_scan,
)
"""One of each kind, in the order in which a set is made."""


def scan_set(count: int, first_seed: int = 1) -> list[Scan]:
    """`count` scans of all kinds in turn, each of another seed."""
    return [maker(first_seed + position) for position, maker in enumerate(islice(cycle(MAKERS), count))]


def _rng(kind: str, seed: int) -> np.random.Generator:
    return np.random.default_rng(Random(f"{kind} {seed}").getrandbits(64))


def _scanned_pdf(kind: str, title: str, person: Graduate, *, pages: list[Image.Image], seed: int) -> Scan:
    scanned_on = person.issued_on + timedelta(days=3)
    label = f"Скан_{scanned_on:%Y-%m-%d}_{seed % 10_000:04}"
    content = packing.pdf_of_jpegs(pages, _DPI, label, scanned_on)
    name = f"{title} {person.surname} {person.given_name[0]}. {person.patronymic[0]}.pdf"
    return Scan(name, "application/pdf", content, _facts(kind, person, len(pages)))


def _facts(kind: str, person: Graduate, pages: int) -> dict[str, str | int]:
    facts: dict[str, str | int] = {
        "kind": kind,
        "surname": person.surname,
        "given_name": person.given_name,
        "patronymic": person.patronymic,
        "issued_by": person.organisation,
        "number": person.number,
        "issued_on": person.issued_on.isoformat(),
        "pages": pages,
    }
    if kind == "award":
        return facts
    facts |= {"programme": person.programme, "hours": person.hours}
    if kind != "qualification_certificate":
        facts["birth_date"] = person.birth_date.isoformat()
    if kind != "other":
        facts |= {"series": person.series, "registration_number": person.registration_number}
    return facts


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--count", default=len(MAKERS), show_default=True, help="How many files to make.")
@click.option("--seed", default=1, show_default=True, help="The first seed; the same seed gives the same files.")
def main(folder: Path, count: int, seed: int) -> None:
    """Write a set of invented scans and their list into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "scans.jsonl").open("w", encoding="utf-8") as listing:
        for position, scan in enumerate(scan_set(count, seed), start=1):
            name = f"{position:03} {scan.file_name}"
            (folder / name).write_bytes(scan.content)
            digest = hashlib.sha256(scan.content).hexdigest()
            line = {"file": name, "media_type": scan.media_type, "size": len(scan.content), "sha256": digest}
            listing.write(json.dumps({**line, **scan.facts}, ensure_ascii=False) + "\n")
            print(f"{name}  {len(scan.content) // 1024} KiB")


if __name__ == "__main__":
    main()
