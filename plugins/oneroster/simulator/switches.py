"""What servers of OneRoster do beside the common faults of the development kit."""

from dataclasses import dataclass

from core.devkit.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPagingHeaders(Fault):
    """Neither `Link` nor `X-Total-Count` is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoScopeInAnswer(Fault):
    """The answer with the token does not say its scopes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedErrors(Fault):
    """Error bodies stand under `imsx_StatusInfo` instead of alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedHidden(Fault):
    """Objects that are to be deleted are not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRoles(Fault):
    """A server of 1.2 sends the one role of 1.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraKeys(Fault):
    """Counts stand beside the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignReferences(Fault):
    """The `href` of references leads to another host."""

    host: str = "elsewhere.example.invalid"
