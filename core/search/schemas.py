"""What the API says of the search."""

from typing import Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.search.finding import Hit, Holder

ObjectType = Literal["person", "group", "personal_file", "case", "document"]

_ADDRESSES: Final = {
    "person": "/api/v1/people",
    "group": "/api/v1/groups",
    "personal_file": "/api/v1/personal-files",
    "case": "/api/v1/cases",
    "document": "/api/v1/documents",
}


class HolderOut(BaseModel):
    """The learner or group something belongs to."""

    type: ObjectType
    id: UUID
    title: str = Field(examples=["Образцова Вера Игоревна"])
    address: str = Field(examples=["/api/v1/people/…"])

    @classmethod
    def of(cls, holder: Holder) -> Self:
        """Return what the API says of whose it is."""
        return cls.model_validate(
            {
                "type": holder.object_type,
                "id": holder.object_id,
                "title": holder.title,
                "address": _address(holder.object_type, holder.object_id),
            }
        )


class HitOut(BaseModel):
    """Something found."""

    type: ObjectType
    id: UUID
    title: str = Field(examples=["Диплом о профессиональной переподготовке"])
    holder: HolderOut | None = Field(description="Whose it is; null for learners and groups themselves.")
    rank: float = Field(description="The higher, the better; comparable within one answer only.", examples=[5.6])
    address: str = Field(description="Where it is read.", examples=["/api/v1/documents/…"])

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Return what the API says of a hit."""
        return cls.model_validate(
            {
                "type": hit.object_type,
                "id": hit.object_id,
                "title": hit.title,
                "holder": HolderOut.of(hit.holder) if hit.holder else None,
                "rank": round(hit.rank, 4),
                "address": _address(hit.object_type, hit.object_id),
            }
        )


class FoundOut(BaseModel):
    """What was found, best first. Nothing found is an empty list, not a refusal."""

    items: list[HitOut]


def _address(object_type: str, object_id: UUID) -> str:
    return f"{_ADDRESSES[object_type]}/{object_id}"
