# SPDX-License-Identifier: BSD-3-Clause
"""The library itself: where it is, and how a function of it is declared.

RMMSIM_LIBRARY names the shared object; without it the system's loader finds librmmsim.so.0. Each call lets go of the
interpreter lock, so Python threads on different PEs are inside the RMM at the same time.
"""
import ctypes
import os

SONAME = "librmmsim.so.0"


def _load():
    path = os.environ.get("RMMSIM_LIBRARY") or SONAME
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(
            f"{path} cannot be loaded ({error}): install rmmsim, or set RMMSIM_LIBRARY to where librmmsim.so is"
        ) from error


library = _load()


def declare(name, result, *arguments):
    """A function of the library with its types, as its header declares it."""
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


def text(raw):
    """A C string, or None."""
    return None if raw is None else raw.decode()
