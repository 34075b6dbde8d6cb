"""The items of one session: so many, and so many bytes."""

from mesh.errors import BadInput
from mesh.wire.realtime.objects import Item

MAX_ITEMS, MAX_BYTES = 1_000, 2 * 1024 * 1024


class Items:
    """By their ids, the oldest first."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._sizes: dict[str, int] = {}

    def check(self, item: Item) -> None:
        """Raise BadInput for an item of the client's that cannot be held."""
        if item.id in self._items:
            raise BadInput("duplicate_item", f"There is an item {item.id!r} already.", 409)
        if len(self._items) >= MAX_ITEMS:
            raise BadInput("too_many_items", f"A session holds at most {MAX_ITEMS} items.")
        if sum(self._sizes.values()) + len(item.model_dump_json()) > MAX_BYTES:
            raise BadInput("too_many_items", f"A session's items hold at most {MAX_BYTES >> 20} MiB.")

    def add(self, item: Item) -> None:
        """Hold it; what the caller says has room at the cost of the oldest."""
        self._items[item.id] = item
        self._sizes[item.id] = len(item.model_dump_json())
        while len(self._items) > MAX_ITEMS or sum(self._sizes.values()) > MAX_BYTES:
            self.delete(next(iter(self._items)))

    def get(self, item_id: str) -> Item:
        """Raises BadInput."""
        if item_id not in self._items:
            raise BadInput("item_not_found", f"There is no item {item_id!r}.", 404)
        return self._items[item_id]

    def delete(self, item_id: str) -> None:
        """Raises BadInput."""
        self.get(item_id)
        del self._items[item_id], self._sizes[item_id]
