"""How the errors of the storage are said to a client."""

from typing import Final

from core.documents.errors import ContentDamaged
from core.kernel.errors import DelotekaError, NoSpace, StorageUnavailable
from core.web.problems import Foreign
from storage.errors import ObjectAbsent, StorageError, StoreFull


def _no_space(_error: Exception) -> DelotekaError:
    return NoSpace()


def _damaged(_error: Exception) -> DelotekaError:
    return ContentDamaged()


def _unavailable(error: Exception) -> DelotekaError:
    said = StorageUnavailable()
    said.__cause__ = error
    return said


FOREIGN: Final[Foreign] = {StoreFull: _no_space, ObjectAbsent: _damaged, StorageError: _unavailable}
