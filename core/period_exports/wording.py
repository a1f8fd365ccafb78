"""How manifest, workbook and print-out call what a snapshot is of."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.papers.numerals import short_date
from core.period_exports.contents import Member
from core.period_exports.tables import TABLES


def period_named(said: Mapping[str, Any]) -> str:
    """Return «3 четверть 2025/2026»."""
    return " ".join(each for each in (said["name"], said["study_year"]) if each)


def platform_named(said: Mapping[str, Any]) -> str:
    """Return what the connection is called, and the account there."""
    account = (said["identity"] or {}).get("title", "")
    return ", ".join(each for each in (said["title"], account if account != said["title"] else "") if each)


def days_of(said: Mapping[str, Any]) -> tuple[date, date]:
    """Return the first and the last day of a period, also as a manifest has them."""
    first, last = (date.fromisoformat(str(said[name])) for name in ("starts_on", "ends_on"))
    return first, last


def about(facts: Mapping[str, Any], members: Mapping[str, Member], left_out: int, digest: str) -> dict[str, str]:
    """Return what the first sheet of the workbook says, by what each is called."""
    first, last = days_of(facts["period"])
    missing = [each["words"] for each in facts["shortcomings"]]
    if facts["insisted"]:
        missing.append(f"Основание для выгрузки: {facts['insisted']}")
    counted = {table.title: members[table.file_name].rows for table in TABLES}
    return {
        "Организация": facts["institution_name"],
        "Учебный период": f"{period_named(facts['period'])} (с {short_date(first)} по {short_date(last)})",
        "Образовательная платформа": platform_named(facts["connection"]),
        "Полнота сведений": "; ".join(missing) if missing else "прочитаны полностью",
        "Записей в таблицах": "; ".join(f"{title.lower()} — {rows}" for title, rows in counted.items()),
        "Не вошло (виды с особым доступом)": str(left_out),
        "SHA-256 выгрузки": digest,
    }
