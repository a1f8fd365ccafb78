"""Why the sandbox cannot be asked at all; what happens to one file is an outcome, never an error."""

from core.kernel.errors import DelotekaError, Unavailable


class SandboxUnavailable(Unavailable):
    """The server that forks the children does not start, or died again after it was started anew."""

    code = "sandbox_unavailable"
    title = "Files cannot be checked at the moment"


class UnknownProvider(DelotekaError):
    """A job names a provider that no enabled plugin offers."""

    code = "unknown_provider"
    title = "No enabled plugin offers what was asked for"
    remedy = "Enable the plugin that offers `provider` in config.toml."
