"""Who calls, with which scopes, and what he may see."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated

from fastapi import Depends, Request, Response

from plugins.dnevnik.simulator.forms import Forms
from plugins.dnevnik.simulator.platform import PLATFORM, Platform, encode
from plugins.dnevnik.simulator.refusals import Refused
from plugins.dnevnik.simulator.shapes import Json, person
from plugins.dnevnik.simulator.sign_in import Pass
from plugins.dnevnik.simulator.world import USER_OFFSET, Group, Human, School, World

JSON_TYPE = "application/json; charset=utf-8"


class Call:
    """One authorized request."""

    def __init__(self, platform: Platform, holder: Pass) -> None:
        self.platform = platform
        self.holder = holder

    @property
    def forms(self) -> Forms:
        """How the installation answers."""
        return self.platform.forms

    @property
    def world(self) -> World:
        """The schools."""
        return self.platform.world

    @property
    def own_school(self) -> School:
        """The school of who has signed in."""
        return self.world.schools[self.holder.account]

    @property
    def me(self) -> Human:
        """Who has signed in."""
        return self.platform.administrator(self.holder.account)

    def school(self, identifier: int) -> School:
        """Return a school that the caller may see."""
        found = next((school for school in self.world.schools if school.id == identifier), None)
        if found is None:
            raise Refused("resourceUnavailable")
        if found is not self.own_school:
            raise Refused("notOwner")
        return found

    def group(self, identifier: int) -> Group:
        """Return a class or subgroup that the caller may see."""
        found = self.world.groups.get(identifier)
        if found is None:
            raise Refused("resourceUnavailable")
        if found.school != self.own_school.index:
            raise Refused("notOwner")
        return found

    def human(self, identifier: int) -> Human:
        """Return a person that the caller may see."""
        found = self.world.humans.get(identifier)
        if found is None:
            raise Refused("resourceUnavailable")
        if self.world.school_of(identifier) is not self.own_school:
            raise Refused("notOwner")
        return found

    def user(self, identifier: int) -> Human:
        """Return the holder of an account that the caller may see."""
        found = self.world.humans.get(identifier - USER_OFFSET)
        if found is None or not found.has_account:
            raise Refused("resourceUnavailable")
        return self.human(found.id)

    def person(self, human: Human) -> Json:
        """A person, in the form that the installation uses."""
        value = person(human)
        if self.forms.empty_names:
            return {name: each for name, each in value.items() if name not in {"firstName", "lastName", "middleName"}}
        return value

    def answer(self, value: object) -> Response:
        """Return JSON."""
        body = encode(value)
        if self.forms.names_of_regions == "regionId":
            body = body.replace(b'"regionid"', b'"regionId"').replace(b'"journaltype"', b'"journalType"')
        return Response(body, media_type=JSON_TYPE)

    def rows(self, rows: Iterable[bytes]) -> Response:
        """Return a list of objects that are JSON already."""
        return Response(b"[%s]" % b",".join(rows), media_type=JSON_TYPE)


def needing(*scopes: str) -> Callable[[Request], Awaitable[Call]]:
    """Return the dependency that lets a token with these scopes pass."""

    async def call(request: Request) -> Call:
        platform: Platform = request.scope[PLATFORM]
        token = request.headers.get("access-token") or request.query_params.get("access_token")
        holder = platform.sign_in.holder(token)
        if missing := set(scopes) - holder.scopes:
            raise Refused("outOfScope", ", ".join(sorted(missing)))
        return Call(platform, holder)

    return call


Anybody = Annotated[Call, Depends(needing())]
Common = Annotated[Call, Depends(needing("CommonInfo"))]
Educational = Annotated[Call, Depends(needing("EducationalInfo"))]
Relatives = Annotated[Call, Depends(needing("FriendsAndRelatives"))]
Everything = Annotated[Call, Depends(needing("CommonInfo", "EducationalInfo", "FriendsAndRelatives"))]
WithFiles = Annotated[Call, Depends(needing("EducationalInfo", "Files"))]
