"""About: name, versions as a list that can be copied, licence."""

from __future__ import annotations

import platform

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QCoreApplication, Qt, qVersion
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from hivemind_desktop import __version__
from hivemind_desktop.qt.bridge import Bridge
from hivemind_desktop.qt.theme import Theme
from hivemind_desktop.qt.tokens import tokens
from hivemind_desktop.qt.widgets.card import Card
from hivemind_desktop.qt.widgets.label import Sentence, label
from hivemind_desktop.qt.widgets.picture import Drawing
from hivemind_desktop.worker.snapshot import Snapshot

translate = QCoreApplication.translate
WIDEST_PX = 720


def facts(snapshot: Snapshot) -> list[tuple[str, str]]:
    """What a report of a problem needs, in one list."""
    pool = snapshot.link.pool_name
    return [
        ("HiveMind Desktop", __version__),
        ("Docker", snapshot.engine_version or translate("about", "does not answer")),
        (translate("about", "Pool"), pool or translate("about", "none")),
        (translate("about", "This computer's id"), snapshot.link.node_id or translate("about", "none")),
        ("Qt", f"{qVersion()}, PySide {pyside_version}"),
        ("Python", platform.python_version()),
        (translate("about", "System"), f"{platform.system()} {platform.release()}, {platform.machine()}"),
    ]


class About(QWidget):
    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        margin = tokens().space["window_margin"]
        column = QVBoxLayout(self)
        column.setContentsMargins(margin, margin, margin, margin)
        card = Card()
        card.head.addWidget(Drawing(theme, "app", 64))
        name = QVBoxLayout()
        name.addWidget(label(theme, "title", text="HiveMind Desktop"))
        version = translate("about", "Version {version}").format(version=__version__)
        name.addWidget(label(theme, "body", "secondary", version))
        card.head.addSpacing(8)
        card.head.addLayout(name)
        card.head.addStretch(1)
        self._list = QPlainTextEdit()
        self._list.setObjectName("copyable")
        self._list.setReadOnly(True)
        self._list.setTabChangesFocus(True)
        self._list.setFont(theme.font("log"))
        self._list.setAccessibleName(translate("about", "Versions"))
        card.body.addWidget(self._list)
        licence = translate("about", "Free software under the GNU General Public License, version 3.")
        card.body.addWidget(Sentence(theme, "caption", "secondary", licence))
        row = QHBoxLayout()
        card.setMaximumWidth(WIDEST_PX)
        row.addWidget(card, 1)
        row.addStretch(0)
        column.addLayout(row)
        column.addStretch(1)
        bridge.changed.connect(self._show)
        self._show(bridge.snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        rows = [f"{name}: {value}" for name, value in facts(snapshot)]
        text = "\n".join(rows)
        if text != self._list.toPlainText():
            self._list.setPlainText(text)
            line = QFontMetrics(self._list.font()).lineSpacing()
            self._list.setFixedHeight(line * len(rows) + 28)
