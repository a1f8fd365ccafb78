"""Legal representatives: who represents whom stands with either of the two, so all users have to be known first."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

from core.sdk.connectors import GuardianData, Message, Problem, ProblemClass, Progress, State
from plugins.oneroster import mapping
from plugins.oneroster.mapping import Item, Rules
from plugins.oneroster.source import Source
from plugins.oneroster.values import Unfit, references

WHOLE = "whole"
"""The cursor: there is nothing to go on from, it is all read each time."""


class _Family:
    """What is gathered while users are read."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._learners: set[str] = set()
        self._said_by_learners: dict[str, dict[str, None]] = {}
        self._adults: list[Item] = []

    def meet(self, item: Item) -> None:
        """Note a user, if it is a learner of ours or may be a representative; what is unfit is told elsewhere."""
        if any(role.name in mapping.GUARDIAN_ROLES for role in mapping.roles_of_anywhere(item.entry)):
            self._adults.append(item)
        if any(role.name == mapping.STUDENT for role in mapping.roles_of(item.entry, self._rules)):
            key = str(item.entry.get("sourcedId"))
            self._learners.add(key)
            for agent in references(item.entry, "agents"):
                self._said_by_learners.setdefault(agent, {})[key] = None

    def pairs(self) -> Iterator[tuple[Item, str]]:
        """Return each representative with each of its learners."""
        for adult in self._adults:
            own = [each for each in references(adult.entry, "agents") if each in self._learners]
            said = self._said_by_learners.get(str(adult.entry.get("sourcedId")), {})
            for learner in dict.fromkeys((*said, *own)):
                yield adult, learner


async def read_guardians(source: Source, rules: Rules) -> AsyncIterator[Message]:
    """Yield a record for each representative of each learner of ours. Parents themselves often belong to no school."""
    family = _Family(rules)
    async for batch in source.everything("users"):
        for problem in batch.problems:
            if problem.raw.get("role") in mapping.GUARDIAN_ROLES:
                yield problem
        for item in batch.items:
            try:
                family.meet(item)
            except Unfit as error:
                role = item.entry.get("role")
                if role in mapping.GUARDIAN_ROLES:
                    yield Problem(ProblemClass.RECORD, f"fields that do not fit: {error}", raw=item.raw)
        yield Progress(batch.done, batch.total)
    for adult, learner in family.pairs():
        made = mapping.record_of(
            adult, GuardianData, partial(mapping.guardian, rules=rules, learner_id=learner), part=f"/{learner}"
        )
        if made is not None:
            yield made
    yield State(WHOLE)
