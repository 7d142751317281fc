"""The command line: what it prints, what scripts read, and how it ends."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.cli import FOUND, NOTHING, WRONG_USE, main
from bot.store.state import State
from tests.core.encoders.tiny_openclip import build

ROOT = Path(__file__).parents[2]
FIELDS = ["rank", "id", "path", "title", "score", "match", "credit", "tags", "width", "height"]
TABLE = """file,title,photographer,tags,license
red-barn.jpg,Old barn,Ana Núñez,farm;quiet,CC0-1.0
blue-lake.jpg,Quiet lake,Ben Okri,water;quiet,CC-BY-4.0
green-hill.jpg,,,,
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs one command on a library in a folder of its own: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODACLIP_IMPORT_AUTO_TAGS", "0")
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        try:
            status = main(["--library", str(tmp_path / "library"), *map(str, arguments)])
        except SystemExit as ended:  # argparse
            status = int(ended.code or 0)
        out, err = capfd.readouterr()
        return status, out, err

    return command


@pytest.fixture
def filled(run: Run, tmp_path: Path, photos: Path) -> Run:
    (photos / "photos.csv").write_text(TABLE, encoding="utf-8")
    assert run("init", "--model", build(tmp_path / "model"))[0] == FOUND
    status, out, _ = run("import", photos / "photos.csv")
    assert status == FOUND, out
    return run


