"""One photo of a board's picture: the photo or what stands for it, and its marks: number, votes, star.

Thumbnails are opened one by one and let go at once. A photo whose place is larger than its thumbnail is read again from
its original. A photo that is gone is never shown again; its colour and its credit stand in its place.
"""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw, ImageOps

from core.boards.layout import Place, bounded
from core.boards.pen import CAP, DOWN, HEART, STAR, UP, Pen, Points, mixed
from core.boards.picture_words import Words
from core.boards.showing import ShownPin
from core.errors import BadImage

USUAL_RATIO: Final = 1.5  # of a photo whose size nobody knows
CROPPED: Final = 0.08  # of a side, at most; a photo that fits its place less well stands in it with a border
ENLARGED: Final = 1.25  # how far a thumbnail may be enlarged before its original is read
UNREADABLE: Final = (OSError, SyntaxError, ValueError)  # what Pillow raises for files that are gone or damaged
NUMBER_PART, SMALLEST_NUMBER, LARGEST_NUMBER = 0.14, 22, 34  # of a row's height; in units of the pen
VOTE_PART, SMALLEST_VOTE, LARGEST_VOTE = 0.1, 17, 21
INSET_PART, SMALLEST_INSET, LARGEST_INSET = 0.045, 6, 14
FRAME_PX: Final = 6
NARROW: Final = 3.5  # times a star's chip; in such a photo the star stands below the number


def ratio_of(pin: ShownPin) -> float:
    """Return the ratio (width to height) of the place that a photo needs."""
    if pin.thumbnail is not None and not pin.gone:
        try:
            with Image.open(pin.thumbnail, formats=("JPEG",)) as opened:
                return bounded(opened.width / opened.height)
        except UNREADABLE:
            pass
    width, height = pin.photo.width, pin.photo.height
    return bounded(width / height if width and height else USUAL_RATIO)


def draw_tile(image: Image.Image, place: Place, pin: ShownPin, pen: Pen, words: Words) -> None:
    """Draw one photo at its place, with its marks."""
    photo = None if pin.gone else _picture(pin, place, pen)
    if photo is not None:
        image.paste(photo, (place.left, place.top))
    else:
        _draw_placeholder(image, place, pin, pen, words.gone if pin.gone else words.no_picture)
    if pin.picked:
        _draw_frame(image, place, pen)
    _draw_number(image, place, pin, pen)
    _draw_votes(image, place, pin, pen)


def _picture(pin: ShownPin, place: Place, pen: Pen) -> Image.Image | None:
    """Return a photo in the size of its place; None if there is no file that can be read."""
    fitted = None
    if pin.thumbnail is not None:
        try:
            with Image.open(pin.thumbnail, formats=("JPEG",)) as opened:
                enlarged = place.width / opened.width
                opened.draft("RGB", (place.width, place.height))
                fitted = _fitted(opened, place, pin, pen)
        except UNREADABLE:
            enlarged = ENLARGED
        if fitted is not None and enlarged <= ENLARGED:
            return fitted
    if pin.original is not None:
        try:
            return _fitted(pin.original.image(max(place.width, place.height)), place, pin, pen)
        except (BadImage, OSError):
            pass
    return fitted


def _fitted(photo: Image.Image, place: Place, pin: ShownPin, pen: Pen) -> Image.Image:
    size = (place.width, place.height)
    upright = photo if photo.mode == "RGB" else photo.convert("RGB")
    misfit = (upright.width / upright.height) / (place.width / place.height)
    if min(misfit, 1 / misfit) >= 1 - CROPPED:
        return ImageOps.fit(upright, size, Image.Resampling.LANCZOS)
    border = mixed(pin.photo.average_colour or pen.inks.hollow, pen.inks.paper, 0.7)
    whole = ImageOps.contain(upright, size, Image.Resampling.LANCZOS)
    framed = Image.new("RGB", size, border)
    framed.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return framed


def _draw_placeholder(image: Image.Image, place: Place, pin: ShownPin, pen: Pen, said: str) -> None:
    """Draw an area of a photo's colour, with its credit as far as there is room; all of it stands below the photos."""
    colour = pin.photo.average_colour or pen.inks.hollow
    image.paste(colour, (place.left, place.top, place.left + place.width, place.top + place.height))
    style, inset = pen.style(20, pen.readable_on(colour)), pen.px(14)
    lines = pen.wrap(said, style, place.width - 2 * inset) + pen.wrap(pin.credit.text, style, place.width - 2 * inset)
    taken = pen.px(2 * _vote_size(place, pen)) if pin.pin.tally.count else 0
    room = (place.height - _chip_px(place, pen) - 3 * inset - taken) // style.line_px
    shown = lines[: max(room, 0)]
    pen.write(
        image, place.left + inset, place.top + place.height - inset - taken - len(shown) * style.line_px, shown, style
    )


