"""What a server's answers mean: its error codes first, then the status."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.sdk import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from core.sdk.connectors import Answer
from plugins.oneroster.values import NumberText

Failure = Callable[[str], ConnectorError]

_BY_CODE: Mapping[str, Failure] = {
    "unauthorisedrequest": ConnectorMisconfigured,
    "unsupportedoperation": ConnectorMisconfigured,
    "targetreadfailure": ConnectorTransient,
    "server_busy": ConnectorTransient,
    "unknownobject": ConnectorRecordRefused,
    "invaliddata": ConnectorBug,
    "invalid_data": ConnectorBug,
    "invalid_sort_field": ConnectorBug,
    "invalid_selection_field": ConnectorBug,
    "invalid_filter_field": ConnectorBug,
}
"""Minor codes of imsx; the set is open."""
_BY_STATUS: Mapping[int, Failure] = {
    403: ConnectorMisconfigured,
    404: ConnectorRecordRefused,
    405: ConnectorMisconfigured,
    410: ConnectorRecordRefused,
    429: ConnectorTransient,
}
_UNAUTHORISED = 401
_GOOD = range(200, 300)
_TROUBLE = 500
_FAILED = frozenset({"failure", "unsupported"})


class TokenDied(ConnectorAuthFailed):
    """The server does not take the bearer token (any more): a new one may help."""


class Reading:
    """A judge that keeps what it has parsed: `data` is the object that was answered."""

    def __init__(self, collection: str, *, scope: str) -> None:
        self._what = collection
        self._scope = scope
        self.data: Mapping[str, Any] = {}

    def __call__(self, answer: Answer) -> None:
        """Raise the connector error that an answer means, unless it is a good one."""
        good = answer.status in _GOOD
        found = _parsed(answer)
        if good and found is None:
            detail = f"{self._what}: not JSON but {answer.media_type or 'something without a type'}"
            raise ConnectorTransient(detail)
        codes = sorted(_codes(found)) if found is not None else []
        if not good or _has_failed(found):
            raise self._failure(answer.status, codes)
        self.data = found or {}

    def _failure(self, status: int, codes: list[str]) -> ConnectorError:
        detail = f"{self._what}: the server answers {status}{' ' * bool(codes)}{', '.join(codes)}"
        if status == _UNAUTHORISED:
            return TokenDied(f"{detail}; check client id and secret")
        for code in codes:
            if code in _BY_CODE:
                return _BY_CODE[code](detail + _advice(code, self._scope))
        if status in _BY_STATUS:
            return _BY_STATUS[status](detail + _advice(str(status), self._scope))
        return ConnectorTransient(detail) if status >= _TROUBLE else ConnectorBug(detail)


def _advice(reason: str, scope: str) -> str:
    if reason in {"403", "unauthorisedrequest"}:
        return f"; the scope {scope} is missing: have the server's operator grant it to this client"
    if reason == "invalid_filter_field":
        return "; turn off «Ask for changes only»"
    return "; turn off «Ask for sorted lists»" if reason == "invalid_sort_field" else ""


def _parsed(answer: Answer) -> Mapping[str, Any] | None:
    """The object of the body with numbers as they were written; `None` if it is none."""
    try:
        found = json.loads(answer.body, parse_float=NumberText)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def _status_object(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The imsx object stands alone, or under a key of its own."""
    wrapped = found.get("imsx_StatusInfo") or found.get("imsx_statusInfo")
    return wrapped if isinstance(wrapped, Mapping) else found


def _has_failed(found: Mapping[str, Any] | None) -> bool:
    """Errors come with status 200 too."""
    if found is None:
        return True
    status = _status_object(found)
    return str(status.get("imsx_codeMajor", "")).casefold() in _FAILED or (
        isinstance(found.get("error"), str) and len(found) <= len(("error", "error_description", "error_uri"))
    )


def _codes(found: Mapping[str, Any]) -> Iterator[str]:
    status = _status_object(found)
    minor = status.get("imsx_CodeMinor") or status.get("imsx_codeMinor")
    fields = minor.get("imsx_codeMinorField") if isinstance(minor, Mapping) else None
    for field in fields if isinstance(fields, list) else []:
        value = field.get("imsx_codeMinorFieldValue") if isinstance(field, Mapping) else None
        if isinstance(value, str) and value.isidentifier():
            yield value.casefold()


def oauth_error(answer: Answer) -> str:
    """Return the `error` of a token endpoint's answer (RFC 6749, 5.2), empty if it says none."""
    found = _parsed(answer)
    error = found.get("error") if found is not None else None
    return error if isinstance(error, str) and error.isidentifier() else ""