def records(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_import_says_what_came_in(run: Run, tmp_path: Path, photos: Path) -> None:
    run("init", "--model", build(tmp_path / "model"))
    (photos / "broken.jpg").write_bytes(b"no photo")
    status, out, _ = run("import", photos)
    assert status == FOUND
    assert "8 added, 1 skipped" in out
    assert "broken.jpg: This is not a picture" in out
    assert "The library holds 8 photos." in out


def test_json_has_one_object_a_line_with_the_agreed_fields(filled: Run) -> None:
    status, out, _ = filled("find", "tag:quiet", "--json")
    hits = records(out)
    assert status in (FOUND, NOTHING)
    assert [list(hit) for hit in hits] == [FIELDS, FIELDS]
    assert sorted(hit["rank"] for hit in hits) == [1, 2]
    assert all(list(hit["credit"]) == ["name", "url", "text", "html"] for hit in hits)  # type: ignore[call-overload]


def test_filters_alone_are_a_strong_match(filled: Run) -> None:
    status, out, _ = filled("find", 'by:"ana nunez"', "--json")
    (hit,) = records(out)
    assert status == FOUND
    assert (hit["id"], hit["match"], hit["tags"]) == ("red-barn", "strong", ["farm", "quiet"])
    assert hit["credit"]["text"] == "Photo by Ana Núñez, CC0 1.0"  # type: ignore[index]


def test_nothing_found_ends_with_one(filled: Run) -> None:
    status, out, _ = filled("find", "by:nobody")
    assert (status, out.strip()) == (NOTHING, "Nothing found.")


def test_a_mistake_in_a_query_ends_with_two_and_a_suggestion(filled: Run) -> None:
    status, out, err = filled("find", "lake colr:red")
    assert (status, out) == (WRONG_USE, "")
    assert "color:" in err
    assert "Did you mean: lake color:red" in err


def test_a_query_may_begin_with_a_minus(filled: Run) -> None:
    _, out, _ = filled("find", "-tag:water", "--json")
    assert {hit["id"] for hit in records(out)} == {"red-barn", "green-hill"}


def test_words_need_no_quotes_of_the_shell(filled: Run) -> None:
    _, out, _ = filled("find", "old", "barn", "--json", "--limit", "1")
    assert records(out)[0]["id"] == "red-barn"


def test_the_whole_library_may_be_ranked(filled: Run) -> None:
    _, out, _ = filled("find", "lake", "--limit", "1000", "--json")
    assert len(records(out)) == 3


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_senseless_limit_is_wrong_use(filled: Run, limit: str) -> None:
    assert filled("find", "lake", "--limit", limit)[0] == WRONG_USE


def test_a_contact_sheet_is_a_picture(filled: Run, tmp_path: Path) -> None:
    filled("find", "lake", "--sheet", tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
        assert min(sheet.size) > 200


def test_similar_takes_an_id_or_a_file(filled: Run, photos: Path) -> None:
    _, by_id, _ = filled("similar", "red-barn", "--json")
    assert "red-barn" not in {hit["id"] for hit in records(by_id)}
    _, by_file, _ = filled("similar", photos / "red-barn.jpg", "--json")
    assert records(by_file)[0]["id"] == "red-barn"


def test_an_unknown_photo_is_answered_with_near_ids(filled: Run) -> None:
    status, _, err = filled("similar", "red-bran")
    assert status == WRONG_USE
    assert "red-barn" in err


def test_a_reference_photo_that_is_no_photo_is_explained(filled: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("words")
    status, _, err = filled("find", "lake", "--image", tmp_path / "notes.txt")
    assert status == WRONG_USE
    assert "not a picture" in err


def test_tags_are_listed_with_their_counts(filled: Run) -> None:
    status, out, _ = filled("tags", "qu")
    assert status == FOUND
    assert out.split() == ["2", "quiet"]
    assert filled("tags", "zebra")[0] == NOTHING


def test_a_photo_shows_all_that_is_known(filled: Run) -> None:
    _, out, _ = filled("photo", "blue-lake")
    for part in ("Quiet lake", "Photo by Ben Okri, CC BY 4.0", "water (source)", "64 x 96, portrait"):
        assert part in out


def test_credits_are_printed_in_the_order_asked_for(filled: Run) -> None:
    status, out, _ = filled("credit", "blue-lake", "red-barn")
    assert status == FOUND
    assert out.index("Ben Okri") < out.index("Ana Núñez")


def test_stats_name_the_encoder(filled: Run) -> None:
    _, out, _ = filled("stats")
    assert "photos: 3" in out
    assert "encoder: tiny-plain" in out


def test_a_sound_library_is_said_to_be_sound(filled: Run) -> None:
    assert filled("check")[1].strip() == "The library is sound."


def test_check_finds_and_repair_mends(filled: Run, photos: Path, tmp_path: Path) -> None:
    (photos / "green-hill.jpg").unlink()
    next((tmp_path / "library" / "thumbs").glob("*/*.jpg")).unlink()
    status, out, _ = filled("check")
    assert status == NOTHING
    assert "1 photos whose file is gone" in out
    assert filled("check", "--repair")[0] == FOUND
    assert filled("check")[1].strip() == "The library is sound."


def test_eval_scores_labelled_folders(filled: Run, photos: Path) -> None:
    status, out, _ = filled("eval", photos, "--json")
    (figures,) = records(out)
    assert status == FOUND
    assert figures["photos"] == 8
    assert 0 < figures["mAP"] <= 1  # type: ignore[operator]


def test_eval_scores_a_caption_file(filled: Run, photos: Path, tmp_path: Path) -> None:
    captions = photos / "captions.tsv"
    captions.write_text("red-barn.jpg\ta barn\nblue-lake.jpg\ta lake\nblue-lake.jpg\twater\n")
    (figures,) = records(filled("eval", captions, "--json")[1])
    assert (figures["photos"], figures["queries"]) == (2, 3)
    assert figures["R@10"] == 1.0


def test_a_library_that_is_not_there_is_explained(run: Run) -> None:
    status, _, err = run("find", "lake")
    assert status == WRONG_USE
    assert "init" in err


def test_a_second_init_is_refused(filled: Run) -> None:
    status, _, err = filled("init", "--model", "starter")
    assert status == WRONG_USE
    assert "already" in err


def test_a_source_that_is_not_there_is_explained(filled: Run) -> None:
    status, _, err = filled("import", "/no/such/folder")
    assert status == WRONG_USE
    assert "nothing at /no/such/folder" in err


def test_another_model_in_the_settings_is_refused(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODACLIP_ENCODER_MODEL", "starter")
    status, _, err = filled("find", "lake")
    assert status == WRONG_USE
    assert "modaclip reembed --model starter" in err


def test_a_wrong_setting_is_explained(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODACLIP_SEARCH_LIMIT", "many")
    status, _, err = run("stats")
    assert status == WRONG_USE
    assert "search.limit" in err


def test_doctor_says_what_is_there_and_what_to_do(filled: Run) -> None:
    status, out, _ = filled("doctor")
    assert status == FOUND
    assert "encoder starter" in out
    assert "ViT-B-32/laion2b_s34b_b79k" in out


def test_help_comes_without_loading_any_model() -> None:
    script = "import sys; from bot.cli import build_parser; build_parser(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)  # noqa: S603


def test_doctor_looks_at_the_chats_that_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODACLIP_DISCORD_TOKEN", "MODACLIP_SLACK_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    status, out, _ = run("doctor", "--slack", "--discord")
    assert status == FOUND and "Slack: no bot token" in out and "Discord token" in out and "encoder" not in out


def test_forget_shows_what_is_kept_and_forgets_it_only_when_that_is_meant(filled: Run, tmp_path: Path) -> None:
    async def keep() -> None:
        async with State.open(tmp_path / "modaclip-data" / "state.db") as state:
            await state.keep("discord:1", "discord:2", {"query": "sunset"})

    asyncio.run(keep())
    assert filled("forget", "discord:3")[:2] == (NOTHING, "Nothing is kept about discord:3.\n")
    for _ in range(2):
        status, out, _ = filled("forget", "discord:2")
        assert status == FOUND and "1 searches" in out and "--yes" in out
    assert "is forgotten" in filled("forget", "discord:2", "--yes")[1]
    assert filled("forget", "discord:2")[0] == NOTHING
