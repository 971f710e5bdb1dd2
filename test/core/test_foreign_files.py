# SPDX-License-Identifier: Apache-2.0
"""Names from elsewhere lead nowhere but into their own folder."""

from pathlib import Path

import pytest

from reasonseg_ros.core.foreign_files import inside, is_lfs_pointer

HOME = Path('/data/set')


@pytest.mark.parametrize('name', ['a.jpg', 'a/b.jpg', './a.jpg', 'a/../b.jpg', '..a.jpg'])
def test_a_name_below_the_folder_is_taken(name):
    assert inside(HOME, name) == HOME / name


@pytest.mark.parametrize('name', ['../a.jpg', '/etc/passwd', 'a/../../b', '..', '', ' ', 'a\0b',
                                  None, 5, ['a'], 'x' * 300, '\u6c34' * 100, '\ud800'])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(ValueError, match='found .* expected'):
        inside(HOME, name)


def test_a_pointer_of_git_lfs_is_told_from_the_file(tmp_path):
    path = tmp_path / 'weights'
    path.write_text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n')
    assert is_lfs_pointer(path)
    path.write_bytes(b'version')
    assert not is_lfs_pointer(path)
