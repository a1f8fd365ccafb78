"""What can go wrong with nomenclatures, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, DelotekaError, Invalid, TransitionRefused


class NomenclatureExists(AlreadyExists):
    """The year has a nomenclature already; `nomenclature` is its id."""

    code = "nomenclature_exists"
    title = "There is a nomenclature of this year already"
    remedy = "Use the nomenclature at `address`; to change one that is approved, make an amendment."


class DraftExists(AlreadyExists):
    """A version of this nomenclature is not approved yet; `version` is its id."""

    code = "nomenclature_draft_exists"
    title = "A version of this nomenclature is still being worked on"
    remedy = "Finish or abandon the version at `address` first."


class ClassIndexTaken(AlreadyExists):
    """Another row of the version has this index."""

    code = "class_index_taken"
    title = "Another row has this index"
    remedy = "Give the row an index that no other row of this nomenclature has."


class SectionCodeTaken(AlreadyExists):
    """Another section of the version has this code."""

    code = "section_code_taken"
    title = "Another section has this code"
    remedy = "Give the section a code that no other section of this nomenclature has."


class SectionNotEmpty(Conflict):
    """The section has rows; `rows` says how many."""

    code = "section_not_empty"
    title = "The section still has rows"
    remedy = "Remove the rows of the section first."


class NotADraft(Conflict):
    """Only a draft may be changed; `state` says what the version is."""

    code = "nomenclature_not_a_draft"
    title = "This version of the nomenclature is fixed"
    remedy = "Have it returned with a reason, or, once it is approved, make an amendment."


class CarriedOverKeepsIndex(Conflict):
    """A carried-over class was to get another index than `class_index`, which it had before."""

    code = "carried_over_keeps_index"
    title = "A carried-over class keeps its index"
    remedy = "Leave the index {class_index}, or say that the class is not carried over."


class NomenclatureStepRefused(TransitionRefused):
    """A step of the approval is not allowed; `reasons` says why."""

    code = "nomenclature_step_refused"


class NomenclatureEmpty(Conflict):
    """A version without rows was to be submitted."""

    code = "nomenclature_empty"
    title = "The nomenclature has no rows"
    remedy = "Type in or import its rows first."


class SamePerson(Conflict):
    """The step belongs to another person than the one who did an earlier one; `step` names that."""

    code = "same_person"
    title = "Another person has to do this"
    remedy = "Ask somebody who has the role and did not take part in the step named in `step`."


class ImpossibleEffectiveDate(Invalid):
    """An amendment was to take effect outside its year, or before the version it amends."""

    code = "impossible_effective_date"
    title = "The nomenclature cannot take effect on this date"
    remedy = "Give a date from {earliest} to {latest}."


class ImpossibleMinutesDate(Invalid):
    """Minutes or an approval were dated after today, or before 1900."""

    code = "impossible_minutes_date"
    title = "The date of the decision cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class RowIncomplete(Invalid):
    """A row that is no reserve lacks the fields in `empty`."""

    code = "nomenclature_row_incomplete"
    title = "The row lacks what every row needs"
    remedy = "Fill in the fields named in `empty`, or keep the row as a reserve number."


class TermUnderstood(Conflict):
    """A decision was proposed for a term that is understood."""

    code = "term_understood"
    title = "The term of this row is understood"
    remedy = "Nothing has to be decided; to change a term, make an amendment of the nomenclature."


class DecisionNotUnderstood(Invalid):
    """The term that was to be decided cannot be read either; `not_understood` names the words."""

    code = "decision_not_understood"
    title = "The decided term cannot be read"
    remedy = "Write the term as «5 лет ЭПК» is written; `not_understood` names what could not be read."


class DecisionPending(Conflict):
    """A decision about this term waits for its second person; `decision` is its id."""

    code = "decision_pending"
    title = "A decision about this term is waiting for a second person"
    remedy = "Confirm or reject the decision at `address` first."


class DecisionAnswered(Conflict):
    """The decision was confirmed or rejected already."""

    code = "decision_answered"
    title = "This decision was answered already"
    remedy = "Read the decision; if it was rejected, propose another."


class NoSpaceInSection(Conflict):
    """No free running number is left in the section, or its code gives none."""

    code = "no_reserve_number"
    title = "No free index was found"
    remedy = "Give the row an index yourself."


class NomenclatureFileTooBig(DelotekaError):
    """The file is above `limit` bytes."""

    code = "nomenclature_file_too_big"
    status = 413
    title = "The file is too big for a nomenclature"
    remedy = "Send a file of at most {limit} bytes, without pictures."


class AnotherFile(Conflict):
    """The bytes are not those whose report was looked at; `sha256` is theirs."""

    code = "another_file"
    title = "This is not the file whose report you have seen"
    remedy = "Look at the report of this file first, then import it with the digest that the report names."


class ImportStopped(Invalid):
    """The file has faults that stop an import; `codes` names them, `number` says how many."""

    code = "import_stopped"
    title = "The file has to be corrected first"
    remedy = "Look at the findings of the report that are errors, correct the file, and send it again."


class AnotherYear(Invalid):
    """The file says it is for `year`, the draft is for `wanted`."""

    code = "nomenclature_of_another_year"
    title = "The file is a nomenclature of another year"
    remedy = "Import it into the nomenclature of {year}, or correct the year in the file."


class NomenclatureNotEmpty(Conflict):
    """An import into a draft that has sections already."""

    code = "nomenclature_not_empty"
    title = "The draft has sections already"
    remedy = "Import into an empty draft, or type the changes in."
