"""The dataset's tables are joined as they lie there: in parts, in any order, under both of their endings."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import pytest

from core.errors import SourceError
from core.photos import Colour, Photo, Tag
from core.sources import Candidate, Skipped
from core.sources.dataset import TAGS_PER_PHOTO, DatasetSource, parts_of

PHOTOS = (
    "photo_id photo_url photo_image_url photo_submitted_at photo_featured photo_width photo_height photo_aspect_ratio "
    "photo_description photographer_username photographer_first_name photographer_last_name exif_camera_make "
    "exif_camera_model exif_iso exif_aperture_value exif_focal_length exif_exposure_time photo_location_name "
    "photo_location_latitude photo_location_longitude photo_location_country photo_location_city stats_views "
    "stats_downloads ai_description ai_primary_landmark_name ai_primary_landmark_latitude "
    "ai_primary_landmark_longitude ai_primary_landmark_confidence blur_hash"
).split()
KEYWORDS = ["photo_id", "keyword", "ai_service_1_confidence", "ai_service_2_confidence", "suggested_by_user"]
COLOURS = ["photo_id", "hex", "red", "green", "blue", "keyword", "ai_coverage", "ai_score"]


def write(path: Path, columns: list[str], *rows: dict[str, str]) -> None:
    lines = ["\t".join(columns), *("\t".join(row.get(column, "") for column in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_photos(folder: Path, *ids: str, part: str = "photos.tsv000") -> None:
    url = "https://images.unsplash.com/"
    rows = [{"photo_id": i, "photo_image_url": url + i, "photographer_username": "ana"} for i in ids]
    write(folder / part, PHOTOS, *rows)


def keyword(
    photo_id: str, word: str, first: str = "", second: str = "", by_user: str = "f", **more: str
) -> dict[str, str]:
    values = (photo_id, word, first, second, by_user)
    return {**dict(zip(KEYWORDS, values, strict=True)), **more}


def photos(folder: Path) -> list[Photo]:
    return [item.photo for item in DatasetSource(folder) if isinstance(item, Candidate)]


def test_parts_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write_photos(tmp_path, "c", part="photos.tsv010")
    write_photos(tmp_path, "b", part="photos.tsv002")
    write_photos(tmp_path, "a", part="photos.tsv000")
    assert [photo.id for photo in photos(tmp_path)] == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["photos.tsv000", "photos.csv000", "photos.tsv"])
def test_the_endings_of_all_releases_are_known(tmp_path: Path, name: str) -> None:
    write_photos(tmp_path, "a", part=name)
    assert [photo.id for photo in photos(tmp_path)] == ["a"]


def test_other_files_are_no_parts(tmp_path: Path) -> None:
    for name in ("photos.csv", "photos.tsv000.zip", "my-photos.tsv000"):
        (tmp_path / name).touch()
    assert parts_of(tmp_path, "photos") == []


def test_the_username_gives_the_profile(tmp_path: Path) -> None:
    write_photos(tmp_path, "a")
    assert photos(tmp_path)[0].photographer.profile_url == "https://unsplash.com/@ana"


def test_the_length_is_that_of_all_parts(tmp_path: Path) -> None:
    write_photos(tmp_path, "a", "b")
    write_photos(tmp_path, "c", part="photos.tsv001")
    assert len(DatasetSource(tmp_path)) == 3


def test_quoted_cells_may_hold_line_breaks(tmp_path: Path) -> None:
    row = {"photo_id": "a", "photo_image_url": "https://i/a", "photo_description": '"two\nlines ""here"""'}
    write(tmp_path / "photos.tsv000", PHOTOS, row)
    assert photos(tmp_path)[0].description == 'two lines "here"'


def test_keywords_become_tags_people_first_then_the_surest(tmp_path: Path) -> None:
    write_photos(tmp_path, "a")
    words = [
        keyword("a", "sea", "55.5", "60"),
        keyword("b", "car", "99"),
        keyword("a", "Sky", "", "91"),
        keyword("a", "holiday", by_user="t"),
    ]
    write(tmp_path / "keywords.tsv000", KEYWORDS, *words)
    assert photos(tmp_path)[0].tags == (Tag("holiday"), Tag("sky", confidence=0.91), Tag("sea", confidence=0.6))


def test_keywords_that_nobody_is_sure_of_are_left_out(tmp_path: Path) -> None:
    write_photos(tmp_path, "a")
    write(tmp_path / "keywords.tsv000", KEYWORDS, keyword("a", "sea", "39.9"), keyword("a", "sky"))
    assert photos(tmp_path)[0].tags == ()


