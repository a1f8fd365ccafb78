"""A reading as plain values, for the command line and the reports of imports."""

from retention.terms import (
    Condition,
    Fallback,
    Floor,
    Gate,
    OtherTerm,
    Reading,
    Rule,
    Term,
    TermKind,
    Transfer,
    Trigger,
    Upgrade,
)

Plain = str | int | None | list["Plain"] | dict[str, "Plain"]
"""What JSON can say."""


def explain(reading: Reading) -> dict[str, Plain]:
    """Return status, kind, years, mark, trigger, triggers, counting, article, conditions, remarks and words in doubt.

    Of a reading that needs review it tells what could be read; `status` says that nothing may be computed with it.
    """
    rule = reading.rule or reading.partial
    described = _blank() if rule is None else _rule(rule)
    return {
        "status": reading.status.value,
        **described,
        "not_understood": list(reading.not_understood),
        "doubts": [doubt.value for doubt in reading.doubts],
    }


def explain_term(term: Term) -> dict[str, Plain]:
    """Return kind, years («50/75» for the dual term), mark, trigger, triggers and counting of a term."""
    return {
        "kind": term.kind.value,
        "years": term.years if term.dual is None else f"{term.dual[0]}/{term.dual[1]}",
        "mark": None if term.mark is None else term.mark.value,
        "trigger": term.triggers[0].code if term.triggers else None,
        "triggers": [_trigger(trigger) for trigger in term.triggers],
        "counting": term.counting.value,
    }


def _rule(rule: Rule) -> dict[str, Plain]:
    described = explain_term(rule.term)
    floors = [condition for condition in rule.conditions if isinstance(condition, Floor)]
    events = [floor.until for floor in floors if floor.until is not None]
    years = [floor.years for floor in floors if floor.years is not None]
    if rule.term.kind is TermKind.UNTIL_NOT_NEEDED and rule.term.years is not None:
        # In collections of terms the column of years holds the floor of this kind.
        described["years"] = max([rule.term.years, *years])
    described["years"] = described["years"] or _years_if_unclaimed(rule)
    if described["trigger"] is None and events:
        described["trigger"] = events[0].code
    return {
        **described,
        "article": "; ".join(article.raw for article in rule.articles) or None,
        "conditions": [_condition(condition) for condition in rule.conditions],
        "replaced": None if rule.replaced is None else explain_term(rule.replaced),
        "remarks": list(rule.remarks),
    }


def _years_if_unclaimed(rule: Rule) -> Plain:
    fallbacks = [condition.term for condition in rule.conditions if isinstance(condition, Fallback)]
    return explain_term(fallbacks[0])["years"] if fallbacks else None


def _blank() -> dict[str, Plain]:
    return {
        "kind": None,
        "years": None,
        "mark": None,
        "trigger": None,
        "triggers": [],
        "counting": None,
        "article": None,
        "conditions": [],
        "replaced": None,
        "remarks": [],
    }


def _trigger(trigger: Trigger) -> dict[str, Plain]:
    return {"code": trigger.code, "words": trigger.words}


def _condition(condition: Condition) -> dict[str, Plain]:
    described: dict[str, Plain] = {"type": condition.type, "words": condition.words}
    if isinstance(condition, Gate | Transfer):
        return described
    if isinstance(condition, Floor):
        until = None if condition.until is None else _trigger(condition.until)
        return {**described, "years": condition.years, "until": until}
    if isinstance(condition, OtherTerm):
        described["by"] = condition.by.value
    if isinstance(condition, OtherTerm | Upgrade) and condition.otherwise is not None:
        described["otherwise"] = condition.otherwise
    return {**described, "term": explain_term(condition.term)}
