"""What can go wrong with rewards, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid


class RewardKindTaken(AlreadyExists):
    """There is a kind of rewards of this name; `kind` is its id."""

    code = "reward_kind_taken"
    title = "There is such a kind of rewards"
    remedy = "Use the kind in `kind`, or choose another name."


class UnknownRewardKind(Invalid):
    """There is no such kind of rewards, or it is no longer given."""

    code = "unknown_reward_kind"
    title = "There is no such kind of rewards"
    remedy = "Choose a kind that is in use, or add one."


class UnknownRewardedPerson(Invalid):
    """The learner who was rewarded does not exist in the institution."""

    code = "unknown_rewarded_person"
    title = "There is no such learner"
    remedy = "Choose a learner of the institution."


class UnknownRewardDocument(Invalid):
    """The document that is to prove a reward does not exist, was refused, or is that of another learner."""

    code = "unknown_reward_document"
    title = "There is no such document to prove the reward"
    remedy = "Name a kept document of this learner or of a group, or leave `document_id` out."


class UnknownOrderCase(Invalid):
    """The case of the order that granted a reward does not exist."""

    code = "unknown_order_case"
    title = "There is no such case of orders"
    remedy = "Name a case of the institution, or leave `order_case_id` out and describe the order in `ground`."


class ImpossibleRewardDate(Invalid):
    """The date named in `field` lies outside `earliest` and `latest`."""

    code = "impossible_reward_date"
    title = "The date cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class RewardStruckOut(Conflict):
    """The reward was struck out; it stays visible and is never changed again."""

    code = "reward_struck_out"
    title = "This was struck out"
    remedy = "Enter what is right as a new one."
