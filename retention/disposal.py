"""The life of a disposal act (акт о выделении к уничтожению): its steps, their guards, and that persons are apart.

Its lines live in `act_lines`. Author, reviewers and approver of one act are different people, unless the institution
had declared the single-person mode before the act was submitted; that lifts this inequality only, and the act says so.
"""

from typing import Final, TypeAlias

from retention import transitions
from retention.act_lines import LineState
from retention.disposal_facts import ACT_ENDS, ActFacts, ActGate, ActState
from retention.transitions import Allowed, Asking, Guard, Refusal, Refused, Role, Table, as_author

Transition: TypeAlias = transitions.Transition[ActState, ActFacts]
"""A step in the life of an act."""


def _gate(gate: ActGate, refusal: Refusal) -> Guard[ActFacts]:
    return Guard(lambda facts: gate in facts.gates, refusal)


_EXPIRED: Final = _gate(
    ActGate.TERMS_EXPIRED, Refusal("term_not_expired", "Take off every case that may not enter an act today.")
)
_NO_HOLD: Final = _gate(ActGate.NO_HOLD, Refusal("held", "A hold protects the case; wait until the hold is lifted."))
_INVENTORIES: Final = _gate(
    ActGate.INVENTORIES,
    Refusal("inventories_missing", "Approve the inventories of the same period, or record that there are none."),
)
_DECISIONS: Final = _gate(
    ActGate.DECISIONS, Refusal("no_decision", "Attach the minutes of the commission that agreed to this list.")
)
_APPRAISALS: Final = _gate(
    ActGate.APPRAISALS, Refusal("not_appraised", "Record the commission's decision for every case marked «ЭПК».")
)
_PERIOD: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.period_named, Refusal("no_period", "Name the years of the cases that the act covers.")
)
_LINES: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.in_state(LineState.LISTED) > 0, Refusal("no_lines", "Put at least one case on the act.")
)
_REASON: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words.")
)
_ANSWERED: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.rejected_lines_answered,
    Refusal("rejected_lines_open", "Answer every rejected line: exclude it, or say why it stays."),
)
_MINUTES: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.minutes_complete, Refusal("no_minutes", "Give date, number and members of the minutes.")
)
_UNCHANGED: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.list_unchanged,
    Refusal("list_changed", "The list is not the one that was submitted; abort the act and submit it anew."),
)
_SOURCE: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.source_of_acquisition,
    Refusal("no_archive_needed", "The institution supplies no archive; let the head approve."),
)
_ARCHIVE: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.archive_decision,
    Refusal("no_archive_decision", "Record the archive's decision on the inventories of the period."),
)
_NO_SOURCE: Final[Guard[ActFacts]] = Guard(
    lambda facts: not facts.source_of_acquisition,
    Refusal("archive_first", "The institution supplies an archive; record the archive's agreement first."),
)
_NUMBER: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.number_given, Refusal("no_number", "Give the act a number and a date.")
)
_WAITED: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.waiting_over, Refusal("still_waiting", "Wait until the waiting time of the act is over.")
)
_ENDED: Final[Guard[ActFacts]] = Guard(
    lambda facts: 0 == facts.in_state(LineState.LISTED, LineState.DESTROYING) < facts.in_state(*LineState),
    Refusal("lines_not_ended", "Wait until every line has come to its end."),
)
_NONE_RUNNING: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.in_state(LineState.DESTROYING) == 0,
    Refusal("lines_running", "Wait until no line is being destroyed."),
)
_NONE_FAILED: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.in_state(LineState.FAILED) == 0,
    Refusal("half_destroyed", "Execute the act again: a line that failed can only be finished."),
)
_SOME_FAILED: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.in_state(LineState.FAILED) > 0,
    Refusal("nothing_failed", "No line failed; the act is executed, not partial."),
)
_PROOFS: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.proofs_complete, Refusal("no_proof_of_all", "Complete the proof of every destroyed line.")
)
_PAPERS: Final[Guard[ActFacts]] = Guard(
    lambda facts: facts.papers_ready, Refusal("no_papers", "Make the papers of the act before they are signed.")
)
_SIGNED: Final[Guard[ActFacts]] = Guard(
    lambda facts: bool(facts.executors) and facts.executors <= facts.signed,
    Refusal("not_signed", "Let everybody who executed the act sign."),
)


