"""Tables come as people make them: many column names, delimiters and encodings, one way to read them."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.credits import credit_for
from core.errors import SourceError
from core.photos import Photo, Photographer, Tag
from core.sources import Candidate, Skipped
from core.sources.table import Rows, TableSource, candidate_from_url

SAMPLES = Path(__file__).parents[3] / "../shared/samples/photos.csv"


def table(tmp_path: Path, text: str | bytes, name: str = "photos.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def picture(path: Path, *, artist: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if artist:
        exif[0x13B] = artist
    Image.new("RGB", (16, 16)).save(path, exif=exif)
    return path


def read(tmp_path: Path, text: str | bytes, name: str = "photos.csv") -> list[Candidate | Skipped]:
    return list(TableSource(table(tmp_path, text, name)))


def only(tmp_path: Path, text: str | bytes, name: str = "photos.csv") -> Candidate:
    [item] = read(tmp_path, text, name)
    assert isinstance(item, Candidate)
    return item


@pytest.mark.skipif(not SAMPLES.is_file(), reason="the sample photos do not lie beside the checkout")
class TestSamples:
    def test_every_sample_photo_comes_in_with_its_file(self) -> None:
        items = list(TableSource(SAMPLES))
        assert (len(items), [item for item in items if isinstance(item, Skipped) or not item.file]) == (58, [])

    def test_every_sample_photo_has_its_photographer_and_licence(self) -> None:
        photos = [item.photo for item in TableSource(SAMPLES) if isinstance(item, Candidate)]
        assert all(photo.photographer.name and photo.licence and photo.page_url for photo in photos)

    def test_empty_titles_are_none(self) -> None:
        first = next(iter(TableSource(SAMPLES)))
        assert isinstance(first, Candidate) and first.photo.title is None

    def test_credits_name_unsplash_for_its_photos_and_the_licence_for_others(self) -> None:
        lines = [credit_for(item.photo).text for item in TableSource(SAMPLES) if isinstance(item, Candidate)]
        assert (lines[0], lines[-1]) == ("Photo by Ashim D’Silva on Unsplash", "Photo by vultilion, CC BY 2.0")


def test_a_record_with_a_file_becomes_a_photo(tmp_path: Path) -> None:
    file = picture(tmp_path / "My Boat.jpg")
    columns = "file,title,caption,author,profile_url,source_url,license,keywords,location,date,width,height"
    said = 'My Boat.jpg,Boat,At sea,Ana,https://a.example/,https://b.example/1,CC BY 4.0,"Sea; Sky",Porto'
    assert only(tmp_path, f"{columns}\n{said},2019-01-15,4000,3000\n") == Candidate(
        key=f"file:{file}",
        photo=Photo(
            id="my-boat",
            source="table",
            photographer=Photographer("Ana", None, "https://a.example/"),
            title="Boat",
            description="At sea",
            tags=(Tag("sea"), Tag("sky")),
            width=4000,
            height=3000,
            place="Porto",
            taken_at=datetime(2019, 1, 15, tzinfo=UTC),
            licence="CC-BY-4.0",
            page_url="https://b.example/1",
        ),
        file=file,
    )


@pytest.mark.parametrize("column", ["url", "image_url", "photo_image_url", "image", "file", "Image URL"])
def test_a_url_may_stand_in_any_column_of_locations(tmp_path: Path, column: str) -> None:
    found = only(tmp_path, f"{column}\nhttps://e.example/My%20Boat.jpg?w=3\n")
    assert (found.key, found.url, found.file, found.photo.id) == (
        found.url,
        "https://e.example/My%20Boat.jpg?w=3",
        None,
        "my-boat",
    )


@pytest.mark.parametrize("column", ["file", "path", "filename", "File Name", "image"])
def test_a_path_may_stand_in_any_column_of_locations(tmp_path: Path, column: str) -> None:
    file = picture(tmp_path / "a.jpg")
    assert only(tmp_path, f"{column}\na.jpg\n").file == file


def test_a_file_is_preferred_to_its_url(tmp_path: Path) -> None:
    file = picture(tmp_path / "a.jpg")
    found = only(tmp_path, "file,url\na.jpg,https://e.example/a.jpg\n")
    assert (found.file, found.url, found.photo.image_url) == (file, None, "https://e.example/a.jpg")


def test_a_url_stands_in_for_a_missing_file(tmp_path: Path) -> None:
    assert only(tmp_path, "file,url\ngone.jpg,https://e.example/a.jpg\n").url == "https://e.example/a.jpg"


def test_pictures_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    file = picture(tmp_path / "pictures/a.jpg")
    [item] = TableSource(table(tmp_path, "file\na.jpg\n"), images=tmp_path / "pictures")
    assert isinstance(item, Candidate) and item.file == file


def test_a_path_may_lead_out_of_the_folder(tmp_path: Path) -> None:
    file = picture(tmp_path / "a.jpg")
    (tmp_path / "tables").mkdir()
    [item] = TableSource(table(tmp_path / "tables", "file\n../a.jpg\n"))
    assert isinstance(item, Candidate) and item.key == f"file:{file}"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_in_file_names_are_found_however_they_are_stored(tmp_path: Path, form: str) -> None:
    file = picture(tmp_path / unicodedata.normalize("NFD" if form == "NFC" else "NFC", "café.jpg"))
    assert only(tmp_path, "file\n" + unicodedata.normalize(form, "café.jpg")).file == file  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["gone.jpg", "../gone.jpg", "x" * 300, "a\0b.jpg"])
def test_a_missing_file_is_skipped_with_its_reason(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"file\n{name}\n") == [Skipped("record 1", f"There is no file {name}.")]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").mkdir()
    assert read(tmp_path, "file\na.jpg\n") == [Skipped("record 1", "There is no file a.jpg.")]


@pytest.mark.parametrize("nothing", ["nan", '""'])
def test_a_record_without_a_picture_is_skipped(tmp_path: Path, nothing: str) -> None:
    assert read(tmp_path, f"title,file\nBoat,{nothing}\n") == [
        Skipped("record 1", "It names neither a file nor a URL.")
    ]


def test_an_id_column_is_kept(tmp_path: Path) -> None:
    assert only(tmp_path, "id,url\nA-1_b,https://e.example/x.jpg\n").photo.id == "A-1_b"


def test_an_id_that_nobody_can_type_becomes_a_slug(tmp_path: Path) -> None:
    assert only(tmp_path, "id,url\nMy Boat!,https://e.example/x.jpg\n").photo.id == "my-boat"


def test_names_in_two_columns_are_joined(tmp_path: Path) -> None:
    text = "url,photographer_first_name,photographer_last_name\nhttps://e.example/x.jpg,Ana,nan\n"
    assert only(tmp_path, text).photo.photographer.name == "Ana"


def test_what_the_file_says_fills_the_gaps(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", artist="Eva")
    assert only(tmp_path, "file,photographer\na.jpg,\n").photo.photographer.name == "Eva"


def test_what_the_table_says_wins_over_the_file(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", artist="Eva")
    assert only(tmp_path, "file,photographer\na.jpg,Ana\n").photo.photographer.name == "Ana"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(["url", "title"]) + "\n" + delimiter.join(["https://e.example/x.jpg", "Boat"])
    assert only(tmp_path, text).photo.title == "Boat"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    text = "url,photographer\r\nhttps://e.example/x.jpg,Pär Pärsson\r\n".encode(encoding)
    assert only(tmp_path, text).photo.photographer.name == "Pär Pärsson"


RECORDS = [{"URL": "https://e.example/1.jpg", "tags": ["Sea", "Sky"], "id": 7}, {"URL": "https://e.example/2.jpg"}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(RECORDS),
        json.dumps({"total": 2, "photos": RECORDS}),
        "\n".join(map(json.dumps, RECORDS)),
        "\ufeff" + json.dumps(RECORDS, indent=2),
    ],
    ids=["list", "list in an object", "lines", "with a byte order mark"],
)
def test_json_in_its_usual_shapes(tmp_path: Path, text: str) -> None:
    items = read(tmp_path, text, "photos.json")
    assert [item.photo.id for item in items if isinstance(item, Candidate)] == ["7", "2"]


def test_json_lists_become_tags(tmp_path: Path) -> None:
    first = read(tmp_path, json.dumps(RECORDS), "photos.json")[0]
    assert isinstance(first, Candidate) and first.photo.tags == (Tag("sea"), Tag("sky"))


def test_a_broken_json_line_is_skipped(tmp_path: Path) -> None:
    text = '{"url": "https://e.example/1.jpg"}\n{"url": \n{"url": "https://e.example/3.jpg"}'
    assert read(tmp_path, text, "photos.jsonl")[1] == Skipped("record 2", "It is not a record with named fields.")


@pytest.mark.parametrize("text", ["", " \n", "[]", "[{", '{"a": ' * 100_000])
def test_a_file_without_records_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        TableSource(table(tmp_path, text, "photos.json"))


def test_a_table_without_locations_is_refused_with_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"needs one named file, path, filename.*it has id, title"):
        TableSource(table(tmp_path, "id,title\n1,a\n"))


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be read"):
        TableSource(tmp_path / "gone.csv")


def test_a_cell_that_is_too_long_costs_only_its_record(tmp_path: Path) -> None:
    text = f"url\nhttps://e.example/1.jpg\n{'x' * 200_000}\nhttps://e.example/3.jpg\n"
    assert [type(item) for item in read(tmp_path, text)] == [Candidate, Skipped, Candidate]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_first_column_without_a_name_shifts_nothing(tmp_path: Path, delimiter: str) -> None:
    rows = [["", "url", "title"], ["0", "https://e.example/1.jpg", "Boat"]]
    assert only(tmp_path, "\n".join(map(delimiter.join, rows))).photo.title == "Boat"


def test_json_records_may_differ_in_their_fields(tmp_path: Path) -> None:
    records = [{"title": "Boat"}, {"url": "https://e.example/2.jpg"}]
    assert [type(item) for item in read(tmp_path, json.dumps(records), "photos.json")] == [Skipped, Candidate]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    assert len(read(tmp_path, "\nurl\n\nhttps://e.example/1.jpg\n\n")) == 1


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_length_does_not_depend_on_the_last_line_break(tmp_path: Path, end: str) -> None:
    assert len(Rows(table(tmp_path, f"url\r\na\r\nb{end}"))) == 2


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_every_cell_is_read_back(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("file", "title"), *cells])
    rows = [item[1] for item in Rows(table(tmp_path, text.getvalue())) if not isinstance(item, Skipped)]
    assert [(row["file"], row["title"]) for row in rows] == cells


def test_a_photo_at_a_url() -> None:
    assert candidate_from_url("https://e.example/My%20Boat.jpg?sig=1") == Candidate(
        key="https://e.example/My%20Boat.jpg?sig=1",
        photo=Photo("my-boat", "upload", image_url="https://e.example/My%20Boat.jpg?sig=1"),
        url="https://e.example/My%20Boat.jpg?sig=1",
    )


@pytest.mark.parametrize("url", ["javascript:x", "https://", "https://a b/c.jpg"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="https://"):
        candidate_from_url(url)
