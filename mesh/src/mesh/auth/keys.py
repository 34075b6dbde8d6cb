"""Every credential, known in this process: no request waits for another service to say who it is from.

Keys and what was revoked come from accounts: all of it once, then by a poll that stays open until something changes.

| accounts                  | then                                                                                  |
| ------------------------- | ------------------------------------------------------------------------------------- |
| down, or its reply broken | who is known goes on; an unknown key is 503, for it may be a new one; nothing can be   |
|                           | revoked meanwhile; it is asked again every AGAIN_S                                     |
| down since we started     | service tokens and API_KEYS count; all others are 503: we do not know what is revoked |
| restored from a backup    | its numbers are lower than ours: it tells all again, and that counts                   |
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from mesh import logs
from mesh.auth import ALL_BUT_ADMIN, Budget, Principal, Unauthorized
from mesh.auth.tokens import Tokens
from mesh.client import Client
from mesh.errors import ApiError
from mesh.numbers import DAY_S
from mesh.wire.accounts import CHANGES, USED, KeyChanges, KeyRecord, Noted, Used, UsedKeys
from mesh.wire.common import Check

PREFIX, EPHEMERAL = "vb_", "ek_"
POLL_S, AGAIN_S, APART_S = 10.0, 0.5, 0.1
MOST_TOKENS, MAX_TOKEN = 20_000, 4_096
MIN_KEY = 16
"""Characters of a key in API_KEYS."""
EVERYTHING = frozenset({"*"})
_INVALID = ("invalid_key", "The API key is not valid.")
log = logs.get("auth")


class Keyring:
    """Those of one process. Without `changes` only service tokens count."""

    def __init__(
        self,
        tokens: Tokens,
        *,
        changes: Callable[[int, float], Awaitable[KeyChanges]] | None = None,
        used: Callable[[UsedKeys], Awaitable[Noted]] | None = None,
        api_keys: str = "",
    ) -> None:
        """`changes` gives what is new since a number, waiting some seconds for it; `used` is told of keys in use."""
        self._tokens, self._changes, self._tell = tokens, changes, used
        self._own = _from_text(api_keys)
        self._keys: dict[bytes, Principal] = dict(self._own)
        self._digests: dict[str, bytes] = {}
        self._voids: dict[str, float] = {}
        self._read: dict[bytes, Principal] = {}
        self._used: dict[str, float] = {}
        self._now = 0
        self._asking, self._asked_at = asyncio.Lock(), float("-inf")
        self.trouble = "accounts was not asked yet" if changes else ""

    @classmethod
    def following(cls, tokens: Tokens, accounts: Client, api_keys: str = "") -> "Keyring":
        """One that knows what accounts knows, while `run` runs."""

        async def changes(since: int, wait: float) -> KeyChanges:
            return await accounts.call(CHANGES, params={"since": since, "wait": wait}, deadline_s=wait + 5, retries=0)

        async def used(batch: UsedKeys) -> Noted:
            return await accounts.call(USED, batch)

        return cls(tokens, changes=changes, used=used, api_keys=api_keys)

    async def identify(self, token: str) -> Principal:
        """Whose credential it is. Raises Unauthorized; ApiError 503 where only accounts could tell."""
        if len(token) > MAX_TOKEN:
            raise Unauthorized(*_INVALID)
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        found = self._keys.get(digest) or self._read.get(digest) or await self._learn(token, digest)
        if found.expires_at is not None and found.expires_at <= time.time():
            raise Unauthorized("token_expired", "The token or key has expired.")
        if self._is_void(found):
            raise Unauthorized("revoked", "The token or key was revoked.")
        if found.key_id:
            self._used[found.key_id] = time.time()
        return found

    def client_secret(self, principal: Principal, ttl_s: float) -> tuple[str, float]:
        """A credential for realtime sockets of a browser, and its end, Unix time; it ends with what it was made of."""
        made = self._tokens.make(
            "realtime",
            principal.id,
            "user",
            ttl_s,
            name=principal.name,
            kid=principal.key_id,
            uid=principal.user_id,
            app=principal.application,
            sid=principal.family,
            born=principal.issued_at,
            budget=principal.budget.model_dump(exclude_none=True) if principal.budget else None,
        )
        return EPHEMERAL + made, time.time() + ttl_s

    async def run(self) -> None:
        """Follow what changes, for ever."""
        while self._changes:
            try:
                before = self._now
                await (self._follow(POLL_S) if self._now else self.refresh())
                if self._now == before:  # nothing, or accounts is about to end, and lets nobody wait
                    await asyncio.sleep(APART_S)
                await self._report()
            except Exception as error:  # noqa: BLE001 (whatever is wrong with one answer, the next may be right)
                self._fail(error)
                await asyncio.sleep(AGAIN_S)

    async def refresh(self) -> None:
        """Ask now; those who come while it is asked share the next answer. Raises ApiError."""
        came = time.monotonic()
        async with self._asking:
            if self._changes is None or self._asked_at > came:
                return
            await asyncio.sleep(max(0.0, self._asked_at + APART_S - time.monotonic()))
            self._asked_at = time.monotonic()
            await self._follow(0.0)

    def check(self) -> Check:
        """For /health: whether what is revoked would be known."""
        return Check(ok=not self.trouble, detail=self.trouble or f"{len(self._keys)} keys")

    async def _follow(self, wait: float) -> None:
        assert self._changes is not None
        pages = [await self._changes(self._now, wait)]
        while pages[-1].more:
            pages.append(await self._changes(pages[-1].now, 0.0))
        if pages[0].whole or pages[-1].now > self._now:  # else a later answer has overtaken this one
            self._apply(pages)
        self.trouble = ""

    def _apply(self, pages: list[KeyChanges]) -> None:
        if pages[0].whole:
            self._keys, self._digests, self._voids = dict(self._own), {}, {}
        for page in pages:
            for record in page.keys:
                self._forget(record.id)
                if not record.disabled:
                    digest = bytes.fromhex(record.digest)
                    self._keys[digest], self._digests[record.id] = _of_record(record), digest
            for void in page.voids:
                self._voids[void.subject] = void.before
                self._forget(void.subject.removeprefix("key:"))
        self._now = pages[-1].now
        if len(self._voids) > MOST_TOKENS:  # what they void has ended by itself long ago
            old = time.time() - DAY_S
            self._voids = {subject: before for subject, before in self._voids.items() if before > old}

    def _forget(self, key_id: str) -> None:
        if digest := self._digests.pop(key_id, None):
            self._keys.pop(digest, None)

    def _is_void(self, found: Principal) -> bool:
        if found.key_id:  # what was made of a key, too, lives no longer than it
            return found.key_id not in self._digests
        subjects = (("user", found.user_id), ("family", found.family)) if self._voids else ()
        return any(name and self._voids.get(f"{kind}:{name}", -1.0) >= found.issued_at for kind, name in subjects)

    async def _learn(self, token: str, digest: bytes) -> Principal:
        if token.startswith(PREFIX):
            return await self._new_key(digest)
        if token.startswith(EPHEMERAL) and self._changes:
            found = _of_secret(self._tokens.read(token.removeprefix(EPHEMERAL), "realtime"))
        elif token.count(".") != 2:
            raise Unauthorized(*_INVALID)
        else:
            found = self._of_token(token)
        if found.role != "service":
            await self._informed()
        if len(self._read) >= MOST_TOKENS:
            del self._read[next(iter(self._read))]
        self._read[digest] = found
        return found

    def _of_token(self, token: str) -> Principal:
        if self._changes:
            try:
                return _of_user(self._tokens.read(token, "voiceblock"))
            except Unauthorized as error:
                if error.code != "invalid_token":
                    raise
        claims = self._tokens.read(token, "mesh")
        name = str(claims["sub"]).removeprefix("service:")
        return Principal(f"service:{name}", "service", name, scopes=EVERYTHING, expires_at=float(claims["exp"]))

    async def _new_key(self, digest: bytes) -> Principal:
        """A key that was made a moment ago, perhaps."""
        await self._informed(now=True)
        found = self._keys.get(digest)
        if found is None:
            raise Unauthorized(*_INVALID)
        return found

    async def _informed(self, *, now: bool = False) -> None:
        """Raises ApiError 503 unless accounts has told us what is revoked, once, or `now`."""
        if self._changes is None:
            raise Unauthorized(*_INVALID)
        if self._now and not now:
            return
        try:
            await self.refresh()
        except ApiError as error:
            self._fail(error)
        if self.trouble:
            raise ApiError(503, "accounts_unavailable", "Who you are cannot be found out now.", retry_after_s=1)

    async def _report(self) -> None:
        if self._tell and self._used:
            used, self._used = self._used, {}
            await self._tell(UsedKeys(keys=[Used(id=key, at=at) for key, at in list(used.items())[:10_000]]))

    def _fail(self, error: Exception) -> None:
        trouble = error.message if isinstance(error, ApiError) else f"{type(error).__name__}: {error}"
        if trouble != self.trouble:
            log.warning("what is revoked is not known", error=trouble)
        self.trouble = trouble or "failed"


def _from_text(text: str) -> dict[bytes, Principal]:
    """The keys of API_KEYS: `name:key` or `key`, commas between them. Raises ValueError for one that can be guessed."""
    found: dict[bytes, Principal] = {}
    for number, entry in enumerate((part.strip() for part in text.split(",") if part.strip()), 1):
        name, named, key = entry.partition(":")
        name, key = (name.strip(), key.strip()) if named else (f"env-{number}", name)
        if len(key) < MIN_KEY:
            raise ValueError(f"API_KEYS: key {number} has fewer than {MIN_KEY} characters")
        found[hashlib.sha256(key.encode()).digest()] = Principal(f"key:{name}", "user", name)
    return found


def _of_record(record: KeyRecord) -> Principal:
    scopes = frozenset[str](record.scopes)
    return Principal(
        id=f"key:{record.id}",
        role="admin" if record.role == "admin" and "admin" in scopes else "user",
        name=record.name,
        key_id=record.id,
        user_id=record.user_id,
        scopes=scopes,
        budget=record.budget,
        expires_at=record.expires_at,
        application=record.application,
    )


def _of_user(claims: dict[str, Any]) -> Principal:
    user_id, admin = str(claims["sub"]), claims["role"] == "admin"
    return Principal(
        id=f"user:{user_id}",
        role="admin" if admin else "user",
        name=str(claims.get("name", "")),
        user_id=user_id,
        scopes=EVERYTHING if admin else ALL_BUT_ADMIN,
        expires_at=float(claims["exp"]),
        family=claims.get("sid"),
        issued_at=float(claims["iat"]),
    )


def _of_secret(claims: dict[str, Any]) -> Principal:
    return Principal(
        id=str(claims["sub"]),
        role="user",
        name=str(claims.get("name", "")),
        key_id=claims.get("kid"),
        user_id=claims.get("uid"),
        scopes=frozenset({"realtime"}),
        budget=Budget.model_validate(claims["budget"]) if claims.get("budget") else None,
        expires_at=float(claims["exp"]),
        application=claims.get("app"),
        family=claims.get("sid"),
        issued_at=float(claims["born"]),
    )
