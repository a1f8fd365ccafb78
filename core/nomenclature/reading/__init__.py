"""Files with a case nomenclature, as institutions have them, become drafts: XLSX, DOCX and CSV."""

from core.nomenclature.reading.errors import NomenclatureFileRefused
from core.nomenclature.reading.reader import read_in_sandbox, read_nomenclature
from core.nomenclature.reading.report import CheckedRow, Report, check, report_to_json

__all__ = [
    "CheckedRow",
    "NomenclatureFileRefused",
    "Report",
    "check",
    "read_in_sandbox",
    "read_nomenclature",
    "report_to_json",
]
