"""Whatever is sent to the real application, no answer is a failure of ours and none lies outside the description."""

from collections import Counter
from functools import cache
from itertools import chain, count
from typing import Any, Final

import pytest
import schemathesis
from schemathesis.checks import ignored_auth, positive_data_acceptance
from schemathesis.schemas import BaseSchema

from core.access.credentials import csrf_token
from core.access.dependencies import CSRF_HEADER, SESSION_COOKIE
from core.access.permissions import Role
from core.api.description import TAGS
from tests.asking_by_description import cases, operations
from tests.registry.api.application import application, description
from tests.registry.api.conftest import Elsewhere
from tests.registry.api.test_who_may_do_what import Row, by_address
from tests.registry_house import OPERATOR, Place

ASKING: Final = (Role.CLERK.value, Role.ADMINISTRATOR.value, Role.AUDITOR.value, OPERATOR)
_TURNS: Final = count()
UPLOADS: Final = "/api/v1/documents"
TABLE: Final = by_address()
_ASKING: Final[dict[tuple[str, str], Place]] = {}
"""Who asks an operation in a role."""
_EVERY: Final = {
    "incorrect_type": 20,
    "unspecified_http_method": 12,
    "object_required_and_optional": 6,
    "object_unexpected_properties": 8,
    "valid_object": 6,
    "string_above_max_length": 3,
    "null_value": 4,
    "invalid_pattern": 4,
    "malformed_content_type": 3,
}
"""Of these kinds there are sixteen thousand cases that differ in little the service looks at: so many are one."""


@cache
def schema() -> BaseSchema:
    """The description as Schemathesis understands it."""
    made = schemathesis.openapi.from_asgi("/openapi.json", application())
    # An address may also be too long to be looked at.
    made.config.checks.negative_data_rejection.expected_statuses = [*map(str, range(400, 500)), "503"]
    return made


@pytest.mark.parametrize("tag", TAGS)
def test_no_answer_lies_outside_the_description(tag: str, elsewhere: Elsewhere) -> None:
    met: Counter[str] = Counter()

    asked = [operation for operation in operations(schema()) if operation.tags == [tag]]
    assert asked
    for case in chain.from_iterable(map(cases, asked)):
        kind = str(getattr(case.meta.phase.data, "scenario", "")) if case.meta is not None else ""
        met[kind] += 1
        if met[kind] % _EVERY.get(kind, 1) == 0:
            _require_described(case, elsewhere)


def test_every_operation_has_one_known_tag() -> None:
    assert {tuple(operation.tags or ()) for operation in operations(schema())} == {(tag,) for tag in TAGS}


def _require_described(case: schemathesis.Case[Any], elsewhere: Elsewhere) -> None:
    row = TABLE[f"{case.operation.method.upper()} {case.operation.path}"]
    may = [role for role in ASKING if row[role] == "yes"] or [Role.CLERK]
    if case.meta is None or case.meta.generation.mode.is_positive:
        _name_what_exists(case, elsewhere)
    headers, cookies = _credentials(elsewhere, case.operation.label, row, may[next(_TURNS) % len(may)])
    # Not asked: whether all that the schema allows is taken (two fields may exclude each other, a day may lie in the
    # future, and to JSON Schema 56.0 is a whole number), and who is let in, which the table of the walk says.
    excluded = [positive_data_acceptance, ignored_auth]
    answer = case.call_and_validate(app=elsewhere, headers=headers, cookies=cookies, excluded_checks=excluded)
    if (
        answer.content
        and "problem+json" in answer.headers["content-type"][0]
        and case.method == case.operation.method.upper()
    ):
        assert answer.json()["code"] in _listed(case.operation.method, case.operation.path, answer.status_code), (
            answer.text
        )


def _listed(method: str, path: str, status: int) -> set[str]:
    """Codes of the refusals that the description names for a status, beside those that any address may answer."""
    responses = description()["paths"][path][method.lower()]["responses"]
    named = [responses["default"], *([responses[str(status)]] if str(status) in responses else [])]
    return {code for said in named for content in said["content"].values() for code in content.get("examples", {})}


def _name_what_exists(case: schemathesis.Case[Any], elsewhere: Elsewhere) -> None:
    """Put ids of real things in the place of invented ones, so that more than `not_found` is answered."""
    place = elsewhere.world.house.a
    known = {
        "person_id": place.learner,
        "personal_file_id": place.personal_file,
        "group_id": place.group,
        "document_id": elsewhere.world.paper["id"],
        "user_id": place.accounts[Role.TEACHER],
        "ordinal": 1,
        "page": 1,
        **elsewhere.world.known,
    }
    for name in set(case.path_parameters or {}) & set(known):
        case.path_parameters[name] = str(known[name])
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = "*"
    for said in (case.query, case.body):
        if isinstance(said, dict):
            said |= {name: str(known[name]) for name in set(said) & set(elsewhere.world.known)}
        if case.operation.path.startswith(UPLOADS) and case.method == "POST" and isinstance(said, dict) and said:
            said |= {"kind": "other", "personal_file_id": str(known["personal_file_id"]), "insist": "true"}
            said.pop("group_id", None)


def _credentials(elsewhere: Elsewhere, operation: str, row: Row, role: str) -> tuple[dict[str, str], dict[str, str]]:
    """Of somebody new for each operation, because some end what they are asked with."""
    if (operation, role) not in _ASKING:
        _ASKING[operation, role] = elsewhere.do(elsewhere.world.newcomer(elsewhere.world.house.a, role))
    place = _ASKING[operation, role]
    if row["session_only"] == "no":
        return {"Authorization": f"Bearer {place.tokens[role]}"}, {}
    session = place.sessions[role]
    return {CSRF_HEADER: csrf_token(session)}, {SESSION_COOKIE: session}
