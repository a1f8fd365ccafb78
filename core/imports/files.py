"""Files."""

from core.imports.hand import RunInHand
from core.sdk.connectors import Stream


async def take_files(hand: RunInHand, stream: Stream) -> None:
    """Nothing yet."""
    del hand, stream
