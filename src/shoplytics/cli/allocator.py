"""Makes glibc's allocator give memory back, which it is slow to do for processes that stay."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # <malloc.h>
_MAPPED = 1024 * 1024  # beyond any ordinary answer: each page of a fresh block costs a fault
_KEPT = 2 * _MAPPED
_ARENAS = 2


def give_back() -> bool:
    """False where the allocator is another one, and nothing is changed.

    Left alone, glibc raises its threshold to the size of the largest block it has seen freed: after one
    password it keeps those 19 MB per thread for good, and after one report the report's. A set threshold
    stays; larger blocks go back to the system at once.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return False
    wanted = {_TRIM_THRESHOLD: _KEPT, _MMAP_THRESHOLD: _MAPPED, _ARENA_MAX: _ARENAS}
    return all(libc.mallopt(name, value) == 1 for name, value in wanted.items())
