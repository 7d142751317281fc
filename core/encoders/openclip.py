"""Any model of open_clip as an `Encoder`: weights it lists, Hugging Face Hub names, or a checkpoint on this machine.

Photos go through the model's own preprocessing, and its weights as they are; how texts run is in `openclip_text.py`.
On a GPU of NVIDIA's, matrices are multiplied in half precision (torch's autocast), and photos come from pinned memory
in batches of the size that it is quickest with.
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import open_clip
import torch
from huggingface_hub import constants, try_to_load_from_cache
from open_clip.pretrained import HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME
from PIL import Image

from core.encoder import Prepared, Vectors
from core.encoders.batching import FEWEST, best_batch, in_fitting_parts
from core.encoders.openclip_text import Encode, text_encoder
from core.encoders.weights import check_config, weights_only
from core.errors import EncoderUnavailable, Message

HUB, FOLDER, FILE = "hf-hub:", "local-dir:", "@"
PROBE_TIMEOUT_S = 3.0  # to see whether there is a network before anything waits for it
SAMPLED_VALUES = 64  # of each tensor, for the fingerprint


@dataclass(frozen=True, slots=True)
class _Name:
    """What an encoder's name says: an architecture, and where its weights are."""

    model: str
    weights: str | None  # a tag that open_clip lists, or the path of a checkpoint; None where the model names both


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    preprocess: Callable[[Image.Image], torch.Tensor]
    tokenize: Callable[[list[str]], torch.Tensor]
    encode_tokens: Encode
    fingerprint: str


class OpenClipEncoder:
    """A model of open_clip, named MODEL/WEIGHTS, hf-hub:OWNER/NAME, local-dir:/folder or MODEL@/checkpoint."""

    def __init__(
        self, name: str, *, device: str = "auto", allow_download: bool = True, half_texts: bool = True
    ) -> None:
        self.name = name
        self._parsed = _parse(name)
        self._device = _device(device)
        self._allow_download = allow_download
        self._half_texts = half_texts
        self._lock = threading.Lock()
        self._state: _Loaded | None = None

    @property
    def dimensions(self) -> int:
        """Length of a vector; known without the weights where open_clip lists the model."""
        config = None if self._parsed.weights is None else open_clip.get_model_config(self._parsed.model)
        if config is not None:
            return int(config["embed_dim"])
        return int(self._loaded().encode_tokens(self._loaded().tokenize(["a"])).shape[1])

    def fingerprint(self) -> str:
        """Return a hash of the names, shapes and some values of all tensors. Loads the weights."""
        return self._loaded().fingerprint

    def prepare(self, image: Image.Image) -> Prepared:
        """Return one photo as the model's own preprocessing makes it."""
        return (self._loaded().preprocess(image),)

    def encode_prepared(self, batch: Sequence[Prepared]) -> Vectors:
        """Return one unit vector a photo. Raises EncoderUnavailable where the memory of a GPU is full."""
        return in_fitting_parts(self._encode, batch)

    @cached_property
    def batch_photos(self) -> int:
        """How many photos are best embedded at once; on a GPU found by trying, which loads the weights."""
        if not self._on_nvidia:
            return FEWEST
        blank = self.prepare(Image.new("RGB", (64, 64)))

        def seconds(count: int) -> float:
            self._encode([blank] * count)  # the first time is slower: memory is taken, kernels are chosen
            began = time.perf_counter()
            self._encode([blank] * count)
            return time.perf_counter() - began

        return best_batch(seconds)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text."""
        loaded = self._loaded()
        with torch.inference_mode(), self._precision():
            return _array(loaded.encode_tokens(loaded.tokenize(list(texts)).to(self._device)))

    def _encode(self, batch: Sequence[Prepared]) -> Vectors:
        loaded = self._loaded()
        pixels = torch.stack([prepared[0] for prepared in batch])
        if self._on_nvidia:
            pixels = pixels.pin_memory()
        with torch.inference_mode(), self._precision():
            return _array(loaded.model.encode_image(pixels.to(self._device, non_blocking=True)))

    @property
    def _on_nvidia(self) -> bool:
        return self._device.startswith("cuda")

    def _precision(self) -> AbstractContextManager[None]:
        return torch.autocast("cuda", torch.float16) if self._on_nvidia else nullcontext()

    def _loaded(self) -> _Loaded:
        with self._lock:
            if self._state is None:
                self._state = self._load()
            return self._state

    def _load(self) -> _Loaded:
        self._check_reachable()
        parsed = self._parsed
        try:
            with weights_only():
                check_config(self.name, parsed.model)
                model, _, preprocess = open_clip.create_model_and_transforms(
                    parsed.model, pretrained=parsed.weights, device=self._device, weights_only=True
                )
                tokenize = open_clip.get_tokenizer(parsed.model)
        except EncoderUnavailable:
            raise
        except Exception as error:  # a damaged checkpoint raises whatever its readers stumble over
            raise EncoderUnavailable(
                "The weights of {name} can't be loaded: {trouble} {ways}",
                name=self.name,
                trouble=_short(error),
                ways=_WAYS,
            ) from error
        model.eval()
        fingerprint = _fingerprint(model)  # of the weights as they came
        encode_tokens = text_encoder(model, tokenize, self._device, half=self._half_texts)
        return _Loaded(model, preprocess, tokenize, encode_tokens, fingerprint)

    def _check_reachable(self) -> None:
        """Raise EncoderUnavailable at once where the weights are neither here nor to be had."""
        if weights_cached(self.name):
            return
        if not self._allow_download:
            raise EncoderUnavailable(
                "The weights of {name} are not on this machine. {ways}", name=self.name, ways=_WAYS
            )
        host = _host(self._parsed)
        if host and not any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
            try:
                socket.create_connection((host, 443), PROBE_TIMEOUT_S).close()
            except OSError as error:
                raise EncoderUnavailable(
                    "The weights of {name} are not on this machine, and {host} can't be reached. {ways}",
                    name=self.name,
                    host=host,
                    ways=_WAYS,
                ) from error


_WAYS = Message("Bring them where there is a network, name a checkpoint as MODEL@/path, or use the starter encoder.")


def weights_cached(name: str) -> bool:
    """Tell whether an encoder's weights are on this machine. Raises EncoderUnavailable for an unknown name."""
    parsed = _parse(name)
    if parsed.model.startswith(FOLDER):
        return Path(parsed.model.removeprefix(FOLDER)).is_dir()
    if parsed.model.startswith(HUB):
        repository = parsed.model.removeprefix(HUB)
        return any(_in_cache(repository, file) for file in (HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME))
    if FILE in name:
        return Path(parsed.weights or "").is_file()
    config = open_clip.get_pretrained_cfg(parsed.model, parsed.weights)
    if url := _plain_url(config):
        return (Path("~/.cache/clip").expanduser() / url.rsplit("/", 1)[-1]).is_file()
    repository, _, file = config["hf_hub"].rpartition("/")
    file = file or HF_WEIGHTS_NAME
    safe = HF_SAFE_WEIGHTS_NAME if file == HF_WEIGHTS_NAME else f"{file.rpartition('.')[0]}.safetensors"
    return any(_in_cache(repository, candidate) for candidate in (file, safe))


