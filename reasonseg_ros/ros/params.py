# SPDX-License-Identifier: Apache-2.0
"""Every parameter of the segmenter, in one table, and their values as one frozen record.

`config/reasonseg.yaml` repeats the defaults and a test compares it with this table. Does not apply
anything: the node reads a fresh `Settings` when it configures and at each request.
"""

from dataclasses import dataclass

from rclpy.node import Node

from reasonseg_ros.core.camera.pairing import KEPT
from reasonseg_ros.core.geometry.grasps import OPENING
from reasonseg_ros.drawing.overlay import STYLES
from reasonseg_ros.engines.registry import AUTO, DEFAULT, ENGINES
from reasonseg_ros.ros import param_table
from reasonseg_ros.ros.param_table import Spec

ROUNDS_KEPT = 8  # rounds whose image is kept


@dataclass(frozen=True)
class Settings:
    """The values of the table, one field per row."""

    engine: str
    checkpoint: str
    engine_options: str
    resolver: str
    resolver_url: str
    device: str
    dtype: str
    cameras: list[str]
    image_transport: str
    depth_image_transport: str
    sync_slop: float
    frame_policy: str
    max_age: float
    max_dialogues: int
    dialogue_ttl: float
    store_path: str
    target_frame: str
    target_frame_required: bool
    memory_frame: str
    tracker: str
    tracker_checkpoint: str
    track: str
    track_rate: float
    publish_tf: bool
    autostart: bool
    overlay_style: str
    score_threshold: float
    ambiguity_margin: float
    deadline: float
    wake_phrase: str
    speech_window: float
    gripper_opening: float
    label_image_scope: str
    stamp_window: int
    pinned_window: int

    @property
    def options(self) -> str:
        """The choices of the engine, with those that are parameters of their own."""
        own = {'resolver': self.resolver, 'resolver_url': self.resolver_url}
        return ' '.join([*self.engine_options.split(),
                         *(f'{name}={value}' for name, value in own.items() if value)])


