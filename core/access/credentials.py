"""Random tokens, their digests, and what proves that a request comes from one's own page."""

import hashlib
import hmac
import secrets
from typing import Final

TOKEN_PREFIX: Final = "dlt_"  # noqa: S105 - tells what kind of secret follows, so that scanners find leaked ones
_BYTES: Final = 32
_CSRF: Final = b"deloteka csrf 1"


def new_session_token() -> str:
    """Return 256 fresh random bits for a cookie (43 characters of URL-safe base64)."""
    return secrets.token_urlsafe(_BYTES)


def new_api_token() -> str:
    """Return 256 fresh random bits for a program, after `dlt_`."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_BYTES)


def token_digest(token: str) -> bytes:
    """Return the SHA-256 (32 bytes) under which a token is known; random 256 bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def csrf_token(session_token: str) -> str:
    """Return the token that pages of a session send with changes; derived, so that nothing more has to be kept."""
    return hmac.new(session_token.encode("utf-8", "surrogatepass"), _CSRF, hashlib.sha256).hexdigest()


def csrf_fits(session_token: str, shown: str) -> bool:
    """Say in constant time whether `shown` is the CSRF token of the session."""
    return hmac.compare_digest(csrf_token(session_token).encode(), shown.encode("utf-8", "surrogatepass"))
