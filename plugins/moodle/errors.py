"""What Moodle's errors mean: keyed on `errorcode`, never on the text, which is in the site's language."""

from collections.abc import Mapping
from typing import Any, Final

from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from plugins.moodle.needs import needed_by


class FunctionRefused(ConnectorMisconfigured):
    """`accessexception`: this function, or every function, is refused; only another question can tell which."""


class CapabilityMissing(ConnectorMisconfigured):
    """The role of the service account lacks a capability."""


class CourseClosed(ConnectorMisconfigured):
    """The service account cannot enter this course."""


class Unconfirmed(ConnectorAuthFailed):
    """`usernotconfirmed`: the account of the service, or the person that was asked for; another question can tell."""


class NotTracked(ConnectorRecordRefused):
    """The completion of this person is not kept: suspended in the course, or without a role that is tracked."""


class NoCriteria(ConnectorRecordRefused):
    """The course has no criteria of completion: nothing is wrong."""


class PhpFault(ConnectorTransient):
    """A fault of PHP, without a code: perhaps this one question, perhaps the whole site."""


_AUTH: Final = frozenset({"invalidtoken", "invalidlogin", "servicenotavailable"})
_RECORD: Final = frozenset(
    {
        *("invalidrecord", "invaliduser", "userdeleted", "guestsarenotallowed"),
        *("invalidcourse", "invalidcourseid", "filenotfound"),
    }
)
_NOT_TRACKED: Final = frozenset({"usernotenroled", "notenroled"})
_CAPABILITY: Final = frozenset(
    {"nopermissions", "nopermission", "nopermissiontoviewgrades", "cannotviewreport", "notingroup", "accessdenied"}
)
_TRANSIENT: Final = frozenset({"sitemaintenance", "dbconnectionfailed", "upgraderunning"})
_CONFIG: Final[Mapping[str, str]] = {
    "badgesdisabled": "badges are switched off at the site",
    "enablewsdescription": "web services are switched off at the site",
    "sslonlyaccess": "the site answers https only: correct the address of the site",
    "forcepasswordchangenotice": "the service account has to change its password first",
    "sitepolicynotagreed": "the service account has to agree to the policies of the site first",
    "usernotfullysetup": "the profile of the service account is not complete",
}


def error_of(value: object, function: str) -> ConnectorError | None:
    """Return the error that an answer is; `None` for data."""
    if not isinstance(value, Mapping) or not (("exception" in value) or ("error" in value and "errorcode" in value)):
        return None
    code = value.get("errorcode")
    if not code:
        detail = f"{function} failed inside the site, without a code"
        return PhpFault(detail)
    return _by_code(str(code), value, function)


def _by_code(code: str, value: Mapping[str, Any], function: str) -> ConnectorError:
    if code == "usernotconfirmed":
        return Unconfirmed(f"{function}: the account is not confirmed", function=function)
    if code in _AUTH or code.startswith("wsaccessuser"):
        return ConnectorAuthFailed(f"the site refuses the token or its account ({code})", errorcode=code)
    if code == "accessexception":
        return FunctionRefused(f"the site refuses {function}", function=function)
    if code in _CAPABILITY or str(value.get("exception", "")).endswith("capability_exception"):
        named = _named(str(value.get("message", "")))
        detail = f"{function}: the role of the service account lacks a capability{named}; needed: {needed_by(function)}"
        return CapabilityMissing(detail, function=function)
    if code == "errorcoursecontextnotvalid":
        detail = (
            f"{function}: the service account cannot enter the course; needed: {needed_by('core_course_get_courses')}"
        )
        return CourseClosed(detail, function=function)
    return _of_the_rest(code, function)


def _of_the_rest(code: str, function: str) -> ConnectorError:
    if code == "nocriteriaset":
        return NoCriteria("the course has no criteria of completion")
    if code in _NOT_TRACKED:
        return NotTracked(f"{function}: nothing is kept of this person in this course")
    if code in _RECORD:
        return ConnectorRecordRefused(f"{function}: the site knows no such object ({code})")
    if code in _TRANSIENT or code.startswith("dml"):
        return ConnectorTransient(f"{function}: the site is not able to answer now ({code})")
    if code in _CONFIG:
        return ConnectorMisconfigured(_CONFIG[code], function=function)
    return ConnectorBug(f"{function}: the site answers {code}", errorcode=code, function=function)


def _named(message: str) -> str:
    """The capability, which the site names in brackets at the end of its sentence, in its own language."""
    _, bracket, rest = message.rpartition("(")
    name = rest.rstrip(" .").removesuffix(")").strip()
    return f": «{name}»" if bracket and name else ""
