"""What each command needs on the machine, checked cheaply first; what is missing is made side by side where it can be."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from building import engine, env, image, system, translations
from building.lock import held
from building.places import cache_folder
from building.say import line


def _side_by_side(*works: Callable[[], object]) -> None:
    """Run these at once; the first failure is raised at once, and whoever called ends what the others have running."""
    pool = ThreadPoolExecutor(len(works))
    try:
        done, _ = wait([pool.submit(work) for work in works], return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _prepare(purpose: str, packages: tuple[str, ...], image_too: bool) -> None:
    def machine() -> None:
        lacking = system.missing((*packages, *(system.DISKS if image_too and system.may_install() else ())))
        if image_too:
            lacking += [name for name in engine.packages_missing() if name not in lacking]
        system.install(lacking, "system-packages")
        if image_too:
            image.prepare(engine.prepare())

    cache_folder()
    with held(purpose):
        if not env.ready():
            env.need_venv_module()
        _side_by_side(machine, env.prepare)
        translations.compile_all()


def for_demo(headless: bool) -> None:
    """Environment, engine, image, and the window's libraries in every form (a person without rights may go on headless)."""
    packages: tuple[str, ...] = system.QT
    if headless and not system.may_install() and (lacking := system.missing(packages)):
        line(f"[note] the window will not open until root has run: {system.by_hand(lacking)}")
        packages = ()
    _prepare("demo", packages, image_too=True)


def for_checks(purpose: str = "check") -> None:
    """The environment, and the libraries that Qt's own tools are linked with."""
    _prepare(purpose, system.QT if system.may_install() else (), image_too=False)


def for_tests() -> None:
    """As for the demo, and what only tests use: a display, a session bus, a keyring."""
    _prepare("test", (*system.QT, *system.TESTS), image_too=True)


def for_images(tag: str, publish: bool) -> list[str]:
    """Both images built in an engine that answers, without the environment; returns their names."""
    cache_folder()
    with held("image"):
        return image.make(engine.prepare(), tag, publish)
