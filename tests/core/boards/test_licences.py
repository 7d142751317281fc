"""What is said of licences that don't go together, or need care."""

from __future__ import annotations

import pytest

from core.boards.licences import conflicts, licence_of
from core.photos import Photo, Photographer


def photo(licence: str | None, *, name: str | None = "Ann", source: str = "table") -> Photo:
    return Photo("p", source, Photographer(name), licence=licence)


def said(*licences: str | None, commercial: bool | None = None) -> list[str]:
    return [str(message) for message in conflicts([photo(one) for one in licences], commercial=commercial)]


def test_photos_that_go_together_need_no_word() -> None:
    assert said("CC-BY-4.0", "CC0-1.0", "PDM-1.0", "unsplash", "CC-BY-2.0") == []


def test_a_photo_on_unsplash_has_its_licence_without_saying_so() -> None:
    assert conflicts([photo(None, source="unsplash")]) == ()


def test_photos_that_are_not_for_clients_are_named() -> None:
    assert said("CC-BY-NC-4.0", "CC-BY-4.0", "CC-BY-NC-4.0") == [
        "Photos 1, 3 may not be used commercially (CC BY-NC 4.0). Ask their photographers before a client uses them."
    ]


def test_each_licence_has_its_own_sentence() -> None:
    assert [text.partition(" may")[0] for text in said("CC-BY-NC-4.0", "CC-BY-NC-2.0")] == ["Photo 1", "Photo 2"]


def test_what_is_not_commercial_may_use_them() -> None:
    assert said("CC-BY-NC-4.0", commercial=False) == []


def test_photos_that_must_stay_as_they_are_are_named() -> None:
    (text,) = said("CC-BY-4.0", "CC-BY-ND-4.0")
    assert text.startswith("Photo 2 may be passed on only unchanged (CC BY-ND 4.0)")


def test_share_alike_beside_others_is_named() -> None:
    (text,) = said("CC-BY-SA-4.0", "CC-BY-4.0")
    assert "made from photo 1 must be shared under the same licence (CC BY-SA 4.0)" in text


def test_share_alike_alone_needs_no_word() -> None:
    assert said("CC-BY-SA-4.0", "CC-BY-SA-4.0") == []


def test_share_alike_of_different_terms_has_no_common_licence() -> None:
    text = said("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", commercial=False)[0]
    assert text.startswith("Photos 1, 2 each ask") and "CC BY-SA 4.0, CC BY-NC-SA 4.0" in text


@pytest.mark.parametrize(("older", "agree"), [("CC-BY-SA-1.0", False), ("CC-BY-SA-3.0", True)])
def test_only_the_first_version_of_share_alike_leads_to_no_later_one(older: str, agree: bool) -> None:
    assert ("each ask" not in said(older, "CC-BY-SA-4.0")[0]) is agree


def test_share_alike_and_not_commercial_can_not_be_one_picture() -> None:
    texts = said("CC-BY-SA-4.0", "CC-BY-NC-4.0", commercial=False)
    assert texts == [
        "What is made from photo 1 must be free for commercial use too, which the terms of photo 2 forbid. "
        "Check before they go into one picture."
    ]


def test_editorial_photos_are_named() -> None:
    assert said("Editorial use only") == [
        "Photo 1 is for editorial use (Editorial use only). Check before it is used in advertising."
    ]


def test_terms_that_are_not_known_are_to_be_checked() -> None:
    assert said("House terms") == ["Photo 1 has terms of its own (House terms). Check them before it is used."]


def test_a_licence_that_is_a_link_is_named_by_it() -> None:
    assert "(https://example.org/terms)" in said("https://example.org/terms")[0]


def test_a_licence_that_nobody_knows_is_to_be_found_out() -> None:
    assert said(None) == ["Nobody knows the licence of photo 1. Check with its photographer before it is used."]


def test_a_photographer_whom_nobody_knows_is_to_be_found_out() -> None:
    (message,) = conflicts([photo("CC0-1.0"), photo("CC0-1.0", name=None)])
    assert str(message) == "Nobody knows who took photo 2. Find out before it is published."


def test_a_licence_that_is_written_out_is_known_by_its_terms() -> None:
    licence = licence_of(photo("Creative Commons BY-NC 4.0"))
    assert licence is not None and licence.has("nc") and licence.name == "CC BY-NC 4.0"
