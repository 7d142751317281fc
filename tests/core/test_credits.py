"""What every credit must say, and what no name or URL can make it say."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.credits import UNKNOWN, credit_for, escape_markdown, export_credits, licence_name, on_unsplash
from core.photos import Photo, Photographer

PAGE = "https://unsplash.com/photos/wud-eV6Vpwo"
REFERRAL = "utm_source=modaclip&utm_medium=referral"


def unsplash_photo(name: str | None = "Ana", **facts: object) -> Photo:
    profile = facts.pop("profile_url", None)
    return Photo("wud-eV6Vpwo", "unsplash", Photographer(name, None, profile), **{"page_url": PAGE, **facts})  # type: ignore[arg-type]


def other_photo(name: str | None = "Ana", **facts: object) -> Photo:
    profile = facts.pop("profile_url", None)
    return Photo("boat", "table", Photographer(name, None, profile), **facts)  # type: ignore[arg-type]


class Links(HTMLParser):
    """Collects the links and the shown text of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.shown = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_unsplash_credit_says_what_unsplash_asks() -> None:
    assert credit_for(unsplash_photo()).text == "Photo by Ana on Unsplash"


def test_unsplash_credit_links_the_profile_when_it_is_known() -> None:
    credit = credit_for(unsplash_photo(profile_url="https://unsplash.com/@ana"))
    assert credit.url == f"https://unsplash.com/@ana?{REFERRAL}"


def test_unsplash_credit_links_the_photo_when_the_profile_is_unknown() -> None:
    assert credit_for(unsplash_photo()).url == f"{PAGE}?{REFERRAL}"


def test_unsplash_credit_never_links_the_home_page_for_the_photographer() -> None:
    credit = credit_for(unsplash_photo(profile_url="https://unsplash.com/"))
    assert credit.url == f"{PAGE}?{REFERRAL}"


def test_unsplash_profile_is_made_from_the_username() -> None:
    photo = Photo("x", "unsplash", Photographer("Ana", "ana b"))
    assert credit_for(photo).url == f"https://unsplash.com/@ana%20b?{REFERRAL}"


def test_unsplash_credit_links_unsplash_in_html() -> None:
    assert Links(credit_for(unsplash_photo()).html).links == [f"{PAGE}?{REFERRAL}", f"https://unsplash.com/?{REFERRAL}"]


def test_unsplash_credit_in_markdown() -> None:
    markdown = credit_for(unsplash_photo()).markdown
    assert markdown == f"Photo by [Ana]({PAGE}?{REFERRAL}) on [Unsplash](https://unsplash.com/?{REFERRAL})"


def test_app_name_stands_in_every_link() -> None:
    credit = credit_for(unsplash_photo(), app_name="our app")
    assert credit.html.count("utm_source=our+app") == 2


def test_referral_joins_a_query_that_is_there() -> None:
    url = credit_for(unsplash_photo(page_url=f"{PAGE}?w=80&utm_source=old&q=a+b#top")).url or ""
    assert parse_qsl(urlsplit(url).query) == [
        ("w", "80"),
        ("q", "a b"),
        ("utm_source", "modaclip"),
        ("utm_medium", "referral"),
    ]


def test_referral_keeps_the_fragment() -> None:
    assert (credit_for(unsplash_photo(page_url=f"{PAGE}#top")).url or "").endswith("#top")


@pytest.mark.parametrize("field", ["page_url", "image_url"])
def test_photos_of_a_table_that_lie_on_unsplash_are_unsplash_photos(field: str) -> None:
    url = {"page_url": PAGE, "image_url": "https://images.unsplash.com/photo-1"}[field]
    assert credit_for(other_photo(**{field: url})).text == "Photo by Ana on Unsplash"


@pytest.mark.parametrize(
    "url", ["https://unsplash.com.evil.example/x", "https://notunsplash.com/x", "https://a@b/unsplash.com"]
)
def test_a_site_that_only_looks_like_unsplash_is_not(url: str) -> None:
    assert not on_unsplash(other_photo(page_url=url))


