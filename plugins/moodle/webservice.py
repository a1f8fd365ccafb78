"""The web service of a site: one address, nested form fields, errors with status 200."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from core.sdk.connectors import Answer, HttpClient
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.errors import FunctionRefused, Unconfirmed, error_of

SITE_INFO: Final = "core_webservice_get_site_info"
REST: Final = "/webservice/rest/server.php"
_TROUBLE: Final = 500
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a site says of itself and of the account; the account's private key is dropped at once."""

    siteurl: str
    sitename: str
    userid: int
    fullname: str
    release: str
    functions: frozenset[str]
    downloadfiles: bool


def fields_of(arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield form fields as PHP nests them: `{"ids": [2]}` becomes `ids[0]=2`, booleans 1 and 0."""
    for name, value in arguments.items():
        yield from _nested(name, value)


def _nested(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _nested(f"{name}[{key}]", inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _nested(f"{name}[{number}]", inner)
    else:
        yield name, str(int(value)) if isinstance(value, bool) else str(value)


def options(**named: object) -> list[dict[str, object]]:
    """Return options as Moodle wants them: a list of names and values."""
    return [{"name": name, "value": value} for name, value in named.items()]


class WebService:
    """Calls the functions of one site and says what is wrong in the connector's errors."""

    def __init__(self, http: HttpClient, configuration: MoodleConfiguration) -> None:
        self.base = configuration.site_url
        self._http = http
        self._token = configuration.token
        self._about: About | None = None

    async def call(self, function: str, **arguments: object) -> Any:  # noqa: ANN401 (what another system says)
        """Return what the function answers.

        Raises the connector errors; `ConnectorAuthFailed` for `accessexception` if the site refuses everything, and
        `ConnectorMisconfigured` if it refuses only this function.
        """
        try:
            return await self._asked(function, arguments)
        except FunctionRefused:
            await self._ask_whether_all_is_refused(function)
            detail = f"the service at the site does not offer {function}: add it to the functions of the service"
            raise ConnectorMisconfigured(detail, function=function) from None
        except Unconfirmed as error:
            if function == SITE_INFO:
                raise
            # Raises if it is the account of the service; else it was the person that was asked for.
            await self._asked(SITE_INFO, {})
            raise ConnectorRecordRefused(error.detail) from None

    async def _ask_whether_all_is_refused(self, function: str) -> None:
        try:
            if function != SITE_INFO:
                await self._asked(SITE_INFO, {})
                return
        except FunctionRefused:
            pass
        detail = (
            "the site refuses every function: the token has expired, the service is switched off, it is not for this"
            f" account or address, or it lacks {SITE_INFO}"
        )
        raise ConnectorAuthFailed(detail)

    async def _asked(self, function: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401 (as above)
        secret = self._token.get_secret_value()
        ours = [("wstoken", secret), ("wsfunction", function), ("moodlewsrestformat", "json")]
        judge = _Judge(function)
        await self._http.request("POST", f"{self.base}{REST}", judge=judge, form=[*ours, *fields_of(arguments)])
        error = error_of(judge.value, function)
        if error is not None:
            raise error
        refuse_ignored_filters(judge.value, function)
        return judge.value

    async def about(self) -> About:
        """Return what the site says of itself, asked once."""
        if self._about is None:
            said = await self.call(SITE_INFO)
            try:
                self._about = About(
                    siteurl=str(said["siteurl"]).rstrip("/"),
                    sitename=str(said.get("sitename", "")),
                    userid=int(said["userid"]),
                    fullname=str(said.get("fullname", "")),
                    release=str(said.get("release", "")),
                    functions=frozenset(str(each["name"]) for each in said.get("functions", ())),
                    downloadfiles=bool(said.get("downloadfiles")),
                )
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                detail = f"{SITE_INFO}: the answer names neither the site nor the account"
                raise ConnectorBug(detail) from error
        return self._about

    def file_secrets(self) -> tuple[tuple[str, str], ...]:
        """Return what the address of a file needs to be answered; it goes to the site only."""
        return (("token", self._token.get_secret_value()),)


class _Judge:
    """Looks at an answer; what is transient is asked again by the host, errors in the body are told apart later."""

    def __init__(self, function: str) -> None:
        self._function = function
        self.value: Any = None

    def __call__(self, answer: Answer) -> None:
        status = answer.status
        if status >= _TROUBLE or status == _TOO_MANY:
            detail = f"{self._function}: the site answers {status}: maintenance, or trouble of its own"
            raise ConnectorTransient(detail)
        if status in {401, 403}:
            detail = (
                f"the site answers {status}: its web services or their REST protocol are off, or a wall is before it"
            )
            raise ConnectorMisconfigured(detail)
        if status in {404, 410}:
            detail = "there are no web services of Moodle at this address: correct the address of the site"
            raise ConnectorMisconfigured(detail)
        start = answer.body[:100].lstrip().lower()
        if start.startswith(b"<?xml"):
            detail = f"{self._function}: the site answers in XML, though JSON was asked for"
            raise ConnectorBug(detail)
        self.value = answer.json()
        error = error_of(self.value, self._function)
        if isinstance(error, ConnectorTransient) and isinstance(self.value, Mapping) and self.value.get("errorcode"):
            raise error


def refuse_ignored_filters(value: object, function: str) -> None:
    """Raise if a warning says that a filter was ignored: then everybody came back, and nothing of it may be used."""
    for warning in warnings_of(value):
        if warning.get("warningcode") == "invalidfieldparameter":
            detail = f"{function}: the site ignored a filter of ours"
            raise ConnectorBug(detail)


def warnings_of(value: object) -> Sequence[Mapping[str, Any]]:
    """Return the second channel of an answer."""
    found = value.get("warnings") if isinstance(value, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def objects_of(value: object, function: str, *path: str) -> list[dict[str, Any]]:
    """Return the list of objects at `path` of an answer; raise `ConnectorBug` if there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        detail = f"{function}: the answer has no list of objects {'.'.join(path)}".rstrip()
        raise ConnectorBug(detail)
    return value


def host_of(address: str) -> str:
    """Return `host` or `host:port` of an address."""
    return urlsplit(address).netloc.lower()
