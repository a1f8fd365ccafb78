"""Answers of the platform: which are errors, and of which class. Known are two families of names for one set of errors.

Most objects have a `type` of their own: only the codes in the table make an object an error, whatever the status.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from core.sdk.connectors import Answer
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)

_LONGEST = 200
_PAGE_TEXT = re.compile(r'class="error__description"[^>]*>\s*<p[^>]*>(.*?)</p', re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")


class OutOfScope(ConnectorMisconfigured):
    """The token's scopes do not cover the call."""


class ParameterInvalid(ConnectorBug):
    """A parameter is wrong: ours, unless it is the id of an object that the platform itself named."""


class ServerFault(ConnectorTransient):
    """The platform says that it failed. Bad parameters make it say so too, so one object may always end like this."""


REFUSALS = (ConnectorRecordRefused, ParameterInvalid, ServerFault)
"""What may be about one object alone: it is said, and the others are read."""


class Patience:
    """Tells a bad object from a bad day: after some server faults one after another, the next one is raised."""

    _MOST = 3

    def __init__(self) -> None:
        self._spent = 0

    def bear(self, error: ConnectorError) -> None:
        """Count a refusal; raise it if the platform itself is in trouble."""
        self._spent = self._spent + 1 if isinstance(error, ServerFault) else 0
        if self._spent >= self._MOST:
            raise error

    def restore(self) -> None:
        """Something was answered."""
        self._spent = 0


ERRORS: Mapping[str, type[ConnectorError]] = {
    "authorizationInvalidToken": ConnectorAuthFailed,
    "invalidToken": ConnectorAuthFailed,
    "authorizationTokenRequired": ConnectorAuthFailed,
    "tokenRequired": ConnectorAuthFailed,
    "authorizationFailed": ConnectorAuthFailed,
    "authorizationOutOfScope": OutOfScope,
    "outOfScope": OutOfScope,
    "authorizationNotOwner": ConnectorRecordRefused,
    "notOwner": ConnectorRecordRefused,
    "authorizationOwnerForbidden": ConnectorRecordRefused,
    "ownerForbidden": ConnectorRecordRefused,
    "authorizationSystemForbidden": ConnectorRecordRefused,
    "systemForbidden": ConnectorRecordRefused,
    "invalidRequest": ConnectorBug,
    "parameterInvalid": ParameterInvalid,
    "apiResourceUnavailable": ConnectorRecordRefused,
    "resourceUnavailable": ConnectorRecordRefused,
    "apiMethodNotSupported": ConnectorBug,
    "methodNotSupported": ConnectorBug,
    "apiRequestLimit": ConnectorTransient,
    "requestLimit": ConnectorTransient,
    "apiServerError": ServerFault,
    "serverError": ServerFault,
    "apiUnknownError": ServerFault,
    "unknownError": ServerFault,
    "apiHttpsRequired": ConnectorMisconfigured,
    "httpsRequired": ConnectorMisconfigured,
}
"""By the value of `type`; both families."""

_ADVICE: Mapping[type[ConnectorError], str] = {
    ConnectorAuthFailed: "the platform no longer accepts the token; sign in again or paste a new one",
    OutOfScope: "the token's scopes do not cover this call; sign in again and agree to what is asked",
    ConnectorMisconfigured: "the platform refuses calls of this kind; look at the address and at the account's rights",
    ConnectorRecordRefused: "the platform refuses this object",
    ParameterInvalid: "the platform refuses a parameter",
    ConnectorBug: "the platform refuses the request",
    ConnectorTransient: "the platform cannot answer now",
    ServerFault: "the platform failed",
}


class Reading:
    """Judges one answer and keeps what it says, so that no body is parsed twice."""

    def __init__(self, *, scope: str = "") -> None:
        self.value: Any = None
        self._scope = scope

    def __call__(self, answer: Answer) -> None:
        """Keep the value; raise the `ConnectorError` that the answer stands for."""
        if answer.media_type == "text/html" or answer.body.lstrip()[:1] == b"<":
            detail = f"a page instead of data (status {answer.status}): {_text_of(answer.body)}".rstrip(": ")
            raise ConnectorTransient(detail)
        failed = answer.status >= HTTPStatus.BAD_REQUEST
        try:
            value = json.loads(answer.body)
        except ValueError as error:
            if failed:
                raise by_status(answer.status) from None
            detail = f"not JSON but {answer.media_type or 'something without a type'} (status {answer.status})"
            raise ConnectorTransient(detail) from error
        if isinstance(value, dict):
            self._refuse_errors(value)
        if failed:
            raise by_status(answer.status)
        self.value = value

    def _refuse_errors(self, value: Mapping[str, Any]) -> None:
        code = value.get("type")
        kind = ERRORS.get(code) if isinstance(code, str) else None
        if kind is None:
            return
        said = str(value.get("description") or "")[:_LONGEST]
        missing = f" (scope {self._scope})" if kind is OutOfScope and self._scope else ""
        detail = f"{_ADVICE[kind]}{missing}: {code}{': ' if said else ''}{said}"
        raise kind(detail)


def by_status(status: int) -> ConnectorError:
    """Return the error of an answer that says nothing but its status; 550 means «works on the server»."""
    kinds: Mapping[int, type[ConnectorError]] = {
        HTTPStatus.UNAUTHORIZED: ConnectorAuthFailed,
        HTTPStatus.FORBIDDEN: ConnectorMisconfigured,
        HTTPStatus.NOT_FOUND: ConnectorRecordRefused,
        HTTPStatus.REQUEST_TIMEOUT: ConnectorTransient,
        HTTPStatus.GONE: ConnectorRecordRefused,
        HTTPStatus.TOO_MANY_REQUESTS: ConnectorTransient,
    }
    trouble = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = kinds.get(status, ConnectorTransient if trouble else ConnectorBug)
    return kind(f"{_ADVICE[kind]} (status {status})")


def _text_of(body: bytes) -> str:
    """What a page says to its reader, in one short line."""
    page = body[:20_000].decode("utf-8", "replace")
    found = _PAGE_TEXT.search(page)
    return " ".join(_TAGS.sub(" ", found.group(1)).split())[:_LONGEST] if found else ""
