"""Make the starter encoder's head again: python -m tools.train_starter DATA HEAD [--eval]

DATA is laid out like Flickr8k prepared for this: images/, captions.tsv (file name, tab, caption) and the file names
of each split in train.txt and dev.txt. Everything is solved in closed form on the CPU; --eval prints how well the
head finds the photos of dev.txt by their captions.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from core.encoders import starter_backbone, starter_colours
from core.encoders.starter import read_class_names
from core.encoders.starter_head import DIMENSIONS, Head
from core.encoders.starter_sentences import Sentences
from core.encoders.starter_words import split_words

SEED = 0
RIDGE = 1.0  # a photo, on features of deviation one
COLOUR_WEIGHT = 3.0
WORD_AXES = 300
MIN_PHOTOS = 8  # a word in fewer photos' captions is no word of the vocabulary
QUERY_WEIGHT = 0.5  # of queries beside photos when the projection's axes are chosen


@dataclass(frozen=True)
class Photos:
    """One split: what the network and the colours say of each photo, and its captions."""

    features: torch.Tensor  # (n, 1381)
    logits: torch.Tensor  # (n, 1000)
    captions: list[list[str]]


def read_split(folder: Path, split: str, backbone: starter_backbone.Backbone) -> Photos:
    """Read the photos and captions of one split and run the network over them."""
    captions = defaultdict(list)
    for line in (folder / "captions.tsv").read_text(encoding="utf-8").splitlines():
        name, caption = line.split("\t")
        captions[name].append(caption.replace(" .", "").strip())
    names = (folder / f"{split}.txt").read_text().split()
    features, logits = [], []
    with ThreadPoolExecutor(2) as threads:
        views = threads.map(read_views, [folder / "images" / name for name in names])
        while batch := [view for _, view in zip(range(32), views)]:  # noqa: B905 - the last batch is shorter
            crops, copies = (np.stack(part) for part in zip(*batch, strict=True))
            pooled, classes = backbone(torch.from_numpy(crops))
            features.append(torch.cat([pooled, torch.from_numpy(starter_colours.measure(copies))], 1))
            logits.append(classes)
    return Photos(torch.cat(features), torch.cat(logits), [captions[name] for name in names])


def read_views(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return what the encoder prepares of a photo: its crop and its copy for the colours."""
    with Image.open(path) as file:
        image = ImageOps.exif_transpose(file).convert("RGB")
    return starter_backbone.crop(image), starter_colours.shrink(image)


def train(photos: Photos, sentences: Sentences) -> Head:
    """Solve for the head."""
    torch.manual_seed(SEED)
    flat = [caption for captions in photos.captions for caption in captions]
    embedded = sentences(flat)
    targets = torch.stack([part.mean(0) for part in embedded.split([len(c) for c in photos.captions])])
    mean = embedded.mean(0)
    vocabulary, axes, word_targets = analyse_words(photos.captions)
    weight, bias = solve_ridge(photos.features, torch.cat([targets - mean, word_targets], 1))
    classes = sentences(read_class_names())
    centred = embedded - mean
    head = Head(
        vocabulary=vocabulary,
        photo_weight=weight,
        photo_bias=bias,
        sentence_mean=mean,
        word_axes=axes,
        unknown_words=torch.zeros(len(mean), WORD_AXES),
        classes=classes - classes.mean(0),
        class_mean=classes.mean(0),
        projection=torch.zeros(0),
    )
    bags = head.query_blocks(flat, embedded)[:, mean.shape[0] : -classes.shape[1]]
    gram = centred.T @ centred + 0.01 * len(centred) * torch.eye(len(mean)) / len(mean)
    unknown = torch.linalg.solve(gram, centred.T @ bags)
    p, q = head.photo_blocks(photos.features, photos.logits), head.query_blocks(flat[::5], embedded[::5])
    moments = p.T @ p / len(p) + QUERY_WEIGHT * q.T @ q / len(q)
    projection = torch.linalg.eigh(moments)[1][:, -DIMENSIONS:]
    return replace(head, unknown_words=unknown, projection=projection)


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
    bags = torch.nn.functional.normalize(bags * rarity, dim=1)
    bags -= bags.mean(0)
    axes = torch.svd_lowrank(bags, q=WORD_AXES, niter=4)[2]
    return vocabulary, rarity[:, None] * axes, bags @ axes


def solve_ridge(features: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weight and bias of a ridge regression on standardised features, the standardisation folded in."""
    mean, scale = features.mean(0), 1 / (features.std(0) + 1e-3)
    scale[starter_backbone.POOLED :] *= COLOUR_WEIGHT
    x = (features - mean) * scale
    gram = x.T @ x + RIDGE * len(x) * torch.eye(x.shape[1])
    weight = scale[:, None] * torch.linalg.solve(gram, x.T @ targets)
    return weight, -mean @ weight


def evaluate(head: Head, photos: Photos, sentences: Sentences) -> str:
    """Return how well captions find their photos among all of the split's."""
    flat = [caption for captions in photos.captions for caption in captions]
    owners = torch.tensor([row for row, captions in enumerate(photos.captions) for _ in captions])
    scores = head.query_vectors(flat, sentences(flat)) @ head.photo_vectors(photos.features, photos.logits).T
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
    train(read_split(arguments.data, "train", backbone), sentences).save(arguments.head)
    if arguments.eval:
        head = Head.load(arguments.head)
        print(evaluate(head, read_split(arguments.data, "dev", backbone), sentences))


if __name__ == "__main__":
    main()
