"""The guarded way out: what a connector is handed instead of a network. Knows no database."""

from core.outbound.addresses import Resolver, resolve_by_system
from core.outbound.client import FileAddressRefused, GuardedClient, Traffic
from core.outbound.limits import Limits
from core.outbound.policy import Policy, authority
from core.outbound.redaction import Redactor
from core.outbound.transport import guarded_transport, trusted

__all__ = [
    "FileAddressRefused",
    "GuardedClient",
    "Limits",
    "Policy",
    "Redactor",
    "Resolver",
    "Traffic",
    "authority",
    "guarded_transport",
    "resolve_by_system",
    "trusted",
]
