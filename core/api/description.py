"""Completes the description of the interface with what the routes do not say one by one.

Who signs in, which permission an operation needs and which refusals come from the doors before a route is known
from the dependencies of the route; here it is written where a program's author looks for it.
"""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from core.access.dependencies import Allow, signed_in
from core.access.errors import (
    CredentialExpired,
    CsrfRefused,
    InvalidPurpose,
    NotSignedIn,
    PasswordChangeRequired,
    SessionRequired,
    TwoCredentials,
)
from core.kernel.errors import DatabaseUnavailable, DelotekaError, Forbidden, Invalid
from core.web.errors import (
    BadCursor,
    BodyTooLarge,
    BodyTooSlow,
    HeadersTooLarge,
    InvalidText,
    MalformedJson,
    MalformedRequest,
    MethodNotAllowed,
    PreconditionFailed,
    PreconditionRequired,
    QueryTooLong,
    UnknownHost,
)
from core.web.problem_pages import problem_kinds
from core.web.problems import OTHER_REFUSALS, problem_answer

TAGS: Final[dict[str, str]] = {
    "session": "Sign in, see who one is, work in another institution, change the password, sign out.",
    "tokens": "Tokens for programs that act in one's own name.",
    "users": "The members of the institution, for its administrator.",
    "institutions": "The institution one works in; for operators, all of them.",
    "people": "Learners («обучающиеся»).",
    "groups": "Groups and classes.",
    "studies": "Study periods, subjects, and who studies or teaches in which group («контингент»).",
    "staff": "Members of the staff («работники»), and the accounts that are theirs.",
    "representatives": "Legal representatives of learners («законные представители»).",
    "nomenclature": "The nomenclature («номенклатура дел»): versions, rows, terms and what people decide about them.",
    "cases": "Cases («дела»), their volumes, what is recorded of them, why they are kept and until when.",
    "holds": "Holds («приостановка уничтожения»): placed at any time, lifted by another person.",
    "personal files": "Personal files of learners («личные дела»).",
    "consents": "Consents to the processing of personal data («согласия»), withdrawals, purposes reached, demands.",
    "duties": "What 152-ФЗ demands about a person's data and by which day, and the working days it is counted in.",
    "blockings": "Blocking («блокирование»): what is kept and not used, placed by one person and lifted by another.",
    "documents": "Documents, their files and versions, previews, and decisions about what waits in quarantine.",
    "inventories": "Inventories («описи»), and how the institution disposes.",
    "disposal": "Disposal acts («акт о выделении к уничтожению»): selection, lines, review, approval, execution.",
    "results": "Results of learners («результаты»), their kinds and scales, statements of will, needs, extracts.",
    "attendance": "What the register says of learners at lessons («посещаемость»).",
    "rewards": "Rewards («поощрения») and their kinds.",
    "imports": "Runs of connections: what they bring, what could not be taken, who is meant, files that wait.",
    "provenance": "Which record of which source, or whose hand, wrote the values of an entity.",
    "re-dating": "What changed rules do to closed cases: previews, and what people accept of them.",
    "exits": "Exits other than destruction: transfers to archives, returns to owners, mergers of cases.",
    "papers": "Papers: looked at as they are now, issued and filed, signed; acts certified by them.",
    "connections": "Connections to the platforms of the institution: filled in, checked, mapped, scheduled.",
    "period exports": "Snapshots of what a platform said of a study period: made, filed, printed, compared.",
    "notifications": "Who is told of what has happened: webhooks and e-mail, what was sent, and sending it again.",
    "search": "Names, numbers and texts, in spite of typing errors.",
    "audit trail": "Who did what, when and what for; nobody can change it.",
    "background jobs": "How far jobs are, and how to stop them.",
    "plugins": "Which plugins there are and how they are.",
    "health": "Whether the service is well, for supervisors and load balancers.",
    "problems": "What each code of a refusal means and what to do.",
}
"""What the operations of a tag are about, in the order of the documentation."""

