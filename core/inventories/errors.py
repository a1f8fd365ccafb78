"""What can go wrong with inventories, one class a reason."""

from core.kernel.errors import Conflict, Invalid, TransitionRefused


class InventoryStepRefused(TransitionRefused):
    """A step of an inventory is not allowed; `reasons` says why."""

    code = "inventory_step_refused"


class InventorySpanInvalid(Invalid):
    """The years of an inventory are in the wrong order or not over yet."""

    code = "inventory_span_invalid"
    title = "The years of the inventory cannot be right"
    remedy = "Give a first and a last year in this order; the last one not after {latest}."


class NotForThisInventory(Conflict):
    """Cases do not belong into the inventory; `cases` names them."""

    code = "not_for_this_inventory"
    title = "Some cases do not belong into this inventory"
    remedy = "Take out the cases named in `cases`: another category, another year, not closed, or entered already."


class InventoryIncomplete(Conflict):
    """Cases of this category and these years stand in no inventory; `cases` names some of them."""

    code = "inventory_incomplete"
    title = "Some cases of these years stand in no inventory"
    remedy = "Enter the cases named in `cases` into an inventory first."


class InventoryEmpty(Conflict):
    """An inventory without lines was to be approved, which does not say that there are no such cases."""

    code = "inventory_empty"
    title = "The inventory has no lines"
    remedy = "Enter its cases, or make an inventory that says there are none."
