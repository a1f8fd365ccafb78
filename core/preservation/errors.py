"""Why a backup is not made, not believed or not restored."""

from core.kernel.errors import DelotekaError


class BackupError(DelotekaError):
    """Base of what goes wrong with backups."""

    code = "backup_failed"
    title = "The backup could not be made"
    remedy = "Read the detail, remove its cause, and run the command again; nothing half made counts as a backup."


class TargetUnusable(BackupError):
    """The folder cannot be written; facts: folder, reason."""

    code = "backup_target_unusable"
    title = "The folder for the backup cannot be written"
    remedy = "Make room on the disk or choose another folder, and run the command again; it goes on where it stopped."


class TargetBusy(BackupError):
    """Another backup writes into the folder; facts: folder."""

    code = "backup_target_busy"
    title = "Another backup writes into this folder"
    remedy = "Wait until it has ended, or choose another folder."


class ProgramMissing(BackupError):
    """No fitting pg_dump or pg_restore; facts: program, needed, found."""

    code = "backup_program_missing"
    title = "There is no fitting program of PostgreSQL"
    remedy = "Install the client programs of the server's major version or of a later one, on PATH."


class DumpFailed(BackupError):
    """pg_dump or pg_restore ended with a fault; facts: program, output."""

    code = "backup_dump_failed"
    title = "PostgreSQL's program ended with a fault"
    remedy = "Read what it said; check the address, the rights of the owner's login, and the room on the disk."


class BackupUnsound(BackupError):
    """Files of a backup are missing, damaged or not of this service; facts: faults."""

    code = "backup_unsound"
    title = "The backup is not sound"
    remedy = "Use another backup, or another copy of this one; nothing was restored."


class BackupTooNew(BackupError):
    """The backup was made by a later release; facts: migrations."""

    code = "backup_too_new"
    title = "The backup was made by a later release"
    remedy = "Restore it with the release that made it, or a later one."


class PlaceNotEmpty(BackupError):
    """A restore wants an empty database and an empty bucket; facts: place."""

    code = "restore_place_not_empty"
    title = "The place to restore into is not empty"
    remedy = "Name an empty database and an empty bucket, or an unused data folder; nothing was changed."


class RestoreUnproven(BackupError):
    """What was restored is not what the backup holds; facts: faults."""

    code = "restore_unproven"
    title = "What was restored could not be proven"
    remedy = "Do not use it: empty the database and the bucket, and restore again."