_SAFE: Final = frozenset({"GET", "HEAD"})
_ANYWHERE: Final = (QueryTooLong, HeadersTooLarge, UnknownHost, MethodNotAllowed, InvalidText)
_OF_BODIES: Final = (MalformedRequest, MalformedJson, BodyTooSlow, BodyTooLarge, InvalidText)
_OF_SESSIONS: Final = (NotSignedIn, CredentialExpired, TwoCredentials, InvalidPurpose, DatabaseUnavailable)


_OF_PARAMETERS: Final[dict[str, tuple[type[DelotekaError], ...]]] = {
    "Deloteka-Purpose": (InvalidPurpose,),
    "cursor": (BadCursor,),
    "If-Match": (MalformedRequest, PreconditionRequired, PreconditionFailed),
}


def operation_id(route: APIRoute) -> str:
    """Return the id of an operation, which stays the same when addresses change: `list_documents` → `listDocuments`."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


def complete_description(app: FastAPI) -> None:
    """Make `app` describe tags, permissions and the refusals of every operation; call it after all routes are there."""
    original = app.openapi
    complete = False

    def described() -> dict[str, Any]:
        nonlocal complete
        schema = original()
        if not complete:
            _complete(app, schema)
            complete = True
        return schema

    # The documented way to change the schema is to replace this method.
    setattr(app, "openapi", described)  # noqa: B010 - an assignment to a method does not pass the type checker


def _complete(app: FastAPI, schema: dict[str, Any]) -> None:
    schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    by_code = problem_kinds()
    for route in iter_route_contexts(app.routes):
        for method in route.methods or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _describe(operation, route, method, by_code)


def _describe(
    operation: dict[str, Any], route: RouteContext, method: str, by_code: dict[str, type[DelotekaError]]
) -> None:
    calls = list(_calls(getattr(route, "dependant", None)))
    doors = [call for call in calls if isinstance(call, Allow)]
    needed = sorted(permission.value for door in doors for permission in door.needed)
    session_only = any(door.session_only for door in doors)
    said = [f"Needs {' and '.join(f'`{name}`' for name in needed)}."] if needed else []
    if session_only:
        said.append("Needs a session: programs with tokens are refused.")
    if said:
        operation["description"] = "\n\n".join([operation.get("description", ""), " ".join(said)]).strip()
    refusals = list(_refusals(operation, method, doors))
    if signed_in in calls or doors:
        refusals += _OF_SESSIONS
    _list(operation, refusals, by_code)


def _calls(dependant: Dependant | None) -> Iterator[object]:
    for each in dependant.dependencies if dependant else ():
        yield each.call
        yield from _calls(each)


def _refusals(operation: dict[str, Any], method: str, doors: list[Allow]) -> Iterator[type[DelotekaError]]:
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
    if parameters:
        yield Invalid
    for name in sorted(parameters & set(_OF_PARAMETERS)):
        yield from _OF_PARAMETERS[name]
    if "requestBody" in operation:
        yield from _OF_BODIES
    for door in doors:
        if door.needed:
            yield Forbidden
        if door.session_only:
            yield SessionRequired
        if not door.before_password_change:
            yield PasswordChangeRequired
        if method not in _SAFE:
            yield CsrfRefused


def _list(
    operation: dict[str, Any], refusals: list[type[DelotekaError]], by_code: dict[str, type[DelotekaError]]
) -> None:
    """Put `refusals` beside those that the route itself lists; what every address may answer is the default."""
    responses = operation["responses"]
    statuses: dict[int, list[type[DelotekaError]]] = {}
    for kind in [*_listed(responses, by_code), *refusals]:
        kinds = statuses.setdefault(kind.status, [])
        if kind not in kinds:
            kinds.append(kind)
    problems = {str(status): problem_answer(kinds) for status, kinds in sorted(statuses.items())}
    kept = {status: said for status, said in responses.items() if status not in problems and status != "default"}
    operation["responses"] = kept | problems | {"default": _default()}


def _listed(responses: dict[str, Any], by_code: dict[str, type[DelotekaError]]) -> Iterator[type[DelotekaError]]:
    for said in responses.values():
        for content in said.get("content", {}).values():
            yield from (by_code[code] for code in content.get("examples", {}) if code in by_code)


def _default() -> dict[str, Any]:
    said = problem_answer((DelotekaError, *_ANYWHERE))
    return {**said, "description": OTHER_REFUSALS["description"]}
