"""Unsplash's metadata comes in whole, with the faults that it is known for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.credits import credit_for
from core.errors import SourceError
from core.photos import Photo, Photographer, Tag
from core.sources import Candidate, Skipped
from core.sources.unsplash import UnsplashSource

SHARED = Path(__file__).parents[3] / "../shared/unsplash"
METADATA = SHARED / "unsplash-metadata.json"
needs_shared = pytest.mark.skipif(
    not METADATA.is_file(), reason="the notebooks' metadata does not lie beside the checkout"
)


def record(**fields: object) -> dict[str, object]:
    return {"photo_id": "abc-DEF_123", "photo_image_url": "https://images.unsplash.com/photo-1", **fields}


def source(tmp_path: Path, *records: object, **options: Path) -> UnsplashSource:
    path = tmp_path / "metadata.json"
    path.write_text("\ufeff" + json.dumps(records), encoding="utf-8")
    return UnsplashSource(path, **options)


def only_photo(tmp_path: Path, **fields: object) -> Photo:
    [item] = source(tmp_path, record(**fields))
    assert isinstance(item, Candidate)
    return item.photo


def pictures(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"x")
    return folder


def found_file(tmp_path: Path, photo_id: str, *names: str) -> str | None:
    [item] = source(tmp_path, record(photo_id=photo_id), images=pictures(tmp_path, *names))
    assert isinstance(item, Candidate)
    return item.file.name if item.file else None


@pytest.fixture(scope="module")
def shared() -> list[Candidate | Skipped]:
    return list(UnsplashSource(METADATA, images=SHARED / "photos"))


@needs_shared
def test_every_record_of_the_notebooks_comes_in(shared: list[Candidate | Skipped]) -> None:
    assert sum(isinstance(item, Candidate) for item in shared) == 1000


@needs_shared
def test_the_empty_last_record_is_skipped_with_its_reason(shared: list[Candidate | Skipped]) -> None:
    assert [item for item in shared if isinstance(item, Skipped)] == [Skipped("record 1001", "It has no photo_id.")]


@needs_shared
def test_the_sixty_records_without_a_last_name_are_credited_by_the_first(shared: list[Candidate | Skipped]) -> None:
    records = json.loads(METADATA.read_text(encoding="utf-8-sig"))
    first_names = {
        r["photo_id"]: r["photographer_first_name"] for r in records if r.get("photographer_last_name") == ""
    }
    names = {item.photo.id: item.photo.photographer.name for item in shared if isinstance(item, Candidate)}
    wrong = [names[photo_id] for photo_id, first in first_names.items() if names[photo_id] != " ".join(first.split())]
    assert (len(first_names), wrong) == (60, [])


@needs_shared
def test_no_credit_of_the_notebooks_photos_says_nan(shared: list[Candidate | Skipped]) -> None:
    lines = [credit_for(item.photo).text for item in shared if isinstance(item, Candidate)]
    assert (len(lines), [line for line in lines if re.search(r"(?i)\bnan on unsplash$", line)]) == (1000, [])


@needs_shared
def test_chuttersnap_is_credited_as_such(shared: list[Candidate | Skipped]) -> None:
    photos = [item.photo for item in shared if isinstance(item, Candidate)]
    lines = {credit_for(photo).text for photo in photos if "CHUTTERSNAP" in (photo.photographer.name or "")}
    assert lines == {"Photo by CHUTTERSNAP on Unsplash"}


@needs_shared
def test_all_five_pictures_are_found(shared: list[Candidate | Skipped]) -> None:
    assert sum(item.file is not None for item in shared if isinstance(item, Candidate)) == 5


@needs_shared
def test_json_and_tsv_say_the_same(shared: list[Candidate | Skipped]) -> None:
    table = UnsplashSource(SHARED / "unsplash-custom-metadata.tsv")
    assert [i.photo for i in table if isinstance(i, Candidate)] == [i.photo for i in shared if isinstance(i, Candidate)]


@needs_shared
def test_the_length_counts_every_record() -> None:
    assert [len(UnsplashSource(SHARED / name)) for name in (METADATA.name, "unsplash-custom-metadata.tsv")] == [
        1001,
        1000,
    ]


def test_a_record_becomes_a_photo(tmp_path: Path) -> None:
    photo = only_photo(
        tmp_path,
        photo_url="https://unsplash.com/photos/abc-DEF_123",
        photo_width="4273",
        photo_height="2392",
        photo_description="Sunset",
        photographer_first_name="SÃ©rgio",
        photographer_last_name="Rola",
    )
    assert photo == Photo(
        id="abc-DEF_123",
        source="unsplash",
        photographer=Photographer("Sérgio Rola"),
        description="Sunset",
        width=4273,
        height=2392,
        page_url="https://unsplash.com/photos/abc-DEF_123",
        image_url="https://images.unsplash.com/photo-1",
        download_url="https://api.unsplash.com/photos/abc-DEF_123/download",
    )


def test_the_key_is_stable(tmp_path: Path) -> None:
    [item] = source(tmp_path, record())
    assert isinstance(item, Candidate) and item.key == "unsplash:abc-DEF_123"


@pytest.mark.parametrize("missing", ["", "nan", float("nan"), None])
def test_a_missing_last_name_is_left_out(tmp_path: Path, missing: object) -> None:
    photo = only_photo(tmp_path, photographer_first_name="CHUTTERSNAP", photographer_last_name=missing)
    assert photo.photographer.name == "CHUTTERSNAP"


def test_a_known_username_gives_the_profile(tmp_path: Path) -> None:
    photo = only_photo(tmp_path, photographer_username="chuttersnap")
    assert photo.photographer.profile_url == "https://unsplash.com/@chuttersnap"


def test_a_missing_page_is_made_from_the_id(tmp_path: Path) -> None:
    assert only_photo(tmp_path).page_url == "https://unsplash.com/photos/abc-DEF_123"


def test_the_machines_description_fills_in(tmp_path: Path) -> None:
    assert only_photo(tmp_path, photo_description="", ai_description="a boat").description == "a boat"


@pytest.mark.parametrize(
    ("name", "city", "country", "place"),
    [
        ("Porto", "", "Portugal", "Porto, Portugal"),
        ("Porto, Portugal", "Porto", "Portugal", "Porto, Portugal"),
        ("", "Porto", "", "Porto"),
    ],
)
def test_places_name_their_country_once(tmp_path: Path, name: str, city: str, country: str, place: str) -> None:
    photo = only_photo(tmp_path, photo_location_name=name, photo_location_city=city, photo_location_country=country)
    assert photo.place == place


def test_a_landmark_becomes_a_tag(tmp_path: Path) -> None:
    photo = only_photo(tmp_path, ai_primary_landmark_name="Eiffel Tower", ai_primary_landmark_confidence="62.5")
    assert photo.tags == (Tag("eiffel tower", "source", 0.625),)


@pytest.mark.parametrize(
    ("photo_id", "name"),
    [
        ("abc", "abc.jpg"),
        ("_3FAzLYaj_4", "3FAzLYaj_4.jpg"),
        ("-hI5dX2ObAs", "hI5dX2ObAs.png"),
        ("__U6tHlaapI", "__U6tHlaapI.jpg"),
    ],
)
def test_pictures_are_found_by_id_also_without_its_leading_sign(tmp_path: Path, photo_id: str, name: str) -> None:
    assert found_file(tmp_path, photo_id, name) == name


def test_a_picture_with_the_whole_id_is_preferred(tmp_path: Path) -> None:
    assert found_file(tmp_path, "_abc", "abc.jpg", "_abc.jpg") == "_abc.jpg"


def test_a_record_without_a_picture_keeps_its_url(tmp_path: Path) -> None:
    [item] = source(tmp_path, record(), images=pictures(tmp_path))
    assert isinstance(item, Candidate) and (item.file, item.url) == (None, "https://images.unsplash.com/photo-1")


@pytest.mark.parametrize("bad", ["../../etc/passwd", "a b", "é"])
def test_an_id_that_is_none_is_skipped(tmp_path: Path, bad: str) -> None:
    [item] = source(tmp_path, record(photo_id=bad))
    assert item == Skipped("record 1", f"Its photo_id {bad!r} is no id.")


def test_a_record_that_is_no_object_is_skipped(tmp_path: Path) -> None:
    items = list(source(tmp_path, record(), "text"))
    assert items[1] == Skipped("record 2", "It is not a record with named fields.")


def test_other_fields_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"needs the fields photo_id, photo_image_url.*it has colour"):
        source(tmp_path, {"colour": "red"})


def test_a_missing_folder_of_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no folder"):
        source(tmp_path, record(), images=tmp_path / "gone")
