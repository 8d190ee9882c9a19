import pytest

from hivemind_desktop.settings.kinds import (
    Choice,
    Kind,
    MasterAddress,
    Number,
    Numbers,
    Patterns,
    Size,
    Switch,
    Text,
    Whole,
    WrongValue,
)

SIZE = Size(1024, 1024**4)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Whole(1, 9), " 3 ", 3),
        (Number(0, 9), "2.5", 2.5),
        (SIZE, "2g", 2 * 1024**3),
        (SIZE, "512M", 512 * 1024**2),
        (SIZE, "1.5 GiB", 3 * 1024**3 // 2),
        (SIZE, "4096", 4096),
        (Switch(), "On", True),
        (Switch(), "0", False),
        (Choice(("INFO", "DEBUG")), "debug", "DEBUG"),
        (Text(), "a b", "a b"),
        (Numbers(), "2, 0,2", ("2", "0")),
        (Numbers(), "", ()),
        (Patterns(), "python, team/*,python", ("python", "team/*")),
        (Patterns(), "", ()),
        (MasterAddress(), "", ""),
    ],
)
def test_text_is_understood(kind: Kind[object], text: str, value: object) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Whole(1, 9), "10"),
        (Whole(1, 9), "2.0"),
        (Whole(1, 9), "٣"),
        (Number(0, 9), "nan"),
        (Number(0, 9), "x"),
        (SIZE, "1"),
        (SIZE, "-2g"),
        (SIZE, "2 apples"),
        (Switch(), "maybe"),
        (Choice(("a",)), "b"),
        (Text(r"[a-z]+", may_be_empty=False), ""),
        (Text(), "a\nb"),
        (Numbers(), "1;2"),
        (Patterns(), "a b"),
        (MasterAddress(), "nowhere"),
    ],
)
def test_what_is_wrong_says_what_was_expected(kind: Kind[object], text: str) -> None:
    with pytest.raises(WrongValue) as caught:
        kind.parse(text)
    assert caught.value.code.startswith("settings.wrong_")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Whole(0, 9), True),
        (Whole(0, 9), 1.0),
        (Whole(0, 9), "1"),
        (Number(0, 9), False),
        (SIZE, 2.5),
        (Switch(), 1),
        (Choice(("a",)), 1),
        (Text(), 5),
        (Numbers(), [True]),
        (Numbers(), "1"),
        (Patterns(), "python"),
        (Patterns(), [1]),
        (MasterAddress(), 1),
    ],
)
def test_toml_values_of_another_type_are_wrong(kind: Kind[object], value: object) -> None:
    with pytest.raises(WrongValue):
        kind.read(value)