def test_confidences_beyond_a_hundred_count_as_sure(tmp_path: Path) -> None:
    write_photos(tmp_path, "a")
    write(tmp_path / "keywords.tsv000", KEYWORDS, keyword("a", "sea", "", "345.2"))
    assert photos(tmp_path)[0].tags == (Tag("sea", confidence=1.0),)


@pytest.mark.parametrize("column", ["suggested_by_ai_service_3", "confirmed_by_ai_service_3"])
def test_the_third_service_of_newer_releases_counts(tmp_path: Path, column: str) -> None:
    write_photos(tmp_path, "a")
    write(tmp_path / "keywords.tsv000", [*KEYWORDS, column], keyword("a", "sea", **{column: "t"}))
    assert photos(tmp_path)[0].tags == (Tag("sea"),)


def test_a_photo_gets_only_its_best_keywords(tmp_path: Path) -> None:
    write_photos(tmp_path, "a")
    write(tmp_path / "keywords.tsv000", KEYWORDS, *(keyword("a", f"word{n}", str(50 + n / 10)) for n in range(60)))
    tags = photos(tmp_path)[0].tags
    assert (len(tags), tags[0].name) == (TAGS_PER_PHOTO, "word59")


@pytest.mark.parametrize("column", ["ai_coverage", "coverage"])
@pytest.mark.parametrize(("large", "small"), [("0.75", "0.25"), ("75", "25")])
def test_colours_come_as_shares_the_largest_first(tmp_path: Path, column: str, large: str, small: str) -> None:
    write_photos(tmp_path, "a")
    columns = [column if name == "ai_coverage" else name for name in COLOURS]
    rows = [{"photo_id": "a", "hex": "0A0B0C", column: small}, {"photo_id": "a", "hex": "FFEEDD", column: large}]
    write(tmp_path / "colors.tsv000", columns, *rows)
    assert photos(tmp_path)[0].colours == (Colour("#ffeedd", 0.75), Colour("#0a0b0c", 0.25))


def test_colours_that_are_none_are_left_out(tmp_path: Path) -> None:
    write_photos(tmp_path, "a")
    write(tmp_path / "colors.tsv000", COLOURS, {"photo_id": "a", "hex": "red", "ai_coverage": "0.5"})
    assert photos(tmp_path)[0].colours == ()


def test_a_row_cut_short_stops_nothing(tmp_path: Path) -> None:
    write_photos(tmp_path, "a")
    (tmp_path / "keywords.tsv000").write_text("\t".join(KEYWORDS) + "\na\tsea\na\tsky\t90\t\tf\n")
    assert [tag.name for tag in photos(tmp_path)[0].tags] == ["sky"]


def test_a_bad_record_is_named_with_its_part(tmp_path: Path) -> None:
    write_photos(tmp_path, "a", "")
    assert list(DatasetSource(tmp_path))[1] == Skipped("photos.tsv000, record 2", "It has no photo_id.")


def test_every_reading_gives_the_same(tmp_path: Path) -> None:
    write_photos(tmp_path, "a", "b")
    write(tmp_path / "keywords.tsv000", KEYWORDS, *(keyword("a", word, "90") for word in "zyx"))
    source = DatasetSource(tmp_path)
    assert list(source) == list(source)


def test_the_temporary_file_is_gone_after_reading_part_of_it(tmp_path: Path) -> None:
    write_photos(tmp_path, "a", "b")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    records = iter(DatasetSource(tmp_path, scratch=scratch))
    next(records)
    assert len(list(scratch.iterdir())) == 1
    records.close()  # type: ignore[attr-defined]  # it is a generator
    assert list(scratch.iterdir()) == []


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no photos\.tsv000"):
        DatasetSource(tmp_path)


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "photos.tsv000", ["id", "url"])
    with pytest.raises(SourceError, match="photo_id"):
        DatasetSource(tmp_path)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photos(tmp_path, "a")
    write(tmp_path / "keywords.tsv000", KEYWORDS, *(keyword("a", f"{n}" * 50, "90") for n in range(2000)))
    connect = sqlite3.connect

    def small(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.execute("PRAGMA max_page_count = 8")
        return connection  # type: ignore[no-any-return]

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(SourceError, match=tempfile.gettempdir()):
        list(DatasetSource(tmp_path))
