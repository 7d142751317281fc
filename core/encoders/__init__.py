"""The encoders that there are, and which of them a library gets."""

from __future__ import annotations

from dataclasses import dataclass

from core.encoder import Encoder
from core.errors import EncoderUnavailable

AUTO = "auto"
STARTER = "starter"
STARTER_TRAINING_FREE = "starter-training-free"


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """Which encoder new libraries get, and how encoders run."""

    model: str = AUTO
    preferred: str = "ViT-B-32/laion2b_s34b_b79k"  # what "auto" takes when its weights are here or can be brought
    device: str = "auto"
    allow_download: bool = True
    training_free: bool = False
    half_texts: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoder's name, and why it was taken, in one line."""

    name: str
    reason: str


def create_encoder(name: str, options: EncoderOptions) -> Encoder:
    """Return the encoder of this name, its weights not loaded yet. Raises EncoderUnavailable for an unknown name."""
    # imported here: each brings packages that take a second or more, and a program uses one of them
    if name in (STARTER, STARTER_TRAINING_FREE):
        from core.encoders.starter import StarterEncoder

        return StarterEncoder(training_free=name == STARTER_TRAINING_FREE)
    from core.encoders.openclip import OpenClipEncoder

    return OpenClipEncoder(
        name,
        device=options.device,
        allow_download=options.allow_download,
        half_texts=options.half_texts,
    )


def choose(options: EncoderOptions) -> Choice:
    """Return which encoder a new library gets. May download weights, which is tried only when settings allow it."""
    if options.model != AUTO:
        name = STARTER_TRAINING_FREE if options.model == STARTER and options.training_free else options.model
        return Choice(name, f"Encoder: {name}, as set.")
    from core.encoders.openclip import weights_cached

    preferred = options.preferred
    if weights_cached(preferred):
        return Choice(preferred, f"Encoder: {preferred}, its weights are on this machine.")
    if options.allow_download:
        try:
            create_encoder(preferred, options).fingerprint()
        except EncoderUnavailable:
            pass
        else:
            return Choice(preferred, f"Encoder: {preferred}, its weights were downloaded.")
    starter = STARTER_TRAINING_FREE if options.training_free else STARTER
    return Choice(
        starter,
        f"Encoder: {starter}, because the weights of {preferred} are not here. "
        f"Switch later with `modaclip reembed --model {preferred}`.",
    )
