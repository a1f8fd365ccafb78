"""Every cell of a file ends somewhere: in a row, in a section or among the ignored lines."""

from collections import Counter

from retention.nomenclature import NomenclatureDraft


def accounted(draft: NomenclatureDraft) -> Counter[str]:
    """The cells of the file that the draft still holds."""
    return Counter(
        cell
        for cells in (
            *(row.cells for row in draft.rows),
            *(section.lines for section in draft.sections),
            *(line.cells for line in draft.ignored),
        )
        for cell in cells
    )


def reasons(draft: NomenclatureDraft) -> dict[str, str]:
    """Reason by text of the ignored lines."""
    return {line.text: line.reason for line in draft.ignored}


def codes(draft: NomenclatureDraft) -> set[str]:
    """Codes of all findings of the file and of its rows."""
    return {each.code for each in draft.findings} | {each.code for row in draft.rows for each in row.findings}


def indexes(draft: NomenclatureDraft) -> list[str]:
    return [row.index for row in draft.rows]
