"""Settings: one `config.toml`, overridden by `DELOTEKA_…` variables; secrets from the environment or from files.

Every key is described in `config.toml` itself; a test compares the two. Nested keys of the environment are joined by
two underscores: `DELOTEKA_STORAGE__ENDPOINT`. A secret is never written into the file: it comes from its
variable, or from the file that its `…_file` key names.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator, model_validator

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class Section(BaseModel):
    """A table of the file: unknown keys stop the start."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class ServiceSettings(Section):
    """Where the service listens and keeps its things."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8480
    processes: Annotated[int, Field(ge=1, le=64)] = 2
    data_folder: Path = Path("data")
    public_url: str = ""
    language: Literal["ru", "en"] = "ru"
    secure_cookies: bool = False
    trusted_proxies: tuple[str, ...] = ()

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            message = "expected an address such as https://deloteka.example.org"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            try:
                ipaddress.ip_network(address)
            except ValueError:
                message = f"{address!r} is neither an address nor a network such as 10.0.0.0/8"
                raise ValueError(message) from None
        return value

    @model_validator(mode="after")
    def _cookies_reach_the_browser(self) -> Self:
        if self.secure_cookies and self.public_url.startswith("http://"):
            message = (
                "service.secure_cookies is true but service.public_url begins with http://, so no browser would keep"
                " the session; set an https:// address or secure_cookies = false"
            )
            raise ValueError(message)
        if not self.secure_cookies and self.public_url.startswith("https://"):
            message = (
                "service.public_url begins with https:// but service.secure_cookies is false, so the session could"
                " travel unencrypted; set secure_cookies = true"
            )
            raise ValueError(message)
        return self


class LogSettings(Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["text", "json"] = "text"


class DatabaseSettings(Section):
    """PostgreSQL: empty `url` means the embedded server."""

    url: str = ""
    owner_url: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    owner_password: SecretStr | None = None
    owner_password_file: Path | None = None
    pool: Annotated[int, Field(ge=2, le=200)] = 16

    @field_validator("url", "owner_url")
    @classmethod
    def _is_postgres(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme not in {"postgresql", "postgres"}:
            message = "expected an address such as postgresql://deloteka@db.example.org:5432/deloteka"
            raise ValueError(message)
        if unknown := set(parse_qs(parts.query, keep_blank_values=True)) - {"sslmode"}:
            message = f"the address may end with ?sslmode=…, but not with {', '.join(sorted(unknown))}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _passwords_go_with_an_address(self) -> Self:
        for name, url in (("password", self.url), ("owner_password", self.owner_url)):
            given = getattr(self, name) is not None or getattr(self, f"{name}_file") is not None
            if given and not url:
                address = "url" if name == "password" else "owner_url"
                message = (
                    f"database.{name} is set but database.{address} is not; the embedded server makes its own"
                    " passwords: set the address or remove the password"
                )
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.url) != bool(self.owner_url):
            message = (
                "database.url and database.owner_url go together: the service works under the first (a plain login"
                " that row-level security binds) and changes the schema under the second; set both or neither"
            )
            raise ValueError(message)
        return self


class StorageSettings(Section):
    """S3-compatible object storage: empty `endpoint` means the embedded server."""

    endpoint: str = ""
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] = "deloteka"
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    lock_mode: Literal["governance", "compliance"] = "governance"
    originals_lock_mode: Literal["governance", "compliance"] = "governance"
    compliance_forbids_lawful_destruction: bool = False

    @model_validator(mode="after")
    def _compliance_is_meant(self) -> Self:
        if self.originals_lock_mode == "compliance" and not self.compliance_forbids_lawful_destruction:
            message = (
                'storage.originals_lock_mode = "compliance" makes locks that nobody can lift, also where the law'
                " demands destruction (personal data processed unlawfully: 10 working days) or an upload was a mistake;"
                " set storage.compliance_forbids_lawful_destruction = true to say that this is meant"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _credentials_go_with_an_endpoint(self) -> Self:
        if self.endpoint and urlsplit(self.endpoint).scheme not in {"http", "https"}:
            message = "storage.endpoint must begin with http:// or https://"
            raise ValueError(message)
        if self.endpoint and not self.access_key:
            message = "storage.endpoint is set but storage.access_key is not; an open store is never used"
            raise ValueError(message)
        if self.endpoint and self.secret_key is None and self.secret_key_file is None:
            message = (
                "storage.endpoint is set but storage.secret_key is not; set the variable"
                " DELOTEKA_STORAGE__SECRET_KEY or the key storage.secret_key_file"
            )
            raise ValueError(message)
        given = [name for name in ("access_key", "secret_key", "secret_key_file") if getattr(self, name)]
        if given and not self.endpoint:
            message = f"storage.{given[0]} is set but storage.endpoint is not; set the address or remove the key"
            raise ValueError(message)
        return self


class IntakeSettings(Section):
    """How files come in."""

    max_file_bytes: Annotated[int, Field(ge=1)] = 50 * MIB
    max_archive_bytes: Annotated[int, Field(ge=1)] = 200 * MIB
    max_large_file_bytes: Annotated[int, Field(ge=1)] = 4 * GIB
    free_space_reserve_bytes: Annotated[int, Field(ge=0)] = 1 * GIB
    settling_seconds: Annotated[int, Field(ge=0)] = 60
    concurrent_uploads: Annotated[int, Field(ge=1, le=256)] = 32

    @model_validator(mode="after")
    def _large_is_largest(self) -> Self:
        for name in ("max_file_bytes", "max_archive_bytes"):
            if getattr(self, name) > self.max_large_file_bytes:
                message = f"intake.{name} is above intake.max_large_file_bytes, the upper limit of any file; lower it"
                raise ValueError(message)
        return self


class AccessSettings(Section):
    """How people and programs sign in."""

    session_hours: Annotated[int, Field(ge=1, le=168)] = 12
    session_idle_minutes: Annotated[int, Field(ge=5, le=1440)] = 60
    token_max_days: Annotated[int, Field(ge=1, le=3660)] = 366
    attempts_before_delay: Annotated[int, Field(ge=1, le=100)] = 5
    attempts_window_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    password_min_length: Annotated[int, Field(ge=8, le=128)] = 12
    one_time_password_hours: Annotated[int, Field(ge=1, le=8760)] = 72

    @model_validator(mode="after")
    def _idle_ends_before_the_session(self) -> Self:
        if self.session_idle_minutes > self.session_hours * 60:
            message = (
                "access.session_idle_minutes is longer than access.session_hours, so it would never matter; shorten"
                " the first or lengthen the second"
            )
            raise ValueError(message)
        return self


class AuditSettings(Section):
    """How the audit trail is sealed."""

    seal_seconds: Annotated[float, Field(ge=0.1, le=60)] = 1.0
    anchor_minutes: Annotated[float, Field(ge=0.01, le=1440)] = 60.0

    @model_validator(mode="after")
    def _sealed_before_anchored(self) -> Self:
        if self.anchor_minutes * 60 < self.seal_seconds:
            message = (
                "audit.anchor_minutes is shorter than audit.seal_seconds: an anchor holds what has been sealed;"
                " anchor less often or seal more often"
            )
            raise ValueError(message)
        return self


class ConnectionSettings(Section):
    """How connections to platforms keep their secrets and reach out."""

    secrets_key: SecretStr | None = None
    secrets_key_file: Path | None = None
    allow_http: bool = False
    ca_file: str = ""
    max_given_file_bytes: Annotated[int, Field(ge=1)] = 200 * MIB
    scan_folders: str = ""
    scan_endpoint: str = ""
    scan_bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] = "scans"
    scan_region: str = "us-east-1"
    scan_access_key: str = ""
    scan_secret_key: SecretStr | None = None
    scan_secret_key_file: Path | None = None

    @field_validator("ca_file", "scan_folders")
    @classmethod
    def _is_absolute(cls, value: str) -> str:
        if value and not Path(value).is_absolute():
            message = "expected a whole path such as /etc/ssl/platforms.pem or /srv/scans"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _scans_have_credentials(self) -> Self:
        if self.scan_endpoint and urlsplit(self.scan_endpoint).scheme not in {"http", "https"}:
            message = "connections.scan_endpoint must begin with http:// or https://"
            raise ValueError(message)
        secret = self.scan_secret_key is not None or self.scan_secret_key_file is not None
        if self.scan_endpoint and not (self.scan_access_key and secret):
            message = (
                "connections.scan_endpoint is set but connections.scan_access_key or connections.scan_secret_key is"
                " not; an open store is never used"
            )
            raise ValueError(message)
        if not self.scan_endpoint and (self.scan_access_key or secret):
            message = (
                "connections.scan_access_key or connections.scan_secret_key is set but connections.scan_endpoint is"
                " not; set the address or remove the key"
            )
            raise ValueError(message)
        return self


class NotificationSettings(Section):
    """Where messages about events may go."""

    private_hosts: tuple[str, ...] = ()


class DisposalSettings(Section):
    """How acts are executed."""

    means: str = ""


class FirstStartSettings(Section):
    """What the first start on an empty database creates."""

    institution: Annotated[str, Field(min_length=1, max_length=300)] = "Моё учреждение"
    time_zone: str = "Europe/Moscow"
    administrator: Annotated[str, Field(min_length=3, max_length=100)] = "admin"

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            message = "expected an IANA time zone such as Europe/Moscow or Asia/Yekaterinburg"
            raise ValueError(message) from None
        return value


class PluginSettings(BaseModel):
    """Which plugins load; every other table below `[plugins]` belongs to the plugin of that name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    enabled: tuple[str, ...] = (
        *("pdf", "images", "media_type", "previews"),
        *("dnevnik", "moodle", "oneroster", "tabular", "scans"),
        "webhooks",
    )

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """The table of each plugin, by plugin name, as written."""
        return dict(self.model_extra or {})

    @field_validator("enabled")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if value.count(name) > 1:
                message = f"{name!r} stands there twice; name each plugin once"
                raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _only_tables(self) -> Self:
        for name, value in (self.model_extra or {}).items():
            if not isinstance(value, dict):
                message = f"plugins.{name} is no key of the service; settings of a plugin form a table [plugins.{name}]"
                raise ValueError(message)  # noqa: TRY004 - pydantic turns ValueError into its own report
        return self


