"""Reasons to refuse a request before any feature has seen it."""

from core.kernel.errors import DelotekaError, Invalid
from core.kernel.texts import mark


class MalformedRequest(DelotekaError):
    """The request cannot be read at all."""

    code = "malformed_request"
    status = 400
    title = mark("The request cannot be read")
    remedy = mark("Compare the request with the description of the interface at /docs.")


class MalformedJson(MalformedRequest):
    """The body is no JSON (RFC 8259), or JSON that not everybody reads alike (RFC 7493)."""

    code = "malformed_json"
    title = mark("The body of the request is not valid JSON")
    remedy = mark("Send JSON in UTF-8, without NaN, without repeated names and without deep nesting.")


class BadCursor(MalformedRequest):
    """The cursor was not made by this list, or not with these filters."""

    code = "bad_cursor"
    title = mark("This place in the list is not known")
    remedy = mark("Begin at the first page; send `next` back as it is and keep the filters.")


class InvalidText(Invalid):
    """A text holds a NUL, another control character, or half a surrogate pair."""

    code = "invalid_text"
    title = mark("The request contains characters that no text may contain")
    remedy = mark("Remove control characters (they often come with copied text) and send the request again.")


class MethodNotAllowed(DelotekaError):
    """The address exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    title = mark("This address does not know this method")
    remedy = mark("The header Allow lists the methods of this address.")


class BodyTooSlow(DelotekaError):
    """The body of the request came to a stop before its end, or trickles."""

    code = "body_too_slow"
    status = 408
    title = mark("The request came too slowly")
    remedy = mark("Nothing was kept. Check the connection and send the request again.")


class PreconditionFailed(DelotekaError):
    """`If-Match` names a revision that is no longer the present one."""

    code = "precondition_failed"
    status = 412
    title = mark("Somebody else has changed this entry in the meantime")
    remedy = mark("Read the entry again, look at what has changed, and repeat your change if it is still right.")


class BodyTooLarge(DelotekaError):
    """The body is above the limit of this address."""

    code = "body_too_large"
    status = 413
    title = mark("The request is too large")
    remedy = mark("Send at most {limit} bytes. Files have an address of their own.")


class QueryTooLong(DelotekaError):
    """The address with its query is above the limit."""

    code = "query_too_long"
    status = 414
    title = mark("The address is too long")
    remedy = mark("Use fewer or shorter filters: at most {limit} characters.")


class UnsupportedMediaType(DelotekaError):
    """The body is in a form this address does not read."""

    code = "unsupported_media_type"
    status = 415
    title = mark("The body of the request is in a form that is not read here")
    remedy = mark("Set the header Content-Type as described at /docs.")


class UnknownHost(DelotekaError):
    """The request was addressed to a host name that is not ours."""

    code = "unknown_host"
    status = 421
    title = mark("This service does not answer under this name")
    remedy = mark("Use the address your administrator gave you.")


class PreconditionRequired(DelotekaError):
    """A change came without `If-Match` (RFC 6585, 3)."""

    code = "precondition_required"
    status = 428
    title = mark("The change does not say which revision it was made for")
    remedy = mark("Read the entry, then send its ETag in the header If-Match together with the change.")


class HeadersTooLarge(DelotekaError):
    """The request has more header fields, or longer ones, than are read."""

    code = "headers_too_large"
    status = 431
    title = mark("The request has too many or too long headers")
    remedy = mark("Delete the cookies of this site or send fewer headers.")


class RequestRefused(DelotekaError):
    """Another refusal of the web framework; its status says which."""

    code = "request_refused"
    status = 400
    title = mark("The request was refused")
    remedy = mark("Compare the request with the description of the interface at /docs.")


class NotModified(Exception):
    """The reader's copy, named by `If-None-Match`, is still the present one; holds its ETag."""
