"""Icons from resources/icons: drawn by QtSvg once for each name, colour, size and screen, then kept."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from hivemind_desktop.qt.tokens import RESOURCES
from hivemind_desktop.worker.snapshot import Phase

TRAY_SIZES = (16, 20, 22, 24, 32, 48, 64)
"""Pixels; trays differ and scale badly."""
TWO_COLOURED = (Phase.BUSY, Phase.DRAINING)
"""Their cell is filled with honey: inside the window they keep their own colours."""
_BLACK = "#000000"


@cache
def _source(name: str) -> str:
    return (RESOURCES / "icons" / f"{name}.svg").read_text("utf-8")


def svg_pixmap(name: str, px: int, color: QColor | None = None, dpr: float = 1.0) -> QPixmap:
    """The drawing `name` at `px` logical pixels; black becomes `color`."""
    return _pixmap(name, px, "" if color is None else color.name(), dpr)


@cache
def _pixmap(name: str, px: int, color: str, dpr: float) -> QPixmap:
    source = _source(name)
    renderer = QSvgRenderer(QByteArray((source.replace(_BLACK, color) if color else source).encode()))
    pixmap = QPixmap(round(px * dpr), round(px * dpr))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(dpr)
    return pixmap


def forget() -> None:
    """Drop the drawn pixmaps: the theme has changed."""
    _pixmap.cache_clear()


def icon(name: str, color: QColor | None = None) -> QIcon:
    """For buttons and actions, sharp at 100, 150 and 200 %."""
    drawn = QIcon()
    for dpr in (1.0, 1.5, 2.0):
        drawn.addPixmap(svg_pixmap(name, 16, color, dpr))
    return drawn


def app_icon() -> QIcon:
    drawn = QIcon()
    for px in (16, 24, 32, 48, 64, 128, 256):
        drawn.addPixmap(svg_pixmap("app", px))
    return drawn


def tray_icon(phase: Phase, badge: QColor | None = None, *, single_colour: bool = False) -> QIcon:
    """All sizes of a phase in one icon; `badge` puts a dot of that colour at the lower right (a warning holds)."""
    drawn = QIcon()
    for px in TRAY_SIZES:
        pixmap = svg_pixmap(f"phase-{phase}-mono" if single_colour else f"phase-{phase}", px)
        drawn.addPixmap(pixmap if badge is None else _badged(pixmap, badge))
    drawn.setIsMask(single_colour)
    return drawn


def _badged(pixmap: QPixmap, color: QColor) -> QPixmap:
    drawn = QPixmap(pixmap)
    px = drawn.width()
    dot, ring = px * 5 / 16, px / 16
    place = QRectF(px - dot, px - dot, dot, dot)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    painter.setBrush(Qt.GlobalColor.black)
    painter.drawEllipse(place.adjusted(-ring, -ring, ring, ring))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    painter.setBrush(color)
    painter.drawEllipse(place)
    painter.end()
    return drawn


def phase_pixmap(phase: Phase, px: int, color: QColor, dpr: float) -> QPixmap:
    """The phase's cell for the window, in the phase's text colour."""
    if phase in TWO_COLOURED:
        return svg_pixmap(f"phase-{phase}", px, None, dpr)
    return svg_pixmap(f"phase-{phase}-mono", px, color, dpr)
