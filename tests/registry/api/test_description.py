"""The description of the interface says what a program's author needs to know, everywhere alike."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from core.api.description import TAGS
from tests.registry.api.application import description
from tests.registry.api.test_who_may_do_what import by_address

Operation = dict[str, Any]

PROBLEM: Final = "application/problem+json"
NOT_CREATING: Final = {
    # Steps that change the state of something that is there.
    "/session/institution",
    "/session/password",
    "/password-reset",
    "/deactivation",
    "/reactivation",
    "/release",
    "/refusal",
    "/bookmark-reset",
    "/dismissal",
    "/retry",
    "/new-person",
    "/undoing",
    "/settlement",
    "/import-tray/{file_id}/assignment",
    "/withdrawal",
    "/cancellation",
    "/certification",
    "/execution",
    "/paper-destruction",
    "/space",
    "/transfers/{transfer_id}/acceptance",
    "/transfers/{transfer_id}/package",
    "/submission",
    "/agreement",
    "/approval",
    "/return",
    "/abandonment",
    "/abort",
    "/archive-agreement",
    "/archive-decision",
    "/results-decision",
    "/cases/{case_id}/liquidation",
    "/entry",
    "/exclusion",
    "/listing",
    "/confirmation",
    "/rejection",
    "/reserves",
    "/closing",
    "/reopening",
    "/what-if",
    "/revocation",
    "/extension",
    "/lifting",
    "/filing",
    "/consents/{consent_id}/withdrawal",
    "/completion",
    "/supersession",
    "/import",
    "/import-check",
    "/personal-files/{personal_file_id}/case",
    "/sign-in",
    "/check",
    "/pause",
    "/resumption",
    "/result-confirmations",
    "/striking-out",
    "/ending",
    "/adoption",
    # Messages go out later, which 202 says.
    "/subscriptions/{subscription_id}/tests",
    "/messages/{message_id}/replays",
}
NO_LOCATION: Final = {"POST /api/v1/institutions/{institution_id}/members"}
"""Members are read by the administrator of the institution, not by the operator who appoints them."""
OBVIOUS: Final = frozenset(
    {
        *("id", "name", "title", "note", "status", "state", "version", "created_at", "verified_at", "started_at"),
        *("finished_at", "uploaded_at", "revoked_at", "expires_at", "number", "login", "display_name", "roles", "kind"),
        *("scopes", "permissions", "settings", "items", "width", "height", "page", "key", "fields", "required"),
        *(
            "database",
            "storage",
            "plugins",
            "person",
            "institution",
            "administrator",
            "findings",
            "type",
            "must_change_password",
        ),
        *("code", "remedy", "object_type", "subject_type", "request_id", "series", "file_name", "media_type"),
        *("institution_id", "account_id", "entry_id", "holder", "credential", "severity", "verdict"),
        *("person_id", "group_id", "subject_id", "period_id", "teacher_id", "connection_id", "subscription_id"),
        *("kind_id", "scale_id", "source_id", "event_id", "job_id", "full_name", "revision"),
        *("created_by", "decided_by", "decided_at", "confirmed_by", "confirmed_at", "settled_by", "settled_at"),
        *("struck_out_by", "struck_out_at", "requested_at", "recorded_at", "changed_at", "ended_by", "ended_at"),
    }
)
"""Names that say all there is to say."""


@cache
def operations() -> dict[str, Operation]:
    """Every operation by its method and address."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in description()["paths"].items()
        for method, operation in item.items()
    }


def of_each(method: str = "") -> Callable[[Callable[[str], None]], Callable[[], None]]:
    """One test for all operations, or those of a method: two thousand small ones take every process long to collect."""

    def decorate(require: Callable[[str], None]) -> Callable[[], None]:
        def test() -> None:
            for address in [each for each in operations() if each.startswith(method)]:
                try:
                    require(address)
                except AssertionError as error:
                    error.add_note(address)
                    raise

        return test

    return decorate


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return dict(description()["components"]["schemas"][name]) if name else schema


@of_each()
def test_an_operation_says_what_it_does(address: str) -> None:
    operation = operations()[address]
    assert operation["summary"]
    assert "  " not in operation["summary"]
    assert not operation["summary"].endswith(".")
    assert len(operation["description"]) > 15
    assert len(operation["tags"]) == 1
    assert operation["tags"][0] in TAGS


def test_every_tag_is_used_and_described_in_order() -> None:
    assert [tag["name"] for tag in description()["tags"]] == list(TAGS)
    assert {tag for operation in operations().values() for tag in operation["tags"]} == set(TAGS)


