"""What notifications work with; made once by the composition root and put at `app.state.notifications`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from core.connections.keyring import Keyring, KeySource
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.plugins.catalog import Catalog
from core.notifications.errors import NotifierUnknown
from core.outbound import Limits, Policy, guarded_transport, trusted
from core.sdk import Notifier

MESSAGE_LIMITS: Final = Limits(attempts=1, answer_seconds=15.0, answer_bytes=64 * 1024)
"""One attempt: the next one is the message's, not the request's."""


def message_transport(policy: Policy, *, ca_file: str) -> httpx.AsyncBaseTransport:
    """Return the way to the network for one message."""
    return guarded_transport(policy, limits=MESSAGE_LIMITS, trust=trusted(Path(ca_file) if ca_file else None))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationServices:
    """Database, the notifiers that there are, the key of secrets, and the way out."""

    database: Database
    clock: Clock
    catalog: Catalog
    keys: KeySource = field(repr=False)
    make_transport: Callable[[Policy], httpx.AsyncBaseTransport]
    private_hosts: tuple[str, ...] = ()
    """Hosts inside the network that messages may go to, as whoever runs the installation says."""
    allow_http: bool = False
    limits: Limits = MESSAGE_LIMITS

    @property
    def keyring(self) -> Keyring:
        """What encrypts secrets of subscriptions."""
        return self.keys.keyring

    def notifier(self, name: str) -> Notifier:
        """Return a notifier by its name; raise `NotifierUnknown` with the names there are."""
        found = {each.name: each.provider for each in self.catalog.notifiers}
        if name not in found:
            raise NotifierUnknown(notifier=name, available=sorted(found))
        return found[name]
