"""How long and how much: the bounds of one connection's requests."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds in seconds, bytes and counts; the defaults suit platforms on the internet."""

    connect_seconds: float = 10.0
    answer_seconds: float = 60.0
    """For a whole answer; for the head of a stream, and for each further piece of it."""
    answer_bytes: int = 32 * MIB
    """Of a body that is held in memory, as received and decoded."""
    stream_bytes: int = 4096 * MIB
    """Of a body that streams by; whoever keeps it has a stricter limit."""
    redirects: int = 5
    attempts: int = 6
    """Times that one request is sent at most."""
    deadline_seconds: float = 300.0
    """After which a request is not sent again."""
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 30.0
    longest_wait_seconds: float = 60.0
    """A platform that asks for a longer pause (`Retry-After`) is asked again in another run."""
    connections: int = 8
