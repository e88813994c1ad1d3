"""Every read model there is, found by its folder."""

import importlib
import pkgutil

import projections
from projections.kernel.read_model import ReadModel


def _collect() -> dict[str, ReadModel]:
    found = {}
    for module in pkgutil.iter_modules(projections.__path__):
        if module.ispkg and module.name != "kernel":
            package = importlib.import_module(f"projections.{module.name}.projector")
            found[module.name] = package.READ_MODEL
    return found


READ_MODELS: dict[str, ReadModel] = _collect()
