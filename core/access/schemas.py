"""Sessions, tokens and users, as the API shows and takes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.access.models import ApiToken
from core.access.permissions import Permission, Role
from core.access.sessions import Served
from core.access.users import User
from core.institutions.schemas import Inn, InstitutionView, Name, ShortName, TimeZone
from core.web.fields import CleanLine, FilledLine, Identifier, MergePatch, Moment, RequestBody

Login = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{2,99}$",
        description="Latin letters, digits and . _ @ + -; upper and lower case are the same.",
        examples=["ivanova"],
    ),
]
DisplayName = Annotated[
    FilledLine,
    Field(max_length=200, description="How colleagues call the user.", examples=["Иванова Мария Петровна"]),
]
Roles = Annotated[
    list[Annotated[Role, Field(strict=False)]],
    Field(
        min_length=1,
        max_length=len(Role),
        description="`administrator` and `service_account` stand alone.",
        examples=[["clerk"]],
    ),
]
Rights = Annotated[
    list[Annotated[Literal["connections.manage"], Field(description="Connect the institution's other systems.")]],
    Field(max_length=1, description="What this person may do besides what the roles allow."),
]
Reason = Annotated[CleanLine, Field(max_length=500, description="Why, for the audit trail.", examples=["Уволена"])]
TypedPassword = Annotated[
    str, Field(min_length=1, max_length=200, description="As typed.", json_schema_extra={"format": "password"})
]


class SignInForm(RequestBody):
    """Login and password, and where to work."""

    login: Annotated[CleanLine, Field(min_length=1, max_length=100, examples=["ivanova"])]
    password: TypedPassword
    institution_id: Identifier | None = Field(
        default=None, description="Needed by those who serve several institutions; others may leave it out."
    )


class Switch(RequestBody):
    """Where to work from now on."""

    institution_id: Identifier


class PasswordChange(RequestBody):
    """The present password, and the one that shall replace it."""

    present: TypedPassword
    wanted: Annotated[
        str, Field(min_length=1, max_length=1000, description="The new one.", json_schema_extra={"format": "password"})
    ]


class ServedView(BaseModel):
    """An institution one may work in."""

    id: UUID
    name: str = Field(examples=["Колледж информационных технологий"])
    short_name: str = Field(examples=["Колледж ИТ"])
    roles: list[Role]

    @classmethod
    def of(cls, served: Served) -> Self:
        """Show what an account serves."""
        return cls(
            id=served.id, name=served.name, short_name=served.short_name, roles=[Role(role) for role in served.roles]
        )


class SessionView(BaseModel):
    """Who one is, where one works, and what one may do there."""

    account_id: UUID
    login: str
    display_name: str
    institution: ServedView = Field(description="Where this session or token acts.")
    other_institutions: list[ServedView] = Field(
        description="Further ones the account serves: POST /api/v1/session/institution; empty for tokens."
    )
    permissions: list[Permission]
    operator: bool = Field(description="Whether the account may found institutions.")
    credential: Literal["session", "token"]
    expires_at: datetime = Field(description="When to sign in again; use moves the end of a session that is idle.")
    must_change_password: bool = Field(description="True: nothing else works before POST /api/v1/session/password.")
    csrf_token: str | None = Field(description="To be sent as X-CSRF-Token with every change; null for tokens.")


class TokenForm(RequestBody):
    """What a new token shall be for."""

    name: Annotated[FilledLine, Field(max_length=100, examples=["Выгрузка из «Контингента»"])]
    scopes: Annotated[
        list[Annotated[Permission, Field(strict=False)]],
        Field(min_length=1, max_length=len(Permission), examples=[["documents.upload", "documents.read"]]),
    ]
    expires_at: Moment | None = Field(
        default=None, description="Left out: as long as the settings of the service allow."
    )


class TokenView(BaseModel):
    """A token, without its value, which nobody can read again."""

    id: UUID
    name: str
    scopes: list[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: ApiToken) -> Self:
        """Show a row."""
        # A permission that a later release no longer has must not hide the token.
        known = [permission for permission in Permission if permission.value in row.scopes]
        return cls(
            id=row.id,
            name=row.name,
            scopes=known,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )


class NewTokenView(TokenView):
    """A token that was just made."""

    token: str = Field(description="Shown this once: `Authorization: Bearer <token>`.", examples=["dlt_…"])


class UserForm(RequestBody):
    """A user that shall be made."""

    login: Login
    display_name: DisplayName
    kind: Literal["person", "service"] = Field(default="person", description="`service`: a program, without password.")
    roles: Roles
    note: Annotated[CleanLine, Field(max_length=500)] = ""


class UserChange(MergePatch):
    """What shall be different; what is left out stays, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {"note": "", "rights": []}

    display_name: DisplayName | None = None
    roles: Roles | None = None
    rights: Rights | None = None
    note: Annotated[CleanLine, Field(max_length=500)] | None = None


class Because(RequestBody):
    """Why something is done."""

    reason: Reason = ""


class UserView(BaseModel):
    """A user of this institution."""

    id: UUID = Field(description="Id of the account; the audit trail names people by it.")
    login: str
    display_name: str
    kind: Literal["person", "service"]
    roles: list[Role]
    rights: list[Permission] = Field(description="What the user may do besides what the roles allow.")
    note: str
    active: bool = Field(description="Whether the user can work in this institution now.")
    must_change_password: bool
    one_time_password_expires_at: datetime | None = Field(
        description="Until when the one-time password lets in; null when the user has chosen one."
    )
    created_at: datetime = Field(description="Since when the user serves this institution.")
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, user: User) -> Self:
        """Show a user."""
        account, membership = user.account, user.membership
        return cls(
            id=account.id,
            login=account.login,
            display_name=account.display_name,
            kind="service" if account.kind == "service" else "person",
            roles=[Role(role) for role in membership.roles],
            rights=[Permission(right) for right in membership.rights],
            note=membership.note,
            active=user.is_active,
            must_change_password=account.must_change_password,
            one_time_password_expires_at=account.password_expires_at,
            created_at=membership.created_at,
            revision=user.revision,
        )


class NewUserView(UserView):
    """A user that was just made."""

    one_time_password: str | None = Field(description="Shown this once; null for programs.")


class OneTimePassword(BaseModel):
    """A password that has to be changed at the next sign-in."""

    one_time_password: str = Field(description="Shown this once.")
    expires_at: datetime = Field(description="From then on it lets nobody in.")


class AppointeeForm(RequestBody):
    """Who shall serve: somebody new, or (without a name) the account that has the login."""

    login: Login
    display_name: DisplayName | None = Field(
        default=None, description="Given: a new account is made. Left out: the account with this login serves."
    )


class MemberForm(AppointeeForm):
    """Who shall serve, and in which roles."""

    roles: Roles


class InstitutionForm(RequestBody):
    """An institution that shall be founded, with its first administrator."""

    name: Name
    short_name: ShortName
    inn: Inn | None = None
    time_zone: TimeZone
    administrator: AppointeeForm


class AppointedView(BaseModel):
    """Who serves an institution from now on."""

    account_id: UUID
    institution: InstitutionView
    one_time_password: str | None = Field(description="Shown this once; null if the account existed already.")
    one_time_password_expires_at: datetime | None = Field(description="From then on it lets nobody in.")
