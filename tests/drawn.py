"""What a page shows, read from the display list: beads, circles, boxes and wires by their titles."""

from __future__ import annotations

from math import hypot

from graphviz_bp.figure.page import Glyph, Group, Path, Rect


def groups(items):
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from groups(item.items)


def flat(items):
    for item in items:
        yield from flat(item.items) if isinstance(item, Group) else [item]


def reach(path):
    numbers = [number for command in path.commands for number in command[1:]]
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


class Drawn:
    """What a page shows, read from the display list: beads, circles, boxes and wires by their titles."""

    def __init__(self, page):
        self.halves, self.circles, self.boxes, self.wires = [], [], [], []
        for group in groups(page.items):
            title, paths = group.title or "", [item for item in group.items if isinstance(item, Path)]
            if " feeds " in title or title in ("bias", "given"):
                self.wires.append((title, paths))
            elif title and any(isinstance(item, Rect) for item in group.items):
                box = next(item for item in group.items if isinstance(item, Rect))
                self.boxes.append((title, (box.x, box.y, box.x + box.width, box.y + box.height)))
            elif paths and any(isinstance(item, Glyph) for item in flat(group.items)):
                ground = min(map(reach, paths), key=lambda r: (r[2] - r[0]) * (r[3] - r[1]))
                self.halves.append((title, ground, [item for item in flat(group.items) if isinstance(item, Glyph)]))
            elif len(paths) == 1 and title:
                left, top, right, bottom = reach(paths[0])
                self.circles.append((title, ((left + right) / 2, (top + bottom) / 2, (right - left) / 2)))

    def in_circle(self, half):
        x, y = (half[1][0] + half[1][2]) / 2, (half[1][1] + half[1][3]) / 2
        return any(hypot(x - a, y - b) < r for _, (a, b, r) in self.circles)


def overlap(a, b, clear=0.0):
    return a[0] < b[2] + clear and b[0] < a[2] + clear and a[1] < b[3] + clear and b[1] < a[3] + clear


def crosses(path, box):
    """Whether a wire goes through a box, sampled."""
    at = None
    for command in path.commands:
        *_, x, y = command
        if at is not None:
            steps = max(2, int(hypot(x - at[0], y - at[1]) / 2))
            for k in range(steps + 1):
                px, py = at[0] + (x - at[0]) * k / steps, at[1] + (y - at[1]) * k / steps
                if box[0] < px < box[2] and box[1] < py < box[3]:
                    return True
        at = (x, y)
    return False
