"""Of what one can be told: events of an institution, each with the sentence that a person reads."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from core.kernel.texts import Language, mark, translate
from core.sdk.events import Event

TEST: Final = "notifications.tested"
"""A message that only shows that messages arrive."""

_RUN_ENDED: Final[Mapping[str, str]] = {
    "complete": mark("An import has ended; everything was read"),
    "partial": mark("An import has ended; some records could not be taken and wait for you"),
    "failed": mark("An import has failed"),
    "cancelled": mark("An import was cancelled"),
}
TOPICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "connection.sign_in_needed": mark("A connection to a platform needs a new sign-in"),
        "connection.failing": mark("For three days no import from a platform has come through"),
        "connection.removed": mark("A connection to a platform was removed"),
        "import.started": mark("An import has begun"),
        "import.ended": mark("An import has ended"),
        "duty.arisen": mark("A duty under the law on personal data has arisen and has a deadline"),
        "duty.done": mark("A duty under the law on personal data was done"),
        "duty.superseded": mark("A duty under the law on personal data was replaced by another"),
        "disposal.proposed": mark("Cases whose terms have expired were proposed for the yearly act"),
        "disposal_act.created": mark("An act on disposal was drawn up"),
        "disposal_act.in_review": mark("An act on disposal waits for the expert commission"),
        "disposal_act.changes_requested": mark("The expert commission wants changes of an act on disposal"),
        "disposal_act.reviewed": mark("The expert commission has agreed to an act on disposal"),
        "disposal_act.agreed": mark("The archive has agreed to an act on disposal"),
        "disposal_act.approved": mark("An act on disposal was approved"),
        "disposal_act.executed": mark("An act on disposal was executed"),
        "disposal_act.line_failed": mark("A line of an act on disposal could not be executed"),
        "hold.placed": mark("A hold on disposal was placed"),
        "hold.lifted": mark("A hold on disposal was lifted"),
        "inventory.approved": mark("An inventory of cases was approved"),
        "period_export.due": mark("A study period has ended, and its data from the platform are not filed yet"),
        "period_export.filed": mark("The data of a study period were filed"),
        "period_export.unchanged": mark("The data of a study period are the same as those filed before"),
        "period_export.incomplete": mark("The data of a study period were not filed: not everything was read"),
        "period_export.changed": mark("The data of a study period differ from those filed before"),
        "redating.previewed": mark("What changed rules would do to closed cases has been computed"),
        "redating.applied": mark("New terms were applied to closed cases"),
        "transfer.package_made": mark("The package of a transfer to an archive is ready"),
        "transfer.package_stopped": mark("The package of a transfer to an archive could not be made"),
        TEST: mark("This is a test: messages from Deloteka arrive here"),
    }
)
"""Names of events and what they say; facts of events carry identifiers, no personal data."""
ALL: Final = "*"


def selectable() -> frozenset[str]:
    """Return what a subscription may name: each event, the first part of its name with `.*`, and `*` for every one."""
    return frozenset({ALL, *TOPICS, *(f"{name.partition('.')[0]}.*" for name in TOPICS)} - {"notifications.*"})


def is_wanted(name: str, topics: Collection[str]) -> bool:
    """Say whether a subscription to `topics` hears of the event `name`."""
    if name not in TOPICS:
        return False
    return name == TEST or bool({name, ALL, f"{name.partition('.')[0]}.*"} & set(topics))


def sentence(event: Event, language: Language) -> str:
    """Return what a person reads of an event."""
    said = _RUN_ENDED.get(str(event.facts.get("state"))) if event.name == "import.ended" else None
    return translate(said or TOPICS[event.name], language)
