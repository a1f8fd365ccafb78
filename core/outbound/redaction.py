"""Keeps the secrets of one connection out of errors, logs and raw answers."""

import json
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from core.kernel.settings_secrets import MASK

_SHORTEST: Final = 4
"""Shorter values would blank out half of every sentence; they protect nothing anyway."""
_NAMES: Final = "access_token|refresh_token|id_token|token|wstoken|privatetoken|client_secret|password|api_key|apikey"
_IN_QUERY: Final = re.compile(rf"(?i)(?<=[?&])({_NAMES})=[^&#\s\"'<>]+")
_BY_NAME: Final = frozenset(_NAMES.split("|"))
_CREDENTIALS_IN_URL: Final = re.compile(r"(?<=://)[^/\s@\"'<>]+@")
_NOTHING: Final = re.compile(r"(?!)")


class Redactor:
    """Masks what one connection must not give away; it learns more as tokens are issued."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The service and the room of the connector learn secrets each in its own thread.
        self._learning = threading.Lock()
        self._spellings: set[str] = set()
        self._pattern = _NOTHING
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Mask these from now on, also percent-encoded and inside JSON."""
        told = {spelling for secret in secrets for spelling in _spellings(secret)}
        with self._learning:
            if told <= self._spellings:
                return
            self._spellings |= told
            longest_first = sorted(self._spellings, key=len, reverse=True)
            # Percent-encoding is written in either case, so case does not save a secret.
            self._pattern = re.compile("|".join(re.escape(each) for each in longest_first), re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """Return `text` with every secret masked, and what looks like one in an address."""
        text = self._pattern.sub(MASK, text)
        if "=" in text:
            text = _IN_QUERY.sub(rf"\1={MASK}", text)
        return _CREDENTIALS_IN_URL.sub(f"{MASK}@", text) if "://" in text else text

    def holds(self, text: str) -> bool:
        """Say whether a known secret stands in `text`."""
        return self._pattern.search(text) is not None

    def redact(self, value: Any) -> Any:  # noqa: ANN401 (what another system says)
        """Return JSON-like data with every secret masked, in keys too, and what stands under a secret's name."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {self._key(key): self._under(key, inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact(inner) for inner in value]
        if isinstance(value, int) and not isinstance(value, bool) and self.holds(str(value)):
            return MASK
        return value

    def _key(self, key: object) -> object:
        return self(key) if isinstance(key, str) else key

    def _under(self, key: object, value: Any) -> Any:  # noqa: ANN401 (as above)
        hidden = isinstance(key, str) and key.lower() in _BY_NAME and isinstance(value, str) and value
        return MASK if hidden else self.redact(value)


def _spellings(secret: str) -> Iterable[str]:
    if len(secret) < _SHORTEST:
        return ()
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }
