"""Make the starter encoder's head again: python -m tools.train_starter DATA HEAD [--eval]

DATA is laid out like Flickr8k prepared for this: images/, captions.tsv (file name, tab, caption) and the file names
of each split in train.txt and dev.txt. --eval prints how well the head finds the photos of dev.txt by their captions.
Everything runs on the CPU from a fixed seed; the network's features of the photos take most of the time.
"""

from __future__ import annotations

import argparse
import io
import math
import random
import re
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image, ImageOps
from torch.nn.functional import cross_entropy, dropout, normalize

from core.encoders import starter_backbone
from core.encoders.starter import embed_classes
from core.encoders.starter_colours import measure_colours, shrink
from core.encoders.starter_head import MEANINGS, Head, place_words
from core.encoders.starter_looks import LEARNT, measure_looks
from core.encoders.starter_sentences import DIMENSIONS as SENTENCE
from core.encoders.starter_sentences import Sentences
from core.encoders.starter_words import split_words

Linear: TypeAlias = tuple[torch.Tensor, torch.Tensor]  # weight (in, out) and bias (out,)

SEED = 0
SENTENCE_AXES, WORD_AXES, CLASS_AXES, CONTRAST_AXES = 192, 200, 200, 192
BLOCK_WEIGHTS = (0.75, 0.75, 1.0, 0.85)  # chosen on dev.txt and on photos of other kinds together
RIDGE, DETECTOR_RIDGE = 1.5, 10.0  # a photo, on features of deviation one
STAGE_WEIGHT, COLOUR_WEIGHT = 1.5, 1.5  # beside the pooled features
MIN_PHOTOS = 8  # a word in fewer photos' captions is no word of the vocabulary
QUERY_WEIGHT = 0.5  # of queries beside photos when the projection's axes are chosen
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY, CONTRAST_TEMPERATURE = 30, 1000, 1e-3, 0.05, 0.05
PHOTO_DROPOUT, CAPTION_DROPOUT = 0.3, 0.1
QUALITIES = (None, 92, 80, 65, 50, 35)  # of the JPEG that a varied view has been through
# What captions say of a photo that a detector should find.
DETECTED = {
    "sunset": r"\b(sunset|sunrise|dusk|sundown|sun sets?|setting sun|sun is setting|twilight)\b",
    "night": r"\b(night|nighttime|evening)\b",
    "fog": r"\b(fog|foggy|mist|misty|haze|hazy)\b",
    "portrait": r"\b(portrait|close ?-?up|face|smiling|smiles|headshot|poses?|posing)\b",
}


@dataclass(frozen=True)
class View:
    """What the network, the colours and the looks say of every photo of a split."""

    features: torch.Tensor  # (n, F)
    logits: torch.Tensor  # (n, 1000)
    looks: torch.Tensor  # (n, pixel axes)


@dataclass(frozen=True)
class Text:
    """The captions of a split and what MiniLM makes of them."""

    captions: list[str]  # m, photo after photo
    owners: torch.Tensor  # (m,): which photo
    embedded: torch.Tensor  # (m, 384)
    mean: torch.Tensor  # (384,)
    targets: torch.Tensor  # (n, 384): each photo's captions on average, less the mean

    @property
    def centred(self) -> torch.Tensor:
        return normalize(self.embedded - self.mean, dim=1)


def read_split(folder: Path, split: str) -> tuple[list[Path], list[list[str]]]:
    """Return the photos of one split and the captions of each."""
    captions = defaultdict(list)
    for line in (folder / "captions.tsv").read_text(encoding="utf-8").splitlines():
        name, caption = line.split("\t")
        captions[name].append(caption.replace(" .", "").strip())
    names = (folder / f"{split}.txt").read_text(encoding="utf-8").split()
    return [folder / "images" / name for name in names], [captions[name] for name in names]


