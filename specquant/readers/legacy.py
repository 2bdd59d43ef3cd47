"""Texts of no Unicode encoding: which of the older ones their letters are in."""

import re

_WESTERN = "cp1252"
"""Latin-1 with the quotes and dashes of Windows: what a text is in where nothing else is likelier."""

_NAMES = {
    "cp932": "Shift-JIS",
    "euc_jis_2004": "EUC-JP",
    "gb18030": "GBK",
    "big5hkscs": "Big5",
    "cp949": "EUC-KR",
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    _WESTERN: "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1253": "Windows-1253",
}
"""Encodings that are looked for, by what people call them. Chosen: the fewer, the surer a short text shows which."""

_WESTERN_TEXT = re.compile(
    rb"(?:[\x00-\x7f]|(?<![\x80-\xff])[\xa0-\xff](?![\x80-\xff])|(?<=[A-Za-z])[\xc0-\xff]{2}(?=[A-Za-z]))*"
)
"""Signs beyond ASCII that stand alone, as in 5 \xb5m, or two amid a word: others write whole words of them."""

_MOST_BYTES = 1 << 14
"""Bytes beside ASCII that are looked at: 16 KiB, a thousand lines of a header. Chosen."""


def legacy_encoding(data: bytes) -> tuple[str, str]:
    """Return the likeliest encoding of a text that is in none of Unicode, and its name where that is a guess, else "".

    Only lines with letters beyond ASCII are looked at: the numbers of a spectrum say nothing of its encoding.

    Parameters
    ----------
    data
        Content of a file of text.
    """
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_MOST_BYTES]
    if _WESTERN_TEXT.fullmatch(telling):
        return _WESTERN, ""
    from chardet import detect  # 0.2 s, and few files need it

    likeliest = detect(telling, compat_names=False, include_encodings=_NAMES, no_match_encoding=_WESTERN)["encoding"]
    encoding = str(likeliest).lower()
    return (encoding, _NAMES[encoding]) if encoding in _NAMES else (_WESTERN, _NAMES[_WESTERN])
