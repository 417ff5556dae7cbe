"""Attention rollout of the lit token as bars over the text: how positions mix."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.head_scores import ROLLOUT, Array
from explorer.lens.heatmap import columns
from explorer.ui.paint import put_text, tip
from explorer.ui.style import Style


class Rollout(QWidget):
    """One bar for each token up to the lit one; the strongest are named."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.shares: Array = np.zeros(0)
        self.labels: tuple[str, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Attention rollout")
        self.setAccessibleDescription(ROLLOUT)

    def show_shares(self, shares: Array, labels: tuple[str, ...]) -> None:
        """Show the shares (S,) of the tokens with these labels."""
        self.shares, self.labels = shares, labels
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks, px = QPainter(self), self._looks, self._looks.px
        painter.fillRect(self.rect(), looks.color("panel"))
        if len(self.shares):
            font = looks.font(0.8)
            order = np.argsort(-self.shares, kind="stable")
            best = ", ".join(
                f"{self.labels[at]} ({at}) {self.shares[at]:.0%}" for at in order[:3].tolist()
            )
            line = QRectF(px(10), px(2), self.width() - px(20), px(15))
            own = f"rollout of {self.labels[-1]} ({len(self.shares) - 1}): {best}"
            put_text(painter, line, own, looks.color("text"), font=font)
            under = QRectF(px(10), self.height() - px(16), self.width() - px(20), px(15))
            limits = "mean of heads, half identity; ignores values and MLPs"
            put_text(painter, under, limits, looks.color("muted"), font=looks.font(0.76))
            self._paint_bars(painter, QRectF(px(10), px(19), self.width() - px(20),
                                             self.height() - px(37)))  # fmt: skip
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self._position(event.pos().x())
            said = f"{self.labels[at]} ({at}): {self.shares[at]:.4f}\n" if at >= 0 else ""
            QToolTip.showText(event.globalPos(), tip(said + ROLLOUT), self)
            return True
        return super().event(event)

    def _position(self, x: float) -> int:
        left, wide = self._looks.px(10), self.width() - self._looks.px(20)
        count = len(self.shares)
        return int((x - left) / wide * count) if count and left <= x < left + wide else -1

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        if area.height() < 4:
            return
        shares, wide = columns(self.shares, area.width(), len(self.shares))
        heights = shares * (area.height() / float(shares.max()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._looks.color("accent"))
        painter.drawRects(
            [
                QRectF(area.left() + at * wide, area.bottom() - high, max(wide - 1, 1), high)
                for at, high in enumerate(heights.tolist())
            ]
        )  # fmt: skip
        painter.fillRect(
            QRectF(area.left(), area.bottom(), area.width(), 1), self._looks.color("line")
        )
