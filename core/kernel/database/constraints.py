"""Which rule of the schema a refused statement broke."""

from tortoise.exceptions import IntegrityError


def violated_constraint(error: IntegrityError) -> str:
    """Return the name of the constraint or unique index, or an empty string if PostgreSQL did not say."""
    cause = error.args[0] if error.args else None
    return str(getattr(cause, "constraint_name", "") or "")
