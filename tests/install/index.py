"""An index of this machine's own: every locked package, and of each a made-up release that is newer than any real one.

The newer releases are what an index holds a week after a lock was written. Only what looks past the lock can take them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.support.locks import BUILDING, Pin

MADE_UP = "9999"
_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# What an installation adds to a package, and no wheel brings along.
_INSTALLED = ("RECORD", "WHEEL", "METADATA", "INSTALLER", "REQUESTED", "direct_url.json")


def make_index(folder: Path, wheels: Iterable[Path], pins: Iterable[Pin]) -> str:
    """Lay out an index below `folder` that has `wheels` and a made-up release of each pin; give its address."""
    files = {pin.name: [make_wheel(folder / "made-up", pin.name, MADE_UP)] for pin in pins}
    for wheel in wheels:
        files[wheel.name.split("-")[0].lower().replace("_", "-").replace(".", "-")].append(wheel)
    for name, found in files.items():
        page = folder / "simple" / name / "index.html"
        page.parent.mkdir(parents=True)
        links = (f'<a href="{file.as_uri()}">{file.name}</a>' for file in found)
        page.write_text(f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>")
    return (folder / "simple").as_uri()


def stand_in(folder: Path, pin: Pin) -> tuple[Path, Pin]:
    """Make a wheel that declares what the installed package declares and holds no code; give it and its pin.

    What builds the project has its code: a real build runs.
    """
    try:
        installed = distribution(pin.name)
    except PackageNotFoundError:
        wheel = make_wheel(folder, pin.name, pin.version)
    else:
        declared = installed.read_text("METADATA") or ""
        code = {
            str(path): path.read_binary()
            for path in (installed.files or () if pin.name in BUILDING else ())
            if path.parts[0] != ".." and path.suffix != ".pyc" and path.name not in _INSTALLED
        }
        wheel = make_wheel(folder, pin.name, pin.version, declared, code)
    return wheel, replace(pin, hashes=(f"sha256:{sha256(wheel.read_bytes()).hexdigest()}",))


def make_wheel(folder: Path, name: str, version: str, metadata: str = "", code: dict[str, bytes] | None = None) -> Path:
    """Write a wheel for every Python; without `metadata` it needs nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    declared = metadata or f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    told = f"{stem}.dist-info"
    parts = {**(code or {}), f"{told}/METADATA": declared.encode(), f"{told}/WHEEL": _WHEEL.encode()}
    record = "".join(f"{path},,\n" for path in (*parts, f"{told}/RECORD"))
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in {**parts, f"{told}/RECORD": record.encode()}.items():
            archive.writestr(path, content)
    return wheel
