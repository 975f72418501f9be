"""The one shape of every value in core: frozen, closed and strict."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen value. Unknown keys and silent conversions (`"1"` for `1`) are errors; collections are tuples."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
