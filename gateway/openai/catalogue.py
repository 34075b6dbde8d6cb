"""Which model servers there are: `serve:` of config/models.yaml; without it the settings that gpt has too.

| set                      | then                                                                     |
| ------------------------ | ------------------------------------------------------------------------ |
| `serve:` in models.yaml  | its names, aliases and catch-all                                         |
| LLM_BASE_URL             | one server; LLM_MODEL is its model's name, whatever a client calls it;    |
|                          | without it the name that the client says, if listed, else the first      |
| OPENAI_API_KEY alone     | OpenAI, names passed on as they are                                      |
| nothing                  | gpt's script, whatever a client calls it; replies say voiceblock-scripted |
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mesh.addresses import setting
from mesh.kept.documents import read as read_yaml

SCRIPTED = "voiceblock-scripted"
LLM_KEY, OPENAI_KEY = "LLM_API_KEY", "OPENAI_API_KEY"
ANY = "*"
"""The name of a server that is asked for whatever a client asks for."""


class Strict(BaseModel):
    """A part of the file: an unknown key is a typo."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerEntry(Strict):
    """One server behind a name."""

    base_url: str = Field(pattern=r"^https?://\S+$")
    """Ends in /v1."""
    model: str = ""
    """Its name there; absent: the name by which it was asked for."""
    key: str = ""
    """The NAME of the setting that holds the server's key; never the key."""
    weight: float = Field(default=1.0, gt=0, le=1000)
    """Share of the requests, beside the others'."""
    max_concurrent: int = Field(default=256, ge=1)
    stream_usage: bool = True
    """It knows `stream_options.include_usage`."""
    only_listed: bool = False
    """Of a server without `model`: a name that it does not list is asked of it as the first that it lists."""
    responses: bool = False
    """It serves /v1/responses itself."""


class ModelEntry(Strict):
    """One name."""

    servers: list[ServerEntry] = Field(min_length=1)
    aliases: list[str] = []
    fallback: list[str] = []
    """Names that answer when none of its servers can, first choice first."""


class Catalogue(Strict):
    """All names."""

    names: dict[str, ModelEntry] = {}
    catch_all: str = ""
    """The name that answers for every other; absent: 404."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known: set[str] = set(self.names)
        for name, entry in self.names.items():
            for alias in entry.aliases:
                if alias in known:
                    raise ValueError(f"{alias!r} is the name of two models")
                known.add(alias)
            if wrong := [one for one in entry.fallback if one not in self.names or one == name]:
                raise ValueError(f"{name!r} falls back to {wrong[0]!r}, which is no other name here")
        if self.catch_all and self.catch_all not in self.names:
            raise ValueError(f"catch_all: {self.catch_all!r} is no name here")
        return self

    @property
    def by_alias(self) -> dict[str, str]:
        """The name behind each alias, and behind itself."""
        found = {name: name for name in self.names}
        return found | {alias: name for name, entry in self.names.items() for alias in entry.aliases}


@dataclass(frozen=True, slots=True)
class Alone:
    """What the settings say: all there is when the file says nothing."""

    llm_base_url: str
    llm_model: str
    llm_key: str
    openai_base_url: str
    openai_key: str
    gpt_url: str

    def key_of(self, entry: ServerEntry) -> str:
        """A server's key, "" where it needs none. Raises ValueError when the setting that is named is not there."""
        known = {"": "", LLM_KEY: self.llm_key, OPENAI_KEY: self.openai_key}
        if entry.key in known and (known[entry.key] or not entry.key):
            return known[entry.key]
        if value := setting("gateway", entry.key):
            return value
        raise ValueError(f"models.yaml: the key of {entry.base_url} is in {entry.key}, which is not set")


def read(path: Path, alone: Alone) -> Catalogue:
    """The catalogue of this mesh. Raises ValueError for a wrong file."""
    document = read_yaml(path).data
    if isinstance(document, dict) and document.get("serve"):
        return Catalogue.model_validate(document["serve"])
    name = alone.llm_model or ANY
    if alone.llm_base_url:
        key = LLM_KEY if alone.llm_key else ""
        entry = ServerEntry(base_url=alone.llm_base_url, model=alone.llm_model, key=key, only_listed=True)
    elif alone.openai_key:
        entry = ServerEntry(base_url=alone.openai_base_url, model=alone.llm_model, key=OPENAI_KEY, responses=True)
    else:
        name = SCRIPTED
        entry = ServerEntry(base_url=f"{alone.gpt_url}/v1", model=SCRIPTED)
    return Catalogue(names={name: ModelEntry(servers=[entry])}, catch_all=name)
