"""What can go wrong with the end of an institution, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict


class LiquidationExists(AlreadyExists):
    """The liquidation of this institution is recorded already."""

    code = "liquidation_exists"
    title = "The liquidation is recorded already"
    remedy = "Read what is recorded; if it is wrong, let the head revoke it with a reason."


class LiquidationSettled(Conflict):
    """The liquidation was confirmed or revoked already; `state` says which."""

    code = "liquidation_settled"
    title = "Somebody has decided this already"
    remedy = "Read the present state of the liquidation and decide again."


class LiquidationBySame(Conflict):
    """The one who recorded the liquidation may not confirm it."""

    code = "liquidation_by_same"
    title = "Another person has to confirm the liquidation"
    remedy = "Let somebody else with the right to do so confirm it."