def _states(*states: ActState) -> frozenset[ActState]:
    return frozenset(states)


def _author(facts: ActFacts) -> frozenset[str]:
    return frozenset({facts.author})


_AUTHOR: Final = frozenset({Role.AUTHOR})
_COMMISSION: Final = frozenset({Role.COMMISSION})
_HEAD: Final = frozenset({Role.HEAD})
_OFFICER: Final = frozenset({Role.RECORDS_OFFICER})
_EXECUTOR: Final = frozenset({Role.EXECUTOR})
_SYSTEM: Final = frozenset({Role.SYSTEM})
_SUBMITTED: Final = (_LINES, _EXPIRED, _NO_HOLD, _INVENTORIES)
_CALLED_OFF: Final = ("abort", "cancel")

CREATE: Final = Transition(
    name="create",
    from_states=frozenset(),
    to_state=ActState.DRAFT,
    by=_OFFICER,
    guards=(_PERIOD,),
    undone_by=("cancel",),
)
"""One consolidated act for the named years; its author is the person who takes this step."""

SUBMIT: Final = Transition(
    name="submit",
    from_states=_states(ActState.DRAFT),
    to_state=ActState.IN_REVIEW,
    by=_AUTHOR,
    guards=_SUBMITTED,
    undone_by=("request_changes", *_CALLED_OFF),
)
"""Hand the list to the commission: from here on line list and hashes are frozen."""

REQUEST_CHANGES: Final = Transition(
    name="request_changes",
    from_states=_states(ActState.IN_REVIEW),
    to_state=ActState.CHANGES_REQUESTED,
    by=_COMMISSION,
    apart_from=_author,
    guards=(_REASON,),
    undone_by=("resubmit", *_CALLED_OFF),
)
"""A member of the commission rejects lines; the freeze is released."""

RESUBMIT: Final = Transition(
    name="resubmit",
    from_states=_states(ActState.CHANGES_REQUESTED),
    to_state=ActState.IN_REVIEW,
    by=_AUTHOR,
    guards=(*_SUBMITTED, _ANSWERED),
    undone_by=("request_changes", *_CALLED_OFF),
)
"""Hand in the changed list; it is frozen anew, earlier opinions are void."""

AGREE: Final = Transition(
    name="agree",
    from_states=_states(ActState.IN_REVIEW),
    to_state=ActState.REVIEWED,
    by=_COMMISSION,
    apart_from=_author,
    guards=(_MINUTES, _UNCHANGED, _APPRAISALS),
    undone_by=_CALLED_OFF,
)
"""The commission agrees by its minutes («согласовать акт»)."""

ARCHIVE_AGREES: Final = Transition(
    name="archive_agrees",
    from_states=_states(ActState.REVIEWED),
    to_state=ActState.AGREED,
    by=_OFFICER,
    guards=(_SOURCE, _ARCHIVE),
    undone_by=_CALLED_OFF,
)
"""The records officer records what the archive's ЭПК decided; only where the institution supplies an archive."""

_APPROVAL: Final = (_UNCHANGED, _INVENTORIES, _DECISIONS, _NUMBER)

APPROVE: Final = Transition(
    name="approve",
    from_states=_states(ActState.REVIEWED),
    to_state=ActState.APPROVED,
    by=_HEAD,
    apart_from=lambda facts: facts.reviewers | {facts.author},
    guards=(_NO_SOURCE, *_APPROVAL),
    undone_by=_CALLED_OFF,
)
"""The head approves; without an archive to ask, right after the commission."""

APPROVE_AGREED: Final = Transition(
    name="approve_agreed",
    from_states=_states(ActState.AGREED),
    to_state=ActState.APPROVED,
    by=_HEAD,
    apart_from=lambda facts: facts.reviewers | {facts.author},
    guards=(_SOURCE, _ARCHIVE, *_APPROVAL),
    undone_by=_CALLED_OFF,
)
"""The head approves what the archive agreed to."""

START_WAITING: Final = Transition(
    name="start_waiting",
    from_states=_states(ActState.APPROVED),
    to_state=ActState.WAITING,
    by=_SYSTEM,
    undone_by=_CALLED_OFF,
)
"""People are told, and may still abort."""

