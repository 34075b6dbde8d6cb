"""`python -m accounts admin NAME [EMAIL]`: make an admin, or make one of an account that there is.

A terminal is asked for the password; without an answer, and where nobody can be asked, one is made and shown.
"""

import argparse
import asyncio
import getpass
import secrets
import sys
from pathlib import Path

from accounts import names, store
from accounts.config import Settings
from accounts.logins import addressed, named
from accounts.passwords import Passwords
from mesh.errors import ApiError
from mesh.kept.db import Database
from mesh.settings import built

NO_EMAIL = "users.invalid"
"""Where nobody has an address (RFC 2606)."""


async def admin(settings: Settings, name: str, email: str | None, password: str) -> str:
    """Make the admin; what there is to say. Raises ApiError."""
    db, passwords = Database(settings.database_url.get_secret_value(), "accounts"), Passwords(1)
    try:
        await db.migrate(Path(__file__).parent / "migrations")
        name = names.username(name)
        known = await store.by_key(db, username_key=names.username_key(name), email_key="")
        address = names.email(email) if email else f"{secrets.token_hex(8)}@{NO_EMAIL}"
        hashed = await passwords.hash(names.password(password, name=name, address=address))
        values = {"role": "admin", "password": hashed}
        if known is None:
            user = await store.add(db, {**named(name), **addressed(address), **values})
            return f"{user.username} is an admin."
        await store.change(db, known.user.id, {**values, "disabled": False, **(addressed(address) if email else {})})
        return f"{known.user.username} had an account, and is an admin now, with the new password."
    finally:
        passwords.close()
        await db.close()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="accounts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("admin", help="make an admin")
    command.add_argument("name")
    command.add_argument("email", nargs="?")
    given = parser.parse_args()
    asked = getpass.getpass("Password (empty: one is made): ") if sys.stdin.isatty() else ""
    password = asked or secrets.token_urlsafe(15)
    try:
        said = built(lambda settings: asyncio.run(admin(settings, given.name, given.email, password)), Settings)
    except ApiError as error:
        raise SystemExit(error.message) from None
    sys.stdout.write(said + "\n" + ("" if asked else f"Password: {password}\n"))


if __name__ == "__main__":
    main()