def _parse(name: str) -> _Name:
    if name.startswith((HUB, FOLDER)):
        return _Name(name, None)
    model, at, path = name.partition(FILE)
    if at:
        if model not in open_clip.list_models():
            raise _unknown(model, open_clip.list_models())
        if not Path(path).is_file():
            raise EncoderUnavailable("There is no checkpoint at {path}.", path=path)
        return _Name(model, path)
    model, _, tag = name.partition("/")
    known = [f"{listed}/{weights}" for listed, weights in open_clip.list_pretrained()]
    if name not in known:
        raise _unknown(name, known)
    return _Name(model, tag)


def _unknown(name: str, known: Sequence[str]) -> EncoderUnavailable:
    near = get_close_matches(name, known, 3, cutoff=0.5)
    if not near:
        return EncoderUnavailable(
            "There is no encoder {name!r}. There are starter and MODEL/WEIGHTS, as open_clip lists them.", name=name
        )
    return EncoderUnavailable(
        "There is no encoder {name!r}. Did you mean {near}? "
        "There are starter and MODEL/WEIGHTS, as open_clip lists them.",
        name=name,
        near=", ".join(near),
    )


def _device(name: str) -> str:
    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _plain_url(config: dict[str, Any]) -> str:
    """Return the URL that open_clip would download from; it prefers the Hub where a model is on both."""
    return "" if config.get("hf_hub") else str(config.get("url", ""))


def _host(parsed: _Name) -> str | None:
    if parsed.model.startswith(FOLDER):
        return None
    if not parsed.model.startswith(HUB):
        url = _plain_url(open_clip.get_pretrained_cfg(parsed.model, parsed.weights))
        if url:
            return urlsplit(url).hostname
    return urlsplit(constants.ENDPOINT).hostname


def _in_cache(repository: str, file: str) -> bool:
    return isinstance(try_to_load_from_cache(repository, file), str)


def _fingerprint(model: Any) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        flat = tensor.detach().reshape(-1)
        step = max(1, flat.numel() // SAMPLED_VALUES)
        values = flat[::step].to("cpu", torch.float32).numpy()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()[:16]


def _array(vectors: torch.Tensor) -> Vectors:
    unit = torch.nn.functional.normalize(vectors.float(), dim=-1)
    array: Vectors = np.ascontiguousarray(unit.cpu().numpy(), np.float32)
    return array


def _short(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0][:200] if text else type(error).__name__).rstrip(".") + "."
