"""A GPT to read and to use, module by module; importing this package alone does not import torch."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """Import a submodule when it is first named, so that `reference.attention` works after `import reference`."""
    if name in _submodules():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; its modules are {', '.join(_submodules())}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_submodules()})


def _submodules() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))
