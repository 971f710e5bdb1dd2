# SPDX-License-Identifier: Apache-2.0
"""What `reasonseg pull` can fetch: one table of sources, files, licences, gates and revisions.

A revision of 40 hex digits is pinned: what the hub serves for it cannot change. 'main' stands where
no revision could be looked up; what it was is then written beside the files. Hashes that are known
are here, the others are those that the hub states for the revision. Sizes are in bytes, rounded
where no exact one was published. Fetches nothing (`engines.weights.hub`).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

GB = 10 ** 9
# What transformers reads of a folder, without the same weights in other formats.
PLAIN = ('*.json', '*.safetensors', '*.txt', '*.jinja', '*.model')
PUBLISHED = (*PLAIN, '*.bin', '*.pt', 'ckpt_model/latest', 'latest')


@dataclass(frozen=True)
class WeightSource:
    """Files of one repository of the hub, or one file of another address.

    repo      'owner/name';  url: of one file, with an empty repo
    revision  a commit, or 'main'
    patterns  of the files' paths
    folder    below the target where they go; '' = into it
    size      of all of them together
    sha256    path -> hash, where it is known
    """

    repo: str = ''
    revision: str = 'main'
    patterns: tuple[str, ...] = PLAIN
    folder: str = ''
    size: int = 0
    sha256: Mapping[str, str] = field(default_factory=dict)
    url: str = ''

    @property
    def pinned(self) -> bool:
        """Whether what is fetched cannot change."""
        return len(self.revision) == 40 or bool(self.url and self.sha256)


@dataclass(frozen=True)
class Offer:
    """One name that can be pulled.

    engine   that it is for
    licence  of the weights, and where it can be read
    gated    whether the owner grants access to each person
    memory   bytes that the engine takes with it on CUDA, of weights alone, from shapes
    convert  option of `reasonseg convert` -> folder or file of `sources`; None = it is loaded as
             it is
    source   folder below the target that is converted
    """

    engine: str
    what: str
    sources: tuple[WeightSource, ...]
    licence: str
    licence_url: str
    gated: bool = False
    memory: int = 0
    convert: Mapping[str, str] | None = None
    source: str = ''

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(s.size for s in self.sources)


def models_folder() -> Path:
    """Return where pulled weights are: $REASONSEG_MODELS, or a folder of the user's cache."""
    given = os.environ.get('REASONSEG_MODELS')
    cache = Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache')
    return Path(given).expanduser() if given else cache / 'reasonseg_ros' / 'models'


_HUB = 'https://huggingface.co'
_DETECTOR = WeightSource(
    'IDEA-Research/grounding-dino-tiny', 'a2bb814dd30d776dcf7e30523b00659f4f141c71',
    folder='detector', size=690_300_000, sha256={
        'model.safetensors': '1a2412ef99bd74bcd3c2a246fa1e48581f8889a1300c9051974741314fc042f3'})
_CLIP = WeightSource('openai/clip-vit-large-patch14', '32bd64288804d66eefd0ccbe215aa642df71cc41',
                     folder='clip', size=1_712_000_000)
_SAM = WeightSource(
    url='https://dl.fbaipublicfiles.com/segment_anything/sam_vit_h_4b8939.pth', size=2_564_550_879,
    sha256={'sam_vit_h_4b8939.pth':
            'a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e'})
_LLAMA1 = 'derived from LLaMA 1: research only'
_LLAMA1_URL = 'https://github.com/facebookresearch/llama/blob/llama_v1/MODEL_CARD.md'
_APACHE = 'Apache-2.0'

OFFERS: Mapping[str, Offer] = {
    'grounded-sam2': Offer(
        'grounded', 'SAM 2.1 tiny on boxes of Grounding DINO tiny', (
            WeightSource('facebook/sam2.1-hiera-tiny', 'de431c4043854a71d8101e17995dfe596bf101a5',
                         size=155_950_000, sha256={
                             'model.safetensors': '48c14467e5cf9e51870511feb72c89688e82dd74523142c0'
                                                  '538b663e193ac2a7',
                             'config.json': '860aff9751b139d83a4ad7df1e5535416fded533e0ead02625edbe'
                                            'fcb9953cce'}),
            _DETECTOR), _APACHE, f'{_HUB}/facebook/sam2.1-hiera-tiny', memory=int(0.8 * GB)),
    'grounded-edgetam': Offer(
        'grounded', 'EdgeTAM on boxes of Grounding DINO tiny', (
            WeightSource('yonigozlan/EdgeTAM-hf', 'c266ce53b3fc00f0f495b583f6a116c4e57f53bb',
                         size=56_000_000), _DETECTOR),
        _APACHE, f'{_HUB}/yonigozlan/EdgeTAM-hf', memory=int(0.75 * GB)),
    'grounded-sam3': Offer(
        'grounded', 'SAM 3, which finds phrases itself', (
            WeightSource('facebook/sam3', '3c879f39826c281e95690f02c7821c4de09afae7',
                         size=3_450_000_000),),
        'SAM License', f'{_HUB}/facebook/sam3/blob/main/LICENSE', gated=True,
        memory=int(3.4 * GB)),
    'qwen3-vl-4b': Offer(
        'grounded', 'Qwen3-VL 4B, a resolver: resolver=local resolver_path=FOLDER', (
            WeightSource('Qwen/Qwen3-VL-4B-Instruct', 'ebb281ec70b05090aa6165b016eac8ec08e71b17',
                         size=8_890_000_000),),
        _APACHE, f'{_HUB}/Qwen/Qwen3-VL-4B-Instruct', memory=int(8.9 * GB)),
    'lisa-7b': Offer(
        'lisa', 'LISA 7B', (
            WeightSource('xinlai/LISA-7B-v1', patterns=PUBLISHED, folder='source',
                         size=16_100_000_000), _CLIP),
        _LLAMA1, _LLAMA1_URL, memory=16 * GB, convert={'clip': 'clip'}, source='source'),
    'm2sa-7b': Offer(
        'm2sa', 'M2SA 7B', (
            WeightSource('jdg900/M2SA-7B', patterns=PUBLISHED, folder='source',
                         size=16_100_000_000), _CLIP),
        _LLAMA1, _LLAMA1_URL, memory=16 * GB, convert={'clip': 'clip'}, source='source'),
    'llmseg': Offer(
        'llmseg', 'LLM-Seg 7B, 20 epochs', (
            WeightSource('JCdesu/LLM-Seg-deepspeed', patterns=(
                'ckpt_model/latest', 'ckpt_model/*/mp_rank_00_model_states.pt'), folder='source',
                size=16_600_000_000),
            WeightSource('liuhaotian/LLaVA-Lightning-7B-delta-v1-1',
                         patterns=('*.json', '*.model'), folder='base', size=1_000_000), _SAM),
        _LLAMA1, _LLAMA1_URL, memory=17 * GB,
        convert={'base': 'base', 'sam': 'sam_vit_h_4b8939.pth'}, source='source'),
    'segllm': Offer(
        'segllm', 'SegLLM 7B, trained on all of its data', (
            WeightSource('Marlo-Z/SegLLM', patterns=tuple(
                f'all_data_checkpoint/{p}' for p in PUBLISHED), folder='source',
                size=16_500_000_000),),
        'derived from LLaMA 2; its authors state none', f'{_HUB}/Marlo-Z/SegLLM', memory=17 * GB,
        convert={}, source='source/all_data_checkpoint'),
}
