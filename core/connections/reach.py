"""Hosts that a connection may reach besides those of its configuration, and those that may lie inside the network."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.connections.configuring import Require, update
from core.connections.errors import HostInvalid
from core.connections.finding import lock_connection
from core.connections.models import ConnectionRow
from core.kernel.database.work import Work
from core.outbound import authority
from core.sdk.errors import ConnectorMisconfigured

_MOST: Final = 100

_PROPOSE: Final = """
UPDATE connections SET proposed_file_hosts = array_append(proposed_file_hosts, $3), revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND state <> 'removed' AND cardinality(proposed_file_hosts) < $4
   AND NOT $3 = ANY (proposed_file_hosts || file_hosts)
"""


def _hosts(hosts: Sequence[str]) -> list[str]:
    found = set()
    for host in hosts:
        try:
            found.add(authority(host))
        except ConnectorMisconfigured:
            raise HostInvalid(host=host[:200]) from None
    return sorted(found)


async def confirm_file_hosts(work: Work, connection_id: UUID, require: Require, hosts: Sequence[str]) -> ConnectionRow:
    """Let files come from these hosts and no others beside those of the API. Raises `HostInvalid`."""
    row = await lock_connection(connection_id)
    require(row.revision)
    confirmed = _hosts(hosts)
    await update(row, file_hosts=confirmed)
    work.record("connection.file_hosts_confirmed", "connection", row.id, {"hosts": confirmed})
    return row


async def allow_private_hosts(work: Work, connection_id: UUID, require: Require, hosts: Sequence[str]) -> ConnectionRow:
    """Let these very hosts, and no others, lie at addresses inside the network. Raises `HostInvalid`."""
    row = await lock_connection(connection_id)
    require(row.revision)
    allowed = _hosts(hosts)
    before = row.private_hosts
    await update(row, private_hosts=allowed)
    work.record("connection.private_hosts_allowed", "connection", row.id, {"hosts": allowed, "before": list(before)})
    return row


async def propose_file_host(work: Work, connection_id: UUID, host: str) -> None:
    """Note a host that a file would have come from, for somebody to confirm; twice changes nothing. A run calls this.

    A source may name any number of hosts: a hundred of them are kept.
    """
    if host and await work.run(_PROPOSE, [work.scope.institution_id, connection_id, host, _MOST]):
        work.record("connection.file_host_proposed", "connection", connection_id, {"host": host})
