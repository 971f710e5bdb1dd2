# SPDX-License-Identifier: Apache-2.0
"""One HTML file that explains a result, from the templates beside this module. Needs no network.

Text is escaped by Jinja2, which is imported with the first page. Charts are in `reports.charts`.
Knows nothing of dialogues, engines or benchmarks.
"""

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from jinja2 import Environment

JPEG_QUALITY = 90


@dataclass(frozen=True)
class HeldImage:
    """An image held inside a page; `source` is a data URI."""

    source: str
    width: int
    height: int


def page(template: str, **values: Any) -> str:
    """Return the document that a template makes of values."""
    return _environment().get_template(template).render(values)


def write(path: Path, document: str) -> None:
    """Write a document, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document, encoding='utf-8')


def held(image: np.ndarray, lossless: bool = False) -> HeldImage:
    """Return an image, uint8 [H, W, 3], as part of a page."""
    buffer = BytesIO()
    kind = 'png' if lossless else 'jpeg'
    Image.fromarray(image).save(buffer, format=kind, quality=JPEG_QUALITY)
    data = base64.b64encode(buffer.getvalue()).decode()
    return HeldImage(f'data:image/{kind};base64,{data}', image.shape[1], image.shape[0])


@lru_cache(maxsize=1)
def _environment() -> 'Environment':
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent / 'templates'),
                              autoescape=True, trim_blocks=True, lstrip_blocks=True,
                              undefined=StrictUndefined)
    environment.filters['anchor'] = lambda name: re.sub(r'\W+', '-', name.lower())
    return environment
