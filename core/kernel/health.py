"""What a part says of itself when it is asked how it is."""


class PartDegraded(Exception):
    """Raised by a probe whose part works, with less than it should; its text is a code for `reason`."""
