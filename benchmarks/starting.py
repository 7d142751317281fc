"""A cold start: from nothing to the first answer, against importing torch and loading the same weights.

    python -m benchmarks.starting

Each is a process of its own, in turn: one that imports torch and open_clip and loads a ViT-B-32 from a checkpoint (of
random weights, so that nothing has to be downloaded); `modaclip find` on a library of the sample photos; and a program
that wires the bot as `modaclip run` does and answers one `/find`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import child
from benchmarks.frame import Figure, Figures, Goal, Task, main
from benchmarks.openclip_text import MODEL, random_checkpoint

SAMPLES = Path(__file__).parents[1] / "samples"
MOST = 1.3
NOTHING = 1  # how `modaclip find` ends when nothing matches, as happens with random weights
LOADING = "import sys, torch, open_clip; open_clip.create_model_and_transforms(sys.argv[1], pretrained=sys.argv[2])"


async def measure(task: Task) -> Figures:
    checkpoint = random_checkpoint(task.work)
    folder = task.work / "samples-vit"
    find = child.python("-m", "bot", "--library", str(folder))
    named = {"MODACLIP_ENCODER_MODEL": f"{MODEL}@{checkpoint}", "MODACLIP_BOT_DIR": str(task.work / "starting-bot")}
    if not folder.exists():
        child.run([*find, "init"], environment=named)
        photos = sorted(SAMPLES.glob("*.jpg"))[: task.pick(None, None, 4)]
        child.run([*find, "import", *(str(photo) for photo in photos)], environment=named)
    commands = {
        "weights": child.python("-c", LOADING, MODEL, str(checkpoint)),
        "command": [*find, "find", "sunset over the ocean"],
        "bot": child.python("-m", "benchmarks.starting", "answer", str(folder)),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(task.pick(7, 5, 1)):
        for name, command in commands.items():
            began = time.perf_counter()
            child.run(command, environment=named, accepted=(0, NOTHING))
            times[name].append(time.perf_counter() - began)
    best = {name: min(taken) for name, taken in times.items()}
    baseline = "importing torch and loading the weights"
    figures = tuple(
        Figure(what, best[name], "s", baseline, best["weights"], Goal("<=", MOST))
        for name, what in (("command", "modaclip find"), ("bot", "the bot's first answer"))
    )
    medians = ", ".join(f"{name} {statistics.median(taken):.2f} s" for name, taken in times.items())
    return Figures("cold start to first answer", figures, (f"best of {len(times['bot'])}; medians: {medians}",))


async def answer(folder: Path) -> None:
    """Wire the bot, and answer one command as soon as it can be."""
    from benchmarks.chatting import answer as ask
    from bot.app import open_desk, read_settings

    settings = read_settings(os.environ, Path.cwd())
    settings = replace(settings, bot=replace(settings.bot, collections=f"team={folder}"))
    async with open_desk(settings, folder) as desk:
        warming = asyncio.create_task(desk.workspaces.warm_up())
        await ask(desk, "sunset over the ocean", 0, 0)
        await warming


if __name__ == "__main__":
    if sys.argv[1:2] == ["answer"]:
        asyncio.run(answer(Path(sys.argv[2])))
    else:
        raise SystemExit(main(measure, __doc__))
