"""Whether the credentials work, whose they are, and what they may read."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from core.sdk.connectors import CheckResult, RemoteIdentity, Stream, StreamCheck, StreamState
from core.sdk.errors import ConnectorMisconfigured
from plugins.dnevnik import streams
from plugins.dnevnik.answers import REFUSALS, OutOfScope
from plugins.dnevnik.fields import Loose, loose_objects
from plugins.dnevnik.homework import HomeworkFiles
from plugins.dnevnik.reading import Run
from plugins.dnevnik.settings import COMMON, EDUCATION, FILES, RELATIVES

_LATELY = timedelta(days=30)
_SCOPES = {streams.GUARDIANS: RELATIVES, streams.HOMEWORK_FILES: FILES}
"""What a stream needs beside the scope that every stream needs."""


class Check:
    """One check; each scope that is wanted is tried with one call."""

    def __init__(self, run: Run, wanted: Sequence[Stream], homework: HomeworkFiles) -> None:
        self._run = run
        self._wanted = wanted
        self._names = {stream.name for stream in wanted}
        self._homework = homework
        self._lacking: set[str] = set()
        self._schools: list[str] = []
        self._hosts: set[str] = set()
        self._is_empty = True

    async def result(self) -> CheckResult:
        """Return what was found; raises what means that nothing can be read."""
        me = Loose(await self._run.api.get("/users/me", scope=COMMON))
        account = me.id("id")
        if account is None:
            detail = "the platform does not say whose account it is; ask its support"
            raise ConnectorMisconfigured(detail)
        await self._try_schools()
        if streams.GUARDIANS in self._names:
            await self._try_relatives(account)
        if streams.HOMEWORK_FILES in self._names and self._schools:
            await self._try_files()
        roles = me.get("roles")
        return CheckResult(
            identity=RemoteIdentity(
                unique_id=f"{self._run.settings.host}/{account}",
                title=me.text("fullname") or me.text("name") or account,
                organisation=", ".join(self._schools),
                roles=tuple(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else (),
            ),
            streams=tuple(self._state(stream) for stream in self._wanted),
            file_hosts=tuple(sorted(self._hosts)),
        )

    async def _try_schools(self) -> None:
        try:
            names = await self._names_of_schools()
            for school in await self._run.schools():
                self._schools.append(names.get(school.id, school.id))
                self._is_empty = self._is_empty and not await school.groups()
        except OutOfScope:
            self._lacking.add(EDUCATION)

    async def _names_of_schools(self) -> dict[str, str]:
        path = "/schools/person-schools"
        found = loose_objects(await self._run.api.get(path), path)
        return {key: f"{school.text('name')} ({key})" for school in found if (key := school.id("id"))}

    async def _try_relatives(self, account: str) -> None:
        try:
            await self._run.api.get(f"/users/{account}/relatives", scope=RELATIVES)
        except ConnectorMisconfigured:
            self._lacking.add(RELATIVES)
        except REFUSALS:
            # The account itself has none; the scope is there.
            return

    async def _try_files(self) -> None:
        today = self._run.today
        try:
            for school in await self._run.schools():
                bundle = await self._homework.bundle(school.id, today - _LATELY, today)
                hosts = (urlsplit(file.text("downloadurl")).netloc.lower() for file in bundle.items("files"))
                self._hosts.update(host for host in hosts if host and host != self._run.settings.host)
        except ConnectorMisconfigured:
            self._lacking.add(FILES)

    def _state(self, stream: Stream) -> StreamCheck:
        for scope in (EDUCATION, _SCOPES.get(stream.name, EDUCATION)):
            if scope in self._lacking:
                return StreamCheck(stream=stream.name, state=StreamState.MISSING_RIGHT, missing=scope)
        return StreamCheck(stream=stream.name, state=StreamState.EMPTY if self._is_empty else StreamState.OK)
