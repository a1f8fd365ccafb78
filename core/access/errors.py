"""Why somebody was not let in, or not let do something with an account."""

from core.kernel.errors import AlreadyExists, Conflict, DelotekaError, Forbidden, Invalid
from core.kernel.texts import mark


class AccessError(DelotekaError):
    """Base of what goes wrong around credentials."""


class NotSignedIn(AccessError):
    """No credential was shown, or one that nobody holds."""

    code = "not_signed_in"
    status = 401
    title = mark("You are not signed in")
    remedy = mark("Sign in with POST /api/v1/session, or send a valid token as `Authorization: Bearer …`.")


class CredentialExpired(AccessError):
    """The session or token was good once and its time is over."""

    code = "credential_expired"
    status = 401
    title = mark("Your session or token has expired")
    remedy = mark("Sign in again, or create a new token.")


class SignInFailed(AccessError):
    """Login and password do not fit together; which of them is wrong is not said."""

    code = "sign_in_failed"
    status = 401
    title = mark("The login or the password is wrong")
    remedy = mark("Check both; after several failures you have to wait. The administrator can give you a new password.")


class OneTimePasswordExpired(AccessError):
    """The password is right, was meant for the first sign-in, and its time is over."""

    code = "one_time_password_expired"
    status = 401
    title = mark("Your one-time password has expired")
    remedy = mark(
        "Ask your administrator for a new one. An administrator gets one from whoever runs the installation, with"
        " `deloteka user reset-password`."
    )


class TwoCredentials(AccessError):
    """A session cookie and a token came with one request."""

    code = "two_credentials"
    status = 400
    title = mark("The request carries a session cookie and a token")
    remedy = mark("Send one of them: browsers the cookie, programs the token.")


class InvalidPurpose(AccessError):
    """The header Deloteka-Purpose cannot be read."""

    code = "invalid_purpose"
    status = 400
    title = mark("The purpose of the request cannot be read")
    remedy = mark("Send `Deloteka-Purpose` percent-encoded as UTF-8, at most 200 printable characters.")


class CsrfRefused(Forbidden):
    """A change came from a browser without the token of its session."""

    code = "csrf"
    title = mark("The request does not prove that it comes from your own page")
    remedy = mark("Send the value `csrf_token` of GET /api/v1/session as the header `X-CSRF-Token`.")


class PasswordChangeRequired(Forbidden):
    """The one-time password has to be replaced before anything else."""

    code = "password_change_required"
    title = mark("Choose a password of your own first")
    remedy = mark("Change the one-time password with POST /api/v1/session/password.")


class SessionRequired(Forbidden):
    """Only a person who signed in may do this, not a program with a token."""

    code = "session_required"
    title = mark("This needs a session; a token is not enough")
    remedy = mark("Sign in with login and password.")


class TooManyAttempts(AccessError):
    """Too many failed sign-ins; the wait grows with each further one, and never becomes a lock."""

    code = "too_many_attempts"
    status = 429
    title = mark("Too many failed attempts to sign in")
    remedy = mark("Wait as many seconds as `Retry-After` says and try again.")

    def __init__(self, seconds: int = 1) -> None:
        super().__init__(seconds=seconds)
        self.retry_after = seconds


class ChooseInstitution(Conflict):
    """The account serves several institutions and none was named; fact: institutions."""

    code = "choose_institution"
    title = mark("Choose the institution you want to work in")
    remedy = mark("Repeat the request with `institution_id` set to one of `institutions`.")


class ServesNoInstitution(Forbidden):
    """Login and password are right, but the account serves no institution (any more)."""

    code = "serves_no_institution"
    title = mark("Your account serves no institution")
    remedy = mark("Ask the administrator of your institution to let you in again.")


class OwnAccount(Conflict):
    """What one administrator does to another account cannot be done to the own one."""

    code = "own_account"
    title = mark("This cannot be done to your own account")
    remedy = mark("Ask another administrator; your own password you change with POST /api/v1/session/password.")


class NotAService(Conflict):
    """Tokens of others are made for accounts of kind service only."""

    code = "not_a_service"
    title = mark("Only programs get their tokens from the administrator")
    remedy = mark("People make their own tokens with POST /api/v1/tokens.")


class HasNoPassword(Conflict):
    """Accounts of kind service sign in with tokens."""

    code = "has_no_password"
    title = mark("This account has no password")
    remedy = mark("Programs use tokens: make one for this account instead.")


class WrongPassword(Invalid):
    """The present password, asked for again, is wrong."""

    code = "wrong_password"
    title = mark("The present password is wrong")
    remedy = mark("Type the password you signed in with.")


class WeakPassword(Invalid):
    """The new password would be guessed; fact: reason (`short`, `long`, `common`, `login`, `same`)."""

    code = "weak_password"
    title = mark("The password is too easy to guess")
    remedy = mark("Choose a longer one: three or four unrelated words are easy to remember and hard to guess.")


class LoginTaken(AlreadyExists):
    """Some account of this installation has the login."""

    code = "login_taken"
    title = mark("This login is taken")
    remedy = mark("Choose another one, or ask the operator to add that person to your institution.")


class LastAdministrator(Conflict):
    """The institution would be left without anybody who can administer it."""

    code = "last_administrator"
    title = mark("An institution needs an active administrator")
    remedy = mark("Give the role to somebody else first.")


class SharedAccount(Conflict):
    """The account belongs to other institutions too, or to an operator: one administrator alone may not change it."""

    code = "shared_account"
    title = mark("This account does not belong to your institution alone")
    remedy = mark("Ask the operator of the installation; in your institution you can change roles or deactivate.")


class RolesExclude(Invalid):
    """The roles cannot be held together, or not by this kind of account; fact: roles."""

    code = "roles_exclude_each_other"
    title = mark("These roles cannot be held together")
    remedy = mark("An administrator holds no other role; service_account is for accounts of kind service only.")


class RightNotGiven(Invalid):
    """A program is given no rights besides those of its role."""

    code = "right_not_given"
    title = mark("This right is given to people only")
    remedy = mark("Give it to somebody who signs in, not to an account of kind service.")


class ScopesExceed(Forbidden):
    """A token was to be given more than its account may do; fact: needed."""

    code = "scopes_exceed_permissions"
    title = mark("A token cannot do more than its account")
    remedy = mark("Leave out the scopes named in `needed`.")


class TokenLivesTooLong(Invalid):
    """A token was to live longer than the settings allow; fact: max_days."""

    code = "token_lives_too_long"
    title = mark("The token would live too long")
    remedy = mark("Choose an expiry within `max_days` days.")


class InstitutionUnclear(Invalid):
    """There are several institutions, and none was named."""

    code = "institution_unclear"
    title = "It is not clear which institution is meant"
    remedy = "Name the institution."
