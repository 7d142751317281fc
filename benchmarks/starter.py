"""What the starter encoder costs and finds: python -m benchmarks.starter

Prints, in one run: (a) the photo tower in float32 beside the path that this machine takes, and a query; (b) recall on
Flickr8k's dev split beside the reference recipe; (c) plain queries over photos of other kinds, for the training-free
block beside the shipped head. (b) and (c) need ../shared beside the checkout, and are left out, saying so, without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from timm.data.imagenet_info import ImageNetInfo

from core.encoders.starter import StarterEncoder
from core.encoders.starter_backbone import SIDE, Backbone, has_bfloat16

SHARED = Path(__file__).parents[1] / "../shared"
REFERENCE = "R@1 0.239, R@10 0.640"  # the recipe that this encoder began with, on the same split
ROUNDS = 5

# A plain query and the files that answer it: classes of the ImageNet order, after which the photos are named.
Classes = tuple["int | range", ...]
OBJECTS: dict[str, Classes] = {
    "dog": (range(151, 269),),
    "cat": (range(281, 286),),
    "bird": (range(7, 25), range(80, 101), range(127, 147)),
    "snake": (range(52, 69),),
    "fish": (range(7), range(389, 398)),
    "insect": (range(300, 327),),
    "monkey": (range(365, 385),),
    "bear": (range(294, 298),),
    "turtle": (range(33, 38),),
    "spider": (range(72, 78),),
    "car": (407, 436, 468, 511, 609, 627, 656, 661, 705, 717, 734, 751, 817),
    "truck": (555, 569, 675, 717, 864, 867),
    "train": (466, 547, 565, 705, 820),
    "boat": (403, 472, 484, 510, 554, 576, 625, 628, 724, 780, 814, 833, 871, 914),
    "airplane": (404, 726, 895, 908),
    "musical instrument": (
        *(401, 402, 420, 432, 486, 513, 541, 546, 558, 566, 577, 579, 593),
        *(594, 641, 642, 683, 684, 687, 699, 776, 822, 875, 881, 889),
    ),
    "food": (range(924, 939), range(959, 970)),
    "fruit": (range(948, 958),),
    "vegetable": (range(936, 948),),
    "flower": (984, 985, 986),
    "furniture": (
        *(423, 431, 453, 493, 495, 516, 520, 526, 532, 548, 559, 564),
        *(703, 736, 765, 831, 846, 857, 861, 894),
    ),
    "clothing": (
        *(399, 400, 411, 445, 474, 501, 568, 578, 601, 608, 610, 614, 617, 638),
        *(639, 655, 689, 697, 735, 775, 824, 834, 841, 842, 869, 887),
    ),
    "shoes": (502, 514, 630, 770, 774, 788),
    "hat": (433, 439, 452, 515, 667, 715, 808),
    "church building": (442, 483, 497, 538, 663, 668, 698, 832),
    "bridge": (821, 839, 888),
    "mountain": (970, 972, 976, 979, 980),
    "beach by the sea": (460, 972, 976, 977, 978),
    "kitchen appliance": (521, 534, 544, 550, 651, 760, 766, 827, 859, 891, 897),
    "drink": (440, 441, 504, 572, 737, 898, 901, 907, 966, 967, 968, 969),
    "clock": (409, 530, 531, 604, 826, 835, 892),
}
# A plain query and the folder that answers it.
STREETS = {
    "a city at night": "night",
    "night street with lights": "night",
    "dark road at night": "night",
    "dark": "night",
    "city by day": "day",
    "a street by day": "day",
    "daylight street": "day",
    "sunny street": "day",
}


def main() -> None:
    """Print the three tables."""
    encoders = [StarterEncoder(training_free=True), StarterEncoder()]
    print_speed(encoders[1])
    if not (SHARED / "flickr8k").is_dir():
        print("\n../shared is not beside this checkout: nothing to search, so no recall and no precision.")
        return
    print_recall(encoders)
    print_foreign(encoders)


def print_speed(encoder: StarterEncoder) -> None:
    """Print what a photo costs in both number formats, by turns in one run, and what a query costs."""
    crops = torch.randint(0, 256, (16, SIDE, SIDE, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    chosen = "bfloat16" if has_bfloat16() else "float32"
    towers = {"float32": Backbone(mixed=False), chosen: Backbone()}
    times: dict[str, list[float]] = {name: [] for name in towers}
    for _ in range(ROUNDS):
        for name, tower in towers.items():
            times[name].append(measure_s(lambda tower=tower: tower(crops)) / len(crops) * 1000)
    best = {name: min(values) for name, values in times.items()}
    print("(a) speed, best of rounds, batches of 16")
    print("    photo tower: " + ", ".join(f"{name} {ms:.1f} ms/photo" for name, ms in best.items()))
    print(f"    {chosen} is taken here: {best['float32'] / best[chosen]:.2f} times as fast as float32")
    encoder.encode_texts(["warm up"])
    texts = [["sunset over ocean"], ["a dog running on grass"], ["teal and moody"]]
    print(f"    query: {min(measure_s(lambda text=text: encoder.encode_texts(text)) for text in texts) * 1000:.1f} ms")


def measure_s(run: Callable[[], object]) -> float:
    """Return the seconds that one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def print_recall(encoders: Iterable[StarterEncoder]) -> None:
    """Print how well 5,000 captions find the 1,000 photos of Flickr8k's dev split."""
    folder = SHARED / "flickr8k"
    names = (folder / "dev.txt").read_text(encoding="utf-8").split()
    rows = {name: row for row, name in enumerate(names)}
    lines = [line.split("\t") for line in (folder / "captions.tsv").read_text(encoding="utf-8").splitlines()]
    pairs = [(rows[name], caption.replace(" .", "").strip()) for name, caption in lines if name in rows]
    owners = np.array([row for row, _ in pairs])
    print(f"\n(b) Flickr8k dev, text to photo (reference recipe: {REFERENCE})")
    for encoder in encoders:
        photos = encode_files(encoder, [folder / "images" / name for name in names])
        scores = encoder.encode_texts([caption for _, caption in pairs]) @ photos.T
        ranks = (scores > scores[np.arange(len(owners)), owners][:, None]).sum(1)
        recalls = ", ".join(f"R@{k} {(ranks < k).mean():.3f}" for k in (1, 5, 10))
        print(f"    {encoder.name:22s} {recalls}, median rank {int(np.median(ranks)) + 1}")


