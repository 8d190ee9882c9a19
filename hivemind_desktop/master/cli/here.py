"""The connection to the master that this user's master.json names."""

from __future__ import annotations

from hivemind_desktop.host.folders import state_folder
from hivemind_desktop.master.client import MasterClient, find_access


def connect() -> MasterClient:
    """Raises KnownError `master.none` and what `find_access` raises."""
    state = state_folder()
    access = find_access(state)
    return MasterClient(access.address, access.admin_token, again=lambda: find_access(state))
