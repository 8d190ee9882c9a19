"""docs/settings.md, made from the table: `python3 -m hivemind_desktop.settings.docs > docs/settings.md`; a test compares."""

from __future__ import annotations

from hivemind_desktop.settings.kinds import Choice, Number, Size, Whole, show_size
from hivemind_desktop.settings.setting import Row
from hivemind_desktop.settings.table import GROUP_NAMES, TABLE

_HEAD = """# Settings

Made from `hivemind_desktop/settings/table.py`; change it there.

Precedence: command line, environment, `config.toml` in the state folder (or the file of `--config`), default. A file with
`NAME=value` lines and the names in the column "Environment" is read too. `hivemind-desktop config list` shows every value and where it
comes from; `config set KEY VALUE` writes `config.toml` and keeps its comments. In `config.toml` the part before the dot is the table:

```toml
master_url = "127.0.0.1:50051"

[limits]
cpu_percent = 60
slots = 2

[task]
memory = "4g"
```

A wrong value names its line, variable or flag and what was expected. Commands and `--headless` then end with exit code 2; the window starts
with that one setting at its default and says so.
"""


def settings_page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for group, name in GROUP_NAMES.items():
        rows = [row for row in TABLE if row.group is group]
        parts.append(
            f"\n## {name}\n\n| Key | Default | Values | Environment | Flag | Meaning |\n|---|---|---|---|---|---|\n"
        )
        parts.extend(_line(row) for row in rows)
    return "".join(parts)


def _line(row: Row) -> str:
    default = row.kind.show(row.default)
    cells = (
        f"`{row.key}`",
        (f"`{default}`" if default else "empty") + (f" {row.unit}" if row.unit else ""),
        values_of(row),
        f"`{row.env}`" if row.env else "",
        ", ".join(f"`{flag}`" for flag in (f"{row.flag} {row.metavar}".strip(), row.switch) if flag),
        f"{row.label}. {row.help}",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def values_of(row: Row) -> str:
    """What may be written, in a few words."""
    match row.kind:
        case Whole(low=low, high=high):
            return f"{low} to {high}"
        case Number(low=low, high=high):
            return f"{low:g} to {high:g}"
        case Size(low=low, high=high):
            return f"size, {show_size(low)} to {show_size(high)}"
        case Choice(choices=choices):
            return ", ".join(f"`{choice}`" for choice in choices)
    return str(row.kind.name)


if __name__ == "__main__":
    print(settings_page(), end="")
