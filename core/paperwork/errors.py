"""Why a paper is not issued, filed or signed, one class a reason."""

from core.kernel.errors import Conflict, DelotekaError, Invalid


class PaperNotReady(Conflict):
    """What the paper is to certify has not come about yet; `kind` names the paper, `reason` what is missing."""

    code = "paper_not_ready"
    title = "The paper cannot be made yet"
    remedy = "Bring the act, the inventory or the nomenclature to the state that `reason` names first."


class NoClassForPaper(Conflict):
    """The institution has not said under which class papers of this kind are filed; `kind` names it."""

    code = "no_class_for_paper"
    title = "Nobody has said where papers of this kind are filed"
    remedy = "Let the head name a class of the nomenclature for it with POST /api/v1/paperwork-policies."


class NoCaseForPaper(Conflict):
    """No case of the class that was named is open; `class_index` and `lineage` name the class."""

    code = "no_case_for_paper"
    title = "There is no open case for this paper"
    remedy = "Open a case under the class {class_index}, then issue the paper again."


class FilingClassUnfit(Invalid):
    """A class keeps such papers for too short a time, or its term is not understood; `papers` names each."""

    code = "filing_class_unfit"
    title = "A class does not keep such papers long enough"
    remedy = (
        "Disposal acts belong under a class kept permanently or until liquidation («дело фонда»), acts on personal "
        "data and exports from the event log under one kept at least three years."
    )


class PaperQuarantined(Conflict):
    """The intake has set the paper aside; `document` names it."""

    code = "paper_quarantined"
    title = "The paper waits in quarantine"
    remedy = "Release the document named in `document`, then issue the paper again: it is the same one."


class PaperNotFiled(Conflict):
    """The paper was issued and is not filed yet, so there is nothing to sign or to open."""

    code = "paper_not_filed"
    title = "The paper is not filed yet"
    remedy = "Finish it with POST /api/v1/issued-papers/{paper}/filing."


class NotASignature(DelotekaError):
    """The file is no detached signature: no CMS in DER, PEM or base64."""

    code = "not_a_signature"
    status = 422
    title = "The file is not a detached signature"
    remedy = "Send the file (.sig, .p7s) that your signing program wrote beside the paper: CMS as DER, PEM or base64."


class SignatureTooBig(DelotekaError):
    """The signature has more bytes than `limit_bytes`."""

    code = "signature_too_big"
    status = 413
    title = "The signature is too big"
    remedy = "Send the detached signature only, without the paper in it."


class SignatureUnclear(Invalid):
    """What is said of a signature does not fit together; `reason` says what."""

    code = "signature_unclear"
    title = "It is not clear who signed, or how"
    remedy = "Name an account or a person, and a day not before the paper and not in the future."


class SignedAlready(Conflict):
    """This person's signature by hand, or this very file, is recorded already; `signature` names it."""

    code = "signed_already"
    title = "This signature is recorded already"
    remedy = "Nothing is left to do: look at the signatures of the paper."
