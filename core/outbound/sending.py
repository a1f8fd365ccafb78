"""One request as it leaves, the hop that follows it, and what the network's errors mean."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from json import dumps
from typing import Final, Self
from urllib.parse import urlencode

import httpx

from core.outbound.policy import authority_of
from core.outbound.redaction import Redactor
from core.sdk.connectors import Parameters
from core.sdk.errors import ConnectorMisconfigured, ConnectorTransient

AGENT: Final = "Deloteka"

_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_AS_IT_WAS: Final = frozenset({307, 308})
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Secret whichever way a connector hands them over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request; its secrets are kept apart, because they do not go everywhere."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_params: Parameters = field(default=(), repr=False)
    content: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(  # noqa: PLR0913 (each is a part of a request)
        cls,
        method: str,
        url: str,
        *,
        params: Parameters = (),
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        secret_params: Parameters = (),
        json: object = None,
        form: Parameters | None = None,
    ) -> Self:
        """Put a request together; raise `ConnectorMisconfigured` for an address that is none."""
        given = {name.lower(): value for name, value in (headers or {}).items() if name.lower() != "host"}
        secret = {name.lower(): value for name, value in (secret_headers or {}).items()}
        secret |= {name: given.pop(name) for name in _SECRET_HEADERS & given.keys()}
        content = None
        if form is not None:
            content = urlencode(list(form)).encode()
            given.setdefault("content-type", "application/x-www-form-urlencoded")
        elif json is not None:
            content = dumps(json, ensure_ascii=False).encode()
            given.setdefault("content-type", "application/json")
        return cls(
            method=method.upper(),
            url=_merged(_address(url), params),
            headers=given,
            secret_headers=secret,
            secret_params=tuple(secret_params),
            content=content,
        )

    @property
    def secrets(self) -> Iterator[str]:
        """What must not be seen of it: tokens without the word before them."""
        for value in self.secret_headers.values():
            yield value.rpartition(" ")[2]
        for _, value in self.secret_params:
            yield value

    def request(self, *, trusted: bool, encodings: str, timeouts: Mapping[str, float]) -> httpx.Request:
        """Return it as httpx sends it; its secrets are in it only for a `trusted` host."""
        url = _merged(self.url, self.secret_params) if trusted else self.url
        headers = {"user-agent": AGENT, "accept-encoding": encodings, "accept": "*/*", **self.headers}
        headers |= self.secret_headers if trusted else {}
        headers["accept-encoding"] = encodings
        try:
            return httpx.Request(
                self.method, url, headers=headers, content=self.content, extensions={"timeout": dict(timeouts)}
            )
        except UnicodeEncodeError:
            detail = "a header holds characters that do not belong there; was something else pasted instead of a token?"
            raise ConnectorMisconfigured(detail) from None


def _address(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text.strip())
        url = url.copy_with(fragment=None)
    except (httpx.InvalidURL, TypeError, ValueError):
        url = httpx.URL("")
    if not url.host:
        detail = "an address is not well formed; expected one such as https://lms.example.org/path"
        raise ConnectorMisconfigured(detail)
    return url


def _merged(url: httpx.URL, params: Parameters) -> httpx.URL:
    return url.copy_merge_params(httpx.QueryParams(list(params))) if params else url


def next_hop(outgoing: Outgoing, response: httpx.Response, redactor: Redactor) -> Outgoing | None:
    """Return the request that a redirect asks for, None if it is none; another host gets no secrets and no body.

    Raises `ConnectorMisconfigured` for a redirect that would take a secret along.
    """
    location = response.headers.get("location", "")
    if response.status_code not in _MOVED or not location:
        return None
    try:
        url = outgoing.url.join(location).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError):
        detail = "a redirect leads to an address that is not well formed"
        raise ConnectorTransient(detail) from None
    keeps_method = response.status_code in _AS_IT_WAS or outgoing.method in {"GET", "HEAD"}
    following = replace(outgoing, url=url, secret_params=())
    if not keeps_method:
        following = replace(following, method="GET", content=None, headers=_without_body(outgoing.headers))
    if _same_origin(outgoing.url, url):
        return following
    if following.content is not None or redactor.holds(str(url)):
        detail = f"a redirect would take data or secrets along to {authority_of(url)}"
        raise ConnectorMisconfigured(detail)
    return replace(following, headers=_without_body(following.headers), secret_headers={})


def _without_body(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not name.startswith("content-")}


def _same_origin(before: httpx.URL, after: httpx.URL) -> bool:
    """The same host, and no way back from https to http."""
    return authority_of(before) == authority_of(after) and after.scheme in {before.scheme, "https"}


@contextmanager
def network_errors(host: str) -> Iterator[None]:
    """Turn what the network does into `ConnectorTransient`, and what no repetition mends into `ConnectorMisconfigured`.

    Nothing of the error's text is repeated: it may quote the address.
    """
    try:
        yield
    except (httpx.TimeoutException, TimeoutError):
        detail = f"{host} did not answer in time"
    except httpx.ConnectError as error:
        if _certificate(error):
            detail = f"{host} shows a certificate that is not trusted; see connections.ca_file"
            raise ConnectorMisconfigured(detail, host=host) from None
        detail = f"{host} cannot be reached"
    except httpx.UnsupportedProtocol:
        detail = f"{host} is asked in a way that the service does not know"
        raise ConnectorMisconfigured(detail, host=host) from None
    except httpx.RemoteProtocolError:
        detail = f"{host} broke the connection off"
    except httpx.HTTPError:
        detail = f"the connection with {host} failed"
    else:
        return
    raise ConnectorTransient(detail) from None


def _certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
