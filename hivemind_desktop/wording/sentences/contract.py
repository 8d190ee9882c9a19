"""Names, sizes, task.toml, manifests: what breaks a rule of the contract."""

from hivemind_desktop.settings.marks import QT_TRANSLATE_NOOP

CONTRACT: dict[str, str] = {
    "name.empty": QT_TRANSLATE_NOOP("wording", "An entry has an empty name."),
    "name.not_text": QT_TRANSLATE_NOOP("wording", "The name {path} is not valid UTF-8; rename it."),
    "name.control": QT_TRANSLATE_NOOP(
        "wording", "The name {path} holds the control character {character}; rename it."
    ),
    "name.backslash": QT_TRANSLATE_NOOP(
        "wording", "The name {path} holds a backslash; write / between folders."
    ),
    "name.drive": QT_TRANSLATE_NOOP(
        "wording", "The name {path} begins with a drive letter; names must be relative."
    ),
    "name.absolute": QT_TRANSLATE_NOOP("wording", "The name {path} is absolute; names must be relative."),
    "name.escapes": QT_TRANSLATE_NOOP(
        "wording", "The name {path} holds the part “{part}”, which could lead out of its folder."
    ),
    "name.empty_part": QT_TRANSLATE_NOOP(
        "wording", "The name {path} has an empty part between two slashes or at its end."
    ),
    "name.too_long": QT_TRANSLATE_NOOP(
        "wording", "The name {path} is longer than {limit} bytes; shorten it."
    ),
    "name.part_too_long": QT_TRANSLATE_NOOP(
        "wording", "A part of the name {path} is longer than {limit} bytes; shorten it."
    ),
    "name.too_deep": QT_TRANSLATE_NOOP("wording", "The name {path} lies more than {limit} folders deep."),
    "name.character": QT_TRANSLATE_NOOP(
        "wording", "The name {path} holds “{character}”, which Windows cannot write; rename it."
    ),
    "name.device": QT_TRANSLATE_NOOP(
        "wording", "The name {path} holds “{part}”, which is a device on Windows; rename it."
    ),
    "name.ending": QT_TRANSLATE_NOOP(
        "wording",
        "In the name {path} the part “{part}” ends with a dot or a space, which Windows cannot write; rename it.",
    ),
    "value.size": QT_TRANSLATE_NOOP(
        "wording", "“{value}” is not a size; write bytes or something like 512m, 2g, 1.5GiB."
    ),
    "value.duration": QT_TRANSLATE_NOOP(
        "wording", "“{value}” is not a duration; write seconds or something like 90s, 30m, 1h30m, 2d."
    ),
    "value.cpus": QT_TRANSLATE_NOOP(
        "wording", "“{value}” is not a number of CPU cores; write something like 2 or 0.5."
    ),
    "package.no_entry": QT_TRANSLATE_NOOP(
        "wording",
        "Nothing in the package can be run: add a main.py or a run_task.sh, or name a command in task.toml.",
    ),
    "package.empty": QT_TRANSLATE_NOOP("wording", "{path} holds no file."),
    "package.not_found": QT_TRANSLATE_NOOP("wording", "{path} does not exist."),
    "package.unreadable": QT_TRANSLATE_NOOP("wording", "{entry} cannot be read: {detail}"),
    "package.not_a_package": QT_TRANSLATE_NOOP(
        "wording", "{path} is neither a folder nor a file; submit a folder, a ZIP, or a .py file."
    ),
    "package.not_a_zip": QT_TRANSLATE_NOOP(
        "wording", "{path} is not a ZIP; submit a folder, a ZIP, or a .py file."
    ),
    "package.zip_prefix": QT_TRANSLATE_NOOP(
        "wording",
        "The ZIP {path} has something in front of its entries; make a plain ZIP, or submit the folder itself.",
    ),
    "package.zip_cut": QT_TRANSLATE_NOOP(
        "wording", "The ZIP {path} is cut short or damaged; make it or fetch it again."
    ),
    "package.zip_split": QT_TRANSLATE_NOOP(
        "wording", "The ZIP {path} is one part of several; make it in one piece, or submit the folder itself."
    ),
    "package.zip_overlap": QT_TRANSLATE_NOOP(
        "wording",
        "In the ZIP {path} the entry {entry} overlaps another one; such archives are made to do harm.",
    ),
    "package.zip_encrypted": QT_TRANSLATE_NOOP(
        "wording", "The entry {entry} is encrypted; make the ZIP without a password."
    ),
    "package.zip_method": QT_TRANSLATE_NOOP(
        "wording",
        "The entry {entry} is packed in a way that is not read here; make the ZIP with deflate, or submit the folder itself.",
    ),
    "package.zip_entry": QT_TRANSLATE_NOOP(
        "wording", "The entry {entry} is damaged: its content is not what the ZIP says; make the ZIP again."
    ),
    "package.bomb": QT_TRANSLATE_NOOP(
        "wording",
        "The entry {entry} grows to more than {ratio} times its packed size; submit the folder itself.",
    ),
    "package.link": QT_TRANSLATE_NOOP(
        "wording",
        "{entry} is a link; a package holds regular files and folders only: put the file itself there.",
    ),
    "package.special": QT_TRANSLATE_NOOP(
        "wording", "{entry} is neither a regular file nor a folder; take it out of the package."
    ),
    "package.changed": QT_TRANSLATE_NOOP(
        "wording", "{entry} changed while it was read; submit again when nothing writes to it."
    ),
    "package.too_many": QT_TRANSLATE_NOOP(
        "wording", "{path} has too many entries; a package holds at most {limit} files and empty folders."
    ),
    "package.too_large": QT_TRANSLATE_NOOP(
        "wording", "{path} is too large; a package holds at most {limit}."
    ),
    "package.disk_full": QT_TRANSLATE_NOOP(
        "wording",
        "There is no room to unpack the ZIP in {folder}; make room there, or submit the folder itself.",
    ),
    "manifest.too_many": QT_TRANSLATE_NOOP(
        "wording", "The list of files has {count} entries; at most {limit} are taken."
    ),
    "manifest.entry": QT_TRANSLATE_NOOP(
        "wording", "What the list of files says about {path} cannot be true."
    ),
    "manifest.size": QT_TRANSLATE_NOOP(
        "wording", "The files have {size} bytes together, more than can be counted."
    ),
    "manifest.clash": QT_TRANSLATE_NOOP(
        "wording",
        "{first} and {second} cannot lie side by side on every disk (equal, equal but for case, or one a file and one a folder); rename one.",
    ),
    "task_toml.too_large": QT_TRANSLATE_NOOP(
        "wording", "task.toml has {size} bytes; at most {limit} are read."
    ),
    "task_toml.not_utf8": QT_TRANSLATE_NOOP(
        "wording", "task.toml:{line}: this line is not UTF-8; save the file as UTF-8."
    ),
    "task_toml.syntax": QT_TRANSLATE_NOOP("wording", "task.toml is not valid TOML: {detail}"),
    "task_toml.unknown_key": QT_TRANSLATE_NOOP(
        "wording", "{where}: there is no such key; known here: {known}"
    ),
    "task_toml.never": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: no task can ask for this; privileges, mounts, devices, users and the host's network are never given.",
    ),
    "task_toml.value": QT_TRANSLATE_NOOP(
        "wording", "{where}: {value} cannot be used; write something like: {example}"
    ),
    "task.range": QT_TRANSLATE_NOOP("wording", "{where}: {value} is out of range; from {least} to {most}"),
    "task.name": QT_TRANSLATE_NOOP(
        "wording", "{where}: “{value}” is not a name of one line with at most {limit} characters."
    ),
    "task.image": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: “{value}” is not the name of an image; write something like python:3.12-slim or registry.example.org/team/app:v1.",
    ),
    "task.command_empty": QT_TRANSLATE_NOOP("wording", "{where}: the command is empty; name a program."),
    "task.command_long": QT_TRANSLATE_NOOP(
        "wording", "{where}: the command is too long; at most {arguments} arguments and {limit} bytes."
    ),
    "task.command_place": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: {value} lies in a folder of the kernel; programs from /proc, /sys and /dev are not run.",
    ),
    "task.text": QT_TRANSLATE_NOOP(
        "wording", "{where}: “{value}” holds a character that no program can be given."
    ),
    "task.variable": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: “{value}” is not the name of a variable; letters, digits and _, not beginning with a digit.",
    ),
    "task.variable_ours": QT_TRANSLATE_NOOP(
        "wording", "{where}: the worker sets {value} itself; choose another name."
    ),
    "task.variable_loader": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: {value} may not be set by a task: it steers the system's loader or hands out GPUs.",
    ),
    "task.variable_long": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: the value of {value} is longer than {limit} bytes; put it into a file of the package.",
    ),
    "task.too_many": QT_TRANSLATE_NOOP("wording", "{where}: {value} entries, at most {limit} are taken."),
    "task.network": QT_TRANSLATE_NOOP(
        "wording", "{where}: “{value}” is not a network; write none, internet, or a list of HOST:PORT."
    ),
    "task.destination": QT_TRANSLATE_NOOP(
        "wording", "{where}: “{value}” is not HOST:PORT; write something like example.org:443."
    ),
    "task.task_id": QT_TRANSLATE_NOOP(
        "wording", "{where}: “{value}” is not the id of a task; it is what `submit` printed, 26 characters."
    ),
    "task.label": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: “{value}” is not a label; letters, digits and . _ : / = - inside, at most 64 characters.",
    ),
    "task.output": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: “{value}” is not a pattern relative to /app/task; write something like *.csv or models/**.",
    ),
    "task.output_wildcards": QT_TRANSLATE_NOOP(
        "wording",
        "{where}: “{value}” has more than {limit} wildcards; write ** for whatever lies below a folder.",
    ),
    "task.node": QT_TRANSLATE_NOOP("wording", "{where}: “{value}” cannot be the id of a node."),
}
