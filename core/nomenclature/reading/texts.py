"""What a clerk reads of findings and of lines that are no rows."""

from collections.abc import Mapping
from typing import Final

from core.kernel.texts import DEFAULT_LANGUAGE, Language, mark, translate
from retention.nomenclature import Finding

_FINDINGS: Final[Mapping[str, str]] = {
    # the file
    "no_rows": mark("No row of a nomenclature was found"),
    "year_not_found": mark("The file does not say for which year it is"),
    "year_contradictory": mark("The heading names several years: {years}"),
    "year_spans_two": mark("The heading names two years, an office year is one: {text}"),
    "organisation_not_found": mark("The heading does not name the organisation clearly"),
    "organisation_contradictory": mark("The heading names several organisations: {names}"),
    "header_missing": mark("The table has no header; its columns were told by what stands in them"),
    "table_not_read": mark("A table looks like a nomenclature, but has no header and other columns"),
    "section_without_code": mark("The section has no code: {section}"),
    "section_repeated": mark("The section {section} stands there several times"),
    "unplaced_line": mark("It is not clear what this line is: {text}"),
    "footnote_unused": mark("No row refers to the footnote ({mark}) {text}"),
    "left_out_hidden_sheet": mark("Not read, because the sheet is hidden: {text}"),
    "left_out_deleted_text": mark("Not read, because it is struck off as a tracked change: {text}"),
    "left_out_hidden_text": mark("Not read, because it is hidden text: {text}"),
    "encoding_assumed": mark("The file does not say its encoding; it was read as {text}"),
    "broken_quotes": mark("Quotation marks in the file are not doubled; some cells may be cut wrongly"),
    # its rows
    "missing_index": mark("The row has no index"),
    "missing_title": mark("The row has no title"),
    "missing_term": mark("The row has no term"),
    "reserve_with_term": mark("The row is called a reserve number, but has a term"),
    "reserve_range": mark("Several reserve numbers stand in one row: {index}"),
    "reserve_unnamed": mark("The row holds an index only; it is taken for a reserve number"),
    "duplicate_index": mark("The index {index} stands there already: {first}"),
    "index_outside_section": mark("The index {index} does not belong to the section {section}"),
    "index_out_of_order": mark("The index {index} stands behind {before}"),
    "gap_in_indexes": mark("Between {before} and {index} numbers are missing"),
    "index_restored": mark("A program turned the index into «{shown}»; it was read as {index}"),
    "index_was_date": mark("A program turned the index into «{shown}»; it may have been {readings}"),
    "index_unusual": mark("This is an unusual index: {index}"),
    "merged_cell": mark("The text of a merged cell was taken for this row too: {text}"),
    "merged_across": mark("The cell lies over several columns: {text}"),
    "row_continued": mark("The row goes on in a further line, which was added to it: {text}"),
    "footnote_missing": mark("There is no footnote ({mark})"),
    "struck_text": mark("The text is struck through; write it as it is meant: {text}"),
    "formula_without_value": mark("The formula has no value; open the file in its program and save it: {text}"),
    "cell_error": mark("The cell holds an error of its program: {text}"),
    "text_under_merge": mark("There is text under a merged cell, where nobody sees it: {text}"),
    "hidden_column": mark("The column is hidden: {text}"),
    "hidden_row": mark("The row is hidden in the file, but was read"),
    "hidden_text": mark("Hidden text was left out of: {text}"),
    "tracked_insertion": mark("Part of the text is an insertion that nobody has accepted: {text}"),
    "tracked_deletion": mark("Part of the text is struck off as a tracked change and was left out of: {text}"),
    "auto_number": mark("The number is made by an automatic list; it was computed: {text}"),
    "nested_table": mark("There is a table within the cell: {text}"),
    "term_needs_review": mark("The term is not fully understood: {words}"),
}

_REASONS: Final[Mapping[str, str]] = {
    "title_block": mark("heading"),
    "header": mark("header of the table"),
    "repeated_header": mark("header repeated on a new page"),
    "column_numbers": mark("numbers of the columns"),
    "footnote": mark("footnote"),
    "final_record": mark("total or year-end record"),
    "signature": mark("signature, agreement or approval"),
    "text": mark("text outside of the table"),
    "other_table": mark("another table"),
    "page_break": mark("mark of a continued table"),
    "unplaced": mark("unclear"),
    "page_header": mark("header or footer of the page"),
    "comment": mark("comment"),
    "text_box": mark("text box"),
    "hidden_sheet": mark("hidden sheet"),
    "deleted_text": mark("deleted text"),
    "hidden_text": mark("hidden text"),
    "separator": mark("line that names the separator"),
}


def text_of(finding: Finding, language: Language = DEFAULT_LANGUAGE) -> str:
    """The sentence for a finding, with its facts."""
    return translate(_FINDINGS[finding.code], language, **finding.facts)


def text_of_reason(reason: str, language: Language = DEFAULT_LANGUAGE) -> str:
    """The words for a reason of an ignored line."""
    return translate(_REASONS[reason], language)
