"""How an answer says that its figures are those of another method."""

_GIVEN, _HELD_BACK = "the figures are ", "the figures that are held back are "


def figures_of(name: str, why: str) -> str:
    """Return the remark on an answer that has the figures of another method.

    Parameters
    ----------
    name
        Name of the other method.
    why
        Why they stand in place of the method's own, without a full stop.
    """
    return f"{_GIVEN}those of {name}: {why}"


def held_back(remark: str) -> str:
    """Return a remark on an answer as it is where no figures follow, as nothing is quantified.

    Parameters
    ----------
    remark
        The remark on an answer that is given.
    """
    return remark.replace(_GIVEN, _HELD_BACK)
