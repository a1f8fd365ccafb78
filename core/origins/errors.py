"""What can go wrong with origins, one class a reason."""

from core.kernel.errors import Conflict


class ConflictSettled(Conflict):
    """Somebody has settled this conflict already; `conflict` is its id."""

    code = "conflict_settled"
    title = "This conflict is settled already"
    remedy = "Read the conflict again: it says who has settled it and how."
