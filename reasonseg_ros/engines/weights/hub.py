# SPDX-License-Identifier: Apache-2.0
"""Files of a model hub, fetched so that an interruption costs nothing and damage is noticed.

Speaks what Hugging Face serves and its mirrors repeat: a listing with sizes and hashes, and files
by revision, in ranges. A file is written under the name FILE.part and gets its name when its size
and hash are right. A token goes to the hub alone, never to where the hub sends on. Uses the
standard library: `huggingface_hub` checks sizes, but not the hashes of what it wrote.
"""

import errno
import fnmatch
import hashlib
import http.client
import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from reasonseg_ros.core.errors import BadCheckpoint, BadInput, ReasonSegError
from reasonseg_ros.core.foreign_files import inside
from reasonseg_ros.engines.weights.offers import Offer, WeightSource

HUB = 'https://huggingface.co'
RECORD = 'pulled.json'
PART = '.part'
BLOCK = 1 << 20
TRIES = 4           # at one file, each going on where the one before ended
PATIENCE = 30.0     # seconds without a byte
SPARE = 1 << 28     # bytes that stay free on the disk

# Called with a file's path, the bytes that are there and its size.
Told = Callable[[str, int, int], None]


class HubError(ReasonSegError):
    """The hub does not give what was asked for."""


@dataclass(frozen=True)
class HubFile:
    """One file to fetch.

    path    in the target;  url  where it is
    size    in bytes; -1 = the hub does not say
    sha256, sha1  one of them; sha1 as git hashes a blob
    """

    path: str
    url: str
    size: int
    sha256: str = ''
    sha1: str = ''


