"""The tray as a desktop sees it: over D-Bus, by the protocol, with the real Qt platform."""

from __future__ import annotations

import asyncio
import signal

from tests.qt.desktop import PATIENCE_S, Desktop


async def test_the_tray_of_a_real_desktop(session_bus: str, display: str) -> None:
    async with Desktop(session_bus, display) as desktop:
        program = await desktop.start("en", "minimized")
        assert await program.property("Id") == "HiveMind"
        _, _, title, text = await program.property("ToolTip")
        assert f"{title}\n{text}".strip().startswith("HiveMind: Working")
        pixmaps = await program.property("IconPixmap")
        assert {width for width, _, _ in pixmaps} >= {16, 22, 24, 32}
        assert await program.texts() == [
            "Working, 1 task",
            "1 task is running within your limits.",
            "Pause",
            "Finish then stop",
            "Stop",
            "Open HiveMind",
            "Quit",
        ]
        assert (await program.layout())["Pause"][1] == [
            "15 minutes", "1 hour", "4 hours", "Until tomorrow 08:00", "Until I resume",
        ]  # fmt: skip
        await program.press("Pause > 1 hour")
        await program.hears("PauseAsked")

        async def paused() -> bool:
            return (await program.texts())[:1] == ["Paused, 1 h left"]

        await program.until(paused)
        assert await program.property("IconPixmap") != pixmaps
        assert "Change pause" in await program.texts()
        await program.press("Resume now")
        await program.hears("ResumeAsked")
        await program.press("Stop")
        await program.hears("StopAsked")

        async def stopped() -> bool:
            return "Start" in await program.texts() and "Stop" not in await program.texts()

        await program.until(stopped)
        await program.press("Start")
        await program.hears("StartAsked")
        await program.say("end the task")
        await program.hears("no task")

        async def alone() -> bool:
            return (await program.texts())[0] == "Working"

        await program.until(alone)
        await program.press("Quit")
        await program.hears("QuitAsked")
        await program.hears("ended")
        assert await asyncio.wait_for(program.process.wait(), PATIENCE_S) == 0


async def test_in_chinese_the_window_opens_hides_and_tells_once(session_bus: str, display: str) -> None:
    async with Desktop(session_bus, display) as desktop:
        program = await desktop.start("zh-TW", "minimized")
        assert (await program.texts())[:3] == [
            "工作中，1 個任務",
            "1 個任務執行中，不超過你設的上限。",
            "暫停",
        ]
        await program.say("shown")
        assert await program.hears("shown") == "shown False False True"
        await program.press("開啟 HiveMind")

        async def shown() -> bool:
            await program.say("shown")
            return (await program.hears("shown")).startswith("shown True")

        await program.until(shown)
        await program.say("close")
        title, _ = await asyncio.wait_for(desktop.notifications.shown.get(), PATIENCE_S)
        assert title == "HiveMind 在系統匣繼續執行"
        await program.say("shown")
        assert await program.hears("shown") == "shown False False True"
        program.process.send_signal(signal.SIGTERM)
        await program.hears("QuitAsked")
        assert await asyncio.wait_for(program.process.wait(), PATIENCE_S) == 0


async def test_a_tray_that_comes_later_is_waited_for(session_bus: str, display: str) -> None:
    async with Desktop(session_bus, display, tray=False) as desktop:
        program = await desktop.start("en", "minimized")
        await program.say("shown")
        assert await program.hears("shown") == "shown False False False"
        await desktop.show_tray()
        assert (await program.texts())[0] == "Working, 1 task"
