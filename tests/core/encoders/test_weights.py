"""Files of a model are weights and nothing else: no pickle and no code of a stranger's runs, whoever brings it."""

from __future__ import annotations

import ast
import io
import json
import os
import pickle
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch

from core.encoders.openclip import OpenClipEncoder
from core.encoders.weights import FORCED, LIFTED, weights_only
from core.errors import EncoderUnavailable
from tests.core.encoders.tiny_openclip import TEXT, VISION, build

ROOT = Path(__file__).parents[3]
KINDS = ("zip", "old", "plain", "dictionary", "npy", "npz", "odd type")


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return (Path.touch, (self.path,))


def trapped(kind: str, folder: Path, sprung: Path) -> Path:
    """Write a checkpoint that makes the file `sprung` where it is unpickled; return its path."""
    path = folder / {"npy": "weights.npy", "npz": "weights.npz"}.get(kind, "weights.pt")
    if kind in ("zip", "old"):
        torch.save(Trap(sprung), path, _use_new_zipfile_serialization=kind == "zip")
    elif kind == "dictionary":
        torch.save({"state_dict": {"visual.proj": torch.zeros(1), "more": Trap(sprung)}}, path)
    elif kind == "odd type":  # stops torch's restricted reader with what open_clip takes for an older torch's refusal
        path.write_bytes(b"\x80\x02ccollections\nOrderedDict\n)RNb0" + pickle.dumps(Trap(sprung), 2)[2:])
    elif kind == "npy":
        np.save(path, np.array([Trap(sprung)], dtype=object), allow_pickle=True)
    elif kind == "npz":
        np.savez(path, **{"params/img/embedding/kernel": np.array([Trap(sprung)], dtype=object)})
    else:
        path.write_bytes(pickle.dumps(Trap(sprung)))
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lifted", [False, True])
def test_a_checkpoint_that_is_a_program_does_not_run(
    kind: str, lifted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where somebody has switched torch's protection off."""
    if lifted:
        monkeypatch.setenv(LIFTED, "1")
    model = build(tmp_path / "model").partition("@")[0]
    sprung = tmp_path / "sprung"
    checkpoint = trapped(kind, tmp_path, sprung)
    with pytest.raises(EncoderUnavailable, match="can't be loaded"):
        OpenClipEncoder(f"{model}@{checkpoint}", device="cpu").fingerprint()
    assert not sprung.exists()


def test_the_traps_of_these_tests_do_spring(tmp_path: Path) -> None:
    for kind in ("zip", "old", "dictionary"):
        sprung = tmp_path / f"sprung-{kind}"
        torch.load(trapped(kind, tmp_path, sprung), weights_only=False)
        assert sprung.exists()
    np.load(io.BytesIO(trapped("npy", tmp_path, tmp_path / "sprung").read_bytes()), allow_pickle=True)
    assert (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "text",
    [
        {"hf_tokenizer_name": "{folder}", "tokenizer_kwargs": {"trust_remote_code": True}},
        {"hf_model_name": "{folder}", "hf_tokenizer_name": "{folder}"},
    ],
)
def test_a_model_that_brings_code_of_its_own_is_refused(
    text: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By asking for it in its configuration, or by lying beside code which its files name."""
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    sprung, folder = tmp_path / "sprung", tmp_path / "model"
    folder.mkdir()
    said = json.loads(json.dumps(text).replace("{folder}", str(folder)))
    config = {"model_cfg": {"embed_dim": 48, "vision_cfg": VISION, "text_cfg": TEXT | said}, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    named = {"auto_map": {"AutoTokenizer": ["evil.Evil", None], "AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    (folder / "tokenizer_config.json").write_text(json.dumps({**named, "tokenizer_class": "Evil"}))
    (folder / "config.json").write_text(json.dumps({**named, "model_type": "evil"}))
    (folder / "evil.py").write_text(f"open({str(sprung)!r}, 'w').close()\nclass Evil: ...\n")
    torch.manual_seed(0)
    plain = open_clip.create_model(build(tmp_path / "plain").partition("@")[0], pretrained=None, load_weights=False)
    torch.save(plain.state_dict(), folder / "open_clip_pytorch_model.bin")
    with pytest.raises(EncoderUnavailable):
        OpenClipEncoder(f"local-dir:{folder}", device="cpu").fingerprint()
    assert not sprung.exists()


def test_what_the_environment_said_before_it_says_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIFTED, "1")
    monkeypatch.delenv(FORCED, raising=False)
    with weights_only():
        assert os.environ[FORCED] == "1" and LIFTED not in os.environ
    assert os.environ[LIFTED] == "1" and FORCED not in os.environ


def test_nothing_in_the_code_unpickles() -> None:
    """`pickle` may be named for its errors alone; arrays and tensors are read without it, and nothing is evaluated."""
    wrong: list[str] = []
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "core").rglob("*.py"), *(ROOT / "config").rglob("*.py"),
                 *(ROOT / "tools").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]:  # fmt: skip
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                wrong += [f"{path.relative_to(ROOT)}:{node.lineno} {said}" for said in _dangers(node)]
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name.split(".")[0] for alias in node.names] + [getattr(node, "module", None) or ""]
                bad = {"shelve", "marshal", "dill", "cloudpickle", "joblib", "jsonpickle"} & set(names)
                wrong += [f"{path.relative_to(ROOT)}:{node.lineno} imports {sorted(bad)}"] if bad else []
    assert wrong == []


def _dangers(call: ast.Call) -> list[str]:
    """Return what a call does that may run what it reads."""
    name = ast.unparse(call.func)
    given = {one.arg: ast.unparse(one.value) for one in call.keywords}
    found = []
    if name.startswith("pickle.") or name in ("eval", "exec", "yaml.load", "torch.jit.load", "torch.hub.load"):
        found.append(name)
    if name == "torch.load" and given.get("weights_only") != "True":
        found.append("torch.load without weights_only=True")
    if name in ("np.load", "numpy.load") and given.get("allow_pickle", "False") != "False":
        found.append("numpy.load with allow_pickle")
    if given.get("trust_remote_code", "False") != "False":
        found.append("trust_remote_code")
    return found
