"""Rows of widgets whose columns are equally wide: as wide as the widest text so far, so that nothing is cut and nothing jumps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget


class Columns:
    """Widths that only grow."""

    def __init__(self) -> None:
        self._widths: list[int] = []

    def align(self, rows: Iterable[Sequence[QWidget]]) -> None:
        """Each row's cells get the width of their column."""
        held = [list(row) for row in rows]
        for row in held:
            while len(self._widths) < len(row):
                self._widths.append(0)
            for number, cell in enumerate(row):
                layout = cell.layout()
                wanted = cell.sizeHint().width() if layout is None else layout.sizeHint().width()
                self._widths[number] = max(self._widths[number], wanted)
        for row in held:
            for cell, width in zip(row, self._widths, strict=False):
                if cell.minimumWidth() != width:
                    cell.setFixedWidth(width)


def stacked(*lines: QWidget, grows: bool = False) -> QWidget:
    """Widgets above one another as one cell; `grows`: it takes the room that is left and gives way first."""
    cell = QWidget()
    across = QSizePolicy.Policy.Ignored if grows else QSizePolicy.Policy.Preferred
    cell.setSizePolicy(across, QSizePolicy.Policy.Preferred)
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    for line in lines:
        column.addWidget(line)
    return cell
