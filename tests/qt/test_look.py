"""Tokens, stylesheet and icons: the numbers of the look hold."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from hivemind_desktop.qt import icons
from hivemind_desktop.qt.theme import Theme, palette
from hivemind_desktop.qt.tokens import RESOURCES, SCHEMES, Scheme, stylesheet, tokens
from hivemind_desktop.worker.snapshot import Phase

BACKGROUNDS = ("bg.window", "bg.surface", "bg.sunken")


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    drawn = QColor(color)
    parts = (drawn.redF(), drawn.greenF(), drawn.blueF())
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_can_be_read_on_every_ground(scheme: Scheme) -> None:
    colors = tokens().color[scheme]
    texts = ("text.primary", "text.secondary", "text.muted", "accent", "ok", "warn", "error")
    low = {
        (text, ground): round(ratio(colors[text], colors[ground]), 2)
        for text, ground in itertools.product(texts, BACKGROUNDS)
        if ratio(colors[text], colors[ground]) < 4.5
    }
    assert not low
    assert ratio(colors["accent.text"], colors["accent"]) >= 4.5
    assert min(ratio(colors["focus"], colors[ground]) for ground in BACKGROUNDS) >= 3
    for phase in tokens().phase.values():
        assert ratio(phase[scheme], colors["bg.surface"]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_stylesheet_is_filled_and_sets_no_font(scheme: Scheme) -> None:
    filled = stylesheet(scheme)
    assert "font" not in filled
    assert all(f'QLabel[phase="{phase}"]' in filled for phase in Phase)
    assert "{bg" not in filled


def test_no_colour_stands_in_the_code() -> None:
    sources = (RESOURCES.parent / "hivemind_desktop" / "qt").rglob("*.py")
    found = [
        (path.name, line)
        for path in sources
        for line in path.read_text("utf-8").splitlines()
        if any(f'"#{digit}' in line for digit in "0123456789abcdefABCDEF") and "_BLACK" not in line
    ]
    assert not found


def grey(phase: Phase) -> list[int]:
    image = icons.svg_pixmap(f"phase-{phase}", 16).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x, y in itertools.product(range(16), range(16))]
    return [round(pixel.lightness() * pixel.alphaF()) for pixel in pixels]


def test_phases_are_told_apart_without_colour(qapp: QApplication) -> None:
    drawn = {phase: grey(phase) for phase in Phase}
    for one, other in itertools.combinations(Phase, 2):
        differing = sum(abs(a - b) > 40 for a, b in zip(drawn[one], drawn[other], strict=True))
        assert differing >= 8, (one, other, differing)


def test_the_tray_icon_has_every_size_and_a_badge(qapp: QApplication) -> None:
    plain = icons.tray_icon(Phase.READY)
    assert sorted(size.width() for size in plain.availableSizes()) == sorted(icons.TRAY_SIZES)
    badged = icons.tray_icon(Phase.READY, QColor("red"))
    for px in icons.TRAY_SIZES:
        corner = badged.pixmap(px).toImage().pixelColor(px - px // 6 - 1, px - px // 6 - 1)
        assert (corner.red(), corner.alpha()) == (255, 255), px
    assert icons.tray_icon(Phase.READY, single_colour=True).isMask()


def test_every_icon_that_is_named_can_be_drawn(qapp: QApplication) -> None:
    for path in (RESOURCES / "icons").glob("*.svg"):
        image = icons.svg_pixmap(path.stem, 32, QColor("blue")).toImage()
        assert any(image.pixelColor(x, y).alpha() for x, y in itertools.product(range(32), range(32))), path


def test_a_theme_is_chosen_and_changed_while_running(qapp: QApplication) -> None:
    theme = Theme(qapp, "dark")
    heard: list[str] = []
    theme.changed.connect(lambda: heard.append(theme.scheme))
    assert qapp.palette().window().color() == palette("dark").window().color()
    theme.choose("light")
    assert qapp.palette().window().color() == palette("light").window().color()
    assert tokens().color["light"]["bg.window"] in qapp.styleSheet()
    theme.choose("light")
    assert heard == ["light"]
    theme.deleteLater()
