"""Names of parts of a map: what people read, and what a part is found by again."""


def region_name(rows: tuple[int, int], columns: tuple[int, int]) -> str:
    """Return the name of a rectangle of a map, first and last row and column, from 0; people count from 1."""

    def span(word: str, first: int, last: int) -> str:
        return f"{word} {first + 1}" if first == last else f"{word}s {first + 1}-{last + 1}"

    return f"{span('row', *rows)}, {span('column', *columns)}"
