"""In which states of an act its paper is a project, approved, or tells of its execution."""

from typing import Final

from retention.disposal_facts import ActState

OPEN: Final = frozenset({ActState.DRAFT, ActState.CHANGES_REQUESTED})
"""The list may change: there is nothing to print."""
UNAPPROVED: Final = frozenset({ActState.IN_REVIEW, ActState.REVIEWED, ActState.AGREED})
"""The paper is a project."""
DONE: Final = frozenset({ActState.EXECUTED, ActState.CERTIFIED})
"""Every line has come to its end."""
