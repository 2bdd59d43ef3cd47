"""Bytes that are Unicode as text: UTF-8, or UTF-16 in either byte order."""

from codecs import getincrementaldecoder

_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""First bytes of UTF-16 in either byte order."""

_LOOKED_AT = 4096
"""Bytes by which UTF-16 without a mark is known: words of a header may have no zeros, numbers do. Chosen."""


def unicode_text(data: bytes) -> str | None:
    """Return bytes as text if they are UTF-8 or UTF-16; a letter that is cut off at the end is left out.

    Parameters
    ----------
    data
        Content of a file, or its first bytes; None is returned of what is in another encoding.
    """
    if data.startswith(_MARKS):
        return data.decode("utf-16", errors="replace")
    odd, even = data[1:_LOOKED_AT:2], data[0:_LOOKED_AT:2]
    if len(data) > 3 and odd.count(0) > len(odd) // 2:
        return data.decode("utf-16-le", errors="replace")
    if len(data) > 3 and even.count(0) > len(even) // 2:
        return data.decode("utf-16-be", errors="replace")
    try:
        return getincrementaldecoder("utf-8-sig")().decode(data)
    except UnicodeDecodeError:
        return None
