"""The numbers and colours of the look, from resources/look; no colour literal stands anywhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
"""Beside the package in a clone, an installed app and a frozen one."""
_HOLE = re.compile(r"\{([a-z]+(?:\.[a-z_]+)*)\}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """`color[scheme][name]` and `phase[name][scheme]` are #RRGGBB or #AARRGGBB, the rest logical pixels."""

    color: Mapping[str, Mapping[str, str]]
    phase: Mapping[str, Mapping[str, str]]
    space: Mapping[str, int]
    radius: Mapping[str, int]
    stroke: Mapping[str, Any]
    type: Mapping[str, Any]
    window: Mapping[str, Any]


@cache
def tokens() -> Tokens:
    """Read once."""
    read = json.loads((RESOURCES / "look" / "tokens.json").read_text("utf-8"))
    return Tokens(**{name: read[name] for name in Tokens.__slots__})


def stylesheet(scheme: Scheme) -> str:
    """The one stylesheet, filled for a scheme; KeyError for a name that tokens.json does not have."""
    known = tokens()
    phases = "\n".join(
        f'QLabel[phase="{name}"] {{ color: {colors[scheme]} }}' for name, colors in known.phase.items()
    )
    values = {
        **known.color[scheme],
        **{f"radius.{name}": str(px) for name, px in known.radius.items()},
        "phase.rules": phases,
    }
    template = (RESOURCES / "look" / "style.qss.in").read_text("utf-8")
    return _HOLE.sub(lambda hole: values[hole[1]], template.partition("*/")[2])