EXECUTE: Final = Transition(
    name="execute",
    from_states=_states(ActState.WAITING),
    to_state=ActState.EXECUTING,
    by=_EXECUTOR,
    second=_EXECUTOR,
    guards=(_WAITED, _UNCHANGED),
)
"""Two executors start; from here on there is no way back for the act, only for lines that have not begun."""

FINISH: Final = Transition(
    name="finish",
    from_states=_states(ActState.EXECUTING),
    to_state=ActState.EXECUTED,
    by=_SYSTEM,
    guards=(_ENDED, _NONE_FAILED),
)
"""Every line is destroyed, held, skipped or excluded."""

FINISH_PARTLY: Final = Transition(
    name="finish_partly",
    from_states=_states(ActState.EXECUTING),
    to_state=ActState.PARTIAL,
    by=_SYSTEM,
    guards=(_NONE_RUNNING, _SOME_FAILED),
    undone_by=("retry",),
)
"""At least one line failed; lines that have not begun may be left, and holds still save them."""

RETRY: Final = Transition(
    name="retry",
    from_states=_states(ActState.PARTIAL),
    to_state=ActState.EXECUTING,
    by=_EXECUTOR,
    second=_EXECUTOR,
    undone_by=("finish_partly",),
)
"""Two executors go on; lines that are done are not touched again."""

CERTIFY: Final = Transition(
    name="certify",
    from_states=_states(ActState.EXECUTED, ActState.PARTIAL),
    to_state=ActState.CERTIFIED,
    by=_OFFICER,
    guards=(_ENDED, _NONE_FAILED, _PROOFS, _PAPERS, _SIGNED),
)
"""The records officer signs the papers that the executors have signed."""

ABORT: Final = Transition(
    name="abort",
    from_states=_states(
        ActState.IN_REVIEW,
        ActState.CHANGES_REQUESTED,
        ActState.REVIEWED,
        ActState.AGREED,
        ActState.APPROVED,
        ActState.WAITING,
    ),
    to_state=ActState.DRAFT,
    by=_AUTHOR | _COMMISSION | _HEAD,
    guards=(_REASON,),
    undone_by=("submit",),
)
"""Back to the draft: the freeze is released, minutes, agreement and approval are void."""

CANCEL: Final = Transition(
    name="cancel",
    from_states=ABORT.from_states | {ActState.DRAFT},
    to_state=ActState.CANCELLED,
    by=_AUTHOR | _HEAD,
    guards=(_REASON,),
)
"""Give the act up; its cases go back to the selection."""

TRANSITIONS: Final = (
    CREATE,
    SUBMIT,
    REQUEST_CHANGES,
    RESUBMIT,
    AGREE,
    ARCHIVE_AGREES,
    APPROVE,
    APPROVE_AGREED,
    START_WAITING,
    EXECUTE,
    FINISH,
    FINISH_PARTLY,
    RETRY,
    CERTIFY,
    ABORT,
    CANCEL,
)
"""Every step there is; lines are added and removed by the steps of `act_lines`."""

ACT_ENDED: Final = Refusal("act_ended", "The act is certified or cancelled; make a new one.")
ACT_IN_ANOTHER_STATE: Final = Refusal("act_in_another_state", "Read the present state of the act and decide again.")


def _refusal_of_state(state: ActState | None) -> Refusal:
    return ACT_ENDED if state in ACT_ENDS else ACT_IN_ANOTHER_STATE


ACT: Final = Table(subject="act", transitions=TRANSITIONS, refusal_of_state=_refusal_of_state)
"""The life of an act as one table; ask it through `decide`, which knows who the author is."""


def decide(state: ActState | None, step: Transition, facts: ActFacts, asking: Asking) -> Allowed[ActState] | Refused:
    """Say whether the act may take the step, and if not, name every reason.

    `asking.single_person` is what the institution had declared when this act was submitted: switching the mode on or
    off later does not touch it.
    """
    return ACT.decide(state, step, facts, as_author(asking, facts.author))


def require(state: ActState | None, step: Transition, facts: ActFacts, asking: Asking) -> ActState:
    """Return the state of the act after the step.

    Raises:
        TransitionRefused: People, a guard or the present state stand against it; all reasons are in the error.
    """
    return ACT.require(state, step, facts, as_author(asking, facts.author))
