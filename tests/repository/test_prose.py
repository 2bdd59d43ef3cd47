"""Plain words: phrases that docstrings and messages do without, and names of locals that do not say what they hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from folders import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = sorted(path for folder in ("specquant", "plugins") for path in (ROOT / folder).rglob("*.py"))

PHRASES = {
    "told": r"\btold\b",
    "so many": r"\bso many\b",
    "whose": r"\bwhose\b",
    "disposes of": r"\bdisposes of\b",
    "is none of": r"\bis none of\b",
    "not those of": r"\bnot those of\b",
    "is no X": r"(?<!\bthere )\bis no (?!(?:more|longer|further)\b)\w",
}
"""What is not written, by name: a regular expression over text with single spaces, whatever the case."""

ON_PAGES = {
    "told": r"\btold\b(?! apart)",
    "are none of": r"\bare none of\b",
    "scratch script": r"\bscratch (?:scripts?|files?)\b",
    "files outside": r"\bshared/docs\b",
    "the weights of before": r"\b(?:weights|models|libraries) of before\b",
    "told as": r"\bis told as\b",
    "thereof": r"\b(?:thereof|whereof|whence|wherein)\b",
    "nothing but": r"\bnothing but\b",
    "none other than": r"\bnone other than\b",
    "held against": r"\bheld (?:[\w-]+ ){0,4}against\b",
    "arrives at": r"\barrives? at\b",
    "far off": r"\bfar off\b",
    "for want of": r"\bfor want of\b",
    "the other way round": r"\bthe other way round\b",
    "in plain words": r"\bin plain words\b",
    "at that pace": r"\bat that pace\b",
    "takes up the rest": r"\btakes? up the rest\b",
    "what there is": r"\bwhat there is\b",
    "is there to": r"\bis there to\b",
    "reprints": r"\breprints?\b(?! of)",
    "shines": r"\bshines?\b",
    "obviously": r"\b(?:obviously|of course|clearly|simply|just|easily)\b",
}
"""What pages do without, beside PHRASES, in which only ``told`` gives way: things may be told apart."""

VAGUE = {"found", "place", "held", "made", "own"}
"""Names that no local has: they do not say what it holds."""


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the content of every text: docstrings, messages, captions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, " ".join(node.value.split())


def locals_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of everything that is assigned to, also in loops and unpackings, but for fields."""
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    fields = {entry.target for each in classes for entry in each.body if isinstance(entry, ast.AnnAssign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in fields:
            yield node.lineno, node.id


def phrases(tree: ast.AST) -> list[str]:
    return [
        f"line {line}: {phrase}"
        for line, text in texts(tree)
        for phrase, pattern in PHRASES.items()
        if re.search(pattern, text.replace("--told", ""), re.IGNORECASE)
    ]


def page_phrases(text: str) -> list[str]:
    """Return the phrases in the prose of a page: without blocks of code, names in code font and the words not used."""
    prose = re.sub(r"^```.*?^```$|^\| (?:told|source|so many)\b.*?$", "", text, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"`[^`]*`", "`", prose)
    plain = " ".join(prose.split())
    return [name for name, pattern in (PHRASES | ON_PAGES).items() if re.search(pattern, plain, re.IGNORECASE)]


def vague(tree: ast.AST) -> list[str]:
    return [f"line {line}: {name}" for line, name in locals_of(tree) if name in VAGUE]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_words_are_plain(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [*phrases(tree), *vague(tree)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_are_plain(path: Path) -> None:
    assert page_phrases(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("What is\ntold.", "told"),
        ("0.94 (scratch script).", "scratch script"),
        ("See shared/docs.", "files outside"),
        ("It is obviously so.", "obviously"),
        ("Spectra are held against surveys.", "held against"),
        ("No command reprints it.", "reprints"),
        ("The model,\nwhose axis.", "whose"),
    ],
)
def test_a_phrase_on_a_page_is_seen(text: str, phrase: str) -> None:
    assert page_phrases(text) == [phrase]


def test_code_and_what_is_told_apart_pass_on_a_page() -> None:
    assert page_phrases("`--told` names them.\n```sh\nthe one told\n```\nThey are told apart.") == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("A person is told.", "told"),
        ("So many rows.", "so many"),
        ("Whose axis.", "whose"),
        ("It disposes of\nthem.", "disposes of"),
        ("It is none of ours.", "is none of"),
        ("They are not those of a survey.", "not those of"),
        ("It is no table.", "is no X"),
    ],
)
def test_a_phrase_is_seen(text: str, phrase: str) -> None:
    assert phrases(ast.parse(repr(text))) == [f"line 1: {phrase}"]


@pytest.mark.parametrize("text", ["There is no table.", "It is no further away.", "It is not a table."])
def test_plain_words_pass(text: str) -> None:
    assert phrases(ast.parse(repr(text))) == []


@pytest.mark.parametrize(
    "code", ["found = 1", "for place in ():\n    pass", "held: int = 1", "a = [own for own in ()]", "a, made = 1, 2"]
)
def test_a_vague_name_is_seen(code: str) -> None:
    assert len(vague(ast.parse(code))) == 1
