"""What can go wrong with imports, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid


class RunOpen(AlreadyExists):
    """The connection has a run that waits or works; `run` is its id."""

    code = "import_run_open"
    title = "This connection has a run already"
    remedy = "Wait until the run at `address` has ended, or cancel it."


class RunScopeInvalid(Invalid):
    """A run was asked for that cannot be: a day for a run that is no backfill, or a stream that is not offered."""

    code = "import_run_scope_invalid"
    title = "There can be no such run"
    remedy = "Give a first day with a backfill or a dry run only, and name streams that the connection offers."


class RunEnded(Conflict):
    """A run was to be cancelled that has ended; `state` says how."""

    code = "import_run_ended"
    title = "This run has ended"
    remedy = "Read the run: it says how it has ended."


class LetterEnded(Conflict):
    """A dead letter was to be retried or dismissed that is not open; `state` says what it is."""

    code = "dead_letter_ended"
    title = "This dead letter is not open any more"
    remedy = "Read the letter: it says what became of it."


class ProposalDecided(Conflict):
    """Somebody has decided this proposal already; `state` says how."""

    code = "person_proposal_decided"
    title = "This proposal is decided already"
    remedy = "Read the proposal; a decision can be undone."


class NoSuchCandidate(Invalid):
    """A person was confirmed, or rejected, who is no candidate of the proposal."""

    code = "person_proposal_no_candidate"
    title = "This person is no candidate of the proposal"
    remedy = "Choose one of the candidates, or say that it is a new person."


class PersonDestroyed(Conflict):
    """A record was to speak of a person whose last file an act has destroyed; `act` is its number."""

    code = "person_data_destroyed"
    title = "What the registry held of this person was destroyed"
    remedy = "If the person is here again, open a new personal file first; else say that the record is a new person."


class DecisionNotUndoable(Conflict):
    """Only a decision that stands can be undone; `state` says what the proposal is."""

    code = "person_proposal_not_undoable"
    title = "There is no decision here to undo"
    remedy = "Read the proposal: nobody has decided it yet, or the decision was undone already."


class TrayFileHeld(Conflict):
    """A file of the tray was to be refused whom it names, or may name, is held; `holds` are the ids."""

    code = "tray_file_held"
    title = "A hold protects what waits in the tray"
    remedy = "Wait until the holds named in `holds` are lifted."


class TrayFileTaken(Conflict):
    """A file was to be assigned or refused that does not wait in the tray; `state` says what it is."""

    code = "tray_file_taken"
    title = "This file does not wait in the tray any more"
    remedy = "Read the file: it says what became of it."
