"""The starter encoder as a library uses it: vectors of photos and words, what it loads, what it finds."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.encoder import Encoder, Vectors, encode_images
from core.encoders.starter import HEAD_PATH, StarterEncoder
from core.errors import EncoderUnavailable

SAMPLES = Path(__file__).parents[3] / "samples"
SUNSETS = (
    "paul-carmona-sunset-by-the-pier",
    "aitzol-berasategi-sunset",
    "matt-willett-the-adk-group-beacon-street-sunset",
)
DAYS = ("samuel-zeller", "kait-herzog", "aitzol-berasategi-life", "national-park-service-canyon-wren", "rob-bye")


def open_sample(name: str) -> Image.Image:
    with Image.open(SAMPLES / f"{name}.jpg") as file:
        return file.convert("RGB")


@pytest.fixture(scope="module")
def encoder() -> StarterEncoder:
    return StarterEncoder()


@pytest.fixture(scope="module")
def training_free(tmp_path_factory: pytest.TempPathFactory) -> StarterEncoder:
    """An encoder without a head, which takes a while to make."""
    return StarterEncoder(training_free=True, head_path=tmp_path_factory.mktemp("none") / "none.safetensors")


@pytest.fixture(scope="module")
def samples(encoder: StarterEncoder) -> dict[str, np.ndarray]:
    names = sorted(path.stem for path in SAMPLES.glob("*.jpg"))
    return dict(zip(names, encode_images(encoder, [open_sample(name) for name in names]), strict=True))


def rank(encoder: StarterEncoder, samples: dict[str, np.ndarray], query: str) -> list[str]:
    vector = encoder.encode_texts([query])[0]
    return sorted(samples, key=lambda name: -float(samples[name] @ vector))


def assert_unit(vectors: Vectors, rows: int) -> None:
    assert vectors.shape == (rows, 512)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_is_an_encoder(encoder: StarterEncoder) -> None:
    assert isinstance(encoder, Encoder)


@pytest.mark.parametrize("free", [False, True])
def test_name_says_whether_anything_was_learnt(free: bool) -> None:
    assert StarterEncoder(training_free=free).name == ("starter-training-free" if free else "starter")


def test_photos_become_unit_vectors(samples: dict[str, np.ndarray]) -> None:
    assert_unit(np.stack(list(samples.values())), len(samples))


def test_texts_become_unit_vectors(encoder: StarterEncoder) -> None:
    assert_unit(encoder.encode_texts(["sunset over ocean", "a dog"]), 2)


@pytest.mark.parametrize("text", ["", "   ", "zzyzx qwrtp", "日没", "🌅", "a the of", "x" * 5000, "day and night"])
def test_any_text_becomes_a_unit_vector(encoder: StarterEncoder, text: str) -> None:
    assert_unit(encoder.encode_texts([text]), 1)


def test_nothing_becomes_no_vectors(encoder: StarterEncoder) -> None:
    assert encoder.encode_prepared([]).shape == encoder.encode_texts([]).shape == (0, 512)


@pytest.mark.parametrize("size", [(8, 8), (2000, 9), (9, 2000), (260, 260)])
def test_photos_of_any_shape_become_unit_vectors(encoder: StarterEncoder, size: tuple[int, int]) -> None:
    assert_unit(encode_images(encoder, [Image.new("RGB", size, "teal")]), 1)


def test_a_photo_has_one_vector_whatever_shares_its_batch(
    encoder: StarterEncoder, samples: dict[str, np.ndarray]
) -> None:
    names = list(samples)[:5]
    together = encode_images(encoder, [open_sample(name) for name in names])
    alone = np.concatenate([encode_images(encoder, [open_sample(name)]) for name in names])
    assert (together * alone).sum(1).min() > 0.999


def test_a_text_has_one_vector_whatever_shares_its_batch(encoder: StarterEncoder) -> None:
    texts = ["fog", "two dogs run along a beach while the sun goes down behind them", "teal"]
    together = encoder.encode_texts(texts)
    alone = np.concatenate([encoder.encode_texts([text]) for text in texts])
    assert (together * alone).sum(1).min() > 0.9999


def test_two_encoders_agree(samples: dict[str, np.ndarray]) -> None:
    again = encode_images(StarterEncoder(), [open_sample("tj-holowaychuk")])[0]
    assert again @ samples["tj-holowaychuk"] > 0.9999


def test_both_number_formats_agree() -> None:
    images = [open_sample(name) for name in SUNSETS + DAYS]
    exact, mixed = (encode_images(StarterEncoder(mixed=mixed), images) for mixed in (False, True))
    assert (exact * mixed).sum(1).min() > 0.99


def test_jpeg_compression_hardly_moves_a_photo(encoder: StarterEncoder, samples: dict[str, np.ndarray]) -> None:
    squeezed = []
    for name in samples:
        buffer = io.BytesIO()
        open_sample(name).save(buffer, "JPEG", quality=85)
        squeezed.append(Image.open(buffer).convert("RGB"))
    vectors = encode_images(encoder, squeezed)
    assert np.mean((vectors * np.stack(list(samples.values()))).sum(1)) > 0.95


def test_sunset_finds_sunsets_before_days(encoder: StarterEncoder, samples: dict[str, np.ndarray]) -> None:
    order = rank(encoder, samples, "sunset")
    assert max(map(order.index, SUNSETS)) < min(map(order.index, DAYS))


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("sunset over ocean", {"paul-carmona-sunset-by-the-pier", "romain-guy-singaporean-cityscape"}),
        ("city at night", {"carol-m-highsmith-san-francisco-skyline-at-dusk", "romain-guy-singaporean-cityscape"}),
        ("foggy forest", {"carmine-de-fazio"}),
        ("black and white", {"julia-craice", "galen-crout", "mr-lee", "samuel-zeller"}),
        ("pastel", {"viktor-forgacs", "sebastien-gabriel"}),
        ("snow mountain", {"ryan-schroeder", "jacob-w-frank-lake-sherburne", "aitzol-berasategi-picos-de-europa"}),
        ("teal", {"ryan-schroeder", "tony-webster", "tony-webster-high-trestle-trail"}),
        ("cup of coffee", {"rachel-michetti-a-cup-of-coffee"}),
        ("cat", {"stefan-van-der-walt-chelsea-the-cat"}),
    ],
)
def test_the_right_photo_comes_first(
    encoder: StarterEncoder, samples: dict[str, np.ndarray], query: str, answers: set[str]
) -> None:
    assert rank(encoder, samples, query)[0] in answers


def test_a_photo_is_most_like_its_twin(samples: dict[str, np.ndarray]) -> None:
    others = {name: vector @ samples["tony-webster"] for name, vector in samples.items() if name != "tony-webster"}
    assert max(others, key=lambda name: others[name]) == "tony-webster-high-trestle-trail"


def test_texts_do_not_load_the_photo_model() -> None:
    encoder = StarterEncoder()
    encoder.encode_texts(["sunset"])
    assert "_backbone" not in vars(encoder)


def test_photos_do_not_load_the_sentence_model() -> None:
    encoder = StarterEncoder()
    encode_images(encoder, [Image.new("RGB", (300, 300))])
    assert "_sentences" not in vars(encoder)


def test_a_query_imports_no_model_library() -> None:
    code = (
        "import sys; from core.encoders.starter import StarterEncoder; assert 'torch' not in sys.modules;"
        "StarterEncoder().encode_texts(['sunset']);"
        "assert not {'timm', 'torchvision', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HEAD_PATH.parents[2])  # noqa: S603


def test_fingerprints_are_equal_for_equal_weights(encoder: StarterEncoder) -> None:
    assert encoder.fingerprint() == StarterEncoder(head_path=HEAD_PATH).fingerprint()


def test_another_head_has_another_fingerprint(encoder: StarterEncoder, tmp_path: Path) -> None:
    other = tmp_path / "head.safetensors"
    other.write_bytes(HEAD_PATH.read_bytes()[:-1] + b"\x01")
    assert StarterEncoder(head_path=other).fingerprint() != encoder.fingerprint()


def test_the_head_is_small() -> None:
    assert HEAD_PATH.stat().st_size < 5_000_000


@pytest.mark.parametrize("content", [None, b"", b"no head at all", HEAD_PATH.read_bytes()[:1000]])
def test_an_unusable_head_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "head.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EncoderUnavailable, match="training-free"):
        StarterEncoder(head_path=path).encode_texts(["sunset"])


def test_a_missing_head_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match=r"none\.safetensors"):
        StarterEncoder(head_path=tmp_path / "none.safetensors").fingerprint()


def test_the_training_free_starter_finds_objects_without_a_head(training_free: StarterEncoder) -> None:
    names = ["stefan-van-der-walt-chelsea-the-cat", "rachel-michetti-a-cup-of-coffee", "jacob-w-frank-perched-osprey"]
    photos = encode_images(training_free, [open_sample(name) for name in names])
    queries = training_free.encode_texts(["cat", "cup of coffee", "bird of prey"])
    assert (queries @ photos.T).argmax(1).tolist() == [0, 1, 2]


def test_the_training_free_starter_gives_unit_vectors(training_free: StarterEncoder) -> None:
    assert_unit(encode_images(training_free, [open_sample("ng")]), 1)
    assert_unit(training_free.encode_texts(["", "sunset"]), 2)
