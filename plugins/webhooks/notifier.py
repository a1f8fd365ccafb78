"""What is sent: an envelope of JSON, with the three headers of Standard Webhooks (specification 1.0.0)."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from core.sdk import ConnectorMisconfigured, ConnectorTransient, Notification, Notifier
from core.sdk.connectors import Answer, Hosts, HttpClient

_PREFIX: Final = "whsec_"
_GONE: Final = 410


class WebhookNotifier(Notifier):
    """Posts events to programs; what it sends is signed with the secret of the subscription."""

    name: ClassVar[str] = "webhooks"
    title: ClassVar[str] = "Webhook"
    signs: ClassVar[bool] = True

    def admit(self, recipient: str) -> Hosts:
        """Return the host of a URL."""
        try:
            parts = urlsplit(recipient)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.fragment:
            detail = "expected the address of a program, such as https://example.org/hooks/deloteka"
            raise ConnectorMisconfigured(detail)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return Hosts(api=(host if port is None else f"{host}:{port}",), plain=parts.scheme == "http")

    async def notify(self, notification: Notification, http: HttpClient) -> None:
        """Post the event; an answer of 2xx is a receipt, 410 says that nobody wants more."""
        body = envelope(notification)
        message_id, moment = f"msg_{notification.id.hex}", str(int(notification.attempted_at.timestamp()))
        headers = {"webhook-id": message_id, "webhook-timestamp": moment}
        if notification.secret is not None:
            headers["webhook-signature"] = signature(
                notification.secret.get_secret_value(), message_id, moment, canonical(body)
            )
        await http.request("POST", notification.recipient, judge=_judge, headers=headers, json=body)


def envelope(notification: Notification) -> dict[str, Any]:
    """Return what is posted: type, moment, and the facts, none of them personal."""
    event = notification.event
    return {
        "type": event.name,
        "timestamp": event.occurred_at.isoformat(),
        "data": {
            "institution_id": str(event.institution_id) if event.institution_id else None,
            "object_id": str(event.object_id) if event.object_id else None,
            **event.facts,
        },
    }


def canonical(body: object) -> bytes:
    """Return JSON byte for byte as the host sends it (`HttpClient.request`)."""
    return json.dumps(body, ensure_ascii=False).encode()


def signature(secret: str, message_id: str, moment: str, body: bytes) -> str:
    """Return the value of `webhook-signature`: HMAC-SHA256 over identifier, moment and body.

    Raises `ConnectorMisconfigured` for a secret that is not spelled as one.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        detail = "the secret of this subscription is no base64; give it another one"
        raise ConnectorMisconfigured(detail) from error
    signed = hmac.digest(key, f"{message_id}.{moment}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def _judge(answer: Answer) -> None:
    if answer.status == _GONE:
        detail = "the receiving program answers that it wants no more messages (410)"
        raise ConnectorMisconfigured(detail)
    if not 200 <= answer.status < 300:  # noqa: PLR2004 (the class of receipts)
        detail = f"the receiving program answers {answer.status}"
        raise ConnectorTransient(detail)
