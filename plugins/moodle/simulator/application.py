"""The simulated site as an application."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from fastapi import FastAPI, Request, Response

from core.devkit.faults import Asked, Faults
from core.devkit.middleware import FaultMiddleware
from plugins.moodle.simulator.errors import (
    ACCESS,
    INVALID_TOKEN,
    NO_DOWNLOAD,
    NO_FILE,
    NO_RECORD,
    NO_SERVICE,
    PHP,
    SUSPENDED,
    WRONG_LOGIN,
    MoodleFault,
    xml_of,
    xml_value,
)
from plugins.moodle.simulator.forms import Nested, nested
from plugins.moodle.simulator.functions import FUNCTIONS, Call
from plugins.moodle.simulator.parameters import Arguments
from plugins.moodle.simulator.site import Site
from plugins.moodle.simulator.switches import FailsWith, OldClassNames, PhpFault, TokenDies, in_moodles_words

_OURS = ("wstoken", "wsfunction", "moodlewsrestformat", "moodlewssetting")


@dataclass(slots=True)
class MoodleSimulator:
    """A site with its switches; `app` is what clients are given."""

    site: Site
    faults: Faults
    app: FaultMiddleware
    calls: list[tuple[str, dict[str, Nested]]]
    """Every call of a function with its arguments, in order."""


def simulator(site: Site, clock: Callable[[], datetime], faults: Faults | None = None) -> MoodleSimulator:
    """Return the application of a site; its addresses begin with the path of the site's own."""
    switches = faults or Faults()
    base = urlsplit(site.url).path
    doors = _Doors(site, switches, clock)
    platform = FastAPI(title="Simulated Moodle", docs_url=None, redoc_url=None, openapi_url=None)
    platform.add_route(f"{base}/webservice/rest/server.php", doors.rest, methods=["GET", "POST"])
    platform.add_route(f"{base}/login/token.php", doors.token, methods=["GET", "POST"])
    platform.add_route(f"{base}/webservice/pluginfile.php/{{path:path}}", doors.file, methods=["GET", "POST"])
    app = FaultMiddleware(
        platform,
        switches,
        shape=in_moodles_words,
        sign_in=("*/login/token.php",),
        files=("*/webservice/pluginfile.php/*",),
    )
    return MoodleSimulator(site, switches, app, doors.calls)


class _Doors:
    """The scripts that a client may call."""

    def __init__(self, site: Site, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._faults = faults
        self._clock = clock
        self.calls: list[tuple[str, dict[str, Nested]]] = []

    async def rest(self, request: Request) -> Response:
        """The one address of all functions."""
        fields = await _fields(request)
        single = dict(fields)
        name = single.get("wsfunction", "")
        in_json = single.get("moodlewsrestformat") == "json"
        old_names = self._faults.strikes(OldClassNames, Asked(method="POST", path=name)) is not None
        try:
            given = nested(each for each in fields if not each[0].startswith(_OURS))
            value = self._answer(single.get("wstoken", ""), name, given)
        except MoodleFault as fault:
            if in_json:
                return _json(fault.as_object(old_names=old_names))
            return Response(xml_of(fault, old_names=old_names), media_type="application/xml; charset=utf-8")
        if in_json:
            return _json(value)
        return Response(xml_value(value), media_type="application/xml; charset=utf-8")

    def _answer(self, token: str, name: str, given: dict[str, Nested]) -> object:
        self.calls.append((name, given))
        userid = self._account(token, name)
        if name not in FUNCTIONS:
            raise NO_RECORD.fault("external_functions")
        if name not in self._site.service.functions or "webservice/rest:use" not in self._site.service.capabilities:
            raise ACCESS.fault()
        if self._faults.strikes(PhpFault, name):
            raise PHP.fault()
        if failing := self._faults.strikes(FailsWith, name):
            message = f"Something is wrong: {failing.errorcode}"
            raise MoodleFault(failing.exception, failing.errorcode, message)
        function = FUNCTIONS[name]
        arguments = Arguments(function.parameters, given)
        call = Call(site=self._site, userid=userid, function=name, arguments=arguments, faults=self._faults)
        return function.handler(call)

    def _account(self, text: str, where: str) -> int:
        tokens = self._site.service.tokens
        token = tokens.get(text)
        dead = self._faults.strikes(TokenDies, where)
        if token is None or (dead is not None and dead.token == text):
            raise INVALID_TOKEN.fault()
        if token.validuntil and token.validuntil < self._clock().timestamp():
            # The call that finds it expired deletes it: one cause, two codes.
            del tokens[text]
            raise ACCESS.fault()
        user = self._site.users[token.userid]
        if user.suspended:
            raise SUSPENDED.fault(user.username)
        return user.id

    async def token(self, request: Request) -> Response:
        """Sign in by name and password, for a token of a service."""
        fields = dict(await _fields(request))
        known = self._site.passwords.get(fields.get("username", ""))
        if known is None or known != fields.get("password"):
            return _json(WRONG_LOGIN.fault().as_file_error())
        if fields.get("service") != self._site.service.shortname:
            return _json(NO_SERVICE.fault().as_file_error())
        token = next(iter(self._site.service.tokens), None)
        return _json({"token": token, "privatetoken": None})

    async def file(self, request: Request) -> Response:
        """The bytes of a file; what is wrong is said in JSON with status 200."""
        try:
            self._account(request.query_params.get("token", ""), "pluginfile.php")
            if not self._site.service.downloadfiles:
                raise NO_DOWNLOAD.fault()
        except MoodleFault as fault:
            return _json(fault.as_file_error())
        path = request.path_params["path"]
        for assignment, submission in self._site.submissions():
            start = f"{assignment.contextid}/assignsubmission_file/submission_files/{submission.id}"
            for file in submission.files:
                if path == f"{start}{file.filepath}{file.filename}":
                    return Response(file.content, media_type=file.mimetype)
        return _json(NO_FILE.fault().as_file_error(), status=404)


async def _fields(request: Request) -> list[tuple[str, str]]:
    """Fields of the address and of a form; as Moodle reads them, in whichever of both they stand."""
    form = (await request.body()).decode()
    return [*request.query_params.multi_items(), *parse_qsl(form, keep_blank_values=True)]


def _json(value: object, *, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(body, status_code=status, media_type="application/json; charset=utf-8")
