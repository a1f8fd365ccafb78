"""What is said of a document that is not there: nothing, an act that destroyed it, an archive that has it."""

from uuid import UUID

from core.documents.errors import DocumentDestroyed, DocumentHandedOver
from core.documents.models import DocumentStub
from core.kernel.errors import DelotekaError, NotFound


async def absent(document_id: UUID) -> DelotekaError:
    """Return what is said of a document of the current institution that is not there.

    `DocumentDestroyed` where an act destroys it, `DocumentHandedOver` where an archive has it and the copy here goes,
    else `NotFound`.
    """
    stub = await DocumentStub.get_or_none(id=document_id)
    if stub is None:
        return NotFound()
    destroyed_at = None if stub.destroyed_at is None else stub.destroyed_at.isoformat()
    if stub.transfer_id is not None:
        return DocumentHandedOver(
            archive=stub.kept_by,
            accepted=stub.kept_under,
            transfer=str(stub.transfer_id),
            decision=str(stub.act_id),
            number=stub.act_number,
            case=str(stub.case_id),
            destroyed_at=destroyed_at,
        )
    return DocumentDestroyed(
        act=str(stub.act_id), number=stub.act_number, case=str(stub.case_id), destroyed_at=destroyed_at
    )
