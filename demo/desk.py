"""A desk: one person or program at work with the API over HTTP."""

from collections.abc import Mapping
from typing import Any, Self
from uuid import uuid4

import httpx


class Refused(Exception):
    """The service answered with a problem document."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem.get('title')} ({problem.get('code')}). {problem.get('remedy')}")
        self.problem = problem


class Desk:
    """Signed in, for one institution."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = httpx.Client(base_url=f"{base}/api/v1", timeout=120, headers={"Accept-Language": "ru"})
        self.session: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def sign_in(self, login: str, password: str) -> dict[str, Any]:
        """Begin a session; the browser's protection against forged requests is kept from then on."""
        self.session = self.ask("POST", "/session", json={"login": login, "password": password})
        self.http.headers["X-CSRF-Token"] = self.session["csrf_token"]
        return self.session

    def change_password(self, old: str, new: str) -> None:
        """Replace the one-time password."""
        self.session = self.ask("POST", "/session/password", json={"present": old, "wanted": new})
        self.http.headers["X-CSRF-Token"] = self.session["csrf_token"]

    def use_token(self, token: str) -> None:
        """Work as a program."""
        self.http.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        """Send a request; return what the answer says, None for an empty one. Raises `Refused`."""
        answer = self.http.request(method, path, **arguments)
        if answer.status_code >= 400:
            raise Refused(answer.json())
        return answer.json() if answer.content else None

    def upload(
        self, content: bytes, *, file_name: str, media_type: str, key: str | None = None, **fields: str
    ) -> dict[str, Any]:
        """Send one file as the body of a request."""
        found: dict[str, Any] = self.ask(
            "POST",
            "/documents",
            params={"file_name": file_name, **fields},
            content=content,
            headers={"Content-Type": media_type, "Idempotency-Key": key or uuid4().hex},
        )
        return found

    def content(self, document_id: str) -> bytes:
        """Return the bytes of a document."""
        answer = self.http.get(f"/documents/{document_id}/content")
        if answer.status_code >= 400:
            raise Refused(answer.json())
        return answer.content
