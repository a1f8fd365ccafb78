"""What is said of a document that is not there: whether there never was one, or an act destroyed it."""

from uuid import UUID

from core.documents.errors import DocumentDestroyed
from core.documents.models import DocumentStub
from core.kernel.errors import DelotekaError, NotFound


async def absent(document_id: UUID) -> DelotekaError:
    """Return `DocumentDestroyed` for a document that an act of the current institution destroys, else `NotFound`."""
    stub = await DocumentStub.get_or_none(id=document_id)
    if stub is None:
        return NotFound()
    return DocumentDestroyed(
        act=str(stub.act_id),
        number=stub.act_number,
        case=str(stub.case_id),
        destroyed_at=None if stub.destroyed_at is None else stub.destroyed_at.isoformat(),
    )
