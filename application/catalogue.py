"""Every use case and process there is, found by its file: importing this module registers them."""

import importlib
import pkgutil

import application
from application.kernel.process import Process


def _modules(package: str) -> list[str]:
    root = importlib.import_module(package)
    return sorted(m.name for m in pkgutil.iter_modules(root.__path__, f"{package}.") if not m.ispkg)


def _use_cases() -> None:
    for context in pkgutil.iter_modules(application.__path__):
        if context.ispkg and context.name not in {"kernel", "ports", "processes"}:
            for module in _modules(f"application.{context.name}"):
                importlib.import_module(module)


def _processes() -> dict[str, Process]:
    modules = [importlib.import_module(name) for name in _modules("application.processes")]
    return {module.PROCESS.name: module.PROCESS for module in modules}


_use_cases()
PROCESSES: dict[str, Process] = _processes()
