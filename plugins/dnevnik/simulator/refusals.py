"""Error objects in both families of names, and pages that are none."""

from collections.abc import Mapping
from http import HTTPStatus

from core.devkit.faults import (
    Asked,
    DeadToken,
    ErrorObject,
    FaultAnswer,
    HtmlPage,
    LimitReached,
    MissingScope,
    Refusal,
    ServerError,
)
from plugins.dnevnik.simulator.forms import Forms

_CODES: Mapping[str, tuple[str, str, int, str]] = {
    "invalidToken": ("authorizationInvalidToken", "invalidToken", 401, "Неверный или неактивный токен"),
    "tokenRequired": ("authorizationTokenRequired", "tokenRequired", 401, "Требуется токен"),
    "authorizationFailed": ("authorizationFailed", "authorizationFailed", 401, "Вход не выполнен"),
    "outOfScope": ("authorizationOutOfScope", "outOfScope", 403, "Действие вне области доступа токена"),
    "notOwner": ("authorizationNotOwner", "notOwner", 403, "Нет прав на ресурс"),
    "ownerForbidden": ("authorizationOwnerForbidden", "ownerForbidden", 403, "Владелец запретил доступ"),
    "systemForbidden": ("authorizationSystemForbidden", "systemForbidden", 403, "Доступ запрещён правилами"),
    "invalidRequest": ("invalidRequest", "invalidRequest", 400, "Неверный запрос"),
    "parameterInvalid": ("parameterInvalid", "parameterInvalid", 400, "Неверное значение параметра"),
    "resourceUnavailable": ("apiResourceUnavailable", "resourceUnavailable", 404, "Ресурс недоступен"),
    "methodNotSupported": ("apiMethodNotSupported", "methodNotSupported", 405, "Метод не поддерживается"),
    "requestLimit": ("apiRequestLimit", "requestLimit", 429, "Превышен лимит запросов для данного токена"),
    "serverError": ("apiServerError", "serverError", 500, "Ошибка на сервере"),
    "unknownError": ("apiUnknownError", "unknownError", 500, "Неизвестная ошибка"),
    "httpsRequired": ("apiHttpsRequired", "httpsRequired", 403, "Требуется https"),
}
"""Long name, short name, status, description."""

PAGE = '<!DOCTYPE html><html><body><div class="error__description"><p>На сервере ведутся работы</p></div></body></html>'
WORKS_ON_THE_SERVER = 550
_WORDS: Mapping[type[Refusal], str] = {
    DeadToken: "invalidToken",
    MissingScope: "outOfScope",
    LimitReached: "requestLimit",
    ServerError: "serverError",
}


class Refused(Exception):
    """The platform refuses a request; `code` is the short name."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def error_answer(forms: Forms, code: str, detail: str = "") -> FaultAnswer:
    """Return the error object in the form that the installation uses."""
    long, short, status, description = _CODES[code]
    name = long if forms.error_names == "long" else short
    text = f"{description} {detail}".rstrip()
    return FaultAnswer.of(200 if forms.errors_with_200 else status, {"type": name, "description": text})


class Wording:
    """The platform's words for the development kit's refusals."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def __call__(self, refusal: Refusal, asked: Asked) -> FaultAnswer | None:
        """Return the answer in the platform's words, or `None` where the plain one will do."""
        del asked
        match refusal:
            case ErrorObject(code=code):
                return _with_200(code)
            case HtmlPage(status=status):
                return _page(status)
            case ServerError(status=status) if status != HTTPStatus.INTERNAL_SERVER_ERROR:
                return _page(status)
            case _:
                code = next((code for kind, code in _WORDS.items() if isinstance(refusal, kind)), "")
                return error_answer(self._forms, code) if code else None


def _page(status: int) -> FaultAnswer:
    return FaultAnswer(status=status, body=PAGE.encode(), media_type="text/html; charset=utf-8")


def _with_200(code: str) -> FaultAnswer:
    name = code if any(code in names[:2] for names in _CODES.values()) else "apiServerError"
    description = next((line[3] for line in _CODES.values() if name in line[:2]), "")
    return FaultAnswer.of(200, {"type": name, "description": description})
