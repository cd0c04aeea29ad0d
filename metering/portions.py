"""Cut work into portions: no more than one statement, or one transaction, should have at once. Pure."""

from collections.abc import Iterable, Iterator


def portions[Item](
    items: Iterable[tuple[Item, int]], *, weight: int, number: int | None = None
) -> Iterator[list[Item]]:
    """The items in their order, so many at most that weigh so much at most; what is heavier alone stays alone.

    Each comes with its own weight.
    """
    portion, weighs = list[Item](), 0
    for item, own in items:
        if portion and (weighs + own > weight or len(portion) == number):
            yield portion
            portion, weighs = [], 0
        portion.append(item)
        weighs += own
    if portion:
        yield portion