@dataclass(frozen=True)
class Hub:
    """Where files are, and the token that opens gates.

    mirror  whether other addresses than the hub's are asked of it, too
    """

    endpoint: str = HUB
    token: str = ''
    mirror: bool = False

    @staticmethod
    def from_environment(mirror: str = '') -> 'Hub':
        """Return the mirror, or the hub of HF_ENDPOINT, with the token of HF_TOKEN."""
        endpoint = (mirror or os.environ.get('HF_ENDPOINT') or HUB).rstrip('/')
        if urlsplit(endpoint).scheme not in ('http', 'https'):
            raise BadInput(f'the hub is "{endpoint}", expected https://HOST; correct --mirror or '
                           'HF_ENDPOINT')
        return Hub(endpoint, os.environ.get('HF_TOKEN', ''), bool(mirror))

    def files(self, source: WeightSource) -> list[HubFile]:
        """List the files of a source with sizes and hashes; raises HubError."""
        if source.url:
            parts = urlsplit(source.url)
            name = parts.path.rsplit('/', 1)[-1]
            url = f'{self.endpoint}{parts.path}' if self.mirror else source.url
            return [HubFile(_joined(source.folder, name), url, source.size,
                            source.sha256.get(name, ''))]
        where = f'{self.endpoint}/api/models/{source.repo}/tree/{source.revision}?recursive=true'
        found = []
        for entry in self._listing(where, source.repo):
            path = str(entry.get('path', ''))
            if entry.get('type') != 'file' or not any(
                    fnmatch.fnmatchcase(path, p) for p in source.patterns):
                continue
            lfs = entry.get('lfs') or {}
            hashed = str(lfs.get('oid', '')).removeprefix('sha256:')
            known = source.sha256.get(path, '')
            if known and hashed and known != hashed:
                raise HubError(f'file {path} of {source.repo} has the hash {hashed[:12]} at the '
                               f'hub, expected {known[:12]}; it is not the published file, so use '
                               'another mirror')
            found.append(HubFile(
                _joined(source.folder, path),
                f'{self.endpoint}/{source.repo}/resolve/{source.revision}/{quote(path)}',
                int(lfs.get('size', entry.get('size', -1))), known or hashed,
                '' if known or hashed else str(entry.get('oid', ''))))
        if not found:
            raise HubError(f'repository {source.repo} has none of the files '
                           f'{", ".join(source.patterns)} at {source.revision}; update the '
                           'package, or use another mirror')
        return found

    def commit(self, source: WeightSource) -> str:
        """Return the commit that a revision is now; '' of other addresses."""
        if source.url or source.pinned:
            return '' if source.url else source.revision
        held = self._json(f'{self.endpoint}/api/models/{source.repo}/revision/{source.revision}',
                          source.repo)
        return str(held.get('sha', '')) if isinstance(held, dict) else ''

    def _listing(self, url: str, repo: str) -> Iterator[dict[str, Any]]:
        while url:
            with self._open(url, repo) as answer:
                held = _decoded(answer.read(), url)
                # The hub gives a thousand entries at a time.
                link = answer.headers.get('Link', '')
                url = link.partition('<')[2].partition('>')[0] if 'rel="next"' in link else ''
            if not isinstance(held, list):
                raise HubError(f'the hub lists no files of {repo}; check --mirror or HF_ENDPOINT')
            yield from (entry for entry in held if isinstance(entry, dict))

    def _json(self, url: str, repo: str) -> Any:
        with self._open(url, repo) as answer:
            return _decoded(answer.read(), url)

    def fetch(self, file: HubFile, folder: Path, repo: str, told: Told) -> str:
        """Fetch one file, or what is missing of it; return its SHA-256. Raises HubError."""
        try:
            target = inside(folder, file.path)
        except ValueError as error:
            raise HubError(f'the hub names a file outside the folder: {error}; use another mirror'
                           ) from error
        if target.is_file():
            found = _hashes(target)
            if _is_right(file, target.stat().st_size, *found):
                return found[0]
            target.unlink()
        part = target.with_name(target.name + PART)
        part.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(TRIES):
            try:
                self._append(file, part, repo, told)
            except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
                if attempt == TRIES - 1:
                    raise HubError(f'{file.path} broke off {TRIES} times at '
                                   f'{_size(part)} of {file.size} bytes ({error}); run the same '
                                   'command again, which goes on there') from error
                continue
            if file.size < 0 or _size(part) >= file.size:
                break
        have = _size(part)
        if file.size >= 0 and have < file.size:
            raise HubError(f'{file.path} ended {TRIES} times at {have} of {file.size} bytes; run '
                           'the same command again, which goes on there')
        sha256, sha1 = _hashes(part)
        if not _is_right(file, have, sha256, sha1):
            part.unlink()
            raise HubError(f'{file.path} has the hash {sha256[:12]} and {have} bytes, expected '
                           f'{(file.sha256 or file.sha1)[:12]} and {file.size}; it was removed, '
                           'run the same command again, or use another mirror')
        part.rename(target)
        return sha256

    def _append(self, file: HubFile, part: Path, repo: str, told: Told) -> None:
        have = _size(part)
        if 0 <= file.size <= have:
            return
        with self._open(file.url, repo, have) as answer:
            # A server without ranges begins again.
            goes_on = answer.status == 206 and (
                _first(answer.headers.get('Content-Range', '')) == have)
            with part.open('ab' if goes_on else 'wb') as stream:
                have = have if goes_on else 0
                while block := answer.read(BLOCK):
                    try:
                        stream.write(block)
                    except OSError as error:
                        raise _full(error, part) from error
                    have += len(block)
                    told(file.path, have, file.size)

    def _open(self, url: str, repo: str, start: int = 0) -> Any:
        headers = {'User-Agent': 'reasonseg_ros', 'Accept-Encoding': 'identity'}
        if self.token and urlsplit(url).netloc == urlsplit(self.endpoint).netloc:
            headers['Authorization'] = f'Bearer {self.token}'
        if start:
            headers['Range'] = f'bytes={start}-'
        try:
            return _OPENER.open(urllib.request.Request(url, headers=headers), timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            raise self._refusal(error.code, url, repo) from error
        except urllib.error.URLError as error:
            raise HubError(f'{urlsplit(url).netloc} cannot be reached ({error.reason}); check the '
                           'network, --mirror and HF_ENDPOINT') from error

    def _refusal(self, status: int, url: str, repo: str) -> ReasonSegError:
        name = repo or urlsplit(url).path.rsplit('/', 1)[-1]
        if status in (401, 403):
            what = ('the token in HF_TOKEN has no access' if self.token
                    else 'it wants a token, and HF_TOKEN is empty')
            return BadInput(f'{name} is closed to you (HTTP {status}): {what}; accept its licence '
                            f'at {HUB}/{repo}, make a token there, and set HF_TOKEN')
        if status == 404:
            return HubError(f'{name} is not at {urlsplit(url).netloc} (HTTP 404: '
                            f'{urlsplit(url).path}); use another mirror, or update the package')
        if status == 416:
            return HubError(f'{name} is shorter at the hub than what is here already; remove the '
                            f'files that end in {PART}')
        return HubError(f'{urlsplit(url).netloc} answers HTTP {status} for {name}; try again '
                        'later, or use another mirror')


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, without the token where they leave the hub."""

    def redirect_request(self, req: urllib.request.Request, fp: Any, code: int, msg: str,
                         headers: Any, newurl: str) -> urllib.request.Request | None:
        """Return the next request."""
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            following.remove_header('Authorization')
        return following


_OPENER = urllib.request.build_opener(_Redirects)


def check_room(folder: Path, files: Sequence[HubFile]) -> None:
    """Raise BadInput where the disk has too little room for what is not there yet."""
    missing = sum(max(0, file.size - _size(folder / file.path)
                      - _size(folder / (file.path + PART))) for file in files)
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if missing and free < missing + SPARE:
        raise BadInput(f'the disk of "{folder}" has {free / 1e9:.1f} GB free, the files need '
                       f'{(missing + SPARE) / 1e9:.1f} GB; make room, or give --to FOLDER')


def pull(name: str, offer: Offer, folder: Path, hub: Hub, told: Told) -> None:
    """Fetch everything of an offer into a folder, and write the record. Raises HubError, BadInput.

    What is there already is checked and not fetched again.
    """
    listed = [(source, hub.files(source)) for source in offer.sources]
    check_room(folder, [file for _, files in listed for file in files])
    folder.mkdir(parents=True, exist_ok=True)
    done = {file.path: hub.fetch(file, folder, source.repo, told)
            for source, files in listed for file in files}
    _write_record(folder, name, offer, [hub.commit(source) for source, _ in listed], {
        path: (_size(folder / path), sha256) for path, sha256 in done.items()})


def _write_record(folder: Path, name: str, offer: Offer, commits: Sequence[str],
                 files: dict[str, tuple[int, str]]) -> None:
    """Write what was fetched beside it: path -> (size, SHA-256)."""
    held = {'name': name, 'engine': offer.engine, 'what': offer.what, 'licence': offer.licence,
            'sources': [{'source': s.repo or s.url, 'revision': s.revision, 'commit': commit}
                        for s, commit in zip(offer.sources, commits)],
            'files': {path: {'bytes': size, 'sha256': sha256}
                      for path, (size, sha256) in sorted(files.items())}}
    (folder / RECORD).write_text(json.dumps(held, indent=1), encoding='utf-8')


def is_record(folder: Path) -> bool:
    """Whether a folder was pulled."""
    return (folder / RECORD).is_file()


def read_record(folder: Path) -> dict[str, Any]:
    """Return what was written when a folder was pulled; raises BadCheckpoint."""
    try:
        held: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding='utf-8'))
        for path, entry in held['files'].items():
            inside(folder, path), entry['bytes'] + 0, entry['sha256'] + ''
        for source in held['sources']:
            f'{source["source"]}{source["revision"]}{source["commit"]}'
        return held
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCheckpoint(f'the record "{folder / RECORD}" is damaged '
                            f'({type(error).__name__}: {error}); pull the weights again'
                            ) from error


def is_complete(folder: Path) -> bool:
    """Whether everything that a record names is there, by its size."""
    try:
        files = read_record(folder)['files']
    except BadCheckpoint:
        return False
    return all(_size(folder / path) == entry['bytes'] for path, entry in files.items())


def damaged_files(folder: Path) -> list[str]:
    """Read everything; return the files whose hash is not that of the record."""
    files = read_record(folder)['files']
    return [path for path, entry in files.items()
            if not (folder / path).is_file() or _hashes(folder / path)[0] != entry['sha256']]


def _joined(folder: str, path: str) -> str:
    return f'{folder}/{path}' if folder else path


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _first(content_range: str) -> int:
    """Return the first byte of 'bytes 5-9/10'; -1 for anything else."""
    start = content_range.removeprefix('bytes ').partition('-')[0]
    return int(start) if start.isdigit() else -1


def _hashes(path: Path) -> tuple[str, str]:
    """Return the SHA-256 of a file, and its SHA-1 as a blob of git."""
    size = path.stat().st_size
    whole, blob = hashlib.sha256(), hashlib.sha1(f'blob {size}\0'.encode(), usedforsecurity=False)
    with path.open('rb') as stream:
        while block := stream.read(BLOCK):
            whole.update(block)
            blob.update(block)
    return whole.hexdigest(), blob.hexdigest()


def _is_right(file: HubFile, size: int, sha256: str, sha1: str) -> bool:
    return (file.size in (-1, size) and file.sha256 in ('', sha256) and file.sha1 in ('', sha1))


def _full(error: OSError, part: Path) -> ReasonSegError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BadInput(f'the disk of "{part.parent}" is full; make room and run the same command '
                        'again, which goes on where it ended')
    return HubError(f'"{part}" cannot be written ({error.strerror}); check the disk')


def _decoded(body: bytes, url: str) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise HubError(f'{urlsplit(url).netloc} answers with no JSON ({body[:40]!r}); check '
                       '--mirror and HF_ENDPOINT') from error
