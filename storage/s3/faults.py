"""From the exceptions of the client library to the error family of this package."""

from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError

from storage.errors import (
    BucketMissing,
    DigestMismatch,
    ObjectAbsent,
    StorageError,
    StoreAccessDenied,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)

_SERVER_ERROR = 500
_PRECONDITION_FAILED = 412
_CONFLICT = 409
_INSUFFICIENT_STORAGE = 507

_ABSENT = {"NoSuchKey", "NoSuchVersion", "ResourceNotFound"}
_DIGEST = {
    "BadDigest",
    "InvalidDigest",
    "XAmzContentSHA256Mismatch",
    "XAmzContentChecksumMismatch",
    "ContentSHA256Mismatch",
}
_DENIED = {
    "AccessDenied",
    "AllAccessDisabled",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "NotSignedUp",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}
_FULL = {"InsufficientCapacity", "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
_BUSY = {"InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown"}
_PRECONDITION = {"PreconditionFailed", "ConditionalRequestConflict"}


class PreconditionRefused(StorageError):
    """The store refused a conditional create because the key exists; never leaves this package."""

    code = "precondition_refused"


class ConnectionBroken(StorageError):
    """The connection ended without an answer to what is sent once only; never leaves this package."""

    code = "connection_broken"


@contextmanager
def breaks_told() -> Iterator[None]:
    """Raise `ConnectionBroken` where the connection ended without an answer."""
    try:
        yield
    except MaxRetryError as error:
        if isinstance(error.reason, ProtocolError):
            raise ConnectionBroken from error
        raise


@contextmanager
def translated(key: str, version_id: str | None = None) -> Iterator[None]:
    """Raise this package's errors instead of those of the client library."""
    try:
        yield
    except S3Error as error:
        raise _from_s3(error, key, version_id) from error
    except ServerError as error:
        raise _from_status(error.status_code, str(error)) from error
    except InvalidResponseError as error:
        status = error._code  # noqa: SLF001 — the class has no accessor for the status it was made with
        raise _from_status(status, "an answer that is no S3 answer") from error
    except MaxRetryError as error:
        raise StoreUnavailable(_cause(error)) from error
    except (HTTPError, OSError) as error:
        raise StoreUnavailable(reason=f"{type(error).__name__}: the connection broke or took too long") from error
    except (MinioException, ParseError, ValueError) as error:
        raise StoreUnavailable(reason="an answer that cannot be understood") from error


def _cause(error: MaxRetryError) -> str:
    return type(error.reason).__name__ if error.reason else "no connection"


def _from_status(status: int, detail: str) -> StorageError:
    if status == _PRECONDITION_FAILED:
        return PreconditionRefused(detail)
    if status == _INSUFFICIENT_STORAGE:
        return StoreFull(reason="the store says so")
    if status >= _SERVER_ERROR or status == _CONFLICT:
        return StoreUnavailable(reason=f"status {status}", status=status)
    return StoreRefused(f"status {status}", detail)


def _from_s3(error: S3Error, key: str, version_id: str | None) -> StorageError:
    code = error.code or "no code"
    families = (
        (_PRECONDITION, lambda: PreconditionRefused(code)),
        (_ABSENT, lambda: ObjectAbsent(key, version_id)),
        ({"NoSuchBucket"}, lambda: BucketMissing(error.bucket_name or "")),
        (_DIGEST, lambda: DigestMismatch(key, expected="the declared digest", actual=None)),
        (_DENIED, lambda: StoreAccessDenied(code)),
        (_FULL, lambda: StoreFull(code)),
        (_BUSY, lambda: StoreUnavailable(code, status=error.response.status)),
    )
    for codes, build in families:
        if code in codes:
            return build()
    if error.response.status >= _SERVER_ERROR:
        return StoreUnavailable(code, status=error.response.status)
    return StoreRefused(code, error.message)
