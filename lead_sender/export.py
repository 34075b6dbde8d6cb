"""Leads as a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from fastapi import Response

from mesh.wire.lead_sender import Lead


def as_csv(found: Sequence[Lead]) -> Response:
    """A row a lead, a column a field. Cells that a spreadsheet would run as formulas are quoted."""
    names = list(dict.fromkeys(name for lead in found for name in lead.fields))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "created_at", "scenario", "partial", *names])
    for lead in found:
        cells = [lead.id, lead.created_at, lead.scenario or "", str(lead.partial).lower()]
        writer.writerow([_cell(cell) for cell in cells + [lead.fields.get(name, "") for name in names]])
    headers = {"content-disposition": 'attachment; filename="leads.csv"'}
    return Response(text.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")


def _cell(text: str) -> str:
    digits = text[1:].isdigit()
    return "'" + text if text[:1] in ("=", "+", "-", "@") and not digits else text
