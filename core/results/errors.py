"""What can go wrong with results, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound


class KindNameTaken(AlreadyExists):
    """The taxonomy has a kind of this name; `kind` is its id (№ D8: the same kind twice only by an alias)."""

    code = "result_kind_taken"
    title = "The taxonomy has such a kind of results"
    remedy = "Use the kind in `kind`; to show it in a second place too, make an alias: send it as `alias_of_id`."


class ImpossibleAlias(Invalid):
    """An alias was to have parts, or aliases, or to stand beside the kind that it means."""

    code = "impossible_alias"
    title = "An alias cannot stand there"
    remedy = "Name a kind that is no alias, both as `alias_of_id` and as `parent_id`, and another place than its own."


class SourceNameTaken(AlreadyExists):
    """There is a source of results of this name; `source` is its id."""

    code = "result_source_taken"
    title = "There is such a source of results"
    remedy = "Use the source in `source`, or choose another name."


class ScaleNameTaken(AlreadyExists):
    """There is a scale of this name; `scale` is its id."""

    code = "mark_scale_taken"
    title = "There is a scale of this name"
    remedy = "Use the scale in `scale`, or choose another name."


class ImpossibleScale(Invalid):
    """A scale names no mark, names one twice, or its bounds contradict each other."""

    code = "impossible_scale"
    title = "The scale contradicts itself"
    remedy = "Name each mark once; give bounds only where numbers are marks, the lowest not above the highest."


class UnknownPreset(NotFound):
    """There is no such preset; `presets` are those there are."""

    code = "unknown_preset"
    title = "There is no such proposal"
    remedy = "Choose one of `presets`."


class ProcedureMissing(Invalid):
    """Results obtained elsewhere were to be credited, and no document says by which procedure."""

    code = "credit_procedure_missing"
    title = "The procedure of crediting is not named"
    remedy = "Name in `credit_procedure` the document of the institution that says how results are credited."


class TargetNotAssessed(Invalid):
    """A result was to be attached to target orientations, or kinds with results were to become such."""

    code = "target_not_assessed"
    title = "Target orientations are not assessed"
    remedy = "Choose a kind of results that is assessed: to target orientations no mark is ever attached."


class UnknownTaxonomy(Invalid):
    """`field` names a kind, source or scale that the taxonomy does not have, or no longer uses, or an alias."""

    code = "unknown_taxonomy"
    title = "The taxonomy of the institution has no such entry"
    remedy = "Choose for `field` an entry of the taxonomy that is in use and no alias."


class UnknownReference(Invalid):
    """`field` names something of the institution that does not exist, or that one does not see."""

    code = "unknown_reference"
    title = "What the entry refers to does not exist"
    remedy = "Choose for `field` something that exists in the institution and that you may see."


class UnknownMark(Invalid):
    """The scale has no such mark; `values` are those that it names, `lowest` and `highest` its bounds."""

    code = "unknown_mark"
    title = "The scale has no such mark"
    remedy = "Choose a mark of the scale, or have the scale completed."


class FinalOfWhat(Invalid):
    """A final result does not say what it is final of, or that of a period names no period."""

    code = "final_of_what"
    title = "It is not said what the result is final of"
    remedy = "Send `final_of` with final results only, and `period_id` with that of a period."


class FinalResultExists(AlreadyExists):
    """The learner has a final result in this subject for this period, year or course."""

    code = "final_result_exists"
    title = "There is such a final result"
    remedy = "Correct that one, or strike it out first."


class CreditOff(Conflict):
    """The institution does not credit results obtained elsewhere (№ 33)."""

    code = "credit_off"
    title = "Results obtained elsewhere are not credited here"
    remedy = "The head may switch it on in the policy of results, with the document that says how it is done."


class CreditUnproved(Invalid):
    """A result obtained elsewhere does not say where, or by which document it was credited; or another one does."""

    code = "credit_unproved"
    title = "A result obtained elsewhere needs its place and its document"
    remedy = "Send `obtained_at` and `credit_document` with results obtained elsewhere, and with no others."


class WillMissing(Conflict):
    """The policy demands a statement of will for such results, and there is none of this learner (№ 31)."""

    code = "will_missing"
    title = "The learner has not stated the will that results be accounted for"
    remedy = "Record the statement of the learner or the representative first; accounting is voluntary."


class WillRecorded(AlreadyExists):
    """There is a current statement of this scope; `statement` is its id."""

    code = "will_recorded"
    title = "There is such a statement already"
    remedy = "Use the statement in `statement`; it holds until it is withdrawn."


class WillWithdrawn(Conflict):
    """The statement was withdrawn already."""

    code = "will_withdrawn"
    title = "This statement was withdrawn already"
    remedy = "Read the statement; a new one is recorded as another."


class ImpossibleResultDate(Invalid):
    """The date named in `field` lies outside `earliest` and `latest`."""

    code = "impossible_result_date"
    title = "The date cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class OwnEntry(Forbidden):
    """A result was to be confirmed by who entered it, and the policy wants two persons."""

    code = "own_entry"
    title = "Somebody else has to confirm what you entered"
    remedy = "Ask another person with the right to confirm results."


class ResultConfirmed(Conflict):
    """The result is confirmed already."""

    code = "result_confirmed"
    title = "This result is confirmed already"
    remedy = "Nothing has to be done; who corrects it makes a confirmation necessary again."


class ResultStruckOut(Conflict):
    """The result was struck out; it stays visible and is never changed again."""

    code = "result_struck_out"
    title = "This was struck out"
    remedy = "Enter what is right as a new one."


class SpecialNeedEnded(Conflict):
    """The special need ended already."""

    code = "special_need_ended"
    title = "This ended already"
    remedy = "Read it; what begins anew is recorded as another."
