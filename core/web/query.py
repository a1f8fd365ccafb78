"""The query of a request as one model: validated at once, described parameter by parameter.

FastAPI validates each declared parameter by itself, which takes longer than all the rest of a route; so routes that are
asked often and take many read their query here.
"""

from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

Query = TypeVar("Query", bound=BaseModel)


def read_query(request: Request, model: type[Query]) -> Query:
    """Return the query as `model`, of a repeated parameter the last value; raise `RequestValidationError`."""
    try:
        return model.model_validate(dict(request.query_params.items()))
    except ValidationError as error:
        located = [{**fault, "loc": ("query", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(located) from error


def query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return how OpenAPI describes the parameters that `read_query` reads; the model holds no other models."""
    schema = model.model_json_schema()
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": said}
        | ({"description": said["description"]} if "description" in said else {})
        for name, said in schema["properties"].items()
    ]
