"""Which answers are errors, of which class, and which only look like errors."""

import json

import pytest

from core.sdk.connectors import Answer
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from plugins.dnevnik.answers import ERRORS, OutOfScope, ParameterInvalid, Reading, ServerFault

PAGE = '<html><body><div class="error__description">\n<p>Ведутся <b>работы</b></p></div></body></html>'

FAMILIES: list[tuple[str, str, type[ConnectorError]]] = [
    ("authorizationInvalidToken", "invalidToken", ConnectorAuthFailed),
    ("authorizationTokenRequired", "tokenRequired", ConnectorAuthFailed),
    ("authorizationFailed", "authorizationFailed", ConnectorAuthFailed),
    ("authorizationOutOfScope", "outOfScope", OutOfScope),
    ("authorizationNotOwner", "notOwner", ConnectorRecordRefused),
    ("authorizationOwnerForbidden", "ownerForbidden", ConnectorRecordRefused),
    ("authorizationSystemForbidden", "systemForbidden", ConnectorRecordRefused),
    ("invalidRequest", "invalidRequest", ConnectorBug),
    ("parameterInvalid", "parameterInvalid", ParameterInvalid),
    ("apiResourceUnavailable", "resourceUnavailable", ConnectorRecordRefused),
    ("apiMethodNotSupported", "methodNotSupported", ConnectorBug),
    ("apiRequestLimit", "requestLimit", ConnectorTransient),
    ("apiServerError", "serverError", ServerFault),
    ("apiUnknownError", "unknownError", ServerFault),
    ("apiHttpsRequired", "httpsRequired", ConnectorMisconfigured),
]


def answer(status: int, body: str | bytes, media_type: str = "application/json; charset=utf-8") -> Answer:
    return Answer(
        status=status, headers={"content-type": media_type}, body=body.encode() if isinstance(body, str) else body
    )


def refusal_of(given: Answer, scope: str = "") -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        Reading(scope=scope)(given)
    return raised.value


def test_the_table_knows_every_code_of_both_families() -> None:
    assert set(ERRORS) == {code for long, short, _ in FAMILIES for code in (long, short)}


@pytest.mark.parametrize(("long", "short", "kind"), FAMILIES, ids=[short for _, short, _ in FAMILIES])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_error_object_counts_whatever_its_status(
    long: str, short: str, kind: type[ConnectorError], status: int
) -> None:
    for code in (long, short):
        error = refusal_of(answer(status, json.dumps({"type": code, "description": "Причина"})))
        assert type(error) is kind
        assert code in error.detail
        assert "Причина" in error.detail


@pytest.mark.parametrize(
    "body",
    [
        {"type": "mark5", "value": "5"},
        {"type": "Group", "name": "9-Т"},
        {"type": "CommonWork"},
        {"type": "Error"},
        {"type": ["apiServerError"]},
        {"type": None},
        {"code": "apiServerError"},
        [{"type": "apiServerError"}],
        "4.5",
        [],
        None,
    ],
    ids=str,
)
def test_an_object_with_a_type_of_its_own_is_no_error(body: object) -> None:
    reading = Reading()
    reading(answer(200, json.dumps(body)))
    assert reading.value == body


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer(200, PAGE, "text/html"), ConnectorTransient),
        (answer(200, PAGE, "application/json"), ConnectorTransient),
        (answer(401, PAGE, "text/html"), ConnectorTransient),
        (answer(502, PAGE, "text/html"), ConnectorTransient),
        (answer(503, b"", "text/plain"), ConnectorTransient),
        (answer(550, PAGE, "text/html"), ConnectorTransient),
        (answer(550, "{}"), ConnectorTransient),
        (answer(200, b""), ConnectorTransient),
        (answer(200, b'[{"id": 1'), ConnectorTransient),
        (answer(401, "{}"), ConnectorAuthFailed),
        (answer(403, b"", ""), ConnectorMisconfigured),
        (answer(404, "{}"), ConnectorRecordRefused),
        (answer(429, "{}"), ConnectorTransient),
        (answer(400, "{}"), ConnectorBug),
        (answer(422, '{"type": "somethingNew"}'), ConnectorBug),
        (answer(500, '{"type": "somethingNew"}'), ConnectorTransient),
    ],
    ids=lambda value: f"{value.status} {value.body[:12]!r}" if isinstance(value, Answer) else value.__name__,
)
def test_pages_and_bare_statuses_have_a_class_too(given: Answer, kind: type[ConnectorError]) -> None:
    assert type(refusal_of(given)) is kind


def test_the_text_of_a_page_is_kept_without_its_marks() -> None:
    assert refusal_of(answer(503, PAGE, "text/html")).detail.endswith("(status 503): Ведутся работы")


def test_a_missing_scope_is_named() -> None:
    body = json.dumps({"type": "outOfScope", "description": ""})
    assert "scope FriendsAndRelatives" in refusal_of(answer(403, body), "FriendsAndRelatives").detail
