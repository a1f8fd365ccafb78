"""The conformance suite, for a server and for bundles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from core.devkit.conformance import ConnectorConformance
from core.devkit.faults import (
    CutBody,
    DeadToken,
    Fault,
    HtmlPage,
    MissingFields,
    NullFields,
    RepeatedPage,
    ShortPage,
    UnknownValue,
)
from core.devkit.middleware import Application
from core.devkit.platform import SimulatedPlatform, Spot
from core.sdk.connectors import GivenFile
from plugins.oneroster.connector import OneRosterConnector
from plugins.oneroster.simulator import (
    BundleForm,
    ExtraKeys,
    ForeignReferences,
    NoPagingHeaders,
    NoScopeInAnswer,
    OldRoles,
    School,
    SimulatedSystem,
    WrappedErrors,
    write_bundle,
)
from plugins.oneroster.simulator.application import HOST, Client

RESULT = "R-W-Б1-1-001"
FIRST_GIVEN = datetime(2026, 3, 1, 9, tzinfo=UTC)
SETTINGS = {"demographics": True, "final_categories": ["Четвертная отметка"]}


class SimulatedServer(SimulatedPlatform):
    may_repeat = ("GET *results*", "GET *users*")  # a stream each; what is remembered of users has a bound
    version: ClassVar[str] = "1.1"
    client = "deloteka"

    def __init__(self) -> None:
        super().__init__()
        self.school = School.small(learners=8, works=3)
        self.system = SimulatedSystem(self.school)
        self.faults = self.system.faults
        self._undo: list[Callable[[], None]] = []

    def hosts(self) -> Mapping[str, Application]:
        return {HOST: self.system.application}

    def configuration(self) -> Mapping[str, Any]:
        source = {
            "kind": "rest",
            "version": self.version,
            "address": f"https://{HOST}",
            "token_url": f"https://{HOST}/oauth2/token",
            "client_id": self.client,
            "client_secret": self.system.clients[self.client].secret,
            "page_size": 6,
        }
        return {"source": source, **SETTINGS}

    def repair(self) -> None:
        self.faults.off()
        for undo in self._undo:
            undo()
        self._undo.clear()
        self.school.restore()

    def troubles(self) -> Sequence[Fault]:
        # A later run asks for changes only, so that half the requests of a first run are never reached.
        everywhere = [replace(fault, path="/ims/*", after=7) for fault in super().troubles()]
        in_results = (CutBody(path="*/results", after=1), HtmlPage(path="*/results", after=1))
        pages = (ShortPage(path="*/users", after=1), RepeatedPage(path="*/users", after=1))
        return (*everywhere, *in_results, *pages)

    def rights(self) -> Mapping[str, frozenset[str]]:
        return {
            "gradebook.readonly": frozenset({"results", "final_results"}),
            "roster-demographics.readonly": frozenset({"learners"}),
        }

    def take_right(self, right: str) -> None:
        self.system.clients[self.client].scopes.discard(right)

    def revoke(self, after: int = 0) -> None:
        self.system.clients[self.client].secret = "revoked-secret"
        for token in list(self.system.tokens):
            self.faults.on(DeadToken(token=token, after=after))

    def renewed(self) -> Mapping[str, Any]:
        self.system.clients[self.client].secret = "second-secret-of-client"
        return self.configuration()

    def other_account(self) -> Mapping[str, Any]:
        self.system.clients["somebody-else"] = Client("secret-of-somebody-else")
        configuration = dict(self.configuration())
        source = {**configuration["source"], "client_id": "somebody-else", "client_secret": "secret-of-somebody-else"}
        return {**configuration, "source": source}

    def poison(self) -> Spot:
        self.school.edit("results", RESULT, scoreDate="the day before yesterday")
        return Spot(stream="results", external_id=RESULT)

    def leave_out_key(self) -> Spot:
        self.school.edit("results", RESULT, sourcedId=None)
        return Spot(stream="results", external_id=RESULT, nameless=True)

    def oddities(self) -> Iterator[str]:
        odd: Mapping[str, tuple[Fault, ...]] = {
            "optional fields are missing": (MissingFields(fields=("middleName", "userIds", "comment", "phone")),),
            "optional fields are null": (
                NullFields(fields=("middleName", "email", "subjects", "description", "dueDate")),
            ),
            "values nobody knows": (UnknownValue(name="classType"), UnknownValue(name="scoreStatus")),
            "no headers of paging": (NoPagingHeaders(),),
            "counts beside the list": (ExtraKeys(),),
            "references to another host": (ForeignReferences(),),
            "no scope in the answer with the token": (NoScopeInAnswer(),),
            "wrapped errors": (WrappedErrors(),),
            "roles of 1.1": (OldRoles(),),
        }
        for title, faults in odd.items():
            self.faults.on(*faults)
            yield title

    def remove(self) -> Spot:
        self.school.delete("results", RESULT)
        return Spot(stream="results", external_id=RESULT)

    def change_old_result(self) -> Spot:
        self.school.edit("results", RESULT, score=3.0)
        return Spot(stream="results", external_id=RESULT)


class NewerServer(SimulatedServer):
    version = "1.2"


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    GivenBundles.folder = tmp_path_factory.mktemp("bundles")


class GivenBundles(SimulatedPlatform):
    """One bundle, given anew whenever something changes."""

    folder: ClassVar[Path]
    written = count()
    form = BundleForm()

    def __init__(self) -> None:
        super().__init__()
        self.school = School.small(learners=8, works=3)
        self._form = self.form
        self._given: list[GivenFile] = []
        self._give(self._form)

    def _give(self, form: BundleForm) -> None:
        number = len(self._given)
        path = self.folder / f"bundle-{next(self.written)}.zip"
        write_bundle(path, self.school, form)
        self._given.append(
            GivenFile(
                id=f"file-{number}",
                name=f"bundle-{number}.zip",
                path=path,
                size=path.stat().st_size,
                sha256=sha256(path.read_bytes()).hexdigest(),
                given_at=FIRST_GIVEN + timedelta(hours=number),
            )
        )

    def hosts(self) -> Mapping[str, Application]:
        return {}

    def files(self) -> Sequence[GivenFile]:
        return tuple(self._given)

    def configuration(self) -> Mapping[str, Any]:
        return {"source": {"kind": "bundle"}, **SETTINGS}

    def repair(self) -> None:
        self.school.restore()
        del self._given[:]
        self._give(self._form)

    def other_account(self) -> Mapping[str, Any]:
        del self._given[:]
        self._give(BundleForm(version=self._form.version, system="ANOTHER"))
        return self.configuration()

    def _changed(self, key: str, **fields: object) -> None:
        self.school.edit("results", key, **fields)
        self._give(self._form)

    def poison(self) -> Spot:
        self._changed(RESULT, scoreDate="the day before yesterday")
        return Spot(stream="results", external_id=RESULT)

    def leave_out_key(self) -> Spot:
        self._changed(RESULT, sourcedId="")
        return Spot(stream="results", external_id=RESULT, nameless=True)

    def add_fields(self) -> None:
        self._give(BundleForm(version=self._form.version, extra_column="metadata.more"))

    def oddities(self) -> Iterator[str]:
        version = self._form.version
        for title, form in {
            "columns in another order": BundleForm(version=version, reversed_columns=True),
            "headers in lower case": BundleForm(version=version, lower_headers=True),
            "a column that nobody knows": BundleForm(version=version, extra_column="favouriteColour"),
            "a byte order mark": BundleForm(version=version, encoding="utf-8-sig"),
            "status in a complete file": BundleForm(version=version, filled_status=True),
            "other spellings": BundleForm(version=version, old_spellings=True),
            "the word NULL, TRUE in capitals": BundleForm(version=version, null_word=True, upper_booleans=True),
            "a column less": BundleForm(version=version, dropped_columns=("middleName", "comment", "location")),
        }.items():
            self._give(form)
            yield title

    def remove(self) -> Spot:
        self.school.take_out("results", RESULT)
        self._give(self._form)
        return Spot(stream="results", external_id=RESULT)

    def change_old_result(self) -> Spot:
        self._changed(RESULT, score=3.0)
        return Spot(stream="results", external_id=RESULT)


class NewerBundles(GivenBundles):
    form = BundleForm(version="1.2.1")


class TestServer(ConnectorConformance):
    connector = OneRosterConnector
    platform = SimulatedServer
    not_applicable = MappingProxyType({"file_address": "OneRoster has no files to download."})


class TestBundles(ConnectorConformance):
    connector = OneRosterConnector
    platform = GivenBundles
    not_applicable = MappingProxyType(
        {
            "rights": "A file has no rights that could be missing.",
            "revoked_token": "Nobody signs in to a file.",
            "secrets": "A connection of files has no secret.",
            "file_address": "OneRoster has no files to download.",
            "troubles": "Nothing is asked of a network.",
            "requests": "Nothing is asked of a network.",
        }
    )


class _NewerServer(TestServer):
    __test__ = False
    platform = NewerServer


class _NewerBundles(TestBundles):
    __test__ = False
    platform = NewerBundles


@pytest.mark.parametrize("statement", ["streams", "second_run", "gone"])
def test_it_holds_for_a_server_of_1_2_too(statement: str) -> None:
    getattr(_NewerServer(), f"test_{statement}")()


@pytest.mark.parametrize("statement", ["streams", "second_run", "missing_optional", "gone"])
def test_it_holds_for_bundles_of_1_2_too(statement: str) -> None:
    getattr(_NewerBundles(), f"test_{statement}")()
