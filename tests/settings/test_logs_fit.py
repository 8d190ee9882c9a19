from hivemind_desktop.master.rules import Rules
from hivemind_desktop.settings import table as option
from hivemind_desktop.settings.kinds import Number

MIB = 1024 * 1024


def test_the_longest_log_that_an_owner_may_set_is_taken_by_a_master() -> None:
    """A spool beyond the master's bound could never be delivered, and its result with it."""
    longest = 0.0
    for setting in (option.TASK_LOG_HEAD_MB, option.TASK_LOG_TAIL_MB):
        assert isinstance(setting.kind, Number)
        longest += setting.kind.high
    assert longest * MIB + 10 * MIB < Rules().max_log_bytes
