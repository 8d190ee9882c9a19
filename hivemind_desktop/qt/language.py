"""The language of the window: Qt's translators beside `wording`, chosen once at the start."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from hivemind_desktop.qt.tokens import RESOURCES
from hivemind_desktop.wording import Language, use_language


class EnglishPlurals(QTranslator):
    """English needs no catalogue but for the word that `%n` counts: `%n task(s)`."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, /, disambiguation: str | None = None, n: int = -1) -> str:
        return source.replace("(s)", "" if n == 1 else "s") if n >= 0 else source


class Speech:
    """Translators that are installed until `end`."""

    def __init__(self, app: QCoreApplication, chosen: str) -> None:
        """`chosen`: system, en or zh-TW. Raises FileNotFoundError when a catalogue is missing."""
        self._app = app
        self.language = use_language(chosen)
        if self.language is Language.ENGLISH:
            self._translators: list[QTranslator] = [EnglishPlurals()]
            QLocale.setDefault(QLocale(QLocale.Language.English))
        else:
            self._translators = [_qt_catalogue(), _catalogue()]
            QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Country.Taiwan))
        for translator in self._translators:
            app.installTranslator(translator)

    @property
    def chinese(self) -> bool:
        return self.language is Language.CHINESE

    def end(self) -> None:
        for translator in self._translators:
            self._app.removeTranslator(translator)


def _catalogue() -> QTranslator:
    path = RESOURCES / "translations" / "hivemind_zh_TW.qm"
    translator = QTranslator()
    if not translator.load(str(path)):
        raise FileNotFoundError(path)
    return translator


def _qt_catalogue() -> QTranslator:
    """Qt's own dialogs; a bundle may have dropped it, and then they speak English."""
    translator = QTranslator()
    translator.load("qtbase_zh_TW", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    return translator
