"""`say` and `say_why`: the one place where a code becomes a sentence."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Protocol

from hivemind_desktop.errors import KnownError
from hivemind_desktop.wording.language import Language, current_language, translate
from hivemind_desktop.wording.sentences import BRIEF, NO_POOL, SENTENCES, WHY
from hivemind_desktop.wording.text import Sentence, clean, fields_of

WHY_LENGTH = {Language.ENGLISH: 80, Language.CHINESE: 36}
"""Characters of a why line (look, section 9)."""

_CONTEXT = "wording"
_CHINESE = re.compile(r"[\u3400-\u9fff…]")
_SHORTEST_NAME = 8
_UNFIT = (ValueError, OverflowError, OSError)
"""A value that is no number, or no size or time of day: `inf` does not become an int, year 10^9 is unknown to the system's clock (EOVERFLOW)."""


class Why(Protocol):
    """What `worker.snapshot.Why` is; the master words things too and never loads the worker."""

    @property
    def code(self) -> str: ...

    @property
    def fields(self) -> Mapping[str, str]: ...

    @property
    def since(self) -> float | None: ...

    @property
    def until(self) -> float | None: ...


def say(
    code: str,
    fields: Mapping[str, str | int | float] | None = None,
    language: Language | None = None,
    now: float | None = None,
) -> str:
    """One sentence. `now`: Unix seconds, None: the wall clock. A code nobody worded, or one whose fields are not those of its sentence,
    is said as it is: `code (field=value)`; a test keeps that from happening to codes of ours."""
    language = language or current_language()
    fields = fields or {}
    source = SENTENCES.get(code) or BRIEF.get(code)
    if source is not None:
        try:
            return _put(source, fields, language, now)
        except (KeyError, *_UNFIT):
            pass
    return _bare(code, fields)


def say_error(error: KnownError, language: Language | None = None) -> str:
    """The one line of a KnownError."""
    return say(error.code, error.fields, language)


def brief(code: str, language: Language | None = None) -> str:
    """A code without its fields, short enough to stand inside another sentence, without a full stop."""
    language = language or current_language()
    source = BRIEF.get(code) or SENTENCES.get(code)
    if source is None or fields_of(source):
        return clean(code)
    return translate(_CONTEXT, source, language).rstrip(".。")


def say_why(why: Why, language: Language | None = None, now: float | None = None) -> str:
    """The why line: the first wording of the code whose facts are known and that is short enough (the later ones leave out "since").

    When even the last is too long, its longest name is cut with an ellipsis. A code without a why line (warnings carry those of errors)
    is said as `say` does. `now`: Unix seconds, None: the wall clock.
    """
    language = language or current_language()
    fields: dict[str, str | int | float] = dict(why.fields)
    if why.since is not None:
        fields["since"] = why.since
    if why.until is not None:
        fields["until"] = why.until
    if why.code not in WHY:
        return say(why.code, fields, language, now)
    usable = [source for source in WHY[why.code] if _usable(source, fields)]
    line = ""
    for source in usable:
        line = _put(source, fields, language, now)
        if len(line) <= WHY_LENGTH[language]:
            return line
    if not usable:
        return _bare(why.code, fields)
    return _shortened(usable[-1], fields, language, now, len(line) - WHY_LENGTH[language])


def _usable(source: str, fields: Mapping[str, str | int | float]) -> bool:
    """Every field is there, and what is counted is at least one."""
    return all(
        name in fields and ("|" not in spec or int(fields[name]) > 0)
        for name, spec in fields_of(source).items()
    )


def _shortened(
    source: str, fields: dict[str, str | int | float], language: Language, now: float | None, excess: int
) -> str:
    names = [
        name
        for name, spec in fields_of(source).items()
        if spec in ("", "pool") and isinstance(fields[name], str)
    ]
    if names:
        longest = max(names, key=lambda name: len(str(fields[name])))
        text = clean(str(fields[longest]))
        if len(text) > _SHORTEST_NAME:
            fields[longest] = text[: max(len(text) - excess - 1, _SHORTEST_NAME - 1)].rstrip() + "…"
    return _put(source, fields, language, now)


def _put(source: str, fields: Mapping[str, str | int | float], language: Language, now: float | None) -> str:
    no_pool = translate(_CONTEXT, NO_POOL, language)
    template = translate(_CONTEXT, source, language)
    if language is Language.CHINESE:
        template = _closed_up(template, {**fields, "pool": fields.get("pool") or no_pool})
    at = time.time() if now is None else now
    text = Sentence(language, at, lambda code: brief(code, language), no_pool).vformat(template, (), fields)
    return (
        text[:1].upper() + text[1:] if source.startswith("{pool:pool}") and not fields.get("pool") else text
    )


def _closed_up(template: str, fields: Mapping[str, str | int | float]) -> str:
    """Without the space that parts Chinese from Latin where a field turns out to be Chinese as well."""
    for name in fields_of(template):  # a message of others may carry fields of any name
        text = str(fields.get(name, ""))
        if _CHINESE.match(text[:1]):
            template = re.sub(rf"(?<=[\u3400-\u9fff]) (?={{{name}[:}}])", "", template)
        if _CHINESE.match(text[-1:]):
            template = re.sub(rf"({{{name}(?::[^{{}}]*)?}}) (?=[\u3400-\u9fff])", r"\1", template)
    return template


def _bare(code: str, fields: Mapping[str, str | int | float]) -> str:
    told = ", ".join(f"{name}={clean(str(value))}" for name, value in fields.items())
    return clean(code) + (f" ({told})" if told else "")
