"""`./start_all.sh models`: fetches models from Hugging Face, with a progress bar; resumes what broke off."""

import os
import shutil
from pathlib import Path
from typing import Any

import httpx2
from tqdm import tqdm

from mesh.settings import load_yaml

HUB = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
SPARE_MB = 500


class FetchError(Exception):
    """A model could not be fetched; the message says why."""


def main(names: list[str]) -> int:
    """Fetch the models of these names, or the default ones; `list` lists them."""
    known: dict[str, dict[str, Any]] = load_yaml("models.yaml")["models"]
    if names == ["list"]:
        for name, model in known.items():
            print(f"  {name:24}{model['what']}{'  (default)' if model.get('when') == 'default' else ''}")
        return 0
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"No such model: {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 1
    wanted = names or [name for name, model in known.items() if model.get("when") == "default"]
    headers = {"authorization": f"Bearer {token}"} if (token := os.environ.get("HUGGING_FACE_HUB_TOKEN")) else {}
    with httpx2.Client(headers=headers, follow_redirects=True, timeout=30) as client:
        for name in wanted:
            print(f"{name}: {known[name]['what']}")
            try:
                for file in known[name]["files"]:
                    _fetch(client, known[name], file)
            except FetchError as error:
                print(f"{name} is not complete: {error} Run the same command again to go on.")
                return 1
    extras = sorted({known[name]["extra"] for name in wanted if "extra" in known[name]})
    if extras:
        print(f"Start with VOICEBLOCK_EXTRAS={','.join(extras)} ./start_all.sh to use them.")
    print("Done. Engines set to `auto` take the new models at the next start.")
    return 0


def _fetch(client: httpx2.Client, model: dict[str, Any], file: str) -> None:
    target = Path("models", model["into"], Path(file).name if model.get("flat") else file)
    if target.exists():
        print(f"  {target}: there already")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    url = f"{HUB}/{model['repo']}/resolve/main/{file}"
    try:
        with client.stream("GET", url, headers={"range": f"bytes={have}-"} if have else {}) as response:
            if response.status_code == 416:  # all of it was there
                part.replace(target)
                return
            if response.is_error:
                raise FetchError(f"{url} answers HTTP {response.status_code}.")
            if response.status_code != 206:
                have = 0
            left = int(response.headers.get("content-length") or 0)
            if left > shutil.disk_usage(target.parent).free - SPARE_MB * 1048576:
                raise FetchError(f"the disk has too little room for {left // 1048576} MiB.")
            _write(response, part, have, left, target.name)
    except httpx2.HTTPError as error:
        raise FetchError(f"{url} cannot be reached ({type(error).__name__}).") from error
    except OSError as error:
        raise FetchError(f"{part} cannot be written ({error.strerror}).") from error
    if left and part.stat().st_size != have + left:
        raise FetchError(f"{target.name} broke off.")
    part.replace(target)


def _write(response: httpx2.Response, part: Path, have: int, left: int, name: str) -> None:
    with (
        part.open("ab" if have else "wb") as out,
        tqdm(total=have + left, initial=have, unit="B", unit_scale=True, desc=f"  {name}") as bar,
    ):
        for piece in response.iter_bytes(1 << 20):
            out.write(piece)
            bar.update(len(piece))
