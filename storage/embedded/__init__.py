"""The object server that the service starts itself where no external one is named."""

from storage.embedded.programs import weed_program
from storage.embedded.space import Space
from storage.embedded.store import BUCKET, EmbeddedStore
from storage.embedded.vacuuming import Vacuum

__all__ = ["BUCKET", "EmbeddedStore", "Space", "Vacuum", "weed_program"]
