# SPDX-License-Identifier: Apache-2.0
"""What keeps the source tree in order: names, sizes, and tests that lie where the code does.

Which module may import which is the matter of test_imports.py.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from support.structure import (
    PACKAGE,
    ROOT,
    broken_references,
    calls,
    importers,
    modules,
    namespaces,
    require_none,
    shared_class_names,
    small,
)

SMALL = 60      # lines; a module with fewer needs a second importer
LARGE = 400     # lines; a module with more has two subjects
MOST_EXCEPTIONS = 15

# Small modules with at most one importer, and why each of them is a file of its own.
ALONE = {
    'planning': 'the short name under which programs of users import it',
    'sim.rendering.gl': 'MuJoCo reads MUJOCO_GL when it is imported, so the choice comes before',
    'sim.rendering.opengl': 'scripts/prerequisites.py runs it before there are libraries',
}
# Modules that may be longer, being tables of data.
TABLES = {'sim.language.everyday': 'requests in everyday words',
          'core.language.lexicon': 'the words for things, parts and colours',
          'core.language.asides': 'turns of speech around a thing',
          'core.language.paraphrases': 'wordings that mean the same',
          'sim.language.templates': 'the sentences of the tabletop'}

# Ends of class names that say what happened to a thing instead of what it is.
PARTICIPLE = re.compile(r'\w+ed|Built|Chosen|Done|Drawn|Found|Given|Gone|Heard|Held'
                        r'|Kept|Known|Left|Lost|Made|Meant|Read|Said|Seen|Sent|Shown|Spoken|Taken'
                        r'|Told|Thrown|Written')
# Nouns that look like participles, and errors, which do say what happened.
NO_PARTICIPLE = {
    'Cancelled': 'an error, and a status of the interface',
    'ChildFailed': 'an error',
    'DeadlineExceeded': 'an error, and a status of the interface',
    'RequestRefused': 'an error',
}

MODULES = tuple(modules().values())
TESTS = sorted((ROOT / 'test').rglob('*.py'))


def last_word(name: str) -> str:
    """The word on which a class name ends: 'Round' of 'ScriptedRound'."""
    return re.findall('[A-Z][^A-Z]*', name)[-1]


def require_exceptions(found: Mapping[str, object], allowed: Mapping[str, str]) -> None:
    """Fail for what is found but not allowed, and for exceptions that are none any more."""
    require_none({name: what or 'none' for name, what in found.items() if name not in allowed})
    require_none({name: reason for name, reason in allowed.items() if name not in found},
                 'no exceptions any more:')


def path_tricks(file: Path) -> list[int]:
    """Lines of a test that change where Python looks for modules."""
    return [node.lineno for node in ast.walk(ast.parse(file.read_text(encoding='utf-8')))
            if isinstance(node, ast.Attribute) and (
                node.attr == 'syspath_prepend' or isinstance(node.value, ast.Attribute)
                and ast.unparse(node.value) == 'sys.path')]


def test_every_file_names_its_licence():
    files = [file for folder in (PACKAGE, ROOT / 'test', ROOT / 'scripts', ROOT / 'launch')
             for file in folder.rglob('*.py')]
    assert [str(file) for file in files if not file.read_text(encoding='utf-8').startswith(
        '# SPDX-License-Identifier: Apache-2.0\n')] == []


def test_every_module_says_what_it_is():
    assert [m.name for m in MODULES if not ast.get_docstring(m.tree)] == []


def test_a_docstring_names_only_modules_and_functions_that_exist():
    require_none({m.name: broken_references(m) for m in MODULES})


def test_a_small_module_has_two_importers_or_a_reason():
    found = {name: sorted(importers()[name]) for name in small(SMALL)
             if not name.startswith('cli.verb.')}   # there a verb is a file, however short
    require_exceptions(found, ALONE)
    assert len(ALONE) <= MOST_EXCEPTIONS


def test_a_module_has_one_subject_and_no_more_than_400_lines():
    found = {m.name: m.lines for m in MODULES if m.lines > LARGE}
    require_exceptions(found, TABLES)


def test_no_two_public_classes_have_one_name():
    require_none(shared_class_names())


def test_a_class_is_named_after_a_thing_and_not_after_what_happened_to_it():
    found = {name: m.name for m in MODULES for name in m.public_classes
             if PARTICIPLE.fullmatch(last_word(name))}
    require_exceptions(found, NO_PARTICIPLE)


def test_only_the_main_of_a_verb_sees_the_parsed_command_line():
    found = {m.name: namespaces(m) for m in MODULES}
    require_none(found)


def test_nothing_is_printed_but_by_the_command_line_on_its_console():
    found = {m.name: calls(m, 'print') for m in MODULES}
    require_none(found)


def test_every_test_lies_in_the_folder_of_what_it_tests():
    folders = {file.parent.relative_to(ROOT / 'test') for file in TESTS
               if file.name.startswith('test_')}
    assert [str(folder) for folder in sorted(folders) if not (PACKAGE / folder).is_dir()] == []


def test_tests_do_not_change_where_python_looks_for_modules():
    found = {str(file.relative_to(ROOT)): path_tricks(file) for file in TESTS}
    require_none(found)
