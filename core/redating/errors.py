"""What can go wrong with re-dating, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid


class RedatingRunning(AlreadyExists):
    """Another preview of the institution is being computed; `redating` is its id."""

    code = "redating_running"
    title = "Another preview is being computed"
    remedy = "Wait until the preview at `address` is ready, or cancel its job."


class RedatingScopeInvalid(Invalid):
    """The years of a preview are in the wrong order, or rows are to be matched in no version."""

    code = "redating_scope_invalid"
    title = "The preview cannot be about this"
    remedy = "Give the years in order; say how rows are matched only together with a version of a nomenclature."


class RedatingNotReady(Conflict):
    """A preview was to be accepted that is not complete; `state` says what it is."""

    code = "redating_not_ready"
    title = "The preview is not complete"
    remedy = "Wait until it is ready; if it was cancelled or failed, ask for another one."


class RedatingDigestDiffers(Conflict):
    """Somebody accepts what is not the content of this preview."""

    code = "redating_digest_differs"
    title = "This is not the preview that you have seen"
    remedy = "Read the preview again and send the digest that it names."


class RedatingAccepted(AlreadyExists):
    """This part of the preview was accepted already; `acceptance` is its id."""

    code = "redating_accepted"
    title = "This part of the preview was accepted already"
    remedy = "Read the preview: it says who accepted it and what became of its lines."


class NothingToAccept(Conflict):
    """The preview has no line of this part."""

    code = "nothing_to_accept"
    title = "There is nothing to accept here"
    remedy = "Read the counts of the preview: no case is of the kinds that this acceptance is about."


class RedatingOutdated(Conflict):
    """The nomenclature of the preview is not in force, or something has changed that the preview rests on.

    `reasons` says which: `previewed_before_approval`, `version_not_in_force`, `policy_changed`.
    """

    code = "redating_outdated"
    title = "The preview rests on what does not hold"
    remedy = "Accept a nomenclature from its first day on; if another one took its place, ask for a new preview."
