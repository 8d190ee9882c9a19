"""The image of tasks: one Dockerfile, the public Python image as its base or one of ours imported under that very name."""

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from building import rootfs
from building.engine_api import Engine
from building.places import ROOT
from building.say import BuildError, Step, UsageError

NAME = "justin308/hivemind-worker"
FOLDER = ROOT / "resources" / "image"
DOCKERFILE = "resources/image/Dockerfile"
BASE_LABEL = "hivemind.base"
IMAGE_LABEL = "hivemind.image"
STAGE_LABEL = "hivemind.stage=packages"

PULL_SILENCE = 30.0
"""Seconds a registry may say nothing before it counts as not answering."""

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def default_tag() -> str:
    return os.environ.get("WORKER_IMAGE_TAG") or "latest"


def checked_tag(tag: str) -> str:
    """The tag, if Docker takes it as one; raises UsageError."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,122}", tag):
        raise UsageError(f"{tag!r} is no image tag: letters, digits, '_', '.', '-', at most 123 of them")
    return tag


def base_name() -> str:
    """The default of `ARG BASE` in the Dockerfile."""
    for text in (ROOT / DOCKERFILE).read_text("utf-8").splitlines():
        if text.startswith("ARG BASE="):
            return text.removeprefix("ARG BASE=").strip()
    raise BuildError(f"{DOCKERFILE} has no ARG BASE=")


def prepare_base(engine: Engine) -> None:
    """The base is in the engine afterwards: there already, pulled, or imported from Debian's packages."""
    name = base_name()
    if engine.image(name) is not None:
        return
    repository, tag = name.rsplit(":", 1)
    with Step("base image", f"pulling {name}") as step:
        try:
            for text in engine.stream(
                "/images/create", {"fromImage": repository, "tag": tag}, timeout=PULL_SILENCE
            ):
                step.note(text)
        except BuildError as refusal:
            step.result(f"not pulled: {refusal}")
    if engine.image(name) is not None:
        return
    archive = rootfs.make()
    with Step("base image", f"importing it as {name}") as step, archive.open("rb") as body:
        changes = f'LABEL {BASE_LABEL}=debian-rootfs\nCMD ["python3"]'
        query = {"fromSrc": "-", "repo": repository, "tag": tag, "changes": changes}
        for text in engine.stream("/images/create", query, body, archive.stat().st_size):
            step.note(text)


def context() -> bytes:
    """The build context as a tar: what .dockerignore lets through, the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(FOLDER.iterdir()):
            entry = tarfile.TarInfo(path.relative_to(ROOT).as_posix())
            data = path.read_bytes()
            entry.size = len(data)
            entry.mode = 0o755 if path.suffix == ".sh" else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def extra_authorities(
    bundle: Path | None = None, public: Path = Path("/usr/share/ca-certificates/mozilla")
) -> str:
    """Certificates that this machine trusts beyond the public ones (a company's, a proxy's), as PEM text; mostly none.

    A container knows none of the host's, and its index may be behind one of them.
    """
    bundle = bundle or Path(os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt")
    if not bundle.is_file() or not public.is_dir():
        return ""
    known = {
        "".join(certificate.split())
        for path in public.glob("*.crt")
        for certificate in _CERTIFICATE.findall(path.read_text("utf-8"))
    }
    trusted = _CERTIFICATE.findall(bundle.read_text("utf-8"))
    return "\n".join(certificate for certificate in trusted if "".join(certificate.split()) not in known)


def pip_settings() -> dict[str, str]:
    """The index that pip on this machine uses, where a container can reach it too (no file: address)."""
    found = {}
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        urls = [url for url in os.environ.get(name, "").split() if url.startswith(("http://", "https://"))]
        if urls:
            found[name] = " ".join(urls)
    return found


def build(engine: Engine, tag: str, extras: str = "") -> str:
    """Build NAME:tag and return that name; `extras` names a lock file beside the Dockerfile. Raises BuildError."""
    name = f"{NAME}:{tag}"
    arguments = {"EXTRAS": extras}
    if extras:
        arguments |= pip_settings() | {"EXTRA_CA": extra_authorities()}
    query = {
        "t": name,
        "dockerfile": DOCKERFILE,
        "buildargs": json.dumps(arguments),
        "labels": json.dumps({IMAGE_LABEL: extras or "plain"}),
        "rm": "1",
        "forcerm": "1",
    }
    with Step("image", f"building {name}") as step:
        body = context()
        try:
            for text in engine.stream("/build", query, body, len(body)):
                step.note(text.splitlines()[-1])
        except BuildError as error:
            raise BuildError(f"image {name} was not built: {error}") from None
    # The first stage stays behind as an image without a name: 450 MB for -full, of use only to the next build of it.
    left_over = json.dumps({"dangling": ["true"], "label": [STAGE_LABEL]})
    engine.post("/images/prune", {"filters": left_over})
    return name


def prepare(engine: Engine) -> None:
    """The plain image is in the engine afterwards; one of that name that is here is used as it is."""
    if engine.image(f"{NAME}:{default_tag()}") is None:
        prepare_base(engine)
        build(engine, default_tag())


def push(name: str) -> None:
    """Push with the docker command, which knows the person's login. Raises BuildError."""
    program = shutil.which("docker")
    if program is None:
        raise BuildError(f"--push needs the docker command, logged in: docker login, then docker push {name}")
    if subprocess.run([program, "push", name], stdin=subprocess.DEVNULL).returncode != 0:
        raise BuildError(f"{name} was not pushed: docker login, then run this again")


def make(engine: Engine, tag: str, publish: bool) -> list[str]:
    """Both tags, plain and -full; returns their names."""
    prepare_base(engine)
    names = [build(engine, tag), build(engine, f"{tag}-full", "full")]
    if publish:
        for name in names:
            push(name)
    return names
