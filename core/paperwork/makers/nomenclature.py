"""The nomenclature of a version in its official form, with footnotes, marks of destruction and the final record."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from core.cases.final_record import find_final_record
from core.nomenclature.finding import find_nomenclature
from core.nomenclature.models import NomenclatureVersion
from core.nomenclature.printing import PrintedRow, PrintedSection, print_data
from core.papers.nomenclature_form import (
    FinalCount,
    FormFootnote,
    NomenclatureForm,
    NomenclatureRow,
    NomenclatureSection,
    YearEndRecord,
)
from core.papers.paper import Minutes
from core.paperwork.letterhead import Making, names_of
from core.paperwork.makers.made import Made
from core.paperwork.marks import marks_of_version, notes_of_rows

_NAMELESS = "—"
"""What the import calls a section that has no name."""


async def make_nomenclature(making: Making, version_id: UUID) -> Made:
    """Return the form of a version, a project until it is approved; raise `NotFound`."""
    printed = await print_data(making.work, version_id)
    version = printed.version
    approved = version.state == "approved"
    names = await names_of([version.approved_by, version.submitted_by])
    marks = notes_of_rows(await marks_of_version(making.work, version))
    footnotes = Footnotes(printed.sections)
    year_end = await _year_end(making, version)
    head = making.letterhead
    paper = NomenclatureForm(
        number=version.number,
        dated=version.approved_on or making.today,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        project=not approved,
        year=version.year,
        approval=making.signature(head.head_post, names, version.approved_by, version.approved_on),
        sections=tuple(
            NomenclatureSection(
                code=section.code,
                title="" if section.title == _NAMELESS else section.title,
                rows=tuple(_row(row, footnotes.in_note(row), marks.get(row.class_index, "")) for row in section.rows),
            )
            for section in printed.sections
        ),
        footnotes=footnotes.below,
        signed_by=making.signature(head.officer_post, names, version.submitted_by),
        agreements=_agreements(version),
        year_end=year_end,
    )
    return Made(
        paper=paper,
        subject_type="nomenclature_version",
        subject_id=version.id,
        edition="year_end" if year_end else "",
        unready="" if approved else "not_approved",
    )


def _agreements(version: NomenclatureVersion) -> tuple[Minutes, ...]:
    if version.minutes_date is None or version.state not in {"agreed", "approved"}:
        return ()
    return (Minutes(body="ЭК", number=version.minutes_number, dated=version.minutes_date),)


class Footnotes:
    """Footnotes as the form prints them: below the table by their mark; in the note where one mark means two things."""

    def __init__(self, sections: Iterable[PrintedSection]) -> None:
        known: dict[str, str] = {}
        for section in sections:
            for row in section.rows:
                for each in row.footnotes:
                    if each.mark:
                        known.setdefault(each.mark, each.text)
        self._known = known

    @property
    def below(self) -> tuple[FormFootnote, ...]:
        """Those that stand below the table."""
        return tuple(FormFootnote(mark=mark, text=text) for mark, text in self._known.items())

    def in_note(self, row: PrintedRow) -> Iterator[str]:
        """Give those of a row that its note has to say."""
        for each in row.footnotes:
            if not each.mark:
                yield each.text
            elif self._known[each.mark] != each.text:
                yield f"({each.mark}) {each.text}"


def _row(row: PrintedRow, footnotes: Iterator[str], mark: str) -> NomenclatureRow:
    since = row.carried_over_since
    carried = f"Переходящее с {since} г." if since and "переходящ" not in row.note.casefold() else ""
    decided = f"Срок по решению: {row.decided_term}." if row.decided_term else ""
    return NomenclatureRow(
        index=row.class_index,
        title=row.title or ("Резерв" if row.reserve else ""),
        quantity=row.quantity,
        term=row.term,
        article=row.article,
        note="\n".join(part for part in (row.note, *footnotes, carried, decided, mark) if part),
    )


async def _year_end(making: Making, version: NomenclatureVersion) -> YearEndRecord | None:
    made = await find_final_record(await find_nomenclature(version.nomenclature_id))
    if made is None or version.state != "approved":
        return None
    counted = made.content["counted"]
    permanent, long, short = (
        FinalCount(**{name: counted[category][name] for name in ("cases", "carried_over", "appraised")})
        for category in ("permanent", "over_ten_years", "up_to_ten_years")
    )
    names = await names_of([made.made_by])
    signed = making.signature(making.letterhead.officer_post, names, made.made_by, made.made_at.date())
    return YearEndRecord(permanent=permanent, over_ten_years=long, up_to_ten_years=short, made_by=signed)
