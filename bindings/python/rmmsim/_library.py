# SPDX-License-Identifier: BSD-3-Clause
"""The library itself: where it is, and how a function of it is declared.

RMMSIM_LIBRARY names the shared object; without it, it is the one that was installed with this module, or else the one of the same version
that the system's loader finds. Each call lets go of the
interpreter lock, so Python threads on different PEs are inside the RMM at the same time.
"""
import ctypes
import os

try:
    from ._soname import LIBDIR, SONAME  # made when the module is installed
except ImportError:
    LIBDIR, SONAME = "", "librmmsim.so"


def _installed():
    """The tree may have been moved: where the library is, is said from here."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), LIBDIR, SONAME)
    return path if LIBDIR and os.path.exists(path) else SONAME


def _load():
    path = os.environ.get("RMMSIM_LIBRARY") or _installed()
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


# ---- streams ------------------------------------------------------------------------------------------------------------

_libc = ctypes.CDLL(None)
_open_memstream = _libc.open_memstream
_open_memstream.restype = ctypes.c_void_p
_fclose = _libc.fclose
_fclose.argtypes = (ctypes.c_void_p,)
_free = _libc.free
_free.argtypes = (ctypes.c_void_p,)
_free.restype = None


class Stream:
    """A stream of C's that writes to memory: its `file` inside of a `with`, and behind it the `text` that was written."""

    def __enter__(self):
        self._start, self._size = ctypes.c_void_p(), ctypes.c_size_t()
        self.file = _open_memstream(ctypes.byref(self._start), ctypes.byref(self._size))
        if not self.file:
            raise MemoryError
        return self

    def __exit__(self, *_):
        _fclose(self.file)
        self.text = ctypes.string_at(self._start, self._size.value).decode()
        _free(self._start)
