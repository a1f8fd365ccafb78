"""The connector of tables: what a clerk gives is read, once a file, by the way that the connection was taught."""

import shutil
import tempfile
import weakref
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import ClassVar, Final

from pydantic import BaseModel

from core.sdk import Connector, ConnectorManifest, ConnectorMisconfigured, ConnectorSpec
from core.sdk.connectors import (
    CheckResult,
    Connection,
    FileData,
    GivenFile,
    Hosts,
    Message,
    OpenAnswer,
    Partition,
    Problem,
    ProblemClass,
    ReadRequest,
    RemoteIdentity,
    Sheet,
    State,
    Stream,
    StreamCheck,
    StreamState,
    make_record,
)
from plugins.tabular.bundles import Bundle, is_bundle, open_member, unnamed
from plugins.tabular.configuration import TabularConfiguration
from plugins.tabular.diaries import facts_of_journal, facts_of_progress, facts_of_totals
from plugins.tabular.facts import Fact
from plugins.tabular.records import FILES, OF_LAYOUT, READERS, STREAMS
from plugins.tabular.rows import facts_of_marks, facts_of_rows, head
from plugins.tabular.titles import KNOWN, folded

MANIFEST: Final = ConnectorManifest(
    id="tabular",
    title="Таблицы и сканы (XLSX, XLS, CSV, ZIP)",
    version="1.0.0",
    vendor="Deloteka",
    config_version=1,
    entities=frozenset(stream.kind for stream in STREAMS.values()),
    takes_files=True,
)
_SHOWN: Final = 40
"""Titles that a check shows."""
_BETWEEN: Final = "/"


