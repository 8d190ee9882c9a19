"""Every option once (`table.py`): reading, writing, flags and docs come from that table. Knows no room.

The master imports single files of it (`settings.address`): `settings.limits` speaks the worker's words, which the master never loads.
"""

from hivemind_desktop.settings.address import Address, is_loopback, parse_master_address
from hivemind_desktop.settings.file import Problem
from hivemind_desktop.settings.limits import allowed, gpus_allowed
from hivemind_desktop.settings.load import (
    Flags,
    Loaded,
    Origin,
    OriginKind,
    add_flags,
    defaults,
    flags_of,
    load,
    parse_value,
)
from hivemind_desktop.settings.save import save
from hivemind_desktop.settings.setting import Group, Row, Setting, Values
from hivemind_desktop.settings.table import BY_KEY, TABLE

__all__ = [
    "BY_KEY",
    "TABLE",
    "Address",
    "Flags",
    "Group",
    "Loaded",
    "Origin",
    "OriginKind",
    "Problem",
    "Row",
    "Setting",
    "Values",
    "add_flags",
    "allowed",
    "defaults",
    "flags_of",
    "gpus_allowed",
    "is_loopback",
    "load",
    "parse_master_address",
    "parse_value",
    "save",
]
