"""What every model of the wire is."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Built when it is first used: a service knows the models of all others, and uses a few of them."""

    model_config = ConfigDict(defer_build=True)
