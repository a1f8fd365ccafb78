"""What the execution of acts works with; made once by the composition root."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from core.documents.services import DocumentServices
from core.kernel.database.connection import Database
from core.kernel.plugins import Kind, PluginHost
from core.sdk import MeansOfDestruction, Replica
from storage.vault import Vault

EXECUTION_JOB: Final = "disposal.execute"
"""Drives the lines of one act; `acts_without_driver` in the migration names it too."""
SPACE_JOB: Final = "disposal.give_space_back"
"""Gives space back again after it failed."""
OWN_NAME: Final = "Deloteka"
"""What the service calls itself as a means of destruction; no certificate is claimed for it."""
LINES_AT_ONCE: Final = 100
"""Lines that pass the point of no return in one transaction."""
DOCUMENTS_AT_ONCE: Final = 200
"""Documents of such lines; a line with more goes by itself."""
REQUESTS_AT_ONCE: Final = 8
"""Questions to the object storage that are under way at the same time."""


@dataclass(frozen=True, slots=True)
class Means:
    """The means of destruction, as the papers name it (152-ФЗ ст. 19)."""

    name: str
    version: str
    certificate: str = ""
    """Number of the certificate of conformity; empty: none is claimed."""


Vacuum = Callable[[], Awaitable[None]]
"""Gives the space of deleted objects back to the disk; may be repeated. Raises `StorageError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionServices:
    """Storage, plugins, the means of destruction, and how the store gives space back."""

    documents: DocumentServices
    plugins: PluginHost
    means: Means
    vacuum: Vacuum | None
    """None: the store is not ours, and what it does with deleted bytes is its operator's."""
    lines_at_once: int = LINES_AT_ONCE
    documents_at_once: int = DOCUMENTS_AT_ONCE
    replicas: Sequence[Replica] = field(default=())

    @property
    def database(self) -> Database:
        """Where rows are."""
        return self.documents.database

    @property
    def vault(self) -> Vault:
        """Where bytes are."""
        return self.documents.vault

    def together(self, lines: Sequence[Mapping[str, Any]]) -> list[UUID]:
        """Return the first of these `lines` (`id`, `files`), as many as pass the point of no return together."""
        ids: list[UUID] = []
        files = 0
        for line in lines:
            files += line["files"]
            if ids and files > self.documents_at_once:
                break
            ids.append(line["id"])
        return ids


def execution_services(
    documents: DocumentServices, plugins: PluginHost, *, means: str, vacuum: Vacuum | None
) -> ExecutionServices:
    """Return what executions work with; `means` names a provider of plugins, or with "" the service itself.

    Raises `ProviderMissing` for a name that no active plugin offers.
    """
    return ExecutionServices(
        documents=documents,
        plugins=plugins,
        means=_means(plugins, means),
        vacuum=vacuum,
        replicas=[each.provider for each in plugins.catalog.replicas],
    )


def _means(plugins: PluginHost, name: str) -> Means:
    if not name:
        return Means(OWN_NAME, version("deloteka"))
    found: MeansOfDestruction = plugins.require(Kind.MEANS_OF_DESTRUCTION, name).provider
    return Means(found.title, found.version, found.certificate)
