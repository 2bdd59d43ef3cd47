"""A cache that forgets what was used longest ago once it holds too many bytes."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Things under keys; `size` says how many bytes one takes, and `most` how many all may take.

    The last one is kept whatever it takes.
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self._most, self._size = most, size
        self._things: OrderedDict[object, T] = OrderedDict()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """Return what is kept under a key, or make it and keep it."""
        if key in self._things:
            self._things.move_to_end(key)
            return self._things[key]
        thing = self._things[key] = make()
        while len(self._things) > 1 and sum(map(self._size, self._things.values())) > self._most:
            self._things.popitem(last=False)
        return thing
