"""A desktop for one test: a tray (org.kde.StatusNotifierWatcher) and notifications on a private bus, and the program under it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from dbus_fast import BusType, Variant
from dbus_fast.aio import MessageBus

from tests.qt.bus import Notifications, Watcher

ITEM, MENU = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20.0


class Program:
    """The child: lines in, lines out, and its tray item on the bus."""

    def __init__(self, process: asyncio.subprocess.Process, bus: MessageBus, watcher: Watcher) -> None:
        self.process, self._bus, self._watcher = process, bus, watcher
        self._item = ""

    async def say(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())
        await self.process.stdin.drain()

    async def hears(self, beginning: str) -> str:
        """The next line of the child that begins so."""
        assert self.process.stdout is not None
        while True:
            line = (await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_S)).decode().strip()
            if line.startswith(beginning):
                return line
            assert line or not self.process.stdout.at_eof(), f"it ended without saying {beginning!r}"

    async def item(self) -> str:
        """Bus name of its tray icon; waits until there is one."""
        if not self._item:
            self._item = await asyncio.wait_for(self._watcher.items.get(), PATIENCE_S)
        return self._item

    async def property(self, name: str) -> Any:
        service = await self.item()
        path = "/StatusNotifierItem"
        node = await self._bus.introspect(service, path)
        proxy = self._bus.get_proxy_object(service, path, node).get_interface(
            "org.freedesktop.DBus.Properties"
        )
        return (await proxy.call_get(ITEM, name)).value  # type: ignore[attr-defined]

    async def _menu(self) -> Any:
        service, path = await self.item(), await self.property("Menu")
        node = await self._bus.introspect(service, path)
        return self._bus.get_proxy_object(service, path, node).get_interface(MENU)

    async def layout(self) -> dict[str, tuple[int, list[str]]]:
        """Visible texts of the menu -> (id, texts of its submenu)."""
        menu = await self._menu()
        _, (_, _, children) = await menu.call_get_layout(0, -1, [])
        found: dict[str, tuple[int, list[str]]] = {}
        for child in children:
            number, properties, inner = child.value
            text = _text(properties)
            if text:
                found[text] = (number, [_text(one.value[1]) for one in inner])
                for one in inner:
                    found[f"{text} > {_text(one.value[1])}"] = (one.value[0], [])
        return found

    async def texts(self) -> list[str]:
        return [text for text in await self.layout() if " > " not in text]

    async def press(self, text: str) -> None:
        number, _ = (await self.layout())[text]
        await (await self._menu()).call_event(number, "clicked", Variant("s", ""), 0)

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait for the bus to show it."""
        async with asyncio.timeout(PATIENCE_S):
            while not await holds():  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(0.02)


def _text(properties: dict[str, Variant]) -> str:
    visible = properties.get("visible")
    if visible is not None and not visible.value:
        return ""
    label = properties.get("label")
    return "" if label is None else str(label.value).replace("_", "")


class Desktop:
    """`async with Desktop(address, display) as desktop`. Without `tray` nothing watches for icons yet."""

    def __init__(self, address: str, display: str, *, tray: bool = True) -> None:
        self._address, self._display, self._tray = address, display, tray
        self.watcher, self.notifications = Watcher(), Notifications()
        self._programs: list[Program] = []

    async def __aenter__(self) -> Desktop:
        self.bus = await MessageBus(bus_address=self._address, bus_type=BusType.SESSION).connect()
        self.bus.export("/StatusNotifierWatcher", self.watcher)
        self.bus.export("/org/freedesktop/Notifications", self.notifications)
        await self.bus.request_name("org.freedesktop.Notifications")
        if self._tray:
            await self.show_tray()
        return self

    async def show_tray(self) -> None:
        await self.bus.request_name("org.kde.StatusNotifierWatcher")

    async def start(self, *args: str) -> Program:
        environment = {
            **os.environ,
            "DBUS_SESSION_BUS_ADDRESS": self._address,
            "DISPLAY": self._display,
            "QT_QPA_PLATFORM": "xcb",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.qt.tray_program", *args,
            cwd=ROOT, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        program = Program(process, self.bus, self.watcher)
        self._programs.append(program)
        await program.hears("up")
        return program

    async def __aexit__(self, *_: object) -> None:
        for program in self._programs:
            if program.process.returncode is None:
                program.process.kill()
                await program.process.wait()
        self.bus.disconnect()
