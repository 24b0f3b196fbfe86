"""Loads aiogram without building its six hundred pydantic models: each is built when it is first used.

`aiogram.types` builds every model while it is imported (aiogram 3.31: 3 s of CPU and 90 MB, for some forty models that
usher uses). Its modules name each other only for type checkers, so that pydantic could not build a model later; here
the building is put off and the names are given to the modules. Where another aiogram builds its models some other way,
nothing is put off.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel


@contextmanager
def _models_later() -> Iterator[None]:
    from pydantic import BaseModel

    at_once = BaseModel.__dict__["model_rebuild"]
    put_off: list[tuple[type[BaseModel], dict[str, Any]]] = []

    def model_rebuild(cls: type[BaseModel], /, **options: Any) -> bool | None:
        names = options.get("_types_namespace")
        if names is None or not cls.__module__.startswith("aiogram."):
            built: bool | None = at_once.__get__(None, cls)(**options)
            return built
        put_off.append((cls, names))
        return None

    setattr(BaseModel, "model_rebuild", classmethod(model_rebuild))  # noqa: B010
    try:
        yield
    finally:
        setattr(BaseModel, "model_rebuild", at_once)  # noqa: B010
    for cls, names in put_off:
        here = vars(sys.modules[cls.__module__])
        here.update({name: names[name] for name in names.keys() - here.keys()})


class _Loader(Loader):
    def __init__(self, whole: Loader) -> None:
        self._whole = whole

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._whole.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with _models_later():
            self._whole.exec_module(module)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "aiogram":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


def prepare() -> None:
    """From now on an import of aiogram goes this way. It imports nothing by itself."""
    if "aiogram" not in sys.modules:
        sys.meta_path.insert(0, _Finder())
