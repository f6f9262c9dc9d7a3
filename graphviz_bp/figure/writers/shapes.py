"""Page items as shapes of an office drawing (DrawingML): rounded rectangles, freeforms, text boxes, groups.

Formulas are freeforms, one for each colour, so they look as they do everywhere and can be moved, scaled and coloured;
numbers and plain words are text in a typeface whose letters are as wide as ours, so they can be edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from graphviz_bp.figure.page import Command, Glyph, Group, Item, Path, Rect, Text
from graphviz_bp.figure.writers.colour import digits
from graphviz_bp.figure.writers.svg import escape

EMU = 12700  # to the point
FINE = 100  # steps to the point inside a freeform
TYPEFACE, RISE, LINE = "Times New Roman", 0.891, 1.15  # its ascent and the height of its line, in em
NUMBER = re.compile(r"-?\d+(\.\d+)?")
PLAIN = re.compile("[ -~\u00a0-\u017f\u2013\u2014\u2018-\u201d\u2026]*")  # what every such typeface has

Extent = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass
class Sheet:
    """Where page coordinates land on the slide, and the numbers of the shapes on it."""

    left: float
    top: float
    scale: float
    numbers: Iterator[int] = field(default_factory=lambda: count(10))

    def shapes(self, items: Iterable[Item], name: str = "", words: str = "") -> str:
        """The items as XML; several of them, or ones with words to say, as a group."""
        items = tuple(items)
        made = "".join(map(self._shape, items))
        box = extent(items)
        if box is None or (len(items) < 2 and not words):
            return made
        place = self._place(box)
        return (
            f"<p:grpSp><p:nvGrpSpPr>{self._named(name, words)}<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr>"
            f"<a:xfrm>{place}{place.replace('a:off', 'a:chOff').replace('a:ext', 'a:chExt')}</a:xfrm></p:grpSpPr>"
            f"{made}</p:grpSp>"
        )

    def _shape(self, item: Item) -> str:
        match item:
            case Rect():
                return self._rect(item)
            case Path():
                name = "line" if item.stroke else "arrowhead"
                return self._freeform(name, [item.commands], item, fill=item.fill, line=self._line(item))
            case Glyph():
                return self._letters([item])
            case Group(title=str() as title):
                return self.shapes(item.items, title, title)
            case Group(texts=texts) if texts and all(map(_editable, texts)):
                return "".join(map(self._text, texts))
            case Group(texts=texts) if texts:
                return self._letters(item.items, " ".join(text.text for text in texts))
            case Group():
                return self.shapes(item.items)

    def _place(self, box: Extent) -> str:
        x, y, right, bottom = (round(EMU * v) for v in self._on(box))
        return f'<a:off x="{x}" y="{y}"/><a:ext cx="{right - x}" cy="{bottom - y}"/>'

    def _on(self, box: Extent) -> Extent:
        x, y, right, bottom = box
        s = self.scale
        return self.left + s * x, self.top + s * y, self.left + s * right, self.top + s * bottom

    def _named(self, name: str, words: str = "") -> str:
        said = f' descr="{escape(words)}"' if words else ""
        return f'<p:cNvPr id="{next(self.numbers)}" name="{escape(name[:80] or "part")}"{said}/>'

    def _sp(self, name: str, box: Extent, geometry: str, paint: str, body: str = "") -> str:
        kind = ' txBox="1"' if body else ""
        return (
            f"<p:sp><p:nvSpPr>{self._named(name)}<p:cNvSpPr{kind}/><p:nvPr/></p:nvSpPr>"
            f"<p:spPr><a:xfrm>{self._place(box)}</a:xfrm>{geometry}{paint}</p:spPr>{body}</p:sp>"
        )

    def _rect(self, rect: Rect) -> str:
        box = (rect.x, rect.y, rect.x + rect.width, rect.y + rect.height)
        shape, adjusted = "rect", ""
        if rect.radius and (shorter := min(rect.width, rect.height)):
            shape = "roundRect"
            corner = round(100000 * min(rect.radius / shorter, 0.5))
            adjusted = f'<a:gd name="adj" fmla="val {corner}"/>'
        geometry = f'<a:prstGeom prst="{shape}"><a:avLst>{adjusted}</a:avLst></a:prstGeom>'
        return self._sp("box", box, geometry, _fill(rect.fill) + self._line(rect))

    def _line(self, item: Rect | Path) -> str:
        if not item.stroke:
            return "<a:ln><a:noFill/></a:ln>"
        dash, cap = "", "rnd"
        if isinstance(item, Path) and item.dash:
            lengths = [round(100000 * length / item.stroke_width) for length in item.dash]
            pairs = zip(lengths[::2], lengths[1::2], strict=True)
            dash, cap = "".join(f'<a:ds d="{on}" sp="{off}"/>' for on, off in pairs), "flat"
        width = round(EMU * item.stroke_width * self.scale)
        dashes = f"<a:custDash>{dash}</a:custDash>" if dash else ""
        return f'<a:ln w="{width}" cap="{cap}">{_fill(item.stroke)}{dashes}<a:round/></a:ln>'

    def _letters(self, items: Sequence[Item], name: str = "letters") -> str:
        """Letters and bars as one freeform for each colour."""
        by_colour: dict[str, list[Rect | Glyph]] = {}
        for item in items:
            if isinstance(item, (Rect, Glyph)) and (item.fill):
                by_colour.setdefault(item.fill, []).append(item)
        drawn = ((fill, [outline(item) for item in some], some) for fill, some in by_colour.items())
        return "".join(
            self._freeform(name, ways, Group(tuple(some)), fill=fill, line="<a:ln><a:noFill/></a:ln>")
            for fill, ways, some in drawn
        )

    def _freeform(
        self, name: str, ways: Sequence[Sequence[Command]], item: Item, *, fill: str | None, line: str
    ) -> str:
        box = extent([item])
        if box is None:
            return ""
        width, height = round(FINE * (box[2] - box[0])), round(FINE * (box[3] - box[1]))
        closed = "" if fill else ' fill="none"'
        paths = "".join(f'<a:path w="{width}" h="{height}"{closed}>{_way(way, box)}</a:path>' for way in ways if way)
        geometry = (
            '<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/><a:rect l="0" t="0" r="r" b="b"/>'
            f"<a:pathLst>{paths}</a:pathLst></a:custGeom>"
        )
        return self._sp(name, box, geometry, _fill(fill) + line)

    def _text(self, text: Text) -> str:
        """A number or words in a box of their own width, centred in it, on their baseline."""
        shown = text.text.replace("-", "\u2212") if text.formula else text.text
        top = text.y - RISE * text.size
        box = (text.x, top, text.x + text.width, top + LINE * text.size)
        letters = (
            f'<a:rPr lang="en-US" sz="{round(100 * text.size * self.scale)}">{_fill(text.fill)}'
            f'<a:latin typeface="{TYPEFACE}"/><a:cs typeface="{TYPEFACE}"/></a:rPr>'
        )
        body = (
            '<p:txBody><a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0"><a:noAutofit/></a:bodyPr><a:p>'
            f'<a:pPr algn="ctr"/><a:r>{letters}<a:t>{escape(shown)}</a:t></a:r></a:p></p:txBody>'
        )
        geometry = '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        return self._sp(shown, box, geometry, "<a:noFill/>", body)


def _editable(text: Text) -> bool:
    return bool((NUMBER if text.formula else PLAIN).fullmatch(text.text))


def _fill(colour: str | None) -> str:
    return f'<a:solidFill><a:srgbClr val="{digits(colour)}"/></a:solidFill>' if colour else "<a:noFill/>"


def outline(item: Rect | Glyph) -> list[Command]:
    """The outline of a bar or a letter in page coordinates."""
    if isinstance(item, Rect):
        right, bottom = item.x + item.width, item.y + item.height
        return [("M", item.x, item.y), ("L", right, item.y), ("L", right, bottom), ("L", item.x, bottom), ("Z",)]
    x, y, s = item.x, item.y, item.scale
    return [
        (letter, *(v * s + (y if k % 2 else x) for k, v in enumerate(values)))
        for letter, *values in item.outline.commands
    ]


STEPS = {"M": "moveTo", "L": "lnTo", "Q": "quadBezTo", "C": "cubicBezTo"}


def _way(commands: Iterable[Command], box: Extent) -> str:
    """A path in hundredths of a point from the corner of its box."""
    left, top = box[:2]
    parts = []
    for letter, *values in commands:
        if letter == "Z":
            parts.append("<a:close/>")
            continue
        points = "".join(
            f'<a:pt x="{round(FINE * (x - left))}" y="{round(FINE * (y - top))}"/>'
            for x, y in zip(values[::2], values[1::2], strict=True)
        )
        parts.append(f"<a:{STEPS[letter]}>{points}</a:{STEPS[letter]}>")
    return "".join(parts)


def extent(items: Iterable[Item]) -> Extent | None:
    """What the items reach over, control points included; None for nothing."""
    boxes = [box for item in items if (box := _reach(item)) is not None]
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _reach(item: Item) -> Extent | None:
    match item:
        case Rect():
            return item.x, item.y, item.x + item.width, item.y + item.height
        case Group():
            return extent(item.items)
    commands = outline(item) if isinstance(item, Glyph) else item.commands
    xs = [v for _, *values in commands for v in values[::2]]
    ys = [v for _, *values in commands for v in values[1::2]]
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None
