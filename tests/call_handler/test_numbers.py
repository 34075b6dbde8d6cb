"""A number that is dialled has ASCII's digits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from call_handler.config import Settings
from call_handler.main import build

ARABIC = "+14155550150".translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


@pytest.mark.parametrize("number", [ARABIC, ARABIC.replace("+١", "+1"), "+1415555015²", "+14155550150\n"])
async def test_other_digits_are_refused(
    serve_app: Callable[..., Any], http: httpx2.AsyncClient, tmp_path: Path, number: str
) -> None:
    settings = Settings(
        calls_token="lines",
        twilio_account_sid="AC1",
        twilio_auth_token="t",
        twilio_phone_number="+14155550100",
        twilio_api_url="http://127.0.0.1:9",
        recordings_dir=tmp_path / "recordings",
        public_port=0,
        audiosocket_port=0,
    )
    url = await serve_app(build(settings))
    bodies = {
        "/calls": [{"to": number}, {"to": "+14155550150", "caller_id": number}],
        "/sms": [{"to": number, "text": "hello"}],
    }
    for path, wrong in bodies.items():
        for body in wrong:
            reply = await http.post(url + path, json=body, headers={"authorization": "Bearer lines"})
            assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_request"), reply.text
