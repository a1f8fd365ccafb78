"""What a plugin may raise on purpose.

Any exception is survived; these say more, so that the host can answer better. A message names what happened
and what to do, without secrets and without personal data.
"""

from typing import ClassVar

from core.sdk.candidates import Fact


class PluginError(Exception):
    """Base of everything a plugin raises on purpose."""

    code: ClassVar[str] = "plugin_error"
    """Stable, lower snake case."""

    def __init__(self, detail: str, **facts: Fact) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class SettingsRefused(PluginError):
    """The plugin's settings are well formed but cannot work; raised by a `register_*` hook, `key` names the culprit."""

    code = "settings_refused"

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(f"{key}: {detail}", key=key)
        self.key = key


class ServiceUnavailable(PluginError):
    """The service that the plugin asks does not answer; `retry_after` is in seconds, if the service named a time."""

    code = "service_unavailable"

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.retry_after = retry_after


class ConnectorError(PluginError):
    """Base of what a connector raises; each class decides what happens to the run."""

    code = "connector_error"


class ConnectorAuthFailed(ConnectorError):
    """Credentials are dead, expired or revoked: the run stops and the connection needs a new sign-in."""

    code = "auth"


class ConnectorMisconfigured(ConnectorError):
    """A right, scope or address is missing or wrong: that stream stops; the message names what to change and where."""

    code = "config"


class ConnectorTransient(ConnectorError):
    """The network, a limit or the other side's trouble: tried again later; `retry_after` is in seconds, if known."""

    code = "transient"

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.retry_after = retry_after


class ConnectorRecordRefused(ConnectorError):
    """One object is bad, gone or refused: it becomes a dead letter and the run goes on."""

    code = "record"

    def __init__(self, detail: str, *, external_id: str | None = None) -> None:
        super().__init__(detail, external_id=external_id)
        self.external_id = external_id


class ConnectorBug(ConnectorError):
    """A request of ours was wrong, or an answer fits no schema: that stream fails and asks to be reported."""

    code = "bug"
