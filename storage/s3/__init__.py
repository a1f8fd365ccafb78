"""The vault over any S3-compatible store; the only place that speaks S3."""

from storage.s3.address import S3Address
from storage.s3.client import MAX_TRANSFERS, Patience
from storage.s3.inbox import S3Inbox
from storage.s3.multipart import PART_SIZE
from storage.s3.vault import S3Vault, open_vault

__all__ = ["MAX_TRANSFERS", "PART_SIZE", "Patience", "S3Address", "S3Inbox", "S3Vault", "open_vault"]
