# SPDX-License-Identifier: Apache-2.0
"""Prints how large the package is and how it is cut, as Markdown: `make figures`.

Counts only; what has to hold is in test/test_imports.py and test/test_structure.py.
"""

import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / 'test'))

from support import structure

SMALL = 60      # lines


def figures() -> list[tuple[str, object]]:
    """Return what is counted and the numbers."""
    modules = structure.modules().values()
    lines = [module.lines for module in modules]
    deepest = max(modules, key=lambda module: module.name.count('.'))
    public = [name for module in modules for name in module.public_classes]
    tests = [file.read_text(encoding='utf-8') for file in (ROOT / 'test').rglob('*.py')]
    return [
        ('modules without __init__.py', len(lines)),
        ('lines in them', sum(lines)),
        ('lines of the median module', round(statistics.median(lines))),
        ('lines of the longest module', max(lines)),
        (f'modules under {SMALL} lines', sum(count < SMALL for count in lines)),
        ('of them with one importer at most', len(structure.small(SMALL))),
        ('rings of imports', len(structure.cycles())),
        ('public classes', len(public)),
        ('class names that mean two things', len(structure.shared_class_names())),
        ('functions with a Namespace, not main',
         sum(len(structure.namespaces(module)) for module in modules)),
        ('modules in evaluation', sum(module.layer == 'evaluation' for module in modules)),
        ('folders', len({module.file.parent for module in modules})),
        ('deepest folder', '/'.join(deepest.name.split('.')[:-1])),
        ('files of tests', len(tests)),
        ('lines of tests', sum(len(text.splitlines()) for text in tests)),
    ]


def main() -> None:
    """Print the table."""
    rows = ''.join(f'| {what} | {number} |\n' for what, number in figures())
    sys.stdout.write(f'| figure | value |\n| --- | ---: |\n{rows}')


if __name__ == '__main__':
    main()
