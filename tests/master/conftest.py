from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.master.harness import Pool


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[Pool]:
    pool = Pool(tmp_path / "master")
    await pool.start()
    yield pool
    await pool.stop()