def look_at(paths: list[Path], backbone: starter_backbone.Backbone, *, varied: bool = False) -> View:
    """Run the network over photos as they are, or varied as photos in the wild are."""
    parts = []
    with ThreadPoolExecutor(2) as threads:
        images = iter(paths)
        while batch := list(threads.map(lambda path: open_photo(path, varied=varied), islice(images, 32))):
            features, logits = backbone(torch.from_numpy(np.stack([starter_backbone.crop(image) for image in batch])))
            copies = np.stack([shrink(image) for image in batch])
            colours = torch.from_numpy(measure_colours(copies))
            parts.append((torch.cat([features, colours], 1), logits, torch.from_numpy(measure_looks(copies))))
    return View(*(torch.cat(part) for part in zip(*parts, strict=True)))


def open_photo(path: Path, *, varied: bool) -> Image.Image:
    """Open a photo; varied: cropped, mirrored and squeezed through JPEG at random, the same way every time."""
    with Image.open(path) as file:
        image = ImageOps.exif_transpose(file).convert("RGB")
    if not varied:
        return image
    chance = random.Random(path.name)  # noqa: S311 - not a secret
    if quality := chance.choice(QUALITIES):
        squeezed = io.BytesIO()
        image.save(squeezed, "JPEG", quality=quality)
        image = Image.open(squeezed).convert("RGB")
    scale, stretch = chance.uniform(0.8, 1.0), chance.uniform(0.9, 1.1)
    width, height = min(1.0, scale * stretch) * image.width, min(1.0, scale / stretch) * image.height
    left, top = chance.uniform(0, image.width - width), chance.uniform(0, image.height - height)
    image = image.crop((int(left), int(top), int(left + width), int(top + height)))
    return ImageOps.mirror(image) if chance.random() < 0.5 else image


def train(views: list[View], captions: list[list[str]], sentences: Sentences) -> Head:
    """Return the head that these views (the first of them unvaried) and captions of the same photos teach."""
    torch.manual_seed(SEED)
    text = read_text(captions, sentences)
    sentence_axes = torch.linalg.eigh(text.targets.T @ text.targets)[1][:, -SENTENCE_AXES:]
    vocabulary, word_axes, word_targets = analyse_words(captions)
    mean, scale = standardise(torch.cat([view.features for view in views]))
    inputs = [(view.features - mean) * scale for view in views]
    goals = torch.cat([text.targets @ sentence_axes, word_targets], 1)
    ridge, ridge_bias = solve_ridge(torch.cat(inputs), goals.repeat(len(views), 1), RIDGE)
    rows = {word: row for row, word in enumerate(vocabulary)}
    placed = place_words(text.captions, torch.zeros(len(text.captions), WORD_AXES), rows, word_axes)
    photo, caption = train_contrast(inputs, torch.cat([text.centred, placed], 1), text.owners)
    detectors = train_detectors(torch.cat(inputs), captions * len(views))
    ridges = [(ridge[:, part], ridge_bias[part]) for part in (slice(SENTENCE_AXES), slice(SENTENCE_AXES, None))]
    weight, bias = join_maps([*ridges, photo, detectors])
    classes = embed_classes(sentences)
    centred_classes = classes - classes.mean(0)
    class_axes = torch.linalg.svd(centred_classes, full_matrices=False)[2][:CLASS_AXES].T
    head = Head(
        vocabulary=vocabulary,
        feature_mean=mean,
        feature_scale=scale,
        photo_weight=weight,
        photo_bias=bias,
        sentence_mean=text.mean,
        sentence_axes=sentence_axes,
        word_axes=word_axes,
        unknown_words=solve_ridge(text.centred, placed, 1 / SENTENCE)[0],
        class_mean=classes.mean(0),
        class_axes=class_axes,
        classes=centred_classes @ class_axes,
        caption_weight=caption[0],
        caption_bias=caption[1],
        projection=torch.zeros(0),
        look_mean=torch.zeros(0),
        look_scale=torch.zeros(0),
    )
    return finish(head, views[0], text)