@dataclass(frozen=True, slots=True)
class Origin:
    """Who said a value: `default`, `file` or `environment`, and where exactly."""

    source: Literal["default", "file", "environment"] = "default"
    where: str = ""


class Settings(Section):
    """Everything that can be set."""

    service: ServiceSettings = ServiceSettings()
    log: LogSettings = LogSettings()
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    intake: IntakeSettings = IntakeSettings()
    access: AccessSettings = AccessSettings()
    audit: AuditSettings = AuditSettings()
    disposal: DisposalSettings = DisposalSettings()
    connections: ConnectionSettings = ConnectionSettings()
    notifications: NotificationSettings = NotificationSettings()
    first_start: FirstStartSettings = FirstStartSettings()
    plugins: PluginSettings = PluginSettings()

    _origins: Mapping[str, Origin] = PrivateAttr(default_factory=dict)
    _cautions: tuple[str, ...] = PrivateAttr(default=())

    def origin(self, key: str) -> Origin:
        """Say where the value of a dotted key such as `storage.endpoint` comes from."""
        return self._origins.get(key, Origin())

    @property
    def cautions(self) -> tuple[str, ...]:
        """What is allowed but unwise; written to the log at the start."""
        return self._cautions

    def with_provenance(self, origins: Mapping[str, Origin], cautions: tuple[str, ...]) -> Self:
        """Return a copy that knows where its values come from and what is unwise about them."""
        copy = self.model_copy()
        copy._origins = dict(origins)  # noqa: SLF001 - its own class
        copy._cautions = cautions  # noqa: SLF001 - its own class
        return copy
