"""Many numbers in one table: every step of the loop, in one repository. The long form has four hundred."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from reconciler.core.memory.runs import RunRecord
from reconciler.pipeline.editing import rollback_run
from reconciler.pipeline.validating import validate_run
from reconciler.render.text.plan import plan_text
from tests.support.fleet import Fleet

FEW, MANY = 25, 400
HEADER = "name;account;number;phone_number_id;extends;vars.city;email;description"
TEMPLATE = 'profile:\n  about: "Fresh bread in ${city}, every day."\n  websites: [https://goldcrust.example]\n'


def address(index: int) -> str:
    return str(106540352242000 + index)


def table(rows: int) -> str:
    """Return a table as a spreadsheet saves it in Germany."""
    lines = [HEADER]
    for index in range(rows):
        number = f"+4930{12345000 + index}"
        cells = (f"shop-{index:03}", "bakery", number, address(index), "templates/shop.yaml", f"City {index}")
        lines.append(";".join((*cells, f"shop{index}@goldcrust.example", '"Rye; wheat\nand ""more"""')))
    return "\ufeff" + "\r\n".join([*lines, ""])


@dataclass
class Loop:
    """The steps, and the seconds of a processor that each of them took."""

    fleet: Fleet
    rows: int
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The table."""
        return self.fleet.root / "profiles" / "shops.csv"

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Take the time of a step."""
        began = time.process_time()
        yield
        self.figures[step] = round(time.process_time() - began, 2)

    def first_apply(self) -> None:
        """Every row reaches its number."""
        self.fleet.settings(policy="{bulk: {profiles: 1000}}")
        self.fleet.write("templates/shop.yaml", TEMPLATE)
        self.path.write_bytes(table(self.rows).encode())
        with self.timed("validate"):
            report = validate_run(self.fleet.context, ())
        assert (report.profiles, report.diagnostics) == (self.rows, ())
        with self.timed("plan"):
            planned = self.fleet.plan("profiles/shops.csv")
        assert len(planned.plan.targets) == self.rows
        with self.timed("apply"):
            applied = self.fleet.apply()
        assert applied.reasons == frozenset()
        live = self.fleet.live(address(7))
        assert (live["about"], live["description"]) == ("Fresh bread in City 7, every day.", 'Rye; wheat\nand "more"')

    def one_template(self) -> RunRecord:
        """One line of a template is one block of the plan, and one change of each number."""
        self.fleet.write("templates/shop.yaml", TEMPLATE.replace("every day", "all week"))
        with self.timed("plan of a template"):
            text = click.unstyle(plan_text(self.fleet.plan()))
        block = f"The same change in {self.rows} profiles, from profiles/templates/shop.yaml:2"
        assert next(line for line in text.splitlines() if line.startswith("The same change")).startswith(block)
        assert text.count("all week") == 1
        with self.timed("apply of a template"):
            applied = self.fleet.apply()
        assert applied.reasons == frozenset()
        assert applied.record is not None
        return applied.record

    def adopted(self) -> None:
        """What moved elsewhere goes into the cells, and every other byte stays."""
        for index in range(self.rows):
            self.fleet.edit(address(index), email=f"new{index}@goldcrust.example")
        before = self.path.read_bytes()
        with self.timed("drift"):
            looked = self.fleet.drift()
        assert (len(looked.drifted), self.path.read_bytes()) == (self.rows, before)
        with self.timed("adopt"):
            report = self.fleet.drift(adopt=True)
        assert (len(report.adopted), report.not_adopted) == (self.rows, ())
        expected = before.decode()
        for index in range(self.rows):
            expected = expected.replace(f";shop{index}@", f";new{index}@")
        assert self.path.read_bytes().decode() == expected

    def put_back(self, record: RunRecord) -> None:
        """The template says something else by now, so that each row overrides it in a new column."""
        with self.timed("rollback"):
            back = rollback_run(self.fleet.context, record.run)
        assert (len(back.written), back.left) == (self.rows, ())
        assert back.written[0].detail == "overrides profiles/templates/shop.yaml:2; in a new column 'about'"
        assert self.path.read_text(encoding="utf-8-sig").split("\n")[0] == f"{HEADER};about"
        assert self.path.read_bytes().count(b";Fresh bread in ${city}, every day.\r\n") == self.rows
        with self.timed("apply of the rollback"):
            assert self.fleet.apply().reasons == frozenset()
        assert self.fleet.live(address(7))["about"] == "Fresh bread in City 7, every day."


def test_a_table_goes_through_the_whole_loop(fleet: Fleet, long: bool, capsys: pytest.CaptureFixture[str]) -> None:
    loop = Loop(fleet, MANY if long else FEW)
    loop.first_apply()
    record = loop.one_template()
    loop.adopted()
    loop.put_back(record)
    if long:
        with capsys.disabled():
            sys.stdout.write(f"\n{loop.rows} rows, seconds of a processor: {loop.figures}\n")
