"""Sign-in, and who has signed in."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from plugins.dnevnik.simulator import shapes
from plugins.dnevnik.simulator.calls import JSON_TYPE, Anybody, Common, Educational, Everything
from plugins.dnevnik.simulator.platform import PLATFORM, Platform, encode
from plugins.dnevnik.simulator.refusals import Refused

ROLES = ("EduStaff", "EduSchoolAdministrator")
login = APIRouter()
router = APIRouter()


@login.get("/oauth2")
async def authorize(request: Request) -> Response:
    """Send the browser back at once: the first school's administrator has agreed to everything."""
    platform: Platform = request.scope[PLATFORM]
    asked = request.query_params
    if asked.get("client_id") != platform.sign_in.client_id or asked.get("response_type") != "code":
        raise Refused("authorizationFailed")
    scopes = [scope for scope in asked.get("scope", "").split(",") if scope]
    code = platform.sign_in.code(scopes=scopes)
    return RedirectResponse(f"{asked.get('redirect_uri')}?code={code}&state={asked.get('state', '')}", 302)


@router.post("/authorizations")
async def authorizations(request: Request) -> Response:
    """Exchange a code or a refresh token."""
    platform: Platform = request.scope[PLATFORM]
    body = await request.json()
    if not isinstance(body, dict):
        raise Refused("invalidRequest")
    return Response(encode(platform.sign_in.exchange(body)), media_type=JSON_TYPE)


@router.get("/users/me")
async def me(call: Common) -> Response:
    """Say whose token it is."""
    return call.answer(shapes.user(call.me, ROLES))


@router.get("/users/me/roles")
async def roles(call: Common) -> Response:
    """Say what the account may do."""
    return call.answer(ROLES)


@router.get("/users/me/context")
async def context(call: Everything) -> Response:
    """Say where the account belongs; ids have no twins here."""
    school, person = call.own_school, call.me
    classes = school.classes[:1]
    ids = [group.id for group in classes]
    names = {"firstName": person.given, "lastName": person.family, "middleName": person.patronymic}
    schools = [{"id": school.id, "name": school.name, "type": "Regular", "groupIds": ids}]
    return call.answer(
        {
            "userId": person.user,
            "avatarUrl": None,
            "roles": ROLES,
            "children": [],
            "schools": schools,
            "eduGroups": [shapes.group(group) for group in classes],
            "splitId": "0",
            "personId": person.id,
            **names,
            "shortName": person.short,
            "schoolIds": [school.id],
            "groupIds": ids,
        }
    )


@router.get("/users/me/schools")
async def my_schools(call: Educational) -> Response:
    """Ids of the account's schools."""
    return call.answer([call.own_school.id])


@router.get("/users/me/edu-groups")
async def my_groups(call: Educational) -> Response:
    """Ids of the account's classes."""
    return call.answer([group.id for group in call.own_school.classes[:1]])


@router.get("/users/me/organizations")
async def organizations(call: Anybody) -> Response:
    """Organisations beside schools: none."""
    return call.answer([])


@router.get("/users/me/school-memberships")
async def memberships(call: Educational) -> Response:
    """The schools of the account, with its subjects there."""
    school = call.own_school
    one = {
        "school": shapes.school_full(school),
        "roles": ROLES[:1],
        "editorRoles": [],
        "eduGroupMemberships": [{"eduGroup": shapes.group(group)} for group in school.classes[:1]],
        "subjects": [shapes.subject_full(subject) for subject in school.subjects[:1]],
    }
    return call.answer({**shapes.twin("person", call.me.id), "schools": [one]})


@router.get("/users/me/children")
async def children(call: Everything) -> Response:
    """Account ids of the account's children: none."""
    return call.answer([])
