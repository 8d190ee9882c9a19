"""The zh-TW texts: brought up to date from the sources, compiled to .qm, and the gate that every string is translated."""

import hashlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from building.places import CACHE, PACKAGE, ROOT, tool
from building.say import BuildError

FOLDER = ROOT / "resources" / "translations"
SAME_IN_BOTH = FOLDER / "same_in_both.txt"
TARGET = FOLDER / "hivemind_zh_TW.ts"

_CALL = re.compile(r"\b(?:tr|translate)\(|QT_TR(?:ANSLATE)?_NOOP")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|%L?\d+|%L?n")
_COUNTED = re.compile(r"\{(\w+):[^{}]*\|[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One <message> of a .ts file."""

    context: str
    source: str
    comment: str
    kind: str
    """'' for a finished translation, else unfinished, vanished or obsolete."""
    forms: tuple[str, ...]
    numerus: bool

    @property
    def key(self) -> tuple[str, str, str, bool]:
        return self.context, self.source, self.comment, self.numerus

    def __str__(self) -> str:
        return f"{self.context}: {self.source!r}"


def entries(path: Path) -> list[Entry]:
    """Every message of a .ts file; raises BuildError for a file that is not one."""
    try:
        tree = ElementTree.parse(path)
    except ElementTree.ParseError as error:
        raise BuildError(f"{path.name} is no .ts file: {error}") from None
    return [
        _entry(context.findtext("name") or "", message)
        for context in tree.iterfind("context")
        for message in context.iterfind("message")
    ]


def _entry(context: str, message: ElementTree.Element) -> Entry:
    translation = message.find("translation")
    if translation is None:
        translation = ElementTree.Element("translation", {"type": "unfinished"})
    numerus = message.get("numerus") == "yes"
    forms = (
        tuple(form.text or "" for form in translation.iterfind("numerusform"))
        if numerus
        else (translation.text or "",)
    )
    return Entry(
        context,
        message.findtext("source") or "",
        message.findtext("comment") or "",
        translation.get("type") or "",
        forms,
        numerus,
    )


def sources(package: Path = PACKAGE) -> list[Path]:
    """The files of the package that have a string to translate."""
    return [path for path in sorted(package.rglob("*.py")) if _CALL.search(path.read_text("utf-8"))]


def placeholders(text: str) -> Counter[str]:
    """What a program fills in: {name}, {size:size}, %1, %n; of {tasks:task|tasks} only that it is a count with its word."""
    return Counter(_COUNTED.sub(r"{\1:|}", found) for found in _PLACEHOLDER.findall(text))


def unsaid(entry: Entry, same_in_both: frozenset[str]) -> Iterator[str]:
    """What is wrong with one entry that the sources still have."""
    if entry.kind == "unfinished" or not entry.forms or not all(entry.forms):
        yield f"not translated: {entry}"
        return
    for form in entry.forms:
        if placeholders(form) != placeholders(entry.source):
            yield f"other placeholders in {form!r} than in {entry}"
        if form == entry.source and entry.source not in same_in_both:
            yield f"the same as in English, and not in {SAME_IN_BOTH.name}: {entry}"


def same_in_both(path: Path = SAME_IN_BOTH) -> frozenset[str]:
    """Texts that are alike in both languages (names, units): one a line, # for a comment."""
    if not path.is_file():
        return frozenset()
    lines = path.read_text("utf-8").splitlines()
    return frozenset(text.strip() for text in lines if text.strip() and not text.startswith("#"))


def _lupdate(files: list[Path], target: Path) -> None:
    # Relative to the root and without line numbers, so that the file changes only with its strings.
    names = [str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path) for path in files]
    options = ["-no-obsolete"] if target == TARGET else []
    command = [tool("pyside6-lupdate"), *options, "-locations", "none", "-target-language", "zh_TW"]
    done = subprocess.run(
        [*map(str, command), *names, "-ts", str(target)], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise BuildError(f"pyside6-lupdate: {(done.stderr or done.stdout).strip()}")


def problems(target: Path = TARGET, package: Path = PACKAGE) -> list[str]:
    """Why the translations are not complete; empty when they are. Leaves the file as it is."""
    files = sources(package)
    if not files:
        return [] if not target.is_file() else [f"{target.name} is there and no source has a string"]
    before = entries(target) if target.is_file() else []
    with tempfile.TemporaryDirectory(prefix="hivemind-translations-") as name:
        copy = Path(name) / target.name
        if target.is_file():
            shutil.copyfile(target, copy)
        _lupdate(files, copy)
        after = entries(copy)
    known = {entry.key for entry in before}
    same = same_in_both()
    found = []
    for entry in after:
        if entry.kind in ("vanished", "obsolete"):
            found.append(f"no longer in the sources: {entry}")
        elif entry.key not in known:
            found.append(f"missing in {target.name}: {entry}")
        else:
            found.extend(unsaid(entry, same))
    return found


def update() -> list[str]:
    """New strings into the .ts file, old ones out, .qm made; returns what is still to translate."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if files := sources():
        _lupdate(files, TARGET)
    compile_all()
    return problems()


def compile_all() -> None:
    """Make each .qm whose .ts has changed since. Raises BuildError."""
    CACHE.mkdir(exist_ok=True)
    for path in sorted(FOLDER.glob("*.ts")):
        compiled = path.with_suffix(".qm")
        stamp = CACHE / f"{compiled.name}-stamp"
        wanted = hashlib.sha256(path.read_bytes()).hexdigest()
        if compiled.is_file() and stamp.is_file() and stamp.read_text("utf-8") == wanted:
            continue
        done = subprocess.run(
            [str(tool("pyside6-lrelease")), str(path), "-qm", str(compiled)], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise BuildError(f"pyside6-lrelease: {(done.stderr or done.stdout).strip()}")
        stamp.write_text(wanted, "utf-8")
