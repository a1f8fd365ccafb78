"""How Moodle says that something is wrong: an object with status 200, and in XML where nobody asked for JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from core.sdk.errors import PluginError

MOVED = {
    "moodle_exception": "core\\exception\\moodle_exception",
    "invalid_parameter_exception": "core\\exception\\invalid_parameter_exception",
    "required_capability_exception": "core\\exception\\required_capability_exception",
}
"""Classes that live in a namespace since Moodle 4.5."""


class MoodleFault(PluginError):
    """An error of the simulated site."""

    code = "moodle_fault"

    def __init__(self, exception: str, errorcode: str | None, message: str) -> None:
        super().__init__(message, exception=exception, errorcode=errorcode)
        self.exception = exception
        self.errorcode = errorcode
        self.message = message

    def as_object(self, *, old_names: bool) -> dict[str, object]:
        """Return the object of a REST answer; before 4.5 no class had a namespace."""
        name = self.exception if old_names else MOVED.get(self.exception, self.exception)
        code = {} if self.errorcode is None else {"errorcode": self.errorcode}
        return {"exception": name, **code, "message": self.message}

    def as_file_error(self) -> dict[str, object]:
        """Return the object that the scripts for tokens and files answer with."""
        rest = {"stacktrace": None, "debuginfo": None, "reproductionlink": None}
        return {"error": self.message, "errorcode": self.errorcode, **rest}


@dataclass(frozen=True, slots=True)
class Said:
    """An error in Moodle's own words."""

    exception: str
    errorcode: str | None
    message: str

    def fault(self, detail: str = "") -> MoodleFault:
        """Return it as something to raise."""
        return MoodleFault(self.exception, self.errorcode, self.message.format(detail))


INVALID_TOKEN = Said("moodle_exception", "invalidtoken", "Invalid token - token not found")
ACCESS = Said("webservice_access_exception", "accessexception", "Access control exception")
SUSPENDED = Said("moodle_exception", "wsaccessusersuspended", "Refused web service access for suspended username: {}")
PARAMETER = Said("invalid_parameter_exception", "invalidparameter", "Invalid parameter value detected")
NO_RECORD = Said("dml_missing_record_exception", "invalidrecord", "Can't find data record in database table {}.")
NO_USER = Said("dml_missing_record_exception", "invaliduser", "Invalid user")
UNCONFIRMED = Said("moodle_exception", "usernotconfirmed", "User not confirmed: {}")
NOT_TRACKED = Said("moodle_exception", "usernotenroled", "User not enrolled in the course")
NO_REPORT = Said("moodle_exception", "cannotviewreport", "You cannot view this report")
NO_CRITERIA = Said("moodle_exception", "nocriteriaset", "No completion criteria have been set for this course")
COURSE_CONTEXT = Said(
    "moodle_exception",
    "errorcoursecontextnotvalid",
    "You cannot execute functions in the course context (course id:{}).",
)
PHP = Said("Error", None, "Call to a member function get_context() on null")
MAINTENANCE = Said("moodle_exception", "sitemaintenance", "The site is undergoing maintenance.")
NO_FILE = Said("moodle_exception", "filenotfound", "Sorry, the requested file could not be found")
NO_DOWNLOAD = Said("webservice_access_exception", "accessexception", "Access control exception")
WRONG_LOGIN = Said("moodle_exception", "invalidlogin", "Invalid login, please try again")
NO_SERVICE = Said("moodle_exception", "servicenotavailable", "Web service is not available.")
_PERMISSION = "Sorry, but you do not currently have permissions to do that ({})."


def missing_capability(title: str, *, old_code: bool = False) -> MoodleFault:
    """Return the error of a missing capability; older sites leave the last letter of its code out."""
    code = "nopermission" if old_code else "nopermissions"
    return MoodleFault("required_capability_exception", code, _PERMISSION.format(title))


def xml_of(fault: MoodleFault, *, old_names: bool) -> str:
    """Return the error as XML."""
    said: Mapping[str, object] = fault.as_object(old_names=old_names)
    inner = "".join(
        f"<{name.upper()}>{escape(str(said[name]))}</{name.upper()}>"
        for name in ("errorcode", "message")
        if name in said
    )
    name = escape(str(said["exception"]), {'"': "&quot;"})
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<EXCEPTION class="{name}">\n{inner}\n</EXCEPTION>\n'


def xml_value(value: object) -> str:
    """Return data as the XML of the REST protocol."""
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n<RESPONSE>\n{_element(value)}</RESPONSE>\n'


def _element(value: object) -> str:
    if isinstance(value, dict):
        keys = "".join(f'<KEY name="{escape(str(name))}">{_element(each)}</KEY>\n' for name, each in value.items())
        return f"<SINGLE>\n{keys}</SINGLE>\n"
    if isinstance(value, list):
        return f"<MULTIPLE>\n{''.join(map(_element, value))}</MULTIPLE>\n"
    if value is None:
        return '<VALUE null="null"/>\n'
    return f"<VALUE>{escape(str(int(value)) if isinstance(value, bool) else str(value))}</VALUE>\n"