def read_text(captions: list[list[str]], sentences: Sentences) -> Text:
    """Run MiniLM over all captions."""
    flat = [caption for part in captions for caption in part]
    owners = torch.tensor([row for row, part in enumerate(captions) for _ in part])
    embedded = sentences(flat)
    mean = embedded.mean(0)
    targets = torch.zeros(len(captions), SENTENCE).index_add_(0, owners, embedded - mean)
    return Text(flat, owners, embedded, mean, targets / torch.bincount(owners)[:, None])


def join_maps(maps: list[Linear]) -> Linear:
    """Return linear maps side by side, each scaled to use float16 well: what reads them divides by their length."""
    factors = [0.01 / float(weight.std()) for weight, _ in maps]
    weights = [weight * factor for (weight, _), factor in zip(maps, factors, strict=True)]
    biases = [bias * factor for (_, bias), factor in zip(maps, factors, strict=True)]
    return torch.cat(weights, 1), torch.cat(biases)


def finish(head: Head, view: View, text: Text) -> Head:
    """Return the head with its projection, and with the looks' mean and deviation over these photos."""
    learnt = head.apply(view.features)
    photos, queries = head.photo_blocks(learnt, view.logits), head.query_blocks(text.captions, text.embedded)
    widths = [SENTENCE_AXES, WORD_AXES, CLASS_AXES, CONTRAST_AXES]
    weights = torch.repeat_interleave(torch.tensor(BLOCK_WEIGHTS), torch.tensor(widths))
    photos, queries = photos * weights, queries * weights
    moments = photos.T @ photos / len(photos) + QUERY_WEIGHT * queries.T @ queries / len(queries)
    axes = torch.linalg.eigh(moments)[1][:, -MEANINGS:]
    looks = torch.cat([view.looks, head.detections(learnt)], 1)
    return replace(
        head, projection=weights[:, None] * axes, look_mean=looks.mean(0), look_scale=1 / (looks.std(0) + 1e-6)
    )


