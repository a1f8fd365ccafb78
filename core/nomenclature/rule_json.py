"""Rules as JSON and back: a kept rule means the same, whatever a later grammar would read in its cells."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final

from retention.terms import (
    AppraisalMark,
    Article,
    Condition,
    Counting,
    Fallback,
    Floor,
    Gate,
    NonSource,
    OtherTerm,
    OtherTermBy,
    Rule,
    Term,
    TermKind,
    Transfer,
    Trigger,
    Upgrade,
)

Json = dict[str, Any]

_CONDITIONS: Final[Mapping[str, type[Condition]]] = {
    kind.type: kind for kind in (Gate, Upgrade, Floor, Fallback, OtherTerm, NonSource, Transfer)
}


def rule_to_json(rule: Rule) -> Json:
    """Return a rule as JSON; members without a value are left out."""
    return {
        "term": _plain(rule.term),
        "conditions": [{"type": each.type, **_plain(each)} for each in rule.conditions],
        "articles": [_plain(each) for each in rule.articles],
        "remarks": list(rule.remarks),
        **({} if rule.replaced is None else {"replaced": _plain(rule.replaced)}),
    }


def rule_from_json(said: Mapping[str, Any]) -> Rule:
    """Return the rule that `rule_to_json` wrote down; raise `KeyError` for anything else."""
    return Rule(
        term=_term(said["term"]),
        conditions=tuple(_condition(each) for each in said["conditions"]),
        articles=tuple(Article(**each) for each in said["articles"]),
        remarks=tuple(said["remarks"]),
        replaced=_term(said["replaced"]) if "replaced" in said else None,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value of `retention.terms`, or a part of one
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, str | int):
        return value
    found = {each.name: getattr(value, each.name) for each in fields(value)}
    return {name: _plain(each) for name, each in found.items() if each is not None}


def _term(said: Mapping[str, Any]) -> Term:
    return Term(
        kind=TermKind(said["kind"]),
        years=said.get("years"),
        dual=(said["dual"][0], said["dual"][1]) if "dual" in said else None,
        mark=AppraisalMark(said["mark"]) if "mark" in said else None,
        triggers=tuple(Trigger(**each) for each in said["triggers"]),
        counting=Counting(said["counting"]),
    )


def _condition(said: Mapping[str, Any]) -> Condition:
    given = {name: value for name, value in said.items() if name != "type"}
    if "term" in given:
        given["term"] = _term(given["term"])
    if "until" in given:
        given["until"] = Trigger(**given["until"])
    if "by" in given:
        given["by"] = OtherTermBy(given["by"])
    return _CONDITIONS[said["type"]](**given)
