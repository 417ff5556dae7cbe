"""The retrieved mix beside the head's attention row: two bars for each key, and the facts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.candidates import figure
from explorer.lens.hopfield import Memory, facts, heaviest
from explorer.ui.paint import put_text, tip
from explorer.ui.panels.hopfield_keys import KeyCanvas
from explorer.ui.style import Style
from explorer.ui.words import RIGHT, Letters


class Mix(KeyCanvas):
    """Rows by falling weight: the row that the network recorded above the update's own weights."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(style, parent)
        self.setAccessibleName("Attention row and update")

    def light(self, key: int | None) -> None:
        before, self.lit = self.lit, key
        if before != key and self.memory is not None:
            step, order = 1.25 * self._row(), self.order()
            for row in (order.index(k) for k in (before, key) if k in order):
                self.update(0, int(self._top() + row * step) - 1, self.width(), int(step) + 3)

    def order(self) -> list[int]:
        """The keys that have a row, the heaviest first."""
        if self.memory is None:
            return []
        top = 2 * self._row() + self.looks.px(8)
        room = int((self.height() - top - 1.2 * self._row()) // (1.25 * self._row()))
        return heaviest(self.memory, max(room, 1))

    def key_at(self, point: QPointF) -> int | None:
        order = self.order()
        row = int((point.y() - self._top()) // (1.25 * self._row()))
        return order[row] if 0 <= row < len(order) else None

    def explain(self, key: int | None) -> str:
        if self.memory is None:
            return "Nothing has been read yet."
        if key is None:
            return (
                "The state moves to the mix Σ p k with p = softmax(β q·k); p is the attention row. "
                "The head itself writes a mix of values, Σ p v, which is another vector."
            )
        memory = self.memory
        position = key + memory.place.first
        return (
            f"Key of {memory.labels[key]} at position {position}: "
            f"attention {memory.attention[key]:.8f} as recorded, "
            f"{memory.weights[key]:.8f} in the update.\n"
            "Click to put the plane through it."
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        self.settle()
        painter = QPainter(self)
        if self.memory is None:
            self.paint_nothing(painter)
            return
        area = event.rect()
        painter.fillRect(area, self.looks.color("panel"))
        if area.top() < self._top():
            self._paint_legend(painter, self.memory)
        order, step = self.order(), 1.25 * self._row()
        first = max(int((area.top() - self._top()) / step) - 1, 0)
        rows = range(first, min(int((area.bottom() - self._top()) / step) + 1, len(order)))
        self._paint_rows(painter, self.memory, order, rows)
        rest = len(self.memory.keys) - len(order)
        y = self._top() + len(order) * step
        if rest and y + self._row() <= self.height():
            left = 1.0 - float(self.memory.attention[order].sum())
            box = QRectF(self._pad(), y, self.width() - 2 * self._pad(), self._row())
            text = f"{rest} more keys: {figure(max(left, 0.0))}"
            put_text(painter, box, text, self.looks.color("muted"), font=self.looks.font(0.85))

    def _row(self) -> float:
        return self.letters(0.9).height

    def _pad(self) -> float:
        return float(self.looks.px(8))

    def _top(self) -> float:
        return 2 * self._row() + self.looks.px(8)

    def _paint_legend(self, painter: QPainter, memory: Memory) -> None:
        looks, row, pad = self.looks, self._row(), self._pad()
        words, width = self.letters(0.85), self.width() - 2 * pad
        x = pad
        for name, text in (("accent", "attention row"), ("raw", "weights of the update")):
            painter.fillRect(QRectF(x, pad + 0.3 * row, 0.45 * row, 0.45 * row), looks.color(name))
            room = min(words.width(text) + 2, pad + width - x - 0.7 * row)
            painter.setPen(looks.color("muted"))
            words.put(painter, x + 0.7 * row, pad + 0.5 * row, text, room=max(room, 0.0))
            x += 1.7 * row + room
        text = f"largest difference {memory.difference:.0e}"
        words.put(painter, pad, pad + 1.5 * row, text, room=width)

    def _paint_rows(self, painter: QPainter, memory: Memory, order: list[int], rows: range) -> None:
        """Names, bars and numbers of some rows; the bars of one kind all at once."""
        looks, height, pad, numbers = self.looks, self._row(), self._pad(), self.letters(0.85)
        wide = numbers.width("00.0 % ")
        name = min(0.32 * self.width(), 6.5 * height)
        room = max(self.width() - 2 * pad - name - wide, 4.0)
        full = max(float(memory.attention[order[0]]), 1e-12)
        rivals = memory.place.rivals if memory.plane.kind != "principal" else ()
        right, text, muted = self.width() - pad, looks.color("text"), looks.color("muted")
        bars: tuple[list[QRectF], list[QRectF]] = ([], [])
        for row in rows:
            key, y = order[row], self._top() + row * 1.25 * height
            middle, chosen = y + 0.6 * height, key in rivals
            self._paint_state(painter, key, QRectF(pad / 2, y, self.width() - pad, 1.2 * height))
            painter.setPen(looks.color("accent") if chosen else text)
            label = ("◆ " if chosen else "") + memory.names[key]
            self.letters(0.9, chosen).put(painter, pad, middle, label, room=name - 4)
            weight = float(memory.attention[key])
            for bar, share, at in zip(
                bars, (weight, memory.weights[key]), (0.15, 0.63), strict=True
            ):
                long = max(room * min(float(share) / full, 1.0), 1.0)
                bar.append(QRectF(pad + name, y + at * height, long, 0.42 * height))
            painter.setPen(muted)
            numbers.put(painter, right, middle, figure(weight), RIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, bar in zip(("accent", "raw"), bars, strict=True):
            painter.setBrush(looks.color(color))
            painter.drawRects(bar)

    def _paint_state(self, painter: QPainter, key: int, line: QRectF) -> None:
        """Whether the row of a key is lit or marked."""
        if key == self.lit:
            painter.fillRect(line, self.looks.color("hover", 0.25))
        if key == self.marked and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.looks.color("accent"), self.looks.pen_width()))
            painter.drawRect(line)


class Facts(QWidget):
    """The numbers of a memory, name and value, as many as fit into one or two lines."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looks, self._letters = style, Letters(style)
        self._facts: tuple[tuple[str, str], ...] = ()
        self.lines = 1
        self._place: tuple[int, int, float] | None = None

    def show_memory(self, memory: Memory | None) -> None:
        """Show the numbers of another memory."""
        self._facts = () if memory is None else facts(memory)
        self.setAccessibleDescription("; ".join(f"{a} {b}" for a, b in self._facts))
        self.update()

    def fit(self, width: int, most: int) -> None:
        """Take the height of as many lines as are needed in this width, at most `most`.

        At one width it only grows, so that the pictures below do not jump from step to step.
        """
        line = self._letters(0.9).height
        place = (width, most, line)
        needed = self._flow(width)[-1][1] + 1 if self._facts else 1
        before = self.lines if place == self._place else 1
        self.lines, self._place = max(1, before, min(most, needed)), place
        self.setFixedHeight(round(self.lines * 1.25 * line) + self._looks.px(4))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            lines = [f"{name}: {value}" for name, value in self._facts]
            note = "Energies of two heads or positions do not compare; drops do."
            QToolTip.showText(event.globalPos(), tip("\n".join([*lines, note])), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        words, pad = self._letters(0.9), looks.px(8)
        row = 1.25 * words.height
        muted, text = looks.color("muted"), looks.color("text")
        for (name, value), (x, line) in zip(self._facts, self._flow(self.width()), strict=True):
            if line >= self.lines:
                return
            middle, end = (line + 0.5) * row, self.width() - pad
            split = min(words.width(f"{name} "), end - x)
            painter.setPen(muted)
            words.put(painter, x, middle, name, room=max(split, 0.0))
            painter.setPen(text)
            words.put(painter, x + split, middle, value, room=max(end - x - split, 0.0))

    def _flow(self, width: int) -> list[tuple[float, int]]:
        """Where each fact begins: x in pixels, line."""
        words, pad = self._letters(0.9), float(self._looks.px(8))
        gap = words.width("    ")
        places: list[tuple[float, int]] = []
        x, line = pad, 0
        for name, value in self._facts:
            wide = words.width(f"{name} ") + words.width(value) + 2
            if x > pad and x + wide > width - pad:
                x, line = pad, line + 1
            places.append((x, line))
            x += wide + gap
        return places
