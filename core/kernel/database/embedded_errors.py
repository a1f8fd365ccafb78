"""Why the embedded PostgreSQL could not be started."""

from core.kernel.errors import DelotekaError


class EmbeddedPostgresError(DelotekaError):
    """Base of what goes wrong around the embedded PostgreSQL."""

    code = "embedded_postgres"
    title = "The embedded PostgreSQL cannot be used"
    remedy = "Read the detail; or name a PostgreSQL server of your own by its URL in config.toml."


class FolderUnreachable(EmbeddedPostgresError):
    """PostgreSQL's account cannot enter a folder on the way to its data; facts: folder, account."""

    code = "embedded_postgres_folder_unreachable"
    title = "PostgreSQL cannot reach its data folder"
    remedy = (
        "Choose a data folder that every user may pass through, for instance below /var/lib, or chmod o+x the folder."
    )


class FolderInUse(EmbeddedPostgresError):
    """Another running service holds the folder; facts: folder, holder (process id or None)."""

    code = "embedded_postgres_folder_in_use"
    title = "Another running service uses this data folder"
    remedy = "Stop the other service first; two servers on one folder would destroy it."


class AccountUnknown(EmbeddedPostgresError):
    """The account PostgreSQL would run as does not exist; facts: account."""

    code = "embedded_postgres_account_unknown"
    title = "The account for PostgreSQL does not exist"
    remedy = "Create the account, or name an existing one other than root."


class SecretsLost(EmbeddedPostgresError):
    """Data exist but the passwords to them do not; facts: file."""

    code = "embedded_postgres_secrets_lost"
    title = "The passwords of the embedded PostgreSQL are missing"
    remedy = "Restore the file from the backup of the data folder; the data themselves are untouched."


class VersionMismatch(EmbeddedPostgresError):
    """The data were written by another major version; facts: found, needed."""

    code = "embedded_postgres_version_mismatch"
    title = "The data were written by another major version of PostgreSQL"
    remedy = "Start the release that wrote them, export, and import into this one; the data are untouched."


class StartFailed(EmbeddedPostgresError):
    """initdb or postgres ended or did not become ready in time; facts: output."""

    code = "embedded_postgres_start_failed"
    title = "The embedded PostgreSQL did not start"
    remedy = "The last lines it wrote are in `output`, the rest in the log folder beside its data."


class StopFailed(EmbeddedPostgresError):
    """A server process did not end when told to; facts: pid."""

    code = "embedded_postgres_stop_failed"
    title = "The embedded PostgreSQL did not stop"
    remedy = "End the process named in `pid` with SIGQUIT and start again; committed data are safe."
