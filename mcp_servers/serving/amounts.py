"""What numbers a tool may be given: a client that errs in one is told, not served something else."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0)]  # 0 asks for none of them, or says that it does not matter
Port = Annotated[int, Field(ge=0, le=65_535)]  # 0: any
Budget = Annotated[float, Field(gt=0)]
