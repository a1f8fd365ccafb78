"""Files with a case nomenclature, as institutions have them, become drafts: XLSX, DOCX and CSV."""
