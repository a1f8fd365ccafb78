"""The guarded way out: what the host hands to a connector instead of a network.

The host allows only the connection's hosts, GET, HEAD and what the manifest lists; keeps the connection's rate; retries
what is transient; follows redirects hop by hop within the allowed hosts; and redacts secrets. Every refusal is a
`ConnectorError`, so a connector lets it pass.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.sdk.errors import ConnectorTransient

Parameters = Sequence[tuple[str, str]]
"""Names may repeat: `schools=1&schools=2`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The type without parameters, lower case; empty if the source named none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:  # noqa: ANN401 (what another system says)
        """Return the body as JSON, whatever type is announced; raise `ConnectorTransient` if it is none (a page)."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            detail = f"not JSON but {self.media_type or 'something without a type'} (status {self.status})"
            raise ConnectorTransient(detail) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAnswer:
    """An answer whose body is still arriving."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes] = field(repr=False)


Judge = Callable[[Answer], None]
"""Raises a `ConnectorError` for an answer that is none; a `ConnectorTransient` makes the host ask again."""


class HttpClient(Protocol):
    """What a connector sends requests with."""

    async def request(  # noqa: PLR0913 (each is a part of a request)
        self,
        method: str,
        url: str,
        *,
        judge: Judge,
        params: Parameters = (),
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Parameters | None = None,
    ) -> Answer:
        """Send a request and return the answer that `judge` lets pass.

        `secret_headers` go to the connection's API hosts only, and never along a redirect to another host. Parameters
        and form fields whose values are secrets of the configuration are redacted wherever they could be read. `json`
        is sent as `json.dumps(…, ensure_ascii=False)` writes it, byte for byte, so that it can be signed.
        """
        ...

    def stream(
        self,
        url: str,
        *,
        params: Parameters = (),
        secret_headers: Mapping[str, str] | None = None,
        secret_params: Parameters = (),
    ) -> AbstractAsyncContextManager[OpenAnswer]:
        """Open a GET whose body is too large to hold: a file. Also from the file hosts that the operator confirmed.

        Secrets go to the API hosts only.
        """
        ...
