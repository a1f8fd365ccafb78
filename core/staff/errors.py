"""What can go wrong with members of the staff, one class a reason."""

from core.kernel.errors import AlreadyExists, Invalid


class StaffNumberTaken(AlreadyExists):
    """Another member has this number or СНИЛС (`field`); `member` is that member's id, if it is known."""

    code = "staff_number_taken"
    title = "Another member of the staff has this number"
    remedy = "Look at the member in `member`: it may be the same person. Otherwise correct the number."


class AccountTaken(AlreadyExists):
    """The account is linked to another member; `member` is that member's id, if it is known."""

    code = "account_taken"
    title = "The account belongs to another member of the staff"
    remedy = "Take the account from the member in `member` first, or name another login."


class NoSuchAccount(Invalid):
    """No active account of the institution has the login."""

    code = "no_such_account"
    title = "Nobody in this institution has this login"
    remedy = "Ask the administrator for the login, or to make an account."