def _draw_frame(image: Image.Image, place: Place, pen: Pen) -> None:
    """Draw what shows a pick: a frame and a star."""
    right, bottom = place.left + place.width - 1, place.top + place.height - 1
    ImageDraw.Draw(image).rectangle(
        (place.left, place.top, right, bottom), outline=pen.inks.gold, width=pen.px(FRAME_PX)
    )
    size, inset = _chip_px(place, pen), _inset(place, pen)
    left, top, star = right + 1 - inset - size, place.top + inset, round(size * 0.68)
    if place.width < NARROW * size:
        top += size + inset // 2
    pen.chip(image, left, top, size, size, line=size)
    pen.shape(image, left + (size - star) // 2, top + (size - star) // 2, star, STAR, pen.inks.gold)


def _draw_number(image: Image.Image, place: Place, pin: ShownPin, pen: Pen) -> None:
    height, inset, size = _chip_px(place, pen), _inset(place, pen), _number_size(place, pen)
    number, room = f"{pin.number}", place.width - 2 * inset
    wide = pen.width(number, pen.style(size, pen.inks.ink, 600)) + 0.8 * pen.px(size)
    style = pen.style(size * min(room / wide, 1), pen.inks.ink, 600)
    width = max(height, round(min(wide, room)))
    left, top = place.left + inset, place.top + inset
    pen.chip(image, left, top, width, height, line=height)
    baseline = top + round((height + CAP * style.size_px) / 2)
    pen.letters.draw(image, left + round((width - pen.width(number, style)) / 2), baseline, number, style)


def _draw_votes(image: Image.Image, place: Place, pin: ShownPin, pen: Pen) -> None:
    """Draw the counts of votes at the lower left: in one line, or under each other where the photo is narrow."""
    tally, size = pin.pin.tally, _vote_size(place, pen)
    style = pen.style(size, pen.inks.ink, 500)
    counted: list[tuple[int, Points, str]] = [
        (tally.one, HEART, pen.inks.red),
        (tally.up, UP, pen.inks.green),
        (tally.down, DOWN, pen.inks.grey),
    ]
    counted = [one for one in counted if one[0]]
    if not counted:
        return
    inset, line, mark, pad = _inset(place, pen), pen.px(size * 1.5), pen.px(size * 0.72), pen.px(size / 2)
    widths = [mark + pen.px(5) + round(pen.width(f"{count}", style)) for count, _, _ in counted]
    beside = 2 * pad + sum(widths) + pad * (len(widths) - 1)
    stacked = beside > place.width - 2 * inset
    width = 2 * pad + max(widths) if stacked else beside
    height = line * len(counted) if stacked else line
    left, top = place.left + inset, place.top + place.height - inset - height
    pen.chip(image, left, top, width, height, line=line)
    at = left + pad
    for wide, (count, points, colour) in zip(widths, counted, strict=True):
        pen.shape(image, at, top + (line - mark) // 2, mark, points, colour)
        baseline = top + round((line + CAP * style.size_px) / 2)
        pen.letters.draw(image, at + mark + pen.px(5), baseline, f"{count}", style)
        at, top = (at, top + line) if stacked else (at + wide + pad, top)


def _sized(place: Place, pen: Pen, part: float, least: float, most: float) -> float:
    """Return a part of a row's height, within bounds, in units of the pen."""
    return min(max(part * pen.units(place.height), least), most)


def _number_size(place: Place, pen: Pen) -> float:
    return _sized(place, pen, NUMBER_PART, SMALLEST_NUMBER, LARGEST_NUMBER)


def _vote_size(place: Place, pen: Pen) -> float:
    return _sized(place, pen, VOTE_PART, SMALLEST_VOTE, LARGEST_VOTE)


def _chip_px(place: Place, pen: Pen) -> int:
    return pen.px(1.4 * _number_size(place, pen))


def _inset(place: Place, pen: Pen) -> int:
    return pen.px(_sized(place, pen, INSET_PART, SMALLEST_INSET, LARGEST_INSET))
