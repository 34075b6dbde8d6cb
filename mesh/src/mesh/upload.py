"""Reading a request that is JSON, or a multipart form with a file."""

from typing import Any, NamedTuple, TypeVar

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser

from mesh.errors import BadInput

MULTIPART = "multipart/form-data"
MAX_FIELD = 65_536
MultiPartParser.spool_max_size = 1 << 30  # what callers say is not written to disk: bodies have their limit in memory
Model = TypeVar("Model", bound=BaseModel)
Fields = TypeVar("Fields", bound=BaseModel)


class Upload(NamedTuple):
    """A file as it came: its bytes, and the name and content type that its sender gave."""

    data: bytes
    name: str
    kind: str


async def json_or_file(
    request: Request, model: type[Model], fields: type[Fields]
) -> tuple[Model, None] | tuple[Fields, Upload]:
    """A JSON body as `model`; or of a multipart form, its other fields as `fields` and its `file`.

    Raises BadInput (unsupported_media_type 415, malformed_json 400, no_file, empty_file) and RequestValidationError.
    """
    kind = _kind(request)
    if kind == MULTIPART:
        values, found = await form_with_file(request)
        return validated(fields, {name: given[-1] for name, given in values.items()}), found
    if kind not in ("application/json", ""):
        raise BadInput("unsupported_media_type", "Send application/json or multipart/form-data.", 415)
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise BadInput("malformed_json", f"The body is not JSON: {error}.", 400) from error
    return validated(model, body), None


async def form_with_file(request: Request) -> tuple[dict[str, list[str]], Upload]:
    """The fields of a multipart form that are not empty, each with all its values, and its `file`.

    Raises BadInput (unsupported_media_type 415, no_file, empty_file) and HTTPException for a form that is none.
    """
    if _kind(request) != MULTIPART:
        raise BadInput("unsupported_media_type", "Send multipart/form-data.", 415)
    values: dict[str, list[str]] = {}
    async with request.form(max_files=1, max_fields=20, max_part_size=MAX_FIELD) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise BadInput("no_file", "The form must have the audio in its field `file`.", param="file")
        found = Upload(await upload.read(), upload.filename or "", upload.content_type or "")
        for name, value in form.multi_items():
            if name != "file" and isinstance(value, str) and value:
                values.setdefault(name, []).append(value)
    if not found.data:
        raise BadInput("empty_file", "The file is empty.", param="file")
    return values, found


def validated(model: type[Model], values: object) -> Model:
    """Values as a model. Raises RequestValidationError."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").split(";", 1)[0].strip().lower()


def multipart_schema(model: type[BaseModel], fields: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` that describes both bodies."""
    form = fields.model_json_schema()
    form["properties"] = {"file": {"type": "string", "format": "binary"}, **form.get("properties", {})}
    form["required"] = ["file"]
    content = {
        "application/json": {"schema": model.model_json_schema()},
        "multipart/form-data": {"schema": form},
    }
    return {"requestBody": {"required": True, "content": content}}
