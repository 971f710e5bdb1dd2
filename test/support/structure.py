# SPDX-License-Identifier: Apache-2.0
"""The package as a source tree: its modules, what they import, their classes and their length.

Reads files as text and imports none of them. Holds no rules: test_imports.py and test_structure.py
say what should be, scripts/structure.py counts.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'reasonseg_ros'
ENTRANCES = ('__init__', '__main__')    # files that Python itself asks for


@dataclass(frozen=True)
class Module:
    """One Python file of the package."""

    file: Path

    @cached_property
    def name(self) -> str:
        """Dotted name below the package, e.g. 'core.masks'."""
        return '.'.join(self.file.relative_to(PACKAGE).with_suffix('').parts)

    @property
    def layer(self) -> str:
        """The folder of the package that it lies in, or its own name."""
        return self.name.partition('.')[0]

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.file.read_text(encoding='utf-8')

    @cached_property
    def tree(self) -> ast.Module:
        """The source, parsed."""
        return ast.parse(self.text, str(self.file))

    @property
    def lines(self) -> int:
        """Lines of the file, with comments and blank ones."""
        return len(self.text.splitlines())

    @cached_property
    def imported(self) -> frozenset[str]:
        """Full names of all that it imports, also in functions and for types: 'numpy.pi'."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                source = '.' * node.level + (node.module or '')
                found |= {f'{source}.{alias.name}' for alias in node.names}
        return frozenset(found)

    @property
    def libraries(self) -> set[str]:
        """Top names of what it imports: 'numpy', 'reasonseg_ros'."""
        return {name.partition('.')[0] for name in self.imported}

    @cached_property
    def strings(self) -> set[str]:
        """All constant strings; some name a module that is imported only when it is needed."""
        return {node.value for node in ast.walk(self.tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    @property
    def public_classes(self) -> list[str]:
        """Names of its classes that others may use."""
        return [node.name for node in self.tree.body
                if isinstance(node, ast.ClassDef) and not node.name.startswith('_')]


@cache
def modules() -> dict[str, Module]:
    """All modules of the package by name, without the files of `ENTRANCES`."""
    found = (Module(file) for file in sorted(PACKAGE.rglob('*.py')))
    return {module.name: module for module in found if module.file.stem not in ENTRANCES}


def inside(full_names: frozenset[str]) -> set[str]:
    """Modules of the package that full names belong to: 'reasonseg_ros.core.masks.Rle'."""
    found = set()
    for full in full_names:
        top, _, name = full.partition('.')
        if top == 'reasonseg_ros':
            found |= {name, name.rpartition('.')[0]} & modules().keys()
    return found


@cache
def importers() -> dict[str, set[str]]:
    """Names of the modules that import each module, or hold its name as a string."""
    found: dict[str, set[str]] = {name: set() for name in modules()}
    for module in modules().values():
        for name in inside(module.imported | module.strings) - {module.name}:
            found[name].add(module.name)
    return found


def small(lines: int) -> list[str]:
    """Modules of fewer lines that at most one other module imports."""
    return [m.name for m in modules().values() if m.lines < lines and len(importers()[m.name]) < 2]


def cycles() -> list[list[str]]:
    """Groups of modules that need each other, in functions and for types, too."""
    edges = {m.name: inside(m.imported) for m in modules().values()}
    reached = {name: _reached(name, edges) for name in edges}
    groups = {frozenset(other for other in reached[name] if name in reached[other])
              for name in edges}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def shared_class_names() -> dict[str, list[str]]:
    """Names that public classes of several modules have, with those modules."""
    found: dict[str, list[str]] = {}
    for module in modules().values():
        for name in module.public_classes:
            found.setdefault(name, []).append(module.name)
    return {name: places for name, places in found.items() if len(places) > 1}


def calls(module: Module, function: str) -> list[int]:
    """Lines on which it calls a function by this bare name."""
    return [node.lineno for node in ast.walk(module.tree) if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name) and node.func.id == function]


def namespaces(module: Module) -> list[str]:
    """Functions other than `main` that take an argparse.Namespace, whose values have no types."""
    return [node.name for node in ast.walk(module.tree)
            if isinstance(node, ast.FunctionDef) and node.name != 'main'
            and any('Namespace' in ast.unparse(argument.annotation)
                    for argument in [*node.args.args, *node.args.kwonlyargs]
                    if argument.annotation)]


def broken_references(module: Module) -> list[str]:
    """Names like `core.masks.Rle` in its docstrings and comments that nothing has."""
    return [name for name in re.findall(r'`([a-z]\w*(?:\.\w+)+)`', module.text)
            if (PACKAGE / name.partition('.')[0]).is_dir() and not _exists(name)]


def _exists(name: str) -> bool:
    """Whether a dotted name below the package is a folder, a module, or defined in its module."""
    if name in modules() or (PACKAGE / name.replace('.', '/')).is_dir():
        return True
    place, _, word = name.rpartition('.')
    if place in modules():
        return bool(re.search(rf'^\s*(def |class )?{word}\b[ (:]', modules()[place].text, re.M))
    return place.rpartition('.')[0] in modules() and _exists(place)     # a method of a class


def require_none(found: Mapping[str, object], hint: str = '') -> None:
    """Fail with a line for each name of which something was found."""
    lines = [f'{name}: {what}' for name, what in found.items() if what]
    assert not lines, '\n'.join([hint, *lines])


def _reached(name: str, edges: dict[str, set[str]]) -> set[str]:
    """The module itself and all that it needs, however indirectly."""
    found, waiting = {name}, [name]
    while waiting:
        new = edges[waiting.pop()] - found
        found |= new
        waiting += new
    return found
