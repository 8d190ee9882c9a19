"""What is wrong with a setting or with its file. `where`: file:line, variable or flag."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

SETTINGS: dict[str, str] = {
    "settings.wrong_whole": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write a whole number from {low} to {high}."
    ),
    "settings.wrong_number": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write a number from {low} to {high}."
    ),
    "settings.wrong_size": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write a size like 512m or 2g, from {low} to {high}."
    ),
    "settings.wrong_switch": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write true or false."
    ),
    "settings.wrong_choice": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write one of: {choices}."
    ),
    "settings.wrong_text": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write one line of text in quotes."
    ),
    "settings.wrong_example": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write it like {example}."
    ),
    "settings.wrong_address": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: {key} cannot be “{got}”; write HOST:PORT, https://HOST[:PORT], http:// on this computer only, or a join link.",
    ),
    "settings.wrong_numbers": QT_TRANSLATE_NOOP(
        "wording", "{where}: {key} cannot be “{got}”; write a list of numbers like [0, 1]."
    ),
    "settings.wrong_patterns": QT_TRANSLATE_NOOP(
        "wording",
        '{where}: {key} cannot be “{got}”; write a list of names of images like ["python", "team/*"].',
    ),
    "settings.unknown": QT_TRANSLATE_NOOP(
        "wording", "{where}: there is no setting {key}; the list of all: hivemind-desktop config list"
    ),
    "settings.unknown_near": QT_TRANSLATE_NOOP(
        "wording", "{where}: there is no setting {key}; {near} may be meant."
    ),
    "settings.torn": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: the file is broken from here on ({detail}); mend this line, or move the file away to start with the defaults.",
    ),
    "settings.not_a_line": QT_TRANSLATE_NOOP("wording", "{where}: this line is no NAME=value."),
    "settings.no_file": QT_TRANSLATE_NOOP("wording", "There is no settings file {path}."),
    "settings.not_text": QT_TRANSLATE_NOOP(
        "wording", "{path} is not a text file in UTF-8; save it as UTF-8."
    ),
    "settings.unreadable": QT_TRANSLATE_NOOP("wording", "The settings file {path} cannot be read: {detail}."),
    "settings.unwritable": QT_TRANSLATE_NOOP(
        "wording", "The settings file {path} cannot be written: {detail}."
    ),
    "settings.seed_file": QT_TRANSLATE_NOOP(
        "wording", "{path} holds NAME=value lines, which have no name for {key}; use a config.toml for it."
    ),
    "settings.not_kept": QT_TRANSLATE_NOOP(
        "wording",
        "{key} cannot be changed in {path} without losing other lines; change it there by hand. Nothing was written.",
    ),
    "settings.overruled": QT_TRANSLATE_NOOP(
        "wording", "{place} is set and stands above the file: {key} keeps that value while it is."
    ),
}
