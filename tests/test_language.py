"""The words of the code are those of the glossary in ARCHITECTURE.md."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cloudanno_desktop"
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
NOUNS_IN_ING = {"listing"}


def struck_words():
    """Return the words that the glossary strikes, each with what is written instead."""
    glossary = (ROOT / "ARCHITECTURE.md").read_text().split("## Glossary")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| .* \| (.+?) \|$", glossary, re.MULTILINE)
    return {word: row[0] for row in rows for word in re.findall(r"`(\w+)`", row[1])}


def names_in(source):
    """Yield each name that a module gives: of classes, functions, arguments and variables."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def complaints(name, struck):
    words = [word.lower() for word in WORD.findall(name)]
    joined = f"_{'_'.join(words)}_"
    return [f"{name}: write “{struck[word]}”" for word in struck if f"_{word}_" in joined]


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def test_no_identifier_uses_a_struck_word():
    struck = struck_words()
    found = [
        f"{path.relative_to(ROOT)}: {complaint}"
        for path in modules()
        for name in {path.stem, *names_in(path.read_text())}
        for complaint in complaints(name, struck)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("source", ["def tell(): ...", "class Ledger: ...", "patience_s = 1"])
def test_a_struck_word_is_found(source):
    assert any(complaints(name, struck_words()) for name in names_in(source))


def test_no_class_name_is_bound_twice():
    places = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert not {name: where for name, where in places.items() if len(where) > 1}


def test_no_module_is_named_by_a_gerund():
    gerunds = [p for p in modules() if p.stem.endswith("ing") and p.stem not in NOUNS_IN_ING]
    assert not gerunds
