"""A program: a desktop with a tray for the tray that is measured, as org.kde.StatusNotifierWatcher on the session bus, until its input ends.

Annotations are read when the class is made, so they must not be strings.
"""

import asyncio
import sys

from dbus_fast import BusType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

NAME = "org.kde.StatusNotifierWatcher"


class Watcher(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(NAME)

    @dbus_method()
    def RegisterStatusNotifierItem(self, service: DBusStr) -> None:
        pass

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> DBusBool:
        return True


async def main() -> None:
    bus = await MessageBus(bus_type=BusType.SESSION).connect()
    bus.export("/StatusNotifierWatcher", Watcher())
    await bus.request_name(NAME)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    bus.disconnect()


if __name__ == "__main__":
    asyncio.run(main())
