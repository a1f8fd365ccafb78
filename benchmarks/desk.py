"""A signed-in clerk on a fresh service, and the quickest plain HTTP client at hand."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from minio import Minio

from demo.desk import Desk
from demo.fresh_service import FreshService, fresh_service

SCOPES = (
    "people.read",
    "people.write",
    "personal_files.read",
    "personal_files.write",
    "groups.read",
    "results.read",
    "documents.read",
    "documents.open",
    "documents.upload",
    "search.use",
)


@dataclass(frozen=True)
class Bench:
    """A service with one personal file, and a token to fill it."""

    service: FreshService
    token: str
    personal_file: str

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.service.base).netloc, timeout=600, blocksize=1024 * 1024)

    def headers(self, **further: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **further}

    def upload_path(self, file_name: str, kind: str = "diploma") -> str:
        fields = {"personal_file_id": self.personal_file, "kind": kind, "file_name": file_name}
        return f"/api/v1/documents?{urlencode(fields)}"

    def bare_client(self) -> tuple[Minio, str]:
        found = self.service.addresses()
        client = Minio(
            urlsplit(found["DELOTEKA_STORAGE__ENDPOINT"]).netloc,
            access_key=found["DELOTEKA_STORAGE__ACCESS_KEY"],
            secret_key=found["DELOTEKA_STORAGE__SECRET_KEY"],
            secure=False,
            region=found["DELOTEKA_STORAGE__REGION"],
        )
        return client, found["DELOTEKA_STORAGE__BUCKET"]


@contextmanager
def bench(environment: dict[str, str] | None = None) -> Iterator[Bench]:
    """Start a service, make a clerk with a token and a personal file."""
    with fresh_service(environment) as service, Desk(service.base) as administrator, Desk(service.base) as clerk:
        administrator.sign_in(service.login, service.password)
        administrator.change_password(service.password, "старый мост над прудом")
        user = {"login": "bench-clerk", "display_name": "Измеритель", "roles": ["clerk"]}
        made = administrator.ask("POST", "/users", json=user)
        clerk.sign_in("bench-clerk", made["one_time_password"])
        clerk.change_password(made["one_time_password"], "тихая река утром 2026")
        token = clerk.ask("POST", "/tokens", json={"name": "measurements", "scopes": list(SCOPES)})
        learner = clerk.ask("POST", "/people", json={"family_name": "Мерилова", "given_name": "Проба"})
        file = clerk.ask("POST", f"/people/{learner['id']}/personal-file", json={})
        yield Bench(service, token["token"], file["id"])


def read_json(connection: http.client.HTTPConnection, expected: int) -> dict[str, Any]:
    """Read the whole answer; raise `RuntimeError` unless its status is the expected one."""
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != expected:
        message = f"{answer.status} instead of {expected}: {body[:500]!r}"
        raise RuntimeError(message)
    found: dict[str, Any] = json.loads(body)
    return found
