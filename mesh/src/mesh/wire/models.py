"""What can be named as `model` on OpenAI's paths; stt, tts and the gateway list theirs alike.

Source: https://platform.openai.com/docs/api-reference/models/list
"""

from typing import Literal

from mesh.wire.model import Model
from mesh.wire.route import Route


class ModelCard(Model):
    """One model. `created` is Unix time, `owned_by` the engine that serves it."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelList(Model):
    """Reply of GET /v1/models."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


MODELS = Route("GET", "/v1/models", type(None), ModelList, deadline_s=5.0, idempotent=True)
