"""Fail when a module or a function has grown past what can be read in one go."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 300
FUNCTION_LINES = 50
PACKAGE_LINES = 48_500
LARGER_ON_PURPOSE = {Path("cloudanno_desktop/publish/client.py")}  # one file that a device copies


def problems(package: Path) -> Iterator[str]:
    """Yield a line for each module, function and package that is too long."""
    total = 0
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        total += lines
        if lines > MODULE_LINES and path not in LARGER_ON_PURPOSE:
            yield f"{path}: {lines} lines, at most {MODULE_LINES}"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    yield f"{path}:{node.lineno}: {node.name} has {length} lines"
    if total > PACKAGE_LINES:
        yield f"{package}: {total} lines, at most {PACKAGE_LINES}"


if __name__ == "__main__":
    sys.exit("\n".join(problems(Path("cloudanno_desktop"))) or None)
