# SPDX-License-Identifier: Apache-2.0
"""Weights of a language model in 8 or 4 bits through torchao, and the memory that tensors take.

Only the linear layers inside the blocks are quantised, which are 84 % of LISA-7B. The embedding
table is read by rows and multiplies nothing; the head chooses words, [SEG] among them, and is
2 %: both keep their type. So do the image's towers and the mask decoder.
Activations are not quantised. torchao is imported when it is first needed.
"""

import re

import torch
from torch import nn

from reasonseg_ros.core.errors import BadRequest

NONE, INT8, INT4 = KINDS = ('none', 'int8', 'int4')
GROUPS = (128, 64, 32)  # weights that share a scale in 4 bits: the largest that divides a row
TILE = 1024             # to a multiple of this CUDA's kernel fills up rows of 4 bits
PIP = 'pip install "reasonseg_ros[quant]"'

_BLOCKS = re.compile(r'llama\.model\.layers\.\d+\.(self_attn|mlp)\.\w+_proj\.weight')


def applies(name: str) -> bool:
    """Whether a parameter of that name is quantised."""
    return _BLOCKS.fullmatch(name) is not None


def check(kind: str, device: torch.device, dtype: torch.dtype) -> None:
    """Raise BadRequest where `kind` does not work: without torchao, or with these numbers."""
    if kind == NONE:
        return
    if kind == INT4 and dtype != torch.bfloat16:
        raise BadRequest(f'engine option "quant" is "int4" and dtype is "{_plain(dtype)}"; '
                         'torchao multiplies 4 bits with bfloat16 only on CUDA, and on the CPU '
                         'at a useful speed; set dtype:=bfloat16, or quant=int8')
    try:
        import torchao.quantization as _  # noqa: F401
    except ModuleNotFoundError as error:
        raise BadRequest(f'engine option "quant" is "{kind}", which needs the Python module '
                         f'"{error.name}"; {PIP}') from error
    if kind == INT4 and device.type == 'cuda':
        major, minor = torch.cuda.get_device_capability(device)
        if major < 8:
            raise BadRequest(f'engine option "quant" is "int4", which needs CUDA capability 8.0; '
                             f'{device} has {major}.{minor}; set quant=int8')


def convert(weight: torch.Tensor, kind: str) -> torch.Tensor:
    """Return a linear layer's weight [out, in] in INT8 (a scale per row) or INT4 (per group)."""
    from torchao.quantization import quantize_
    rows, columns = weight.shape
    layer = nn.Linear(columns, rows, bias=False, device='meta')
    layer.weight = nn.Parameter(weight, requires_grad=False)
    quantize_(layer, _config(kind, weight.device.type, columns), filter_fn=lambda *_: True)
    return layer.weight


def _config(kind: str, device: str, columns: int) -> object:
    from torchao import quantization
    if kind == INT8:
        return quantization.Int8WeightOnlyConfig(set_inductor_config=False)
    size = group(columns)
    if device == 'cuda':
        return quantization.Int4WeightOnlyConfig(
            group_size=size, int4_packing_format='tile_packed_to_4d', set_inductor_config=False)
    # torchao keeps its 4 bits for the CPU among its prototypes, which is why it is pinned.
    from torchao.prototype.quantization.int4 import PrototypeInt4WeightOnlyConfig
    return PrototypeInt4WeightOnlyConfig(group_size=size, set_inductor_config=False)


def group(columns: int) -> int:
    """Weights that share a scale in a row of `columns`; raises BadRequest where none fits."""
    for size in GROUPS:
        if columns % size == 0:
            return size
    raise BadRequest(f'quant=int4 needs rows of a multiple of {GROUPS[-1]} weights, found '
                     f'{columns}; set quant=int8')


def planned_bytes(shape: tuple[int, ...], kind: str, dtype: torch.dtype, device: str) -> int:
    """Bytes that `convert` leaves for a weight of that shape [out, in] and type."""
    rows, columns = shape
    if kind == INT8:
        return rows * (columns + torch.float32.itemsize + 1)    # scale and zero point of a row
    width = -(-columns // TILE) * TILE if device == 'cuda' else columns
    return rows * width // 2 + 2 * dtype.itemsize * rows * (width // group(columns))


def nbytes(tensor: torch.Tensor) -> int:
    """Bytes that a tensor holds, also one that torchao made of several."""
    if hasattr(tensor, '__tensor_flatten__'):
        names, _ = tensor.__tensor_flatten__()
        return sum(nbytes(getattr(tensor, name)) for name in names)
    return tensor.nbytes


def number_format(dtype: torch.dtype, kind: str = NONE) -> str:
    """Say the number format of a model: "bfloat16", or "bfloat16, language model int8"."""
    return _plain(dtype) if kind == NONE else f'{_plain(dtype)}, language model {kind}'


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix('torch.')