class TabularConnector(Connector):
    """Reads what a clerk gives: tables, and archives of scans with a table."""

    name: ClassVar[str] = "tabular"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        if not isinstance(connection.configuration, TabularConfiguration):
            detail = "the configuration is not one of tables"
            raise ConnectorMisconfigured(detail)
        self._configuration = connection.configuration
        self._files = {file.id: file for file in connection.files}
        self._folder: Path | None = None
        self._bundles: dict[str, Bundle] = {}
        self._sheets: dict[str, Sequence[Sheet]] = {}

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Return manifest and configuration model."""
        return ConnectorSpec(manifest=MANIFEST, configuration=TabularConfiguration)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return none: everything is given."""
        del configuration
        return Hosts(api=())

    async def check(self) -> CheckResult:
        """Show of each given file which titles were understood as what, and which were not."""
        unknown = self._configuration.unknown_fields()
        if unknown:
            detail = f"columns: no such fields: {', '.join(unknown)}; there are {', '.join(KNOWN)}"
            raise ConnectorMisconfigured(detail)
        notes = [await self._seen(file) for file in self._files.values()]
        state = StreamState.OK if self._files else StreamState.EMPTY
        return CheckResult(
            identity=RemoteIdentity(
                unique_id=f"tabular:{folded(self._configuration.profile)}", title=self._configuration.profile
            ),
            streams=tuple(StreamCheck(stream=stream.name, state=state) for stream in await self.discover()),
            notes=tuple(notes) or ("Файлов ещё нет: загрузите их в подключение.",),
        )

    async def _seen(self, file: GivenFile) -> str:
        try:
            sheets = await self._tables(file)
            if self._configuration.layout not in {"rows", "marks"}:
                return f"{file.name}: листов {len(sheets)}"
            _, titles, columns = head(sheets[0], self._configuration)
        except ConnectorMisconfigured as error:
            return f"{file.name}: {error.detail}"
        understood = "; ".join(f"«{titles[at]}» → {field}" for field, at in columns.items())
        rest = [title for at, title in enumerate(titles) if title and at not in columns.values()][:_SHOWN]
        others = f"; остались: {', '.join(f'«{title}»' for title in rest)}" if rest else ""
        return f"{file.name}: {understood}{others}"

    async def discover(self) -> Sequence[Stream]:
        """Return the streams of the layout."""
        return tuple(STREAMS[name] for name in OF_LAYOUT[self._configuration.layout])

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Return one part a file, the newest first; scans come from archives only."""
        files = [file for file in reversed(self._files.values()) if stream != FILES or is_bundle(file)]
        return tuple(Partition(key=file.id, title=file.name) for file in files)

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the records of one file, unless it was read before."""
        file = self._files.get(request.partition.key)
        if file is None or request.cursor == file.sha256:
            return
        sheets = await self._tables(file)
        if request.stream == FILES:
            for message in self._scans(file, sheets):
                yield message
        else:
            for message in READERS[request.stream](self._facts(sheets), self._configuration):
                yield message
        yield State(file.sha256)

    def download(self, file: FileData) -> AbstractAsyncContextManager[OpenAnswer]:
        """Open a scan in its archive."""
        given, _, name = file.file_id.partition(_BETWEEN)
        return open_member(self._files[given].path, name)

    async def _tables(self, file: GivenFile) -> Sequence[Sheet]:
        """Return the sheets that are to be read; raise `ConnectorMisconfigured`."""
        if file.id not in self._sheets:
            tables = self.connection.tables
            if tables is None:
                detail = "there is nothing to open tables with"
                raise ConnectorMisconfigured(detail)
            source = file
            if is_bundle(file):
                self._bundles[file.id] = Bundle.of(file, self._own_folder())
                source = self._bundles[file.id].manifest
            self._sheets[file.id] = self._chosen(file, await tables.open(source))
        return self._sheets[file.id]

    def _own_folder(self) -> Path:
        """Return a folder that goes with this object."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="tabular-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def _chosen(self, file: GivenFile, sheets: Sequence[Sheet]) -> Sequence[Sheet]:
        wanted = self._configuration.sheet
        found = [sheet for sheet in sheets if sheet.rows and wanted in {"", sheet.name}]
        if not found:
            names = ", ".join(f"«{sheet.name}»" for sheet in sheets)
            detail = f"{file.name}: no sheet {wanted!r} with rows; there are {names or 'none'}"
            raise ConnectorMisconfigured(detail)
        return found if self._configuration.layout not in {"rows", "marks"} else found[:1]

    def _facts(self, sheets: Sequence[Sheet]) -> Iterator[Fact]:
        configuration = self._configuration
        match configuration.layout:
            case "rows":
                return facts_of_rows(sheets[0], configuration)
            case "marks":
                return facts_of_marks(sheets[0], configuration)
            case "netschool_totals":
                return facts_of_totals(sheets, configuration)
            case "netschool_progress":
                return facts_of_progress(sheets, configuration)
            case "journal":
                return facts_of_journal(sheets, configuration)

    def _scans(self, file: GivenFile, sheets: Sequence[Sheet]) -> Iterator[Message]:
        """Yield a record a scan: with what its row says, or without anything for the tray."""
        bundle, named = self._bundles[file.id], set[str]()
        for fact in self._facts(sheets):
            if not fact.file or fact.problem:
                continue
            name = bundle.find(fact.file)
            if name is None:
                text = f"row {fact.line}: its file is not in the archive, or there are several of that name"
                yield Problem(ProblemClass.RECORD, text, external_id=f"row {fact.line}", raw=fact.raw)
                continue
            named.add(name)
            yield self._scan(bundle, name, fact)
        for name in unnamed(bundle, named):
            yield self._scan(bundle, name, None)

    def _scan(self, bundle: Bundle, name: str, fact: Fact | None) -> Message:
        said = {
            "file_name": name.rpartition("/")[2],
            "file_id": f"{bundle.file.id}{_BETWEEN}{name}",
            "size": bundle.members[name].file_size,
            "document_kind": self._configuration.document_kind,
        }
        if fact is not None:
            said |= {
                "learner": fact.learner.key if fact.learner else None,
                "document_kind": fact.document_kind,
                "title": fact.title,
                "issued_on": fact.decided_on,
                "fields": dict(fact.document),
            }
        external_id = f"{bundle.file.sha256[:16]}/{name}"
        return make_record(external_id, FileData, said, raw={} if fact is None else fact.raw)
