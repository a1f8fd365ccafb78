"""What a request carries along: its id, the reader's language, and what the application told the web layer."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import State
from starlette.types import Scope

from core.kernel.texts import DEFAULT_LANGUAGE, Language, choose_language

_LONGEST_INSTANCE: Final = 500
_REQUEST_ID: Final = "deloteka.request_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebState:
    """What the web layer must know of the installation; lies at `app.state.web`."""

    language: Language = DEFAULT_LANGUAGE
    """For readers who ask for no language."""
    secure: bool = False
    """Whether browsers reach the service through TLS: adds Strict-Transport-Security."""
    version: str = ""


def web_state(scope: Scope) -> WebState:
    """Return the state of the application that serves this request; the defaults if it set none."""
    application: Any = scope.get("app")
    state: State = getattr(application, "state", State())
    found = getattr(state, "web", None)
    return found if isinstance(found, WebState) else WebState()


def header(scope: Scope, name: str) -> str | None:
    """Return the first value of a request header, None without it; `name` in lower case."""
    wanted = name.encode()
    for key, value in scope.get("headers", ()):
        if key == wanted:
            return bytes(value).decode("latin-1")
    return None


def reader_language(scope: Scope) -> Language:
    """Return the language the reader asked for, else that of the installation."""
    return choose_language(header(scope, "accept-language"), web_state(scope).language)


def request_id(scope: Scope) -> str:
    """Return the id of the request; empty where no `RequestEnvelope` stands before the application."""
    return str(scope.get(_REQUEST_ID, ""))


def set_request_id(scope: Scope, value: str) -> None:
    """Remember the id of the request for everything that handles it."""
    scope[_REQUEST_ID] = value


def instance(scope: Scope) -> str:
    """Return the path of the request as a URI reference, without its query, which may name people."""
    return quote(str(scope.get("path", ""))[:_LONGEST_INSTANCE], errors="replace")
