"""Leads as a spreadsheet."""

import csv
import io
import re
from collections.abc import AsyncIterator, Callable, Sequence

from fastapi.responses import StreamingResponse

from mesh.wire.lead_sender import Lead

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the code page of its country."""
_SPLIT = re.compile(r";(?=\s*[=+\-@＝＋－＠])")
"""Where a comma is the decimal sign, Excel takes a semicolon for the end of a cell, in quotes too."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def as_csv(names: Sequence[str], pages: Callable[[], AsyncIterator[Sequence[Lead]]]) -> StreamingResponse:
    """One row per lead, one column per field; sent page by page, so that no number of leads fills the memory.

    Cells that a spreadsheet would run as formulas are quoted.
    """

    async def text() -> AsyncIterator[str]:
        yield BOM + _line(["id", "created_at", "scenario", "partial", *names])
        async for page in pages():
            yield "".join(_row(lead, names) for lead in page)

    headers = {"content-disposition": 'attachment; filename="leads.csv"'}
    return StreamingResponse(text(), headers=headers, media_type="text/csv; charset=utf-8")


def _row(lead: Lead, names: Sequence[str]) -> str:
    cells = [lead.id, lead.created_at, lead.scenario or "", str(lead.partial).lower()]
    return _line(cells + [lead.fields.get(name, "") for name in names])


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_cell(cell) for cell in cells])
    return line.getvalue()


def _cell(text: str) -> str:
    text = _SPLIT.sub(";'", text)
    is_number = text[1:].isdecimal() and text[0] in "+-"  # a telephone number is none
    return "'" + text if text.lstrip().startswith(_FORMULA) and not is_number else text
