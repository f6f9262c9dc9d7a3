"""Numbers and arrays from elsewhere: tensors of any make, and files of them; nothing is imported for it but NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from ..errors import InputError
from ..numbers import numpy

LARGEST = 2**30  # bytes of the arrays in a file, unpacked


def arrays_in(path: Path) -> dict[str, Any]:
    """The arrays of an .npz file by name; nothing in it is executed, and it must not unpack to more than a gigabyte."""
    try:
        with ZipFile(path) as file:
            size = sum(entry.file_size for entry in file.infolist())
        if size > LARGEST:
            raise InputError(f"{path} unpacks to {size} bytes, more than {LARGEST}")
        with numpy().load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from None
    except (BadZipFile, ValueError, KeyError, EOFError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is no file of arrays", remedy="save it with numpy.savez") from None


def array_of(value: Any) -> tuple[Any, str]:
    """A tensor of any make as an array of doubles, and the name of its type."""
    np = numpy()
    for step in ("detach", "cpu"):
        value = getattr(value, step)() if hasattr(value, step) else value
    dtype = str(getattr(value, "dtype", "")).removeprefix("torch.")
    try:
        array = np.asarray(value.float() if dtype == "bfloat16" and hasattr(value, "float") else value)
        exact = array.dtype.kind in "biuO"
        if array.dtype.kind in "USc":
            raise TypeError
        return array.astype(float), "exact" if exact else dtype or array.dtype.name
    except (TypeError, ValueError):
        raise InputError(f"a gradient must be a number or an array, not {type(value).__name__}") from None
