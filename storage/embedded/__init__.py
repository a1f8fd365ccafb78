"""The object server that the service starts itself where no external one is named."""

from storage.embedded.space import Space
from storage.embedded.store import BUCKET, EmbeddedStore, weed_program

__all__ = ["BUCKET", "EmbeddedStore", "Space", "weed_program"]
