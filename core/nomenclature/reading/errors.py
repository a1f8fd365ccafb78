"""Why a file is not read as a nomenclature, one class a reason."""

from core.kernel.errors import Invalid


class NomenclatureFileRefused(Invalid):
    """Base of the reasons for which a file with a nomenclature is not read."""

    code = "nomenclature_file_refused"
    title = "The file cannot be read as a nomenclature"
    remedy = "Save the nomenclature as .xlsx, .docx or .csv and give that file."


class OldOfficeFile(NomenclatureFileRefused):
    """The file is of the old binary format of Word or Excel; `save_as` names the new one."""

    code = "nomenclature_file_old_office"
    title = "The file is of an old format of Word or Excel"
    remedy = "Open it and choose “Save as”: Word document (.docx) or Excel workbook (.xlsx); then give the new file."


class OtherFileFormat(NomenclatureFileRefused):
    """The file is of a format that is not read; `format` names it."""

    code = "nomenclature_file_other_format"
    title = "Nomenclatures are not read from files of this format"


class ProtectedNomenclatureFile(NomenclatureFileRefused):
    """The file is encrypted."""

    code = "nomenclature_file_protected"
    title = "The file is protected by a password"
    remedy = "Open it with its password, take the protection off, save it and give the new file."


class NomenclatureFileWithMacros(NomenclatureFileRefused):
    """The file contains macros or controls."""

    code = "nomenclature_file_macros"
    title = "The file contains macros"
    remedy = "Save it as .xlsx or .docx without macros and give the new file."


class BrokenNomenclatureFile(NomenclatureFileRefused):
    """The file is damaged, or made to harm; `part` names what could not be read."""

    code = "nomenclature_file_broken"
    title = "The file is damaged"
    remedy = "Open it in its program, save it under a new name and give the new file."


class NomenclatureFileTooLarge(NomenclatureFileRefused):
    """The file holds more than any nomenclature needs; `limit` and `what` say which limit it passes."""

    code = "nomenclature_file_too_large"
    title = "The file holds more than a nomenclature can"
    remedy = "Copy the nomenclature alone into a new file and give that."
