"""Loads the API without what its libraries would load along merely because it is installed.

Litestar, advanced-alchemy and structlog support other libraries when they find them. Ours never meet, and
finding them is a fifth of the API's memory and a quarter of its start (`python -m benchmarks.start`).
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast

UNUSED = ("aiohttp", "attr", "attrs", "cattrs", "pydantic", "pygments", "rich")
_ABSENT = cast("ModuleType", None)  # what sys.modules holds of a module that must not be found


@contextmanager
def lean() -> Iterator[None]:
    """Inside it the unused are as if not installed; after it they can be imported by whoever needs them.

    Nothing made by an import is garbage, so the collector rests meanwhile and forgets it afterwards.
    """
    hidden = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden, _ABSENT))
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        for name in hidden:
            del sys.modules[name]