def test_ids_of_operations_are_readable_verbs_and_unique() -> None:
    ids = [operation["operationId"] for operation in operations().values()]
    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name)] == []
    beginnings = {"GET": ("list", "read", "search", "export", "verify"), "HEAD": ("probe",), "PATCH": ("change",)}
    for address, operation in operations().items():
        wanted = beginnings.get(address.partition(" ")[0])
        assert wanted is None or operation["operationId"].startswith(wanted), address


@of_each()
def test_a_credential_is_asked_for_wherever_the_table_says_so(address: str) -> None:
    assert ("security" in operations()[address]) == (by_address()[address]["nobody"] == "no")


@of_each()
def test_every_refusal_is_a_problem_document(address: str) -> None:
    operation = operations()[address]
    listed = {status for status in operation["responses"] if status[0] in "45"}
    if "security" in operation:
        assert {"400", "401", "503"} <= listed
    if any(value == "no" for value in by_address()[address].values()) and "security" in operation:
        assert "403" in listed or address == "GET /api/v1/session", address
    if "{" in address:
        assert "404" in listed
    if "requestBody" in operation:
        assert {"400", "408", "413", "422"} <= listed
    for status in [*listed, "default"]:
        content = operation["responses"][status]["content"]
        assert PROBLEM in content or (address, status) == ("GET /health", "503")


@of_each()
def test_every_parameter_is_described(address: str) -> None:
    for parameter in operations()[address].get("parameters", ()):
        schema = parameter["schema"]
        said = parameter.get("description") or schema.get("description") or parameter.get("examples")
        assert said or parameter["name"].endswith("_id") or parameter["name"] in {"state", "kind", "code"}, (
            address,
            parameter["name"],
        )


def members() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, schema in description()["components"]["schemas"].items():
        for member, said in schema.get("properties", {}).items():
            yield name, member, said


def test_every_member_is_described_where_its_name_does_not_say_it_all() -> None:
    silent = [
        f"{name}.{member}"
        for name, member, said in members()
        if member not in OBVIOUS
        and not any({"description", "examples"} & set(kind) for kind in (said, *said.get("anyOf", ())))
    ]
    assert silent == []


def test_names_of_members_are_consistent() -> None:
    for name, member, said in members():
        kinds = [said, *said.get("anyOf", ())]
        if any(kind.get("format") == "uuid" for kind in kinds):
            assert member == "id" or member.endswith(("_id", "_by")), (name, member)
        if any(kind.get("format") == "date-time" for kind in kinds):
            assert member.endswith("_at"), (name, member)
        if any(kind.get("format") == "date" for kind in kinds):
            assert member.endswith(("_on", "_date")), (name, member)
        assert member == member.lower(), (name, member)


@of_each()
def test_lists_are_pages_and_only_they_are_called_so(address: str) -> None:
    operation = operations()[address]
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    shown = resolved(content.get("schema", {}))
    listing = operation["operationId"].startswith("list")
    assert shown.get("type") != "array"
    assert listing == ({"items", "next"} <= set(shown.get("properties", {})))
    if listing and any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ())):
        assert {"limit", "cursor"} <= {parameter["name"] for parameter in operation["parameters"]}


@of_each("PATCH")
def test_a_change_names_the_revision_it_was_made_for(address: str) -> None:
    operation = operations()[address]
    assert "If-Match" in {parameter["name"] for parameter in operation["parameters"]}
    assert {"412", "428"} <= set(operation["responses"])
    reading = operations()["GET" + address.removeprefix("PATCH")]
    for answer in (operation, reading):
        shown = resolved(answer["responses"]["200"]["content"]["application/json"]["schema"])
        assert "revision" in shown["properties"]


@of_each("POST")
def test_what_creates_answers_created(address: str) -> None:
    creating = not any(address.endswith(step) for step in NOT_CREATING)
    assert ("201" in operations()[address]["responses"]) == creating


def test_paths_are_plural_nouns_in_small_letters() -> None:
    for path in description()["paths"]:
        assert re.fullmatch(r"(/([a-z][a-z0-9-]*|\{[a-z_]+\}))+", path), path
        assert path.startswith(("/api/v1/", "/health", "/problems")), path


def test_the_needed_permission_is_written_down() -> None:
    assert "Needs `documents.read`." in operations()["GET /api/v1/documents"]["description"]
    assert "Needs a session" in operations()["POST /api/v1/tokens"]["description"]


def test_every_schema_has_a_name_of_its_own() -> None:
    """Of two classes with one name the description would tell the folders."""
    assert [name for name in description()["components"]["schemas"] if "__" in name] == []
