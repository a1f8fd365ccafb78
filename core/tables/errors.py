"""Why a table file cannot be read."""

from core.kernel.errors import Invalid
from core.kernel.texts import mark


class TableRefused(Invalid):
    """Base: the file is no table that can be read."""

    code = "table_unreadable"
    title = mark("The file cannot be read as a table")
    remedy = mark("Open it in a spreadsheet program, save it as XLSX, and give that file.")


class TableEncodingUnknown(TableRefused):
    """Text in an encoding that cannot be told for certain."""

    code = "table_encoding_unknown"
    title = mark("The encoding of the text file cannot be told")
    remedy = mark("Save the file as CSV in UTF-8, or as XLSX.")


class TableTooLarge(TableRefused):
    """More sheets, rows, columns or bytes than are read."""

    code = "table_too_large"
    title = mark("The table is too large")
    remedy = mark("Split it into files of at most 1,000,000 rows and 500 columns.")