def test_unknown_photographer_is_said_plainly() -> None:
    credit = credit_for(other_photo(None))
    assert (credit.name, credit.text) == (UNKNOWN, "Photographer unknown")


def test_unknown_photographer_on_unsplash_still_links_the_photo() -> None:
    credit = credit_for(unsplash_photo(None))
    assert (credit.text, credit.url) == ("Photographer unknown, on Unsplash", f"{PAGE}?{REFERRAL}")


def test_username_stands_in_for_a_missing_name() -> None:
    assert credit_for(Photo("x", "unsplash", Photographer(None, "ana"))).text == "Photo by ana on Unsplash"


def test_other_credit_names_its_licence_in_words() -> None:
    assert credit_for(other_photo(licence="CC-BY-SA-4.0")).text == "Photo by Ana, CC BY-SA 4.0"


def test_other_credit_links_the_licence_deed() -> None:
    markdown = credit_for(other_photo(licence="CC0-1.0", page_url="https://example.org/boat")).markdown
    deed = "https://creativecommons.org/publicdomain/zero/1.0/"
    assert markdown == f"Photo by [Ana](https://example.org/boat), [CC0 1.0]({deed})"


def test_other_credit_prefers_the_profile_to_the_page() -> None:
    credit = credit_for(other_photo(profile_url="https://ana.example/", page_url="https://example.org/boat"))
    assert credit.url == "https://ana.example/"


@pytest.mark.parametrize(
    ("licence", "name", "deed"),
    [
        ("CC0-1.0", "CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC-BY-4.0", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc-by-nc-nd-2.0", "CC BY-NC-ND 2.0", "https://creativecommons.org/licenses/by-nc-nd/2.0/"),
        ("CC-BY-SA-3.0-DE", "CC BY-SA 3.0 DE", "https://creativecommons.org/licenses/by-sa/3.0/de/"),
        ("PDM-1.0", "Public Domain Mark 1.0", "https://creativecommons.org/publicdomain/mark/1.0/"),
        ("Unsplash", "Unsplash License", "https://unsplash.com/license"),
        ("Ask the museum", "Ask the museum", None),
        ("https://example.org/terms", "licence", "https://example.org/terms"),
    ],
)
def test_licences_are_written_as_people_write_them(licence: str, name: str, deed: str | None) -> None:
    assert licence_name(licence) == (name, deed)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "data:text/html,x",
        "//example.org/x",
        "https://user:pass@example.org/",
        "https://exa mple.org/",
        "https://example.org/\nx",
        "https://[broken/",
    ],
)
def test_unsafe_urls_are_never_linked(url: str) -> None:
    assert credit_for(other_photo(page_url=url, profile_url=url)).url is None


def test_html_in_a_name_is_shown_not_obeyed() -> None:
    page = Links(credit_for(other_photo("<script>x</script> & Co", page_url="https://e.example/?a=1&b='\"")).html)
    assert (page.tags, page.shown) == (["a"], "Photo by <script>x</script> & Co")


def test_a_name_cannot_end_its_markdown_link() -> None:
    markdown = credit_for(other_photo("A](https://evil.example) [B", page_url="https://good.example/")).markdown
    assert re.findall(r"(?<!\\)\]\(", markdown) == ["]("]


def test_parentheses_in_a_url_cannot_end_its_markdown_link() -> None:
    assert credit_for(other_photo(page_url="https://e.example/a_(b)")).markdown.endswith(
        "(https://e.example/a_%28b%29)"
    )


@pytest.mark.parametrize("name", ["@everyone", "@here", "<@123456>", "<@&99>", "<#1>", "a @b"])
def test_a_name_mentions_nobody_in_markdown(name: str) -> None:
    markdown = credit_for(other_photo(name)).markdown
    assert not re.search(r"@(?!\u200b)|(?<!\\)<", markdown)


@pytest.mark.parametrize("name", ["see https://evil.example", "www.evil.example"])
def test_a_name_makes_no_link_by_itself(name: str) -> None:
    markdown = credit_for(other_photo(name)).markdown
    assert "://" not in markdown and "www." not in markdown


