"""What can go wrong with the search."""

from core.kernel.errors import Unavailable


class SearchTooSlow(Unavailable):
    """PostgreSQL needed longer for one step of the search than it is allowed."""

    code = "search_too_slow"
    title = "The search took too long"
    remedy = "Use more words or rarer ones, or try again a little later."
