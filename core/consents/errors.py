"""What can go wrong with consents, duties and blockings, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Forbidden, Invalid


class ConsentRecorded(AlreadyExists):
    """This consent was recorded already; `consent` is its id, `address` where it is read."""

    code = "consent_recorded"
    title = "This consent was recorded already"
    remedy = "Use the consent at `address`; it is never changed."


class ConsentWithdrawn(AlreadyExists):
    """The consent was withdrawn already, on the day `withdrawn_on`."""

    code = "consent_withdrawn"
    title = "This consent was withdrawn already"
    remedy = "Read the consent; a new consent of the person is recorded as another one."


class EventRecorded(AlreadyExists):
    """This event was recorded already; `duty` is the id of the duty that follows from it."""

    code = "event_recorded"
    title = "This was recorded already"
    remedy = "Read the duty that follows from it at `address`."


class ImpossibleConsentDate(Invalid):
    """The date named in `field` lies outside `earliest` and `latest`."""

    code = "impossible_consent_date"
    title = "The date cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class UnknownProof(Invalid):
    """The document that is to prove a consent does not exist in the institution, or was refused."""

    code = "unknown_proof"
    title = "There is no such document to prove the consent"
    remedy = "Name a document that is kept, or leave `document_id` out and describe the proof in `evidence`."


class DutySettled(Conflict):
    """The duty is done or superseded already; `state` says which."""

    code = "duty_settled"
    title = "This duty was settled already"
    remedy = "Read the duty; what was settled stays so."


class ImpossibleSuccessor(Invalid):
    """A duty is superseded by another duty of the same person only."""

    code = "impossible_successor"
    title = "This duty cannot take the place of that one"
    remedy = "Name another duty of the same person, or none."


class ImpossibleCalendar(Invalid):
    """Days of a calendar lie outside its year, or are both working days and days of rest; `days` are those."""

    code = "impossible_calendar"
    title = "The calendar contradicts itself"
    remedy = "Correct the days named in `days`: each lies in the year, working weekends fall on Saturday or Sunday."


class BlockingExists(AlreadyExists):
    """The personal file is blocked on this ground already; `blocking` is the id."""

    code = "blocking_exists"
    title = "The personal file is blocked on this ground already"
    remedy = "Read the blocking at `address`."


class BlockingLifted(Conflict):
    """The blocking was lifted already."""

    code = "blocking_lifted"
    title = "This blocking was lifted already"
    remedy = "Read the blocking; to block again, place a new one."


class OwnBlocking(Forbidden):
    """A blocking was to be lifted by the person who placed it."""

    code = "own_blocking"
    title = "Somebody else has to lift this blocking"
    remedy = "Ask another person with the right to lift blockings."


class PersonalFileBlocked(Conflict):
    """A change in a personal file that is blocked; `blockings` says on which grounds, `until` the last day of the term.

    `until` is a dash while no last day is known.
    """

    code = "personal_file_blocked"
    title = "The personal file is blocked: nothing in it is changed"
    remedy = "Reason: {reason}. If it no longer holds, have another person lift what `blockings` names."


class BlockedByArchiveTerm(PersonalFileBlocked):
    """The same where the ground is the term under the archive law and its last day is known."""

    code = "blocked_by_archive_term"
    title = "Blocked: the term under the archive law runs until {until}"


class BlockedReading(Forbidden):
    """A document of a blocked personal file was to be read without the permission `needed`; facts as above."""

    code = "blocked_reading"
    title = "The personal file is blocked and your role does not open it"
    remedy = "It is kept until {until}; reason: {reason}. Ask somebody who has the permission named in `needed`."


class PurposeNotStated(Forbidden):
    """A document of a blocked personal file was to be read without a stated purpose; facts as above."""

    code = "purpose_not_stated"
    title = "The personal file is blocked: say what you read it for"
    remedy = "It is kept until {until}; reason: {reason}. Send the purpose in the header Deloteka-Purpose."
