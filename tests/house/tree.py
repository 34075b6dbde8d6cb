"""The code of this repository as a tree: which files a package has, and what they import."""

import ast
from collections.abc import Container, Iterator
from pathlib import Path

from mesh.settings import ports

SERVICES = list(ports())
MESH = Path("mesh/src/mesh")
EXTRACTION = Path("extraction/src/extraction")


def sources(folder: str | Path) -> list[Path]:
    """The Python files of a folder."""
    return [path for path in Path(folder).rglob("*.py") if ".venv" not in path.parts]


def imports(path: Path) -> set[str]:
    """What a file imports: modules, and the names that it takes from them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def used_of(path: Path, modules: Container[str]) -> Iterator[str]:
    """Those of some modules that one imports; `from a import b` is of a.b, where that is a module, and else of a."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield from [inner] if inner in modules else [node.module] if node.module in modules else []


def circles(package: str) -> set[frozenset[str]]:
    """Sets of modules that import each other, directly or over others."""
    root = {"mesh": MESH, "extraction": EXTRACTION}.get(package, Path(package))
    names = {
        ".".join((package, *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sources(root)
    }
    uses = {name: {one for one in used_of(path, names) if one != name} for name, path in names.items()}
    reached: dict[str, set[str]] = {}
    for name in names:
        seen: set[str] = set()
        ahead = list(uses[name])
        while ahead:
            if (one := ahead.pop()) not in seen:
                seen.add(one)
                ahead += uses[one]
        reached[name] = seen
    return {
        frozenset({name, *(other for other in reached[name] if name in reached[other])})
        for name in names
        if name in reached[name]
    }
