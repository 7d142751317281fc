"""What keeps the files of a model from being anything but weights.

A checkpoint may be a pickle, which is a program that runs when it is read; and the configuration of a model on a hub
may ask for code of its own to be run. Weights come from strangers, so neither is ever done: torch reads tensors and
nothing else (`weights_only`), and a model that needs code of its own is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import open_clip
import transformers.dynamic_module_utils

from core.errors import EncoderUnavailable

FORCED, LIFTED = "TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"  # as torch.load reads them
OWN_CODE = frozenset({"trust_remote_code", "auto_map", "code_revision"})  # what asks for code of a model's own


@contextmanager
def weights_only() -> Iterator[None]:
    """Let nothing that is loaded meanwhile run: whoever calls `torch.load`, and with whichever arguments."""
    before = {name: os.environ.pop(name, None) for name in (FORCED, LIFTED)}
    waits, transformers.dynamic_module_utils.TIME_OUT_REMOTE_CODE = (
        transformers.dynamic_module_utils.TIME_OUT_REMOTE_CODE,
        0,  # else who sits at a terminal is asked whether a stranger's code shall run
    )
    os.environ[FORCED] = "1"
    try:
        yield
    finally:
        transformers.dynamic_module_utils.TIME_OUT_REMOTE_CODE = waits
        del os.environ[FORCED]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def check_config(name: str, model: str) -> None:
    """Raise EncoderUnavailable where the configuration of a model asks for code of its own to be run.

    `model` is its name as open_clip takes it; a configuration that can't be had raises what open_clip raises.
    """
    if _asks_for_code(open_clip.get_model_config(model)):
        raise EncoderUnavailable(
            "The model {name} wants to run code of its own, which no encoder may. Take another model.", name=name
        )


def _asks_for_code(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(OWN_CODE & set(value)) or any(map(_asks_for_code, value.values()))
    return isinstance(value, list) and any(map(_asks_for_code, value))
