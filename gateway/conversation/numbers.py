"""Telephone numbers as they enter the mesh."""

from extraction import phone as phones


def normal(said: str | None, region: str) -> str | None:
    """A caller's number as it enters: E.164; what is none ("anonymous", an extension) as the network gave it."""
    if said is None or not said.strip():
        return None
    dialled = said.strip().removeprefix("sip:").removeprefix("tel:").split("@")[0].split(";")[0]
    # Words are no number, whatever digits are in them.
    plain = not any(character.isalpha() for character in dialled)
    return (phones.valid(phones.bare(dialled), region) if plain else "") or said.strip()
