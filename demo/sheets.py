"""Single sheets: an invented person's data set in type, on their paper, sealed and signed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from demo import wear
from demo.people import Graduate, in_words
from demo.typesetting import Pixels, rasterised, typeset
from demo.wear import Colour, Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What lies on a template besides type; places are fractions of the sheet."""

    colour: Colour
    waves: Colour | None = None
    rosettes: tuple[float, ...] = ()
    seal: Point | None = None
    signatures: tuple[Point, ...] = ()


PAPERS: Mapping[str, Paper] = {
    "cover": Paper(colour=(250, 250, 250)),
    "spread": Paper(
        colour=(250, 247, 238),
        waves=(140, 182, 200),
        rosettes=(0.256, 0.744),
        seal=(0.615, 0.885),
        signatures=((0.708, 0.722), (0.708, 0.793), (0.708, 0.865)),
    ),
    "transcript": Paper(colour=(251, 249, 243), seal=(0.37, 0.87), signatures=((0.335, 0.892), (0.335, 0.942))),
    "award": Paper(
        colour=(253, 248, 232), waves=(226, 200, 150), rosettes=(0.5,), seal=(0.46, 0.79), signatures=((0.36, 0.757),)
    ),
    "note": Paper(colour=(250, 249, 246), seal=(0.33, 0.73), signatures=((0.36, 0.705),)),
}


def data_of(person: Graduate, **titles: str) -> dict[str, object]:
    """Everything the templates ask for; `titles` are what differs between kinds of document."""
    feminine = person.patronymic.endswith("на")
    chair, head, secretary = person.signatories
    outer, inner, core = person.seal
    return {
        "title": "ДИПЛОМ",
        "subtitle": "О ПРОФЕССИОНАЛЬНОЙ ПЕРЕПОДГОТОВКЕ",
        "status": "Документ о квалификации",
        "preamble": "Настоящий документ свидетельствует о том, что",
        "deed": f"{'прошла' if feminine else 'прошёл'} обучение по программе",
        "decision": f"Решение аттестационной комиссии от {in_words(person.ended_on)}",
        "merit": "за активное участие в олимпиаде по вымышленным предметам и безупречное оформление документов",
        "final_work": "выпускная работа «Номенклатура дел учебного центра», отлично",
        "pdf_title": f"Справка {person.number}",
        "order": f"{int(person.number) % 300 + 1}-К",
        **titles,
        "surname": person.surname,
        "given_name": person.given_name,
        "patronymic": person.patronymic,
        "dative": person.dative,
        "birth_in_words": in_words(person.birth_date),
        "previous_year": str(person.started_on.year - 1),
        "organisation": person.organisation,
        "organisation_full": person.organisation_full,
        "outer": outer,
        "inner": inner,
        "core": core,
        "city": person.city,
        "programme": person.programme,
        "from_in_words": in_words(person.started_on),
        "until_in_words": in_words(person.ended_on),
        "issued_in_words": in_words(person.issued_on),
        "series": person.series,
        "number": person.number,
        "registration_number": person.registration_number,
        "hours": person.hours,
        "subjects": [{"name": name, "hours": hours, "mark": mark} for name, hours, mark in person.subjects],
        "chair": chair,
        "head": head,
        "secretary": secretary,
    }


def sheets(template: str, person: Graduate, dpi: int, rng: np.random.Generator, **titles: str) -> list[Pixels]:
    """The pages of a template as they lie on the table; the last one carries seal and signatures."""
    data = data_of(person, **titles)
    paper = PAPERS[template]
    pages = [_on_paper(page, paper) for page in rasterised(typeset(template, data, person.issued_on), dpi)]
    if paper.seal:
        seal = rasterised(typeset("stamp", data, person.issued_on), dpi)[0]
        pages[-1] = wear.sealed(pages[-1], seal, paper.seal, rng)
    pages[-1] = wear.signed(pages[-1], paper.signatures, rng)
    return pages


def _on_paper(page: Pixels, paper: Paper) -> Pixels:
    height, width = page.shape[:2]
    if paper.waves is None:
        return wear.multiplied(page, wear.tinted(height, width, paper.colour))
    return wear.multiplied(page, wear.guilloche(height, width, paper.waves, paper.colour, paper.rosettes))
