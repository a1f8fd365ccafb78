"""What only Moodle does wrong; the switches that all platforms share are in `core.devkit.faults`.

The pattern `path` of these switches is that of the function's name, not of the address.
"""

from dataclasses import dataclass

from core.devkit.faults import (
    Asked,
    DeadToken,
    ErrorObject,
    Fault,
    FaultAnswer,
    MissingScope,
    Refusal,
)
from plugins.moodle.simulator.errors import ACCESS, INVALID_TOKEN, MAINTENANCE, Said, missing_capability


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesOff(Refusal):
    """Web services, or their REST protocol, are switched off; `path` is that of the address."""

    def answer(self, asked: Asked) -> FaultAnswer:
        """Return 403 with nothing in it."""
        del asked
        return FaultAnswer(status=403, media_type="text/html; charset=utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class OldClassNames(Fault):
    """A site before 4.5: no namespaces in the names of classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPermissionCode(Fault):
    """An older site: `nopermission` instead of `nopermissions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhpFault(Fault):
    """The function fails in PHP: an error without a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowGradeReport(Fault):
    """The grade report of a whole course takes so long that it fails; of a group or a user it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDies(Fault):
    """One token is deleted at the site, perhaps in the middle of a run; requests with others pass."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsWith(Fault):
    """The function answers with this error."""

    errorcode: str
    exception: str = "moodle_exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetsFilter(Fault):
    """A list ignores where a page should begin (`offset`, `limitfrom`)."""


_CODES = {"invalidtoken": INVALID_TOKEN, "accessexception": ACCESS, "sitemaintenance": MAINTENANCE}


def in_moodles_words(refusal: Refusal, asked: Asked) -> FaultAnswer | None:
    """Say a refusal of the development kit as Moodle says it: status 200 and an object."""
    match refusal:
        case DeadToken():
            said = INVALID_TOKEN.fault()
        case MissingScope(scope=scope):
            said = missing_capability(scope or "Change site configuration")
        case ErrorObject(code=code):
            said = _CODES.get(code, Said("moodle_exception", code, "Something is wrong: {}")).fault(code)
        case _:
            return None
    is_file = "pluginfile.php" in asked.path or asked.path.endswith("token.php")
    return FaultAnswer.of(200, said.as_file_error() if is_file else said.as_object(old_names=False))
