"""Why a paper is not made, one class a reason."""

from core.kernel.errors import DelotekaError


class PaperNotMade(DelotekaError):
    """Base of the reasons for which a paper is not made."""

    code = "paper_not_made"
    title = "The paper could not be made"
    remedy = "Nothing was kept of it. Give the request id to the administrator."


class PaperContradicts(PaperNotMade):
    """What the paper is to say contradicts itself; `part` names where, `reason` how."""

    code = "paper_contradicts"
    status = 422
    title = "What the paper is to say contradicts itself"
    remedy = "Correct the part named in `part` and make the paper again."


class PaperNotSet(PaperNotMade):
    """The typesetter refused; `kind` names the paper."""

    code = "paper_not_set"
    title = "The paper could not be set in type"


class PaperTooLarge(PaperNotMade):
    """Setting took more time or memory than it is given; `kind` names the paper, `reason` what ran out."""

    code = "paper_too_large"
    status = 422
    title = "The paper is too large to be set in one piece"
    remedy = "Divide it: make several acts, inventories or exports of fewer lines each."
