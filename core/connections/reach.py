"""Hosts that a connection may reach besides those of its configuration, and those that may lie inside the network."""

from collections.abc import Sequence
from uuid import UUID

from core.connections.configuring import Require, update
from core.connections.errors import HostInvalid
from core.connections.finding import lock_connection
from core.connections.models import ConnectionRow
from core.kernel.database.work import Work
from core.outbound import authority
from core.sdk.errors import ConnectorMisconfigured


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


async def propose_file_host(row: ConnectionRow, host: str) -> None:
    """Note a host that a file would have come from, for somebody to confirm; a run calls this."""
    if host and host not in {*row.proposed_file_hosts, *row.file_hosts}:
        proposed = sorted({*row.proposed_file_hosts, host})
        await ConnectionRow.filter(id=row.id).update(proposed_file_hosts=proposed)
        row.proposed_file_hosts = proposed
