"""Why something about a connection was refused."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid
from core.kernel.texts import mark


class ConnectorUnknown(Invalid):
    """No plugin that is active offers such a connector; facts: connector, available."""

    code = "connector_unknown"
    title = mark("There is no such connector")
    remedy = mark("Choose one of those in `available`; the administrator enables plugins in the settings.")


class ConnectorUnavailable(Conflict):
    """The connection's plugin is missing or failed; facts: connector, reason."""

    code = "connector_unavailable"
    title = mark("The plugin of this connection is not available")
    remedy = mark(
        "The connection is kept as it is. Have the plugin enabled or repaired, then try again; `reason` says more."
    )


class ConnectorBroken(Conflict):
    """The connector raised what none should, before it could say anything; facts: connector, error."""

    code = "connector_broken"
    title = mark("The connector made a mistake")
    remedy = mark("Report it to whoever made the plugin; the log of the service says where it happened.")


class ConnectorSilent(ConnectorBroken):
    """What was asked of the connector's class has not come back; facts: connector, error."""

    code = "connector_silent"
    title = mark("The connector does not come back")
    remedy = mark(
        "It blocks where it should answer at once, and is not asked again before it has. Restart the service, and"
        " report it to whoever made the plugin."
    )


class ConnectionRemoved(Conflict):
    """A removed connection is not used or changed again."""

    code = "connection_removed"
    title = mark("This connection was removed")
    remedy = mark("What it imported is kept. Make a new connection to go on importing.")


class ConfigurationInvalid(Invalid):
    """The configuration does not fit the connector's model; facts: errors."""

    code = "configuration_invalid"
    title = mark("The configuration of the connection does not fit")
    remedy = mark("Correct the fields named in `errors`; the schema of the connector describes each.")


class ConfigurationTooNew(Conflict):
    """A newer plugin wrote the configuration; facts: stored, known."""

    code = "configuration_too_new"
    title = mark("A newer version of the plugin wrote this configuration")
    remedy = mark("Install that version again or a later one; nothing was changed.")


class SecretsUnreadable(Conflict):
    """The key that encrypted them is not among the keys of this host; facts: key, present."""

    code = "secrets_unreadable"
    title = mark("The secrets of this connection cannot be read")
    remedy = mark(
        "They were encrypted with a key that this host does not have. Have connections.secrets_key restored; if the key"
        " is lost, nothing can read them: enter the secrets anew, or sign in again."
    )


class SecretsNeeded(Conflict):
    """The address leads elsewhere, so kept secrets are not sent there; facts: fields."""

    code = "secrets_needed"
    title = mark("The address changed, so the secrets have to be entered again")
    remedy = mark("Send the fields named in `fields` together with the new address; kept secrets go to no other host.")


class AlreadyConfigured(AlreadyExists):
    """Another connection uses this account; facts: connection_id, account."""

    code = "already_configured"
    title = mark("There is a connection with this account already")
    remedy = mark("Use the connection named in `connection_id`, or sign in with another account.")


class OtherAccount(Conflict):
    """The credentials belong to another account than the connection's; facts: expected, found."""

    code = "other_account"
    title = mark("These credentials belong to another account")
    remedy = mark(
        "What was imported belongs to the account in `expected`. Sign in with that one, or make a new connection for"
        " the other."
    )


class NotReady(Conflict):
    """It has not passed a check yet, needs a sign-in, or is paused; facts: state."""

    code = "connection_not_ready"
    title = mark("The connection is not ready")
    remedy = mark("Check it, sign in or resume it first; `state` says which.")


class SignInRefused(Invalid):
    """The answer of a sign-in does not belong to one that this user began, or comes too late."""

    code = "sign_in_refused"
    title = mark("This sign-in cannot be completed")
    remedy = mark(
        "Begin the sign-in again from the connection, in the same browser, and finish it within a few minutes."
    )


class PlatformRefused(Conflict):
    """The platform or the connector said no; facts: reason (auth, config, transient, record, bug)."""

    code = "platform_refused"
    title = mark("The platform refused")
    remedy = mark("`detail` says what the platform answered; correct the configuration, sign in again, or try later.")


class PublicAddressUnknown(Conflict):
    """`service.public_url` is not set, so no platform could send a browser back."""

    code = "public_address_unknown"
    title = mark("The service does not know its own address")
    remedy = mark("Have service.public_url set, and register the callback address with the platform.")


class StreamUnknown(Invalid):
    """The connection has no such streams; facts: unknown, available."""

    code = "stream_unknown"
    title = mark("The connection has no such stream")
    remedy = mark("Choose among those in `available`.")


class MappingTargetUnknown(Invalid):
    """The institution has nothing with these ids, or the registry does not know these words; facts: unknown."""

    code = "mapping_target_unknown"
    title = mark("The institution has no such thing to map to")
    remedy = mark("Take ids of its subjects, groups, scales or kinds; `unknown` names those that are none.")


class MappingWithoutEffect(Invalid):
    """A word for a kind of which runs read an id, or the other way round; facts: refused (kind, source, takes)."""

    code = "mapping_without_effect"
    title = mark("This mapping would have no effect")
    remedy = mark("Send for each of `refused` what `takes` names, and nothing else beside it.")


class MappingTooLate(Conflict):
    """A subject, group or study period was read in before anybody said what it stands for; facts: brought."""

    code = "mapping_too_late"
    title = mark("These were read into the registry already")
    remedy = mark(
        "They are subjects, groups or study periods of their own there, named in `brought`. Make a subject an alias of"
        " the other one (`alias_of_id`), or change the group or period by hand; what a dry run shows can be mapped"
        " beforehand."
    )


class ScheduleInvalid(Invalid):
    """It is no cron schedule, or one that never comes, or comes too often; facts: schedule."""

    code = "schedule_invalid"
    title = mark("This schedule cannot be used")
    remedy = mark(
        "Write five fields of cron, such as `30 3 * * *` for every night at half past three; at most every 5 minutes."
    )


class HostInvalid(Invalid):
    """It is no name of a host; facts: host."""

    code = "host_invalid"
    title = mark("This is no name of a host")
    remedy = mark("Write the name alone, such as files.example.org, with a port if it is not the usual one.")


class FilesNotTaken(Conflict):
    """The connector reads no files that a clerk gives."""

    code = "files_not_taken"
    title = mark("This connection takes no files")
    remedy = mark("Give files to a connection whose connector says `takes_files`.")


class GivenFileTooLarge(Invalid):
    """Facts: limit, in bytes."""

    code = "given_file_too_large"
    status = 413
    title = mark("The file is too large for a connection")
    remedy = mark("Split it, or have connections.max_given_file_bytes raised; `limit` is in bytes.")


class GivenFileDamaged(Conflict):
    """The bytes in the storage are not those that were given, or are not there; facts: file_id, name."""

    code = "given_file_damaged"
    title = mark("A file of this connection is damaged")
    remedy = mark("Remove the file named in `file_id` and give it again.")


class GivenFileTwice(AlreadyExists):
    """The same bytes are there already; facts: file_id."""

    code = "given_file_twice"
    title = mark("This connection has this very file already")
    remedy = mark("It is the file named in `file_id`; nothing was kept twice.")
