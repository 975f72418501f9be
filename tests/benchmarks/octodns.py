"""octoDNS beside this program: installed in a place of its own, with as many zones as there are profiles.

Octodns: its installation, and the command that plans so many zones with so many workers.

A zone has the fields of a profile as TXT records. The provider that stands below reads each zone by one GET with
requests, as octoDNS's own providers do, and octoDNS compares what came with the zone's file.
"""

from __future__ import annotations

import subprocess
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.latent_server import PROFILE

VERSION = "1.22.0"
_PROVIDER = """
import logging
import requests
from requests.adapters import HTTPAdapter
from octodns.provider.base import BaseProvider
from octodns.record import Record


class Latent(BaseProvider):
    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS = {"TXT"}

    def __init__(self, id, origin, workers, *args, **kwargs):
        self.log = logging.getLogger(f"Latent[{id}]")
        super().__init__(id, *args, **kwargs)
        self.origin = origin
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer a-token-of-octodns"
        self.session.mount("http://", HTTPAdapter(pool_maxsize=workers))

    def populate(self, zone, target=False, lenient=False):
        reply = self.session.get(f"{self.origin}/zones/{zone.name}", timeout=30)
        reply.raise_for_status()
        for name, value in reply.json()["data"][0].items():
            data = {"type": "TXT", "ttl": 60, "values": value if isinstance(value, list) else [value]}
            zone.add_record(Record.new(zone, name, data, source=self, lenient=lenient), lenient=lenient)
        return True
"""


@dataclass(frozen=True)
class Octodns:
    """octoDNS, installed below `folder`."""

    folder: Path

    @property
    def bin(self) -> Path:
        """Return the folder of its programs."""
        return self.folder / "bin"

    @classmethod
    def installed(cls) -> Octodns:
        """Install it outside of the repository, unless an earlier run has done so; no lock knows it."""
        found = cls(Path(tempfile.gettempdir()) / f"octodns-{VERSION}-beside-reconciler")
        if not (found.bin / "octodns-sync").is_file():
            venv.create(found.folder, with_pip=True)
            pip = [str(found.bin / "python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, f"octodns=={VERSION}", "requests"], check=True)
        return found

    def zones(self, root: Path, number: int, *, origin: str, workers: int) -> None:
        """Write so many zones, and the settings that plan them with so many workers."""
        (root / "zones").mkdir(parents=True, exist_ok=True)
        (root / "latent.py").write_text(_PROVIDER, encoding="utf-8")
        records = "".join(
            f"{name}:\n  ttl: 60\n  type: TXT\n  value: {value if isinstance(value, str) else value[0]}\n"
            for name, value in sorted(PROFILE.items())
        )
        names = [f"p{index}.example." for index in range(number)]
        for name in names:
            (root / "zones" / f"{name}yaml").write_text(f"---\n{records}", encoding="utf-8")
        zones = "".join(f"  {name}: {{sources: [files], targets: [live]}}\n" for name in names)
        (root / "octodns.yaml").write_text(
            f"manager: {{max_workers: {workers}}}\n"
            "providers:\n"
            "  files: {class: octodns.provider.yaml.YamlProvider, directory: ./zones, default_ttl: 60}\n"
            f"  live: {{class: latent.Latent, origin: '{origin}', workers: {workers}}}\n"
            f"zones:\n{zones}",
            encoding="utf-8",
        )

    def command(self) -> Sequence[str]:
        """Return the command that plans the zones of the folder that it runs in."""
        return (str(self.bin / "octodns-sync"), "--quiet", "--config-file", "octodns.yaml")