@pytest.mark.parametrize("name", ["*b*", "_i_", "`c`", "~~s~~", "||spoiler||", "a\\", "![x](y)"])
def test_a_name_formats_nothing_in_markdown(name: str) -> None:
    assert re.sub(r"\\(.)", "", escape_markdown(name)).isalnum()


@given(st.text(max_size=40))
def test_escaped_markdown_gives_back_the_name(name: str) -> None:
    shown = re.sub(r"\\([^\w\s]|_)", r"\1", escape_markdown(name.replace("\u200b", "")))
    assert shown.replace("\u200b", "") == name.replace("\u200b", "")


@given(st.text(max_size=40))
def test_any_name_stands_in_html_as_it_is(name: str) -> None:
    photo = other_photo(name.replace("\0", ""))
    assert Links(credit_for(photo).html).shown == credit_for(photo).text


def test_a_name_stays_on_one_line() -> None:
    assert credit_for(other_photo("Ana\n\n# Heading")).text == "Photo by Ana # Heading"


BOARD = [unsplash_photo(), other_photo("Bo", title="Boats, <3", licence="CC-BY-4.0", page_url="https://e.example/b")]


def test_markdown_export_has_a_line_a_photo() -> None:
    lines = export_credits(BOARD, "markdown").splitlines()
    assert [line.split(":")[0] for line in lines] == ["- wud-eV6Vpwo", r"- Boats, \<3 \(boat\)"]


def test_html_export_is_a_page_with_every_link() -> None:
    assert len(Links(export_credits(BOARD, "html")).links) == 4


def test_text_export_writes_the_links_out() -> None:
    assert export_credits(BOARD, "text").splitlines()[0] == f"wud-eV6Vpwo: Photo by Ana on Unsplash {PAGE}?{REFERRAL}"


def test_csv_export_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(export_credits(BOARD, "csv"))))
    assert rows[1] == {
        "id": "boat",
        "title": "Boats, <3",
        "photographer": "Bo",
        "credit": "Photo by Bo, CC BY 4.0",
        "credit_url": "https://e.example/b",
        "licence": "CC-BY-4.0",
        "page_url": "https://e.example/b",
    }


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_csv_export_holds_no_formula(name: str) -> None:
    row = next(csv.DictReader(io.StringIO(export_credits([other_photo(name)], "csv"))))
    assert row["photographer"].startswith("'")


def test_exports_name_the_app() -> None:
    assert "utm_source=ours" in export_credits(BOARD, "text", app_name="ours")


def test_an_empty_board_exports_to_an_empty_list() -> None:
    assert export_credits([], "markdown") == ""


@pytest.mark.parametrize("name", (":smile:", "a:wave:b", "ends in :", ":+1::skin-tone-2:"))
def test_no_colon_of_a_name_begins_an_emoji(name: str) -> None:
    assert not re.search(r"(?<!\\):(?=\S|$)", escape_markdown(name))


@pytest.mark.parametrize("line", ("---", "===", "-", "+", "  - indented", "  1. indented", "2.", "= x"))
def test_no_line_makes_a_list_a_rule_or_a_heading_of_the_line_before_it(line: str) -> None:
    blocks = {token.type for token in MarkdownIt().parse(f"before\n{escape_markdown(line)}\n")}
    assert blocks == {"paragraph_open", "inline", "paragraph_close"}


@pytest.mark.parametrize("sign", ("\x00", "\u200b", "\ufeff", "\x1b"))
def test_nothing_unseen_hides_a_formula_from_the_table(sign: str) -> None:
    rows = list(csv.reader(io.StringIO(export_credits([other_photo(f"{sign}=1+1")], "csv"))))
    assert rows[1][2] == "'=1+1"


def test_a_name_can_t_turn_the_rest_of_its_credit_around() -> None:
    assert credit_for(other_photo("Ana\u202egpj")).text == "Photo by Anagpj"


def test_what_joins_the_letters_of_a_script_stays_in_a_name() -> None:
    assert (
        credit_for(other_photo("\u0645\u06cc\u200c\u062e\u0648\u0627")).name == "\u0645\u06cc\u200c\u062e\u0648\u0627"
    )