def print_foreign(encoders: Iterable[StarterEncoder]) -> None:
    """Print precision over photos that have nothing to do with Flickr8k."""
    objects = sorted((SHARED / "photos/objects").glob("*.jpg"))
    streets = sorted((SHARED / "photos/daynight").glob("*/*.jpg"))
    folders = np.array([path.parent.name for path in streets])
    answers_objects = find_answers(objects)
    answers_streets = {query: folders == folder for query, folder in STREETS.items()}
    print(f"\n(c) photos of other kinds, {len(OBJECTS) + len(STREETS)} plain queries")
    for encoder in encoders:
        for name, files, answers in (("objects", objects, answers_objects), ("streets", streets, answers_streets)):
            precision, mean_precision = judge(encoder, encode_files(encoder, files), answers)
            print(f"    {encoder.name:22s} {name}: P@10 {precision:.3f}, mAP {mean_precision:.3f}")


def find_answers(files: list[Path]) -> dict[str, np.ndarray]:
    """Return for each query which of the files answer it."""
    info, order = ImageNetInfo(), {}
    for index in range(1000):
        for name in info.index_to_description(index).split(", "):
            order.setdefault(name.replace(" ", "_"), index)
    classes = np.array([order[path.stem] for path in files])
    return {
        query: np.isin(classes, [i for part in parts for i in (part if isinstance(part, range) else (part,))])
        for query, parts in OBJECTS.items()
    }


def judge(encoder: StarterEncoder, photos: np.ndarray, answers: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Return precision among the first ten (or as many as there are answers), and mean average precision."""
    precisions, averages = [], []
    for query, relevant in zip(encoder.encode_texts(list(answers)), answers.values(), strict=True):
        hits = relevant[np.argsort(-(photos @ query), kind="stable")]
        precisions.append(hits[: min(10, hits.sum())].mean())
        averages.append((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())
    return float(np.mean(precisions)), float(np.mean(averages))


def encode_files(encoder: StarterEncoder, files: list[Path]) -> np.ndarray:
    """Return the vectors of photos on disk."""
    vectors = []
    for start in range(0, len(files), 32):
        batch = []
        for path in files[start : start + 32]:
            with Image.open(path) as file:
                batch.append(encoder.prepare(ImageOps.exif_transpose(file).convert("RGB")))
        vectors.append(encoder.encode_prepared(batch))
    return np.concatenate(vectors)


if __name__ == "__main__":
    main()
