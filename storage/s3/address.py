"""Where a bucket is and who may enter it."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

DEFAULT_REGION = "us-east-1"

_SHORTEST_BUCKET, _LONGEST_BUCKET = 3, 63
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*(?<=[a-z0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Address:
    """An S3 bucket by URL; the secret never shows in `repr`."""

    endpoint: str
    """`http://host:port` or `https://host[:port]`, without a path."""
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    region: str = DEFAULT_REGION

    def __post_init__(self) -> None:
        """Refuse an address that cannot work.

        Raises:
            ValueError: the URL has another scheme, a path, or credentials in it, or a part is empty.
        """
        parts = urlsplit(self.endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            message = f"{parts.scheme}://{parts.hostname} is no S3 endpoint: write https://host or http://host:port"
            raise ValueError(message)
        if parts.username or parts.password:
            message = "write the keys of the object store into their own settings, not into its URL"
            raise ValueError(message)
        if not _SHORTEST_BUCKET <= len(self.bucket) <= _LONGEST_BUCKET or _BUCKET.fullmatch(self.bucket) is None:
            message = f"{self.bucket!r} is no bucket name: 3 to 63 lower-case letters, digits, dots and dashes"
            raise ValueError(message)
        for name in ("access_key", "secret_key", "region"):
            if not getattr(self, name):
                message = f"the S3 address needs a {name}: without credentials anybody could write"
                raise ValueError(message)

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.endpoint).scheme == "https"

    @property
    def host(self) -> str:
        """Host and port, as the client library wants them."""
        return urlsplit(self.endpoint).netloc
