"""The same vectors as open_clip's own, from a checkpoint on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from core.encoder import Encoder, encode_images
from core.encoders.openclip import OpenClipEncoder, weights_cached
from core.encoders.openclip_text import multiplies_half
from core.errors import EncoderUnavailable
from tests.core.encoders.tiny_openclip import KINDS, build

SAMPLES = sorted((Path(__file__).parents[3] / "samples").glob("*.jpg"))[:4]
TEXTS = ["sunset over ocean", "a", "", "two dogs run along a long beach in the early morning light " * 3]


def reference(name: str):
    model_name, _, checkpoint = name.partition("@")
    model, _, preprocess = open_clip.create_model_and_transforms(model_name, pretrained=checkpoint)
    return model.eval(), preprocess, open_clip.get_tokenizer(model_name)


@pytest.mark.parametrize("kind", KINDS)
def test_texts_have_the_vectors_of_open_clip(tmp_path: Path, kind: str) -> None:
    name = build(tmp_path, kind)
    model, _, tokenize = reference(name)
    with torch.inference_mode():
        expected = model.encode_text(tokenize(TEXTS), normalize=True).numpy()
    vectors = OpenClipEncoder(name, half_texts=False).encode_texts(TEXTS)
    assert np.sum(vectors * expected, axis=1).min() >= 0.9999


@pytest.mark.parametrize("kind", KINDS)
def test_in_half_texts_keep_their_vectors_nearly_and_weights_their_fingerprint(tmp_path: Path, kind: str) -> None:
    exact, lower = (OpenClipEncoder(build(tmp_path, kind), device="cpu", half_texts=low) for low in (False, True))
    cosines = np.sum(exact.encode_texts(TEXTS) * lower.encode_texts(TEXTS), axis=1)
    assert cosines.min() >= 0.9999
    assert lower.fingerprint() == exact.fingerprint()
    model = lower._loaded().model
    kinds = {type(block).__name__ for block in getattr(model, "text", model).transformer.resblocks}
    assert kinds == ({"_HalfBlock"} if multiplies_half() and kind != "not-causal" else {"ResidualAttentionBlock"})


def test_a_tower_that_half_the_size_does_not_suit_stays_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.encoders.openclip_text.NEAR_COSINE", 2.0)
    name = build(tmp_path)
    kept, exact = (OpenClipEncoder(name, device="cpu", half_texts=low) for low in (True, False))
    assert (kept.encode_texts(TEXTS) == exact.encode_texts(TEXTS)).all()


def test_photos_have_the_vectors_of_open_clip(tmp_path: Path) -> None:
    name = build(tmp_path)
    model, preprocess, _ = reference(name)
    images = [Image.open(path).convert("RGB") for path in SAMPLES]
    with torch.inference_mode():
        expected = model.encode_image(torch.stack([preprocess(image) for image in images]), normalize=True).numpy()
    vectors = encode_images(OpenClipEncoder(name), images)
    assert np.sum(vectors * expected, axis=1).min() >= 0.9999


@pytest.mark.parametrize(("kind", "trims"), [("plain", True), ("custom-text", True), ("not-causal", False)])
def test_only_causal_towers_run_on_a_trimmed_context(tmp_path: Path, kind: str, trims: bool) -> None:
    encoder = OpenClipEncoder(build(tmp_path, kind))
    encoder.fingerprint()
    model = encoder._loaded().model
    seen: list[int] = []
    tower = getattr(model, "text", model)
    tower.transformer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape[1]))
    encoder.encode_texts(["a dog"])
    assert seen == [4 if trims else 77]  # start, a, dog, end


def test_a_text_does_not_depend_on_those_beside_it(tmp_path: Path) -> None:
    encoder = OpenClipEncoder(build(tmp_path), half_texts=False)
    alone = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    assert np.abs(alone - encoder.encode_texts(TEXTS)).max() < 1e-5


def test_it_is_an_encoder_with_the_dimensions_of_its_model(tmp_path: Path) -> None:
    encoder = OpenClipEncoder(build(tmp_path))
    assert isinstance(encoder, Encoder)
    assert encoder.dimensions == 48
    assert encoder.encode_texts(["a"]).shape == (1, 48)


def test_dimensions_of_a_listed_model_need_no_weights() -> None:
    assert OpenClipEncoder("ViT-L-14/openai", allow_download=False).dimensions == 768


def test_the_fingerprint_follows_the_weights(tmp_path: Path) -> None:
    first = OpenClipEncoder(build(tmp_path / "a")).fingerprint()
    assert first == OpenClipEncoder(build(tmp_path / "a")).fingerprint()
    assert first != OpenClipEncoder(build(tmp_path / "b", seed=1)).fingerprint()


def test_a_local_checkpoint_is_cached_by_definition(tmp_path: Path) -> None:
    assert weights_cached(build(tmp_path))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ViT-B-32/laion2b", "Did you mean ViT-B-32/laion2b"),
        ("clip", "no encoder 'clip'"),
        ("ViT-B-99@/tmp/x.pt", "no encoder 'ViT-B-99'"),
        ("ViT-B-32@/no/such/file.pt", "no checkpoint"),
    ],
)
def test_a_wrong_name_is_explained(name: str, said: str) -> None:
    with pytest.raises(EncoderUnavailable, match=said):
        OpenClipEncoder(name)


def test_a_broken_checkpoint_is_explained(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"no weights")
    with pytest.raises(EncoderUnavailable, match="can't be loaded"):
        OpenClipEncoder(f"ViT-B-32@{broken}").fingerprint()


def test_missing_weights_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.encoders.openclip.try_to_load_from_cache", lambda *_: None)
    encoder = OpenClipEncoder("ViT-B-32/laion2b_s34b_b79k", allow_download=False)
    with pytest.raises(EncoderUnavailable, match="starter encoder"):
        encoder.encode_texts(["a"])


def test_an_unreachable_host_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("core.encoders.openclip.try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr("core.encoders.openclip.socket.create_connection", refuse)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(EncoderUnavailable, match="can't be reached"):
        OpenClipEncoder("ViT-B-32/laion2b_s34b_b79k").encode_texts(["a"])