TABLE = (
    Spec('engine', DEFAULT,
         'Name of the model that answers; auto = what fits the device, of what is on the disk.',
         choices=(*ENGINES, AUTO)),
    Spec('checkpoint', '',
         'Weights of the engine: a file, or a folder from reasonseg convert. Empty = the one that '
         'comes with the package.'),
    Spec('engine_options', '',
         'Choices of an engine for public models, e.g. "references=mask parts=parent"; see '
         'docs/parity.md. Empty = its defaults.'),
    Spec('resolver', '',
         'Who reads sentences for the engine grounded: rules = the grammar alone, server = a '
         'language model at resolver_url, local = one of transformers; see docs/engines.md. '
         'Empty = rules, or server where resolver_url is given.',
         choices=('', 'rules', 'server', 'local')),
    Spec('resolver_url', '',
         'Address of an OpenAI-compatible server for the engine grounded, up to and with /v1.'),
    Spec('device', 'auto',
         'Where the model runs: cpu, cuda, cuda:1, ...; auto = CUDA where there is one.'),
    Spec('dtype', 'auto',
         'Number format of the weights. auto = what suits the device; float16 needs CUDA.',
         choices=('auto', 'float32', 'bfloat16', 'float16')),
    Spec('cameras', [''],
         'Names of the cameras that share the model. Each has inputs and outputs of its own: '
         'left/image, ~/left/instances, ... The empty name is a camera without a prefix.',
         form=(r'([A-Za-z]\w*)?', 'a word of letters, digits and _ that begins with a letter')),
    Spec('image_transport', 'raw',
         'Transport of the topic image. compressed = image/compressed, appended after remapping.',
         choices=('raw', 'compressed')),
    Spec('depth_image_transport', 'raw',
         'Transport of the topic depth_image. compressedDepth = depth_image/compressedDepth, '
         'appended after remapping.', choices=('raw', 'compressedDepth')),
    Spec('sync_slop', 0.02,
         'Seconds that the stamps of colour and depth of one moment may differ. 0 = equal stamps.',
         limits=(0.0, 1.0)),
    Spec('frame_policy', 'latest',
         'Image that a sentence on ~/instruction is about: latest = the newest one, pinned = the '
         "one of the dialogue's newest round. Requests to ~/segment choose for themselves.",
         choices=('latest', 'pinned'), read_only=False),
    Spec('max_age', 1.0,
         'Oldest camera image, in seconds by the clock of the node, that a request accepts when '
         'it does not say. 0 = any age.', limits=(0.0, 3600.0), read_only=False),
    Spec('max_dialogues', 64,
         'How many dialogues are remembered; the least recently used one goes first.',
         limits=(1, 10000)),
    Spec('dialogue_ttl', 86400.0,
         'Seconds after which an unused dialogue is forgotten. 0 = never.',
         limits=(0.0, 31536000.0), read_only=False),
    Spec('store_path', '',
         'SQLite file that keeps the dialogues over a restart. Empty = a file named after the '
         'node in $ROS_HOME/reasonseg_ros (~/.ros without ROS_HOME). :memory: = keep no file; on '
         'a command line quote it twice: -p store_path:=\'":memory:"\'.'),
    Spec('target_frame', '',
         'Frame of results in space, looked up in TF at the stamp of the image; where TF does not '
         'know it, they stay in the frame of the camera. Empty = the optical frame of the '
         'camera.'),
    Spec('target_frame_required', False,
         'Whether there are no results in space where TF does not know target_frame, rather than '
         'results in the frame of the camera.'),
    Spec('memory_frame', '',
         'Frame that does not move, e.g. base_link or map: where the camera is in it is looked up '
         'in TF at the stamp of the image, and things are remembered there. Where TF does not know '
         "it, the camera's motion is estimated from its images. Empty = it always is."),
    Spec('tracker', 'none',
         'What follows things through the images where neither depth nor a known place of the '
         'camera tells where they are: SAM 2 or EdgeTAM; see docs/identity.md.',
         choices=('none', 'sam2', 'edgetam')),
    Spec('tracker_checkpoint', '',
         'Folder of transformers with its weights, e.g. a copy of facebook/sam2.1-hiera-tiny.'),
    Spec('track', 'subscribed',
         'When the things of a dialogue are followed between requests, for ~/tracked: while '
         'somebody listens, always, or never.', choices=('always', 'subscribed', 'never'),
         read_only=False),
    Spec('track_rate', 10.0,
         'How often a second things are followed, at most; requests come first. 0 = never.',
         limits=(0.0, 60.0)),
    Spec('publish_tf', False,
         'Whether things that are followed are frames on /tf, too: mug_2, and mug_2/handle for its '
         'part. They are followed while `track` says so.'),
    Spec('autostart', True, 'Configure and activate without a lifecycle manager.'),
    Spec('overlay_style', 'filled',
         'How ~/overlay shows the newest masks: filled and outlined, or outlined only, so that '
         'the objects stay in view.', choices=STYLES, read_only=False),
    Spec('score_threshold', 0.0, 'Masks with a lower score are left out.', limits=(0.0, 1.0),
         read_only=False),
    Spec('ambiguity_margin', 0.0,
         'Ask back when "found" leads "which one?" by less than this probability.',
         limits=(0.0, 1.0), read_only=False),
    Spec('deadline', 0.0,
         'Seconds that a request may take from its arrival; then it ends with the status DEADLINE '
         'and what is ready. 0 = any time.', limits=(0.0, 3600.0), read_only=False),
    Spec('wake_phrase', '',
         'Words that a sentence on ~/instruction must begin with to be heard, e.g. "hey robot"; '
         'they are taken off. Empty = every sentence is heard.', read_only=False),
    Spec('speech_window', 0.4,
         'Seconds in which transcripts on ~/instruction that repeat or continue each other count '
         'as one sentence; it is served when nothing longer came for so long. 0 = each transcript '
         'is a sentence and is served at once.', limits=(0.0, 5.0), read_only=False),
    Spec('gripper_opening', OPENING,
         'Metres that the two fingers of the gripper open, at most. Grasps of instances are no '
         'wider.', limits=(0.005, 1.0), read_only=False),
    Spec('label_image_scope', 'dialogue',
         'What ~/label_image, ~/part_label_image and ~/label_info show: dialogue = every instance '
         'of the dialogue that was seen from where the camera stands now; round = those of the '
         'newest round only, as up to version 0.1.', choices=('dialogue', 'round'),
         read_only=False),
    Spec('stamp_window', KEPT,
         'How many of the newest images of each camera are kept for requests with the frame policy '
         'STAMP, and as many depth images: 8 are 0.27 s at 30 Hz, and 50 MB at 1920x1080 with '
         'depth.', limits=(2, 1000)),
    Spec('pinned_window', ROUNDS_KEPT,
         'How many of the newest rounds, over all dialogues, keep their image for requests with '
         'the frame policy PINNED, however old they are: 8 of 1920x1080 with depth are 115 MB.',
         limits=(1, 1000)),
)


def read(node: Node) -> Settings:
    """Return the values that hold now."""
    return Settings(**param_table.values(node, TABLE))
