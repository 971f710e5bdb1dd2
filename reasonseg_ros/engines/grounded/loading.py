# SPDX-License-Identifier: Apache-2.0
"""From options and folders to a resolver and a segmenter; what is not needed is not imported.

A checkpoint is a file of engine `household`, whose network then cuts, or a folder of transformers
with SAM 3, SAM 2.1 or EdgeTAM; the last two need a detector, beside them in the folder `detector`
or named. A resolver is reached here, and shown a card where it is to see.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines.grounded.options import OFF, ON, PHRASES, RULES, SERVER, GroundedOptions
from reasonseg_ros.engines.grounded.prompted import PromptedSegmenter
from reasonseg_ros.engines.grounded.resolver import ChatModel, ChatResolver, Resolver, RulesResolver
from reasonseg_ros.engines.grounded.segmenter import PerceptionSegmenter, SceneSegmenter
from reasonseg_ros.engines.household.engine import Household

if TYPE_CHECKING:   # torch and OpenCV, only where they are needed
    from reasonseg_ros.engines.grounded import networks
    from reasonseg_ros.engines.protocol import EngineFacts

DETECTOR = 'detector'   # folder beside a segmenter's files
PHRASAL = ('sam3', 'sam3_video')    # model types that find phrases themselves


def find_model(options: GroundedOptions, device: str, dtype: str) -> ChatModel | None:
    """Reach or load the language model of the options; None where the grammar reads alone."""
    if options.resolver == RULES:
        return None
    if options.resolver == SERVER:
        from reasonseg_ros.engines.grounded.chat_server import ChatServer
        return ChatServer.reach(options.resolver_url, options.resolver_model)
    from reasonseg_ros.engines.grounded.chat_local import LocalChat
    return LocalChat.load(Path(options.resolver_path), device, dtype)


def find_resolver(options: GroundedOptions, model: ChatModel | None) -> Resolver:
    """Return the resolver; raises BadRequest for a model that is to see and does not."""
    if model is None:
        return RulesResolver()
    from reasonseg_ros.engines.grounded.handshake import check_sight
    from reasonseg_ros.engines.grounded.images import data_url
    if options.resolver_image == ON:
        check_sight(model, data_url)
    return ChatResolver(model, data_url, options.resolver_image != OFF, options.verify == ON)


def find_segmenter(path: Path, device: str, dtype: str, options: GroundedOptions,
                   model: ChatModel | None) -> SceneSegmenter:
    """Return the segmenter of a checkpoint; `model` says boxes where the options want that."""
    if not path.is_dir():
        _check_engine(path, 'household')
        if options.detector:
            raise BadRequest(f'detector of engine "grounded" is "{options.detector}", but the '
                             "package's own network cuts, which needs none; give a folder with "
                             'SAM 2.1 or EdgeTAM as checkpoint, or leave it out')
        household = Household.load(path, device, dtype)
        if options.embedded == PHRASES:
            from reasonseg_ros.engines.grounded.embedded import EmbeddedProposer
            return PromptedSegmenter(EmbeddedProposer(household), household.calibration)
        return PerceptionSegmenter(household)
    if options.embedded:
        raise BadRequest(f'option "embedded" of engine "grounded" is "{options.embedded}", but '
                         f'"{path}" cuts, and not the package\'s own network; leave it out, or the '
                         'checkpoint')
    from reasonseg_ros.engines.grounded import networks
    kind = networks.model_type(path) if (path / 'config.json').is_file() else ''
    if kind not in networks.KINDS:
        _check_engine(path)
        raise BadCheckpoint(f'folder "{path}" holds no model that cuts masks (its type is '
                            f'"{kind}"), expected one of {", ".join(networks.KINDS)}; run '
                            '"reasonseg pull grounded-sam2"')
    if kind in PHRASAL:
        sam = networks.Sam3.load(path, device, dtype)
        if not options.detector:
            return PromptedSegmenter(sam)
        networks.check_torchvision()
        find, _ = _boxes(path, device, options, model)
        return PromptedSegmenter(networks.BoxedProposer(sam, find))
    cutter = networks.BoxCutter.load(path, device, dtype)
    find, more = _boxes(path, device, options, model)
    facts = networks.joined(cutter.facts, more)
    return PromptedSegmenter(networks.BoxedProposer(cutter, find, facts))


def _check_engine(path: Path, *known: str) -> None:
    """Raise BadCheckpoint for a checkpoint of another engine."""
    from reasonseg_ros.engines.weights.published import engine_of
    found = engine_of(path)
    if found and found not in known:
        raise BadCheckpoint(f'checkpoint "{path}" is for engine "{found}", expected "grounded"; '
                            f'set engine:={found}, or give a folder with SAM 3, SAM 2.1 or '
                            'EdgeTAM')


def _boxes(path: Path, device: str, options: GroundedOptions, model: ChatModel | None
           ) -> 'tuple[networks.FindBoxes, EngineFacts | None]':
    """Return what finds boxes, and its facts where it has weights here."""
    if options.detector == 'resolver':
        from reasonseg_ros.engines.grounded.handshake import BoxTeller
        from reasonseg_ros.engines.grounded.images import data_url
        assert model is not None    # `GroundedOptions.check` has refused the rules
        return BoxTeller.shake_hands(model, data_url).find, None
    folder = Path(options.detector) if options.detector else path / DETECTOR
    if not folder.is_dir():
        raise BadCheckpoint(f'the segmenter in "{path}" cuts boxes, and there is no detector in '
                            f'"{folder}" to find them; run "reasonseg pull grounded-sam2", or give '
                            'detector=FOLDER or detector=resolver')
    from reasonseg_ros.engines.grounded.detector import Detector
    detector = Detector.load(folder, device)
    return detector.find, detector.facts
