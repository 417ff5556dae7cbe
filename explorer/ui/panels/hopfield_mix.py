"""The retrieved mix beside the head's attention row: two bars for each key, and the facts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.candidates import figure
from explorer.lens.hopfield import Memory, facts, heaviest
from explorer.ui.paint import put_text, tip
from explorer.ui.panels.hopfield_keys import KeyCanvas
from explorer.ui.style import Style

RIGHT = Qt.AlignmentFlag.AlignRight


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
        return (
            f"Key of {memory.labels[key]} at position {key}: attention {memory.attention[key]:.8f} "
            f"as recorded, {memory.weights[key]:.8f} in the update.\n"
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
        for row, key in enumerate(order):
            y = self._top() + row * step
            if y + step >= area.top() and y <= area.bottom():
                self._paint_row(painter, self.memory, row, key, order[0])
        rest = len(self.memory.keys) - len(order)
        y = self._top() + len(order) * 1.25 * self._row()
        if rest and y + self._row() <= self.height():
            left = 1.0 - float(self.memory.attention[order].sum())
            box = QRectF(self._pad(), y, self.width() - 2 * self._pad(), self._row())
            text = f"{rest} more keys: {figure(max(left, 0.0))}"
            put_text(painter, box, text, self.looks.color("muted"), font=self.looks.font(0.85))

    def _row(self) -> float:
        return QFontMetricsF(self.looks.font(0.9)).height()

    def _pad(self) -> float:
        return float(self.looks.px(8))

    def _top(self) -> float:
        return 2 * self._row() + self.looks.px(8)

    def _paint_legend(self, painter: QPainter, memory: Memory) -> None:
        looks, row, pad = self.looks, self._row(), self._pad()
        font, width = looks.font(0.85), self.width() - 2 * pad
        texts = ("accent", "attention row"), ("raw", "weights of the update")
        x = pad
        for name, text in texts:
            painter.fillRect(QRectF(x, pad + 0.3 * row, 0.45 * row, 0.45 * row), looks.color(name))
            wide = QFontMetricsF(font).horizontalAdvance(text)
            box = QRectF(x + 0.7 * row, pad, min(wide + 2, pad + width - x - 0.7 * row), row)
            put_text(painter, box, text, looks.color("muted"), font=font)
            x = box.right() + row
        box = QRectF(pad, pad + row, width, row)
        text = f"largest difference {memory.difference:.0e}"
        put_text(painter, box, text, looks.color("muted"), font=font)

    def _paint_row(self, painter: QPainter, memory: Memory, row: int, key: int, best: int) -> None:
        looks, height, pad = self.looks, self._row(), self._pad()
        y = self._top() + row * 1.25 * height
        numbers = QFontMetricsF(looks.font(0.85)).horizontalAdvance("00.0 % ")
        name = min(0.32 * self.width(), 6.5 * height)
        line = QRectF(pad / 2, y, self.width() - pad, 1.2 * height)
        if key == self.lit:
            painter.fillRect(line, looks.color("hover", 0.25))
        if key == self.marked and self.hasFocus():
            painter.setPen(QPen(looks.color("accent"), looks.pen_width()))
            painter.drawRect(line)
        chosen = key in memory.place.rivals and memory.plane.kind != "principal"
        text = looks.color("accent" if chosen else "text")
        label = ("◆ " if chosen else "") + memory.names[key]
        font = looks.font(0.9, bold=chosen)
        put_text(painter, QRectF(pad, y, name - 4, 1.2 * height), label, text, font=font)
        room = max(self.width() - 2 * pad - name - numbers, 4.0)
        full = max(float(memory.attention[best]), 1e-12)
        for value, color, at in (
            (float(memory.attention[key]), "accent", 0.15),
            (float(memory.weights[key]), "raw", 0.63),
        ):
            long = max(room * min(value / full, 1.0), 1.0)
            bar = QRectF(pad + name, y + at * height, long, 0.42 * height)
            painter.fillRect(bar, looks.color(color))
        box = QRectF(self.width() - pad - numbers, y, numbers, 1.2 * height)
        value_text = figure(float(memory.attention[key]))
        put_text(painter, box, value_text, looks.color("muted"), RIGHT, looks.font(0.85))


class Facts(QWidget):
    """The numbers of a memory, name and value, as many as fit into one or two lines."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looks = style
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
        metrics = QFontMetricsF(self._looks.font(0.9))
        place = (width, most, metrics.height())
        needed = self._flow(width)[-1][1] + 1 if self._facts else 1
        before = self.lines if place == self._place else 1
        self.lines, self._place = max(1, before, min(most, needed)), place
        self.setFixedHeight(round(self.lines * 1.25 * metrics.height()) + self._looks.px(4))

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
        font, pad = looks.font(0.9), looks.px(8)
        metrics = QFontMetricsF(font)
        row = 1.25 * metrics.height()
        for (name, value), (x, line) in zip(self._facts, self._flow(self.width()), strict=True):
            if line >= self.lines:
                return
            split = min(metrics.horizontalAdvance(f"{name} "), self.width() - pad - x)
            box = QRectF(x, line * row, split, row)
            put_text(painter, box, name, looks.color("muted"), font=font)
            wide = min(metrics.horizontalAdvance(value) + 2, self.width() - pad - x - split)
            box = QRectF(x + split, line * row, max(wide, 0.0), row)
            put_text(painter, box, value, looks.color("text"), font=font)

    def _flow(self, width: int) -> list[tuple[float, int]]:
        """Where each fact begins: x in pixels, line."""
        metrics = QFontMetricsF(self._looks.font(0.9))
        pad, gap = float(self._looks.px(8)), metrics.horizontalAdvance("    ")
        places: list[tuple[float, int]] = []
        x, line = pad, 0
        for name, value in self._facts:
            wide = metrics.horizontalAdvance(f"{name} {value}") + 2
            if x > pad and x + wide > width - pad:
                x, line = pad, line + 1
            places.append((x, line))
            x += wide + gap
        return places