def standardise(features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean of features and the scale that gives each its deviation: one, or its group's weight."""
    scale = 1 / (features.std(0) + 1e-3)
    scale[1280 : starter_backbone.FEATURES] *= STAGE_WEIGHT
    scale[starter_backbone.FEATURES :] *= COLOUR_WEIGHT
    return features.mean(0), scale


def analyse_words(captions: list[list[str]]) -> tuple[tuple[str, ...], torch.Tensor, torch.Tensor]:
    """Return the vocabulary, its axes (V, W) with idf multiplied in, and each photo's place on them (n, W)."""
    counts = [Counter(word for caption in part for word in split_words(caption)) for part in captions]
    photos_with = Counter(word for count in counts for word in count)
    vocabulary = tuple(word for word, n in photos_with.items() if n >= MIN_PHOTOS)
    rows = {word: row for row, word in enumerate(vocabulary)}
    rarity = torch.tensor([math.log(len(captions) / photos_with[word]) for word in vocabulary])
    bags = torch.zeros(len(captions), len(vocabulary))
    for bag, count in zip(bags, counts, strict=True):
        for word, n in count.items():
            if word in rows:
                bag[rows[word]] = math.log1p(n)
    bags = normalize(bags * rarity, dim=1)
    bags -= bags.mean(0)
    axes = torch.svd_lowrank(bags, q=WORD_AXES, niter=4)[2]
    return vocabulary, rarity[:, None] * axes, bags @ axes


def solve_ridge(
    inputs: torch.Tensor, targets: torch.Tensor, strength: float, weights: torch.Tensor | None = None
) -> Linear:
    """Return the weight and bias of a ridge regression, its rows weighted where asked."""
    share = torch.ones(len(inputs)) if weights is None else weights
    share = (share / share.sum())[:, None]
    mean, goal = (share * inputs).sum(0), (share * targets).sum(0)
    x, y = inputs - mean, targets - goal
    gram = (share * x).T @ x + strength * torch.eye(x.shape[1])
    weight = torch.linalg.solve(gram, (share * x).T @ y)
    return weight, goal - mean @ weight


def train_detectors(inputs: torch.Tensor, captions: list[list[str]]) -> Linear:
    """Return the detectors: ridge classifiers in which the few positives weigh as much as all the rest."""
    solved = []
    for name in LEARNT:
        said = torch.tensor([float(sum(bool(re.search(DETECTED[name], c.lower())) for c in part)) for part in captions])
        sure = (said / 2).clamp(max=1)  # one caption of five may be fancy
        solved.append(solve_ridge(inputs, sure[:, None], DETECTOR_RIDGE, 1 + sure / sure.mean()))
    return torch.cat([weight for weight, _ in solved], 1), torch.cat([bias for _, bias in solved])


def train_contrast(inputs: list[torch.Tensor], captions: torch.Tensor, owners: torch.Tensor) -> tuple[Linear, Linear]:
    """Return two linear maps, of photos and of captions, that tell pairs from strangers."""
    photo = torch.nn.Linear(inputs[0].shape[1], CONTRAST_AXES)
    caption = torch.nn.Linear(captions.shape[1], CONTRAST_AXES)
    torch.nn.init.normal_(photo.weight, std=0.2 / inputs[0].shape[1] ** 0.5)
    parameters = [*photo.parameters(), *caption.parameters()]
    optimiser = torch.optim.AdamW(parameters, LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    photos = len(inputs[0])
    steps = EPOCHS * (photos // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    first, count = torch.searchsorted(owners, torch.arange(photos)), torch.bincount(owners)
    for step in range(steps):
        if step % (photos // BATCH) == 0:
            order = torch.randperm(photos)
        rows = order[(step % (photos // BATCH)) * BATCH :][:BATCH]
        chosen = first[rows] + (torch.rand(BATCH) * count[rows]).long()
        view = inputs[int(torch.randint(len(inputs), ()))]
        p = normalize(photo(dropout(view[rows], PHOTO_DROPOUT)), dim=1)
        c = normalize(caption(dropout(captions[chosen], CAPTION_DROPOUT)), dim=1)
        logits, pairs = p @ c.T / CONTRAST_TEMPERATURE, torch.arange(BATCH)
        loss = cross_entropy(logits, pairs) + cross_entropy(logits.T, pairs)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return read_linear(photo), read_linear(caption)


def read_linear(layer: torch.nn.Linear) -> Linear:
    """Return a trained layer as inputs are multiplied with it."""
    return layer.weight.detach().T.contiguous(), layer.bias.detach()


def evaluate(head: Head, view: View, captions: list[list[str]], sentences: Sentences) -> str:
    """Return how well captions find their photos among all of the split's."""
    flat = [caption for part in captions for caption in part]
    owners = torch.tensor([row for row, part in enumerate(captions) for _ in part])
    photos = head.photo_vectors(view.features, view.logits, view.looks)
    scores = head.query_vectors(flat, sentences(flat)) @ photos.T
    ranks = (scores > scores.gather(1, owners[:, None])).sum(1)
    recalls = [f"R@{k} {(ranks < k).float().mean():.3f}" for k in (1, 5, 10)]
    return f"{', '.join(recalls)}, median rank {int(ranks.median()) + 1}"


def main() -> None:
    """Train, save, and evaluate when asked."""
    parser = argparse.ArgumentParser(description="Make the starter encoder's head again.")
    parser.add_argument("data", type=Path)
    parser.add_argument("head", type=Path)
    parser.add_argument("--eval", action="store_true", help="print R@1/5/10 and median rank on dev.txt")
    arguments = parser.parse_args()
    backbone, sentences = starter_backbone.Backbone(), Sentences()
    paths, captions = read_split(arguments.data, "train")
    views = [look_at(paths, backbone), look_at(paths, backbone, varied=True)]
    train(views, captions, sentences).save(arguments.head)
    if arguments.eval:
        paths, captions = read_split(arguments.data, "dev")
        print(evaluate(Head.load(arguments.head), look_at(paths, backbone), captions, sentences))


if __name__ == "__main__":
    main()
