"""The options of the object server: only what is needed, only on loopback, nothing sent to anybody."""

from collections.abc import Mapping
from pathlib import Path

from storage.embedded.files import Secrets
from storage.embedded.ports import LOOPBACK


def server_options(data: Path, ports: Mapping[str, int], made: Secrets, *, identities: Path) -> str:
    """The text of an option file: `name=value`, one a line; secrets stay out of the process list this way.

    Raises:
        ValueError: the folder's name contains a line break.
    """
    if "\n" in f"{data}{identities}" or "\r" in f"{data}{identities}":
        message = f"the folder {str(data)!r} has a line break in its name"
        raise ValueError(message)
    options: dict[str, object] = {
        "dir": data,
        "ip": LOOPBACK,
        "ip.bind": LOOPBACK,
        **ports,
        "admin.ui": "false",
        "admin.user": "deloteka",
        "admin.password": made.admin_password,
        "disableHttp": "true",
        # Resumed, the master leads some milliseconds too late for its volume server in one start of eight, which then
        # waits five seconds. Its state is nothing but the greatest volume number, and the volume server reports that.
        "master.resumeState": "false",
        "master.telemetry": "false",
        "s3.allowDeleteBucketNotEmpty": "false",
        "s3.autoCreateBucket": "false",
        "s3.config": identities,
        "s3.iam": "false",
        "s3.port.iceberg": "0",
        "s3.port.lance": "0",
        "volume.preStopSeconds": "0",
        "webdav": "false",
    }
    return "".join(f"{name}={value}\n" for name, value in options.items())
