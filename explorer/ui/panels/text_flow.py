"""Where each token of a flowing text stands: chips laid line by line, words kept together."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from explorer.lens.text import Word


class Flow:
    """Boxes of words within a width, in pixels; an appended word leaves the earlier lines alone."""

    def __init__(self, font: QFont, width: float, scale: float) -> None:
        self._metrics = QFontMetricsF(font)
        self._widths: dict[str, float] = {}
        self._scale = scale
        self.width = max(width, 24.0 * scale)
        self.pad = 4.0 * scale
        self.height = round(self._metrics.height() + 5 * scale)
        self.line = self.height + round(6 * scale)
        self.baseline = (self.height - self._metrics.height()) / 2 + self._metrics.ascent()
        self.words: tuple[Word, ...] = ()
        self.boxes: list[QRectF] = []
        self._pens: list[tuple[float, float]] = []

    @property
    def bottom(self) -> float:
        """Height of the whole text."""
        return self.boxes[-1].bottom() if self.boxes else 0.0

    def lay(self, words: tuple[Word, ...]) -> None:
        """Place `words`; the common beginning with the words before stays where it is."""
        keep = self._agreement(words)
        del self.boxes[keep:], self._pens[keep:]
        old, self.words = self.words, words
        if old is words:
            return
        for index in range(keep, len(words)):
            self._place(index)

    def at(self, point: QPointF) -> int | None:
        """The word under a point, None between the words."""
        for index in self.within(point.y(), point.y()):
            if self.boxes[index].contains(point):
                return index
        return None

    def within(self, top: float, bottom: float) -> range:
        """The words whose lines touch the band from top to bottom."""
        first = bisect_left(self.boxes, top, key=QRectF.bottom)
        return range(first, bisect_right(self.boxes, bottom, key=QRectF.top))

    def beside(self, index: int, lines: int) -> int:
        """The word above (-1) or below (+1) a word, the nearest in its line; itself if none."""
        middle = self.boxes[index].center()
        step = -1 if lines < 0 else 1
        found = [
            other
            for other in range(index, len(self.boxes) if step > 0 else -1, step)
            if self.boxes[other].top() != self.boxes[index].top()
        ]
        same = [o for o in found if self.boxes[o].top() == self.boxes[found[0]].top()]
        return min(same, key=lambda o: abs(self.boxes[o].center().x() - middle.x()), default=index)

    def text_width(self, text: str) -> float:
        """Width of a piece of text, found once."""
        width = self._widths.get(text)
        if width is None:
            width = self._widths[text] = self._metrics.horizontalAdvance(text)
        return width

    def _agreement(self, words: Sequence[Word]) -> int:
        pairs = zip(self.words, words, strict=False)
        same = next(
            (i for i, (mine, other) in enumerate(pairs) if mine is not other and mine != other),
            None,
        )
        keep = min(len(self.words), len(words)) if same is None else same
        # A word that grows or shrinks may stand on another line as a whole.
        while keep and (_glued(words, keep) or _glued(self.words, keep)):
            keep -= 1
        return keep

    def _place(self, index: int) -> None:
        word = self.words[index]
        x, y = self._pens[index - 1] if index else (0.0, 0.0)
        if word.before:
            x, y = 0.0, y + word.before * self.line
        width = self._span(word)
        if x > 0 and self._after_gap(x, word) + width > self.width:
            x, y = self._break(index, y)
        x = self._after_gap(x, word)
        if x + width > self.width and x > 0:
            x, y = 0.0, y + self.line
        self.boxes.append(QRectF(x, y, width, self.height))
        self._pens.append((0.0, y + word.after * self.line) if word.after else (x + width, y))

    def _break(self, index: int, y: float) -> tuple[float, float]:
        """A new line for the word that `index` belongs to; the pen behind what moved there."""
        start = index
        while start and self.words[start].glued and self.boxes[start - 1].top() == y:
            start -= 1
        x, y = 0.0, y + self.line
        if start == index or self.boxes[start].left() == 0:
            return x, y
        for moved in range(start, index):
            x = self._after_gap(x, self.words[moved])
            # A new box: whoever holds the old one can see that this word moved.
            self.boxes[moved] = QRectF(x, y, self.boxes[moved].width(), self.height)
            x = self.boxes[moved].right()
            self._pens[moved] = (x, y)
        return x, y

    def _after_gap(self, x: float, word: Word) -> float:
        return x + (1.0 if word.glued else 3.0) * self._scale if x > 0 else x

    def _span(self, word: Word) -> float:
        width = self.text_width(word.lead) + self.text_width(word.text) + 2 * self.pad
        return float(min(max(width, 8 * self._scale), self.width))


def _glued(words: Sequence[Word], index: int) -> bool:
    return index < len(words) and words[index].glued
