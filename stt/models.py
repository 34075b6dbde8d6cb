"""Local models in memory: at most so many, the least recently used goes first."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from mesh.errors import EngineError

Model = TypeVar("Model")


class ModelCache(Generic[Model]):
    """Models by path, loaded once each. Used from worker threads."""

    def __init__(self, limit: int, load: Callable[[Path], Model]) -> None:
        self._limit, self._load = limit, load
        self._models: OrderedDict[Path, Model] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path) -> Model:
        """The model at `path`. Raises EngineError when it cannot be loaded."""
        with self._lock:
            if path not in self._models:
                while len(self._models) >= self._limit:
                    self._models.popitem(last=False)
                try:
                    self._models[path] = self._load(path)
                except (OSError, RuntimeError, ValueError) as error:
                    raise EngineError(f"The model {path.name} cannot be loaded: {type(error).__name__}.") from error
            self._models.move_to_end(path)
            return self._models[path]


def models_in(folder: Path, pattern: str) -> dict[str, Path]:
    """The models of a folder by name: files, or folders where the pattern names a file in them."""
    found = sorted(folder.glob(pattern))
    return {path.parent.name: path.parent for path in found} if "/" in pattern else {path.stem: path for path in found}


def find_model(folder: Path, pattern: str, wanted: str) -> Path:
    """The path of the model called `wanted` (a name in `folder`, or a path), or the first one there.

    Raises EngineError naming what is there when `wanted` is not.
    """
    if wanted and Path(wanted).exists():
        return Path(wanted)
    models = models_in(folder, pattern)
    if not wanted and models:
        return next(iter(models.values()))
    if wanted not in models:
        raise EngineError(f"There is no model {wanted!r} in {folder}; there are: {', '.join(models) or 'none'}.")
    return models[wanted]
