"""What the institution has decided about the reading of terms."""

from datetime import date
from typing import Any

from core.cases.models import RetentionPolicy
from core.kernel.database.work import Work
from core.nomenclature.drafting import actor
from retention.circumstances import OpenEnd, PermanentReading, Policy


async def latest_policy() -> RetentionPolicy | None:
    """Return what was decided last; None while nothing was."""
    return await RetentionPolicy.all().order_by("-id").first()


async def policy_of(_work: Work) -> Policy:
    """Return the policy that dates are computed with; what nobody decided is read so that it keeps longer."""
    row = await latest_policy()
    if row is None:
        return Policy(source_of_acquisition=True, permanent_without_source=PermanentReading.PERMANENT)
    return Policy(
        source_of_acquisition=row.source_of_acquisition,
        permanent_without_source=PermanentReading(row.permanent_without_source),
        need_floor_years=row.need_floor_years,
        after_open_end=OpenEnd(row.after_open_end),
        liquidated_on=row.liquidated_on,
    )


async def decide_policy(work: Work, values: dict[str, Any]) -> RetentionPolicy:
    """Write down a decision; dates that were computed stay until they are computed anew.

    A liquidation that was confirmed goes on unless `values` say otherwise of it.
    """
    # One decision after the other: none may miss what another one said.
    await work.rows("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"policy/{work.scope.institution_id}"])
    latest = await latest_policy()
    decided = {"liquidated_on": latest.liquidated_on if latest else None, **values}
    row = await RetentionPolicy.create(**decided, decided_by=actor(work), decided_at=work.now)
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in decided.items()}
    work.record("retention_policy.decided", "retention_policy", row.id, said)
    work.emit("retention_policy.decided", {"policy": str(row.id)})
    return row
