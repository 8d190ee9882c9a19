"""Light and dark: one palette and one stylesheet each, following the system or a setting; nothing restarts at a change."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from hivemind_desktop.qt import fonts, icons
from hivemind_desktop.qt.tokens import Scheme, stylesheet, tokens
from hivemind_desktop.worker.snapshot import Phase

Choice = Literal["system", "light", "dark"]
_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
_ROLES = {
    QPalette.ColorRole.Window: "bg.window",
    QPalette.ColorRole.WindowText: "text.primary",
    QPalette.ColorRole.Base: "bg.surface",
    QPalette.ColorRole.AlternateBase: "bg.sunken",
    QPalette.ColorRole.Text: "text.primary",
    QPalette.ColorRole.PlaceholderText: "text.muted",
    QPalette.ColorRole.Button: "bg.surface",
    QPalette.ColorRole.ButtonText: "text.primary",
    QPalette.ColorRole.BrightText: "error",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "accent.text",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.ToolTipBase: "bg.surface",
    QPalette.ColorRole.ToolTipText: "text.primary",
    QPalette.ColorRole.Light: "bg.surface",
    QPalette.ColorRole.Midlight: "bg.hover",
    QPalette.ColorRole.Mid: "border.subtle",
    QPalette.ColorRole.Dark: "border.control",
    QPalette.ColorRole.Shadow: "border.control",
}
_DISABLED = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def palette(scheme: Scheme) -> QPalette:
    colors = tokens().color[scheme]
    made = QPalette()
    for role, name in _ROLES.items():
        made.setColor(role, QColor(colors[name]))
    for role in _DISABLED:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors["text.disabled"]))
    return made


class Theme(QObject):
    """Owns the application's look. `changed` fires after palette and stylesheet are filled anew."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: Choice = "system", *, chinese: bool = False) -> None:
        super().__init__(app)
        self._app = app
        self._chinese = chinese
        self._choice: Choice = choice
        self._scheme: Scheme | None = None
        self._hints = app.styleHints()
        app.setStyle("Fusion")
        app.setFont(self.font("body"))
        self._hints.colorSchemeChanged.connect(self._fill)
        self.choose(choice)

    @property
    def scheme(self) -> Scheme:
        """What is shown now."""
        return self._scheme or "light"

    def choose(self, choice: Choice) -> None:
        """Follow the system or stay light or dark; the title bar goes along."""
        self._choice = choice
        self._hints.setColorScheme(_SCHEMES[choice])
        self._fill()

    def color(self, name: str) -> QColor:
        return QColor(tokens().color[self.scheme][name])

    def phase_color(self, phase: Phase) -> QColor:
        """For the phase's word and cell inside the window."""
        return QColor(tokens().phase[phase][self.scheme])

    def font(self, role: fonts.Role) -> QFont:
        return fonts.font(role, chinese=self._chinese)

    @Slot()
    def _fill(self) -> None:
        system: Scheme = "dark" if self._hints.colorScheme() is Qt.ColorScheme.Dark else "light"
        scheme = system if self._choice == "system" else self._choice
        if scheme == self._scheme:
            return
        self._scheme = scheme
        icons.forget()
        if self._hints.accessibility().contrastPreference() is not Qt.ContrastPreference.HighContrast:
            self._app.setPalette(palette(scheme))
            self._app.setStyleSheet(stylesheet(scheme))
        self.changed.emit()
