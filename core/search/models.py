"""The search index, as the query layer sees it; it is written and asked by hand-written SQL."""

from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class SearchEntryRow(InstitutionRow):
    """How one object is found."""

    id: UUID = fields.UUIDField(primary_key=True, source_field="object_id")
    object_type: str = fields.TextField()
    holder_id: UUID | None = fields.UUIDField(null=True)
    title: str = fields.TextField()

    class Meta:
        """Tortoise settings."""

        table = "search_entries"
