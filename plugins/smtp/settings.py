"""The server that takes our mail."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class SmtpSettings(BaseModel):
    """The table `[plugins.smtp]`."""

    host: str = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65_535)
    security: Literal["none", "starttls", "tls"] = "none"
    """`tls`: encrypted from the first byte, usually port 465; `starttls`: usually 587."""
    user: str = ""
    password: SecretStr | None = None
    sender: str = "deloteka@localhost"
    """The address in «From»."""
    seconds: float = Field(default=20.0, gt=0, le=25)
    """For one message."""
