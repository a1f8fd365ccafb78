"""Routes of the institution one works in, and of the operator who founds them."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from core.access.appointment import Appointed, Appointee, WantedInstitution, appoint, found_institution
from core.access.dependencies import Services, allow
from core.access.errors import CsrfRefused, LoginTaken, NotSignedIn, OwnAccount, RolesExclude, SessionRequired
from core.access.gate import Caller
from core.access.permissions import Permission, Role
from core.access.schemas import AppointedView, InstitutionForm, MemberForm
from core.institutions import registry
from core.institutions.errors import UnknownTimeZone
from core.institutions.models import Institution
from core.institutions.schemas import InstitutionChange, InstitutionView
from core.kernel.errors import AlreadyExists, Forbidden, NotFound, StaleState
from core.kernel.ids import INSTALLATION
from core.kernel.keyset import Listing
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["institutions"])

Member = Annotated[Caller, Depends(allow())]
Configurer = Annotated[Caller, Depends(allow(Permission.INSTITUTION_CONFIGURE))]
Operator = Annotated[Caller, Depends(allow(Permission.INSTITUTIONS_CREATE, session_only=True))]


@router.get(
    "/institution",
    summary="The institution one works in",
    responses={**problem_responses(NotSignedIn, Forbidden), **UNCHANGED},
)
async def read_institution(request: Request, response: Response, services: Services, caller: Member) -> InstitutionView:
    """Show name, time zone and settings of the institution of this session or token."""
    async with services.database.work(caller.scope) as work:
        institution = await registry.present(work)
    fresh(request, response, institution.revision)
    return InstitutionView.of(institution)


@router.patch(
    "/institution",
    summary="Change name, time zone or settings",
    responses=problem_responses(
        NotSignedIn, CsrfRefused, Forbidden, PreconditionFailed, PreconditionRequired, StaleState, UnknownTimeZone
    ),
)
async def change_institution(
    form: InstitutionChange, response: Response, services: Services, caller: Configurer, expected: IfMatch
) -> InstitutionView:
    """Change what is given; another time zone moves "today" at once."""
    changes = form.changes()
    async with services.database.work(caller.scope) as work:
        institution = await registry.present(work)
        expected.require(institution.revision)
        changed = await registry.change(work, institution, changes) if changes else institution
    response.headers["ETag"] = etag(changed.revision)
    return InstitutionView.of(changed)


@router.get(
    "/institutions",
    summary="All institutions (operator)",
    responses=problem_responses(NotSignedIn, Forbidden, SessionRequired),
)
async def list_institutions(services: Services, caller: Operator, page: Paging) -> Page[InstitutionView]:
    """List the institutions of this installation in the order they were founded; nothing else of them is shown."""
    async with services.database.work(replace(caller.scope, institution_id=INSTALLATION)):
        return await paged(Listing(Institution.all(), ("id",)), page, InstitutionView.of)


@router.get(
    "/institutions/{institution_id}",
    summary="One institution (operator)",
    responses={**problem_responses(NotSignedIn, Forbidden, SessionRequired, NotFound), **UNCHANGED},
)
async def read_founded_institution(
    institution_id: UUID, request: Request, response: Response, services: Services, caller: Operator
) -> InstitutionView:
    """Show name, time zone and settings of an institution; nothing else of it is shown."""
    async with services.database.work(replace(caller.scope, institution_id=INSTALLATION)):
        institution = await Institution.get_or_none(id=institution_id)
    if institution is None:
        raise NotFound
    fresh(request, response, institution.revision)
    return InstitutionView.of(institution)


@router.post(
    "/institutions",
    summary="Found an institution (operator)",
    status_code=201,
    responses=problem_responses(
        NotSignedIn, CsrfRefused, Forbidden, SessionRequired, NotFound, LoginTaken, UnknownTimeZone, RolesExclude
    ),
)
async def create_institution(
    form: InstitutionForm, response: Response, services: Services, caller: Operator
) -> AppointedView:
    """Found an institution and appoint its first administrator, whose one-time password is shown this once."""
    wanted = WantedInstitution(name=form.name, short_name=form.short_name, inn=form.inn, time_zone=form.time_zone)
    administrator = Appointee(
        login=form.administrator.login,
        display_name=form.administrator.display_name,
        roles=frozenset({Role.ADMINISTRATOR}),
    )
    appointed = await found_institution(services, caller.scope, wanted, administrator)
    response.headers["Location"] = f"{router.prefix}/institutions/{appointed.institution.id}"
    return _shown(appointed)


@router.post(
    "/institutions/{institution_id}/members",
    summary="Let an account serve an institution (operator)",
    status_code=201,
    responses=problem_responses(
        NotSignedIn,
        CsrfRefused,
        Forbidden,
        SessionRequired,
        NotFound,
        LoginTaken,
        AlreadyExists,
        OwnAccount,
        RolesExclude,
    ),
)
async def appoint_member(institution_id: UUID, form: MemberForm, services: Services, caller: Operator) -> AppointedView:
    """Let an account serve one more institution; the way for people who serve several, and to help a locked-out one."""
    appointee = Appointee(login=form.login, display_name=form.display_name, roles=frozenset(form.roles))
    return _shown(await appoint(services, caller.scope, institution_id, appointee))


def _shown(appointed: Appointed) -> AppointedView:
    return AppointedView(
        account_id=appointed.account_id,
        institution=InstitutionView.of(appointed.institution),
        one_time_password=appointed.password.value if appointed.password else None,
        one_time_password_expires_at=appointed.password.expires_at if appointed.password else None,
    )
