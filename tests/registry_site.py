"""What the houses of one test process share: databases that are lent, and a sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.bootstrap.parts import APPS
from core.kernel.database.embedded import EmbeddedPostgres
from tests.lent_databases import lending
from tests.registry_house import SharedSandbox, Site, default_plugins


@contextmanager
def open_site(server: EmbeddedPostgres, name: str, *, again: bool = True) -> Iterator[Site]:
    """Prepare a migrated template, databases copied from it and lent `again`, and a sandbox."""
    plugins, settings = default_plugins()
    with lending(server, name, APPS, again=again) as lender:
        sandbox = SharedSandbox(settings)
        sandbox.begin()
        yield Site(plugins, sandbox, server, lender.lent)
        sandbox.end()
